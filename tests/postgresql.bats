# The database of services(7): a service with everything, under a real PostgreSQL.

load helper
load service
load machine
load recipes

BINARIES=usr/lib/postgresql/15/bin

setup() {
	cd "$BATS_TEST_TMPDIR"
	begin_machine $BINARIES/postgres $BINARIES/initdb $BINARIES/pg_isready $BINARIES/psql
	account postgres
	make_recipe postgresql
	service=$ROOT/etc/sv/postgresql
}

begin() {
	enable postgresql
	wait_until state_is postgresql ready
	sql 'create table kept (word text)'
}

# sql COMMAND: as its owner.
sql() {
	inside setpriv --reuid postgres --clear-groups "/$BINARIES/psql" -XAtq -d postgres -c "$1"
}

# client COMMAND: one that stays connected after COMMAND; its number on the server is in $backend.
client() {
	background inside setpriv --reuid postgres --clear-groups bash -c '
		{ echo "select pg_backend_pid();"; echo "$2"; exec sleep 100000; } | "$1" -XAtq -d postgres' \
		bash "/$BINARIES/psql" "$1" >client 2>&1
	connected() { [ -s client ]; }
	wait_until connected
	backend=$(head -n 1 client)
	alive_inside "$backend"
}

alive_inside() {
	[ -e "$ROOT/proc/$1" ]
}

no_process() {
	none_of "^(postgres:|/$BINARIES/postgres)"
}

no_memory() {
	[ -z "$(ls "$ROOT/dev/shm")" ] && [ "$(inside cat /proc/sysvipc/shm | wc -l)" = 1 ]
}

@test "PostgreSQL: INT stops it at once in spite of a client, nothing is left, the data are" {
	begin
	[ "$(key postgresql healthy)" = 1 ]
	sql "insert into kept values ('and found')"
	client ""
	inside svc -d postgresql
	wait_until state_is postgresql down
	no_process
	no_memory
	[ "$(key postgresql exit)" = 0 ]
	wait_until logged postgresql "received fast shutdown request"
	wait_until logged postgresql "database system is shut down"
	inside svc -u postgresql
	wait_until state_is postgresql ready
	[ "$(sql 'select * from kept')" = "and found" ]
	[ "$(grep -c 'creating subdirectories' "$service/log/main/current")" = 1 ]
	stop_machine
	run ! grep -i kill err
}

@test "PostgreSQL: at TERM it waits for its client, until timeout-kill" {
	echo TERM >"$service/down-signal"
	echo 15000 >"$service/timeout-kill"
	begin
	client ""
	inside svc -d postgresql
	wait_until logged postgresql "received smart shutdown request"
	state_is postgresql stopping
	alive_inside "$backend"
	wait_until state_is postgresql down
	[ "$(key postgresql signal)" = KILL ]
	no_process
	run ! logged postgresql "database system is shut down"
	run ! logged postgresql 'FATAL:  role' # of the checks
	# It repairs itself, and that is not "ready" yet.
	inside svc -u postgresql
	wait_until state_is postgresql ready
	[ "$(sql 'select count(*) from kept')" = 0 ]
	wait_until logged postgresql "automatic recovery in progress"
	stop_machine
}

@test "PostgreSQL: ready when it answers, not when it runs" {
	begin
	inside svc -d postgresql
	wait_until state_is postgresql down
	# A standby without queries runs and rejects everybody, until it is promoted.
	inside sh -e <<-'X'
	cd /var/lib/postgresql/data
	echo 'hot_standby = off' >>postgresql.conf
	setuidgid postgres touch standby.signal
	cd /etc/sv/postgresql
	echo 3600000 >check-interval # when it is ready no other answer is asked for
	mv check really
	printf '#!/bin/sh\n./really\ncode=$?\necho $code >>answers\nexit $code\n' >check
	chmod +x check
	X
	inside svc -u postgresql
	answers() { [ "$(lines "$service/answers" 2>/dev/null)" -ge "$1" ]; }
	wait_until answers 4
	wait_until logged postgresql "entering standby mode"
	state_is postgresql up
	[ -z "$(key postgresql ready_since)" ]
	local pid
	pid=$(key postgresql pid)
	inside setpriv --reuid postgres --clear-groups "/$BINARIES/pg_ctl" promote -s -W -D /var/lib/postgresql/data
	wait_until state_is postgresql ready
	sql 'select 1'
	[ "$(key postgresql pid)" = "$pid" ]
	[ "$(grep -c '^0$' "$service/answers")" = 1 ] # the first good answer was enough
	[ "$(tail -n 1 "$service/answers")" = 0 ]
	stop_machine
}

@test "PostgreSQL: when it does not answer any more, it is restarted" {
	echo 200 >"$service/check-interval"
	echo 5000 >"$service/timeout-check" # a loaded machine answers as well
	begin
	local pid
	pid=$(key postgresql pid)
	inside kill -STOP "$pid"
	wait_until new_run postgresql "$pid"
	[ "$(key postgresql deaths) $(key postgresql exit)" = "1 0" ]
	is_healthy() { [ "$(key postgresql healthy)" = 1 ]; }
	wait_until is_healthy
	wait_until logged postgresql "received fast shutdown request"
	sql 'select 1'
	stop_machine
}

@test "PostgreSQL: killed, with a connection that is busy: it is ended, and the next start succeeds" {
	begin
	client 'do $$ begin loop end loop; end $$;'
	is_busy() { [[ $(tr '\0' ' ' <"$ROOT/proc/$backend/cmdline") == *" DO"* ]]; }
	wait_until is_busy
	local pid
	pid=$(key postgresql pid)
	inside kill -KILL "$pid"
	wait_until new_run postgresql "$pid"
	run ! alive_inside "$backend"
	[ "$(key postgresql starts) $(key postgresql strays)" = "2 0" ]
	run ! logged postgresql "still in use"
	sql 'select * from kept'
	stop_machine
}
