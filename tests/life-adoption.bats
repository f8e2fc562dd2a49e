# Supervise is killed in each phase of a service's life: the next one goes on as if nothing had
# happened. What holds for any service: adoption.bats.

load helper
load service
load life

setup() {
	cd "$BATS_TEST_TMPDIR"
}

# gated FILE [LINE...]: a script that writes down its number and waits for ./go, then does LINES.
gated() {
	tell "$1" "echo \$\$ >>../${1##*/}.pid" 'while [ ! -e ../go ]; do sleep 0.02; done' "${@:2}"
}

# scanned: a supervise for web under svscan, who tells the next one what its child died of. Without
# it that is known only if the parent of orphans reaps soon, on Linux 6.15 and later.
scanned() {
	mkdir -p scan
	ln -sfn ../web scan/web
	background svscan scan 2>>err
	scanner=$!
}

# succeed: a new supervise takes over from a killed one.
succeed() {
	if [ -z "${scanner-}" ]; then
		murder
		start web
		wait_until is_ours web
		return
	fi
	local old
	old=$(key web supervise_pid)
	kill -KILL "$old"
	has_successor() { [ "$(key web supervise_pid)" != "$1" ] && svok web; }
	wait_until has_successor "$old"
}

words() { cut -d' ' -f1 events 2>/dev/null | tr '\n' ' ' | sed 's/ $//'; }
words_are() { [ "$(words)" = "$1" ]; }

@test "start goes on: the same process, then run; obeys d, k, and its limit" {
	tell_all web
	gated web/start 'exit $(cat ../code)'
	echo 0 >code
	scanned
	wait_until test -s start.pid
	wait_until key_is web child start
	succeed
	state_is web starting
	key_is web child start
	: >go
	wait_until words_are 'start run'
	[ "$(lines start.pid)" = 1 ]
	obeyed web d
	wait_until state_is web down
	words_are 'start run finish stop'
	# It fails under the next one.
	rm go start.pid
	echo 3 >code
	obeyed web u
	wait_until test -s start.pid
	wait_until key_is web child start
	succeed
	: >go
	wait_until state_is web failed
	# It is told to end by the one, and ends under the next.
	rm go start.pid events
	sed -i '2i trap "" TERM' web/start
	obeyed web u
	wait_until test -s start.pid
	wait_until key_is web child start
	obeyed web d
	wait_until state_is web stopping
	succeed
	state_is web stopping
	key_is web child start
	: >go
	wait_until state_is web down
	words_are start
	# The limit holds.
	rm go start.pid
	obeyed web u
	wait_until test -s start.pid
	wait_until key_is web child start
	setting web/timeout-start 700 # that of the next one
	succeed
	wait_until state_is web failed
}

@test "finish goes on, with its limit; what comes after it comes: a start, stop, failed" {
	make_service web
	gated web/finish 'exit $(cat ../code)'
	tell web/stop
	tell web/run 'exec sleep 100000'
	setting web/backoff '0 1'
	setting web/timeout-finish 600000
	echo 0 >code
	start web
	wait_until words_are run
	obeyed web t
	wait_until test -s finish.pid
	wait_until key_is web child finish
	succeed
	state_is web finishing
	key_is web child finish
	: >go
	wait_until words_are 'run finish run'
	[ "$(lines finish.pid)" = 1 ]
	# Brought down meanwhile.
	rm go finish.pid events
	obeyed web d
	wait_until test -s finish.pid
	wait_until key_is web child finish
	succeed
	state_is web finishing
	key_is web want down
	: >go
	wait_until state_is web down
	words_are 'finish stop'
	# Wanted once.
	rm go finish.pid events
	obeyed web o
	wait_until words_are run
	wait_until state_is web ready
	obeyed web t
	wait_until test -s finish.pid
	wait_until key_is web child finish
	succeed
	key_is web want once
	: >go
	wait_until state_is web down
	words_are 'run finish stop'
	# It never ends by itself.
	rm go finish.pid events
	obeyed web u
	wait_until words_are run
	wait_until state_is web ready
	obeyed web d
	wait_until test -s finish.pid
	wait_until key_is web child finish
	setting web/timeout-finish 700 # that of the next one
	succeed
	wait_until state_is web down
	words_are 'run finish stop'
}

@test "an adopted finish that exits 125 is heard" {
	make_service web
	gated web/finish 'exit 125'
	setting web/timeout-finish 600000
	scanned
	wait_until state_is web ready
	obeyed web t
	wait_until test -s finish.pid
	wait_until key_is web child finish
	succeed
	: >go
	wait_until state_is web failed
}

@test "stop goes on, with its limit, and what it was said to lead to" {
	tell_all web
	gated web/stop
	setting web/timeout-finish 600000
	start web
	wait_until words_are 'start run'
	obeyed web d
	wait_until test -s stop.pid
	wait_until key_is web child stop
	succeed
	state_is web finishing
	key_is web child stop
	: >go
	wait_until state_is web down
	words_are 'start run finish stop'
	# Doomed: failed after it.
	rm go stop.pid events
	tell web/finish 'exit 125'
	obeyed web u
	wait_until words_are 'start run'
	obeyed web t
	wait_until test -s stop.pid
	wait_until key_is web child stop
	succeed
	key_is web doomed 1
	: >go
	wait_until state_is web failed
	# Asked for once more: started after it, start included.
	rm go stop.pid events
	tell web/finish
	obeyed web u
	wait_until words_are 'start run'
	obeyed web d
	wait_until test -s stop.pid
	wait_until key_is web child stop
	obeyed web o
	wait_until key_is web again 1
	succeed
	key_is web again 1
	: >go
	wait_until words_are 'start run finish stop start run'
	# The limit holds.
	rm go stop.pid events
	wait_until state_is web ready
	obeyed web d
	wait_until test -s stop.pid
	wait_until key_is web child stop
	setting web/timeout-finish 700 # that of the next one
	succeed
	wait_until state_is web down
}

# leaving: a run that leaves somebody behind who ignores TERM, its number in ./stubborn.
leaving() {
	script web/run <<-'X'
	echo run >>../events
	(trap '' TERM; exec sh -c 'echo $$ >../stubborn; exec sleep 100001') &
	exec sleep 100000
	X
}

# cleaning: he is just being ended. That takes two seconds, which a slow machine may miss.
cleaning() {
	state_is web finishing && key_is web child '' && alive "$(cat stubborn)"
}
cleaned() { cleaning || gone "$(cat stubborn)"; }
begins_to_clean() {
	wait_until cleaned
	cleaning || skip "too slow a machine to see it"
}

@test "killed while leftovers are ended: finish comes, with what the run died of, and then the rest" {
	tell_all web
	leaving
	setting web/backoff '0 1'
	start web
	wait_until state_is web ready
	wait_until test -s stubborn
	local first
	first=$(cat stubborn)
	obeyed web k
	begins_to_clean
	succeed
	wait_until words_are 'start run finish run'
	grep -q '^finish 256 9 web ' events
	key_is web deaths 1
	wait_until state_is web ready
	another() { [ -s stubborn ] && [ "$(cat stubborn)" != "$first" ]; }
	wait_until another
	obeyed web d
	begins_to_clean
	succeed
	wait_until state_is web down
	words_are 'start run finish run finish stop'
	grep -q '^finish 256 15 web ' events
}

@test "killed while the leftovers of the death that was one too many are ended: finish, stop, failed" {
	tell_all web
	leaving
	setting web/max-deaths 0
	start web
	wait_until state_is web ready
	wait_until test -s stubborn
	kill -KILL "$(key web pid)"
	begins_to_clean
	succeed
	wait_until state_is web failed
	gone "$(cat stubborn)"
	words_are 'start run finish stop'
	key_is web deaths 1
}

@test "a death that nobody saw is counted once, and has its finish, however many supervises are killed" {
	tell_all web
	leaving
	setting web/backoff '600000 600000'
	start web
	wait_until state_is web ready
	wait_until test -s stubborn
	local pid
	pid=$(key web pid)
	murder
	kill -KILL "$pid"
	wait_until gone "$pid"
	for _ in 1 2 3; do
		start web
		wait_until is_ours web
		begins_to_clean
		murder
	done
	start web
	wait_until state_is web backoff
	gone "$(cat stubborn)"
	words_are 'start run finish'
	key_is web deaths 1
}

# half_made PID RECORD: supervise was killed just after it had told of its child PID, and that before
# it could leave its record: there still is the one that RECORD is a copy of.
half_made() {
	kill -KILL "$supervisor" "$1"
	wait_until gone "$supervisor"
	wait_until gone "$1"
	wait "$supervisor" 2>/dev/null || true
	cat "$2" >web/supervise/record
}

@test "killed while finish was only half made: it is made again, and what it is told is kept" {
	make_service web
	gated web/finish
	tell web/run 'exec sleep 100000'
	setting web/backoff '0 1'
	setting web/timeout-finish 600000
	start web
	wait_until words_are run
	wait_until state_is web ready
	cp web/supervise/record record
	obeyed web t
	wait_until test -s finish.pid
	wait_until key_is web child finish
	half_made "$(cat finish.pid)" record
	: >go
	start web
	wait_until words_are 'run finish finish run'
	[ "$(grep -c '^finish 256 15 web ' events)" = 2 ]
	key_is web deaths 1
}

@test "killed while the start that was wanted once was only half made: it is made, once" {
	gated web/start
	tell web/run 'exec sleep 100000'
	: >web/down
	start web
	wait_until svok web
	wait_until is_ours web
	cp web/supervise/record record
	obeyed web o
	wait_until test -s start.pid
	wait_until key_is web child start
	half_made "$(cat start.pid)" record
	: >go
	start web
	wait_until state_is web ready
	key_is web want once
	wait_until words_are 'start start run'
	obeyed web t
	wait_until state_is web down
	words_are 'start start run'
}

# killed_making LETTER: a supervise is killed where it would make the child that LETTER asks for.
killed_making() {
	start web strace -D -qq -o /dev/null -e trace=clone,clone3,fork,vfork -e inject=clone,clone3,fork,vfork:signal=KILL
	wait_until svok web
	wait_until is_ours web
	svc "-$1" web
	wait_until gone "$supervisor"
	start web
	wait_until is_ours web
}

@test "killed while it begins to obey: what was to be started is started" {
	command -v strace >/dev/null || skip "needs strace"
	tell web/run 'exec sleep 100000'
	: >web/down
	killed_making o
	wait_until state_is web ready
	key_is web want once
	wait_until words_are run
	svc -wt web
	wait_until state_is web down
	svc -wdx web
	wait_until gone "$supervisor"
	killed_making u
	wait_until state_is web ready
	key_is web want up
	wait_until words_are 'run run'
	svc -wdx web
	wait_until gone "$supervisor"
	# It would start by itself only in ten minutes.
	rm web/down
	setting web/backoff '600000 600000'
	printf '#!/bin/sh\nexit 0\n' >web/run
	start web
	wait_until state_is web backoff
	murder
	killed_making r
	wait_until key_is web starts 2
}

@test "a run of which nothing was told yet is a start as any other: svc -ow learns of it" {
	make_service web
	start web
	wait_until state_is web ready
	murder
	sed -i 's/^state=.*/state=starting/; s/^starts=1$/starts=0/; s/^\(pid\|ticks\)=.*/\1=/' \
		web/supervise/state
	start web
	wait_until is_ours web
	wait_until state_is web ready
	key_is web starts 1
	murder # this one has told
	start web
	wait_until is_ours web
	key_is web starts 1
}

@test "what dies between two supervises because it was told to is no death that counts" {
	setting web/max-deaths 0
	setting web/backoff '0 1'
	tell web/run 'trap "until [ -e ../go ]; do sleep 0.02; done; exit 3" TERM' \
		'echo $$ >../run.pid' 'while :; do sleep 0.02; done'
	start web
	wait_until test -s run.pid
	obeyed web r
	wait_until state_is web stopping
	local run
	run=$(cat run.pid)
	murder
	: >go
	wait_until gone "$run"
	start web
	wait_until happened run 2
	wait_until state_is web ready
	key_is web deaths 1
	key_is web counted_deaths 0
	key_is web death_by command
}

@test "what dies of a signal that was sent by a killed supervise is no death that counts, either" {
	setting web/max-deaths 0
	setting web/backoff '0 1'
	tell web/run 'trap "until [ -e ../go ]; do sleep 0.02; done; exit 3" TERM' \
		'echo $$ >../run.pid' 'while :; do sleep 0.02; done'
	local case run
	for case in between after; do
		rm -rf go run.pid events web/supervise
		start web
		wait_until test -s run.pid
		run=$(cat run.pid)
		obeyed web t
		wait_until key_is web commands 1
		murder
		[ "$case" = between ] || { start web; wait_until is_ours web; }
		: >go
		wait_until gone "$run"
		[ "$case" = after ] || start web
		wait_until happened run 2
		wait_until state_is web ready
		key_is web deaths 1
		key_is web counted_deaths 0
		svc -dx web
		wait_until gone "$supervisor"
	done
}

@test "readiness said while no supervise lived arrives at the next one, health checks go on" {
	setting web/notification-fd 5
	setting web/check-interval 50
	setting web/timeout-check 600000
	setting web/backoff '0 1'
	tell web/check '[ -e ../good ]'
	: >good
	script web/run <<-'X'
	while [ ! -e ../go ]; do sleep 0.02; done
	echo >&5
	: >../said
	exec sleep 100000
	X
	start web
	wait_until state_is web up
	murder
	: >go
	wait_until test -e said
	start web
	wait_until is_ours web
	wait_until state_is web ready
	local pid ready
	pid=$(key web pid)
	wait_until key_is web healthy 1
	ready=$(key web ready_since)
	succeed
	state_is web ready
	key_is web ready_since "$ready"
	rm events
	wait_until test -s events
	key_is web pid "$pid"
	rm good
	wait_until key_is web deaths 1
	: >good
	wait_until state_is web ready
	wait_until key_is web healthy 1
}

@test "asked for readiness by one, answered to the next" {
	tell_all web
	tell web/check '[ -e ../good ]'
	start web
	wait_until state_is web up
	wait_until contains events check
	succeed
	state_is web up
	: >good
	wait_until state_is web ready
	[ "$(grep -c '^run$' events)" = 1 ]
}

@test "the pause is kept, with its end, and how long the next one is" {
	tell web/run 'exit 1'
	tell web/stop
	setting web/backoff '100000 1000000'
	start web
	wait_until state_is web backoff
	local next
	next=$(key web next_start)
	succeed
	state_is web backoff
	key_is web backoff 200000
	words_are run
	# Seconds of a TAI64N label; a round-off of one.
	[ $((16#${next:1:16} - 16#$(key web next_start | cut -c2-17))) -le 1 ]
	[ $((16#$(key web next_start | cut -c2-17) - 16#${next:1:16})) -le 1 ]
	key_is web deaths 1
	obeyed web d
	wait_until state_is web down
	words_are 'run stop'
}

@test "done and failed stay: nothing is run, and the commands mean what they mean there" {
	tell web/start
	tell web/stop
	start web
	wait_until state_is web 'done'
	local ready
	ready=$(key web ready_since)
	succeed
	state_is web 'done'
	key_is web ready_since "$ready"
	obeyed web u
	words_are start
	obeyed web d
	wait_until state_is web down
	words_are 'start stop'
	tell web/start 'exit 1'
	obeyed web u
	wait_until state_is web failed
	succeed
	state_is web failed
	obeyed web r
	words_are 'start stop start'
	obeyed web u
	wait_until words_are 'start stop start start'
	wait_until state_is web failed
	# Whoever left by himself is owed nothing.
	svc -x web
	wait_until gone "$supervisor"
	start web
	wait_until words_are 'start stop start start start'
}

@test "r of a oneshot survives: stop by the one, start by the next" {
	tell web/start
	gated web/stop
	setting web/timeout-finish 600000
	start web
	wait_until state_is web 'done'
	obeyed web r
	wait_until test -s stop.pid
	wait_until key_is web again 1
	succeed
	key_is web again 1
	: >go
	wait_until state_is web 'done'
	words_are 'start stop start'
}

@test "told to end by the one, ended by the next, timeout-kill included; max-deaths sees no death" {
	setting web/timeout-kill 600000
	setting web/max-deaths 0
	setting web/backoff '0 1'
	tell web/run 'trap "" TERM' 'echo armed >>../events' 'while :; do sleep 0.02; done'
	scanned
	wait_until happened armed 1
	obeyed web r
	wait_until state_is web stopping
	setting web/timeout-kill 500 # that of the next one
	succeed
	wait_until happened armed 2
	wait_until state_is web ready
	key_is web signal KILL
}

@test "under svscan the exit status of a start and a finish is known, even if they end at once" {
	mkdir scan
	tell web/start 'kill -KILL $PPID' 'exit 0'
	tell web/run 'exec sleep 100000'
	tell web/finish '[ $(grep -c ^finish ../events) = 2 ] && kill -KILL $PPID && exit 125; exit 0'
	setting web/backoff '0 1'
	ln -s ../web scan/web
	background svscan scan 2>>err
	wait_until state_is web ready
	wait_until words_are 'start run'
	obeyed web t
	wait_until happened run 2
	wait_until state_is web ready
	svc -t web # its supervise will be killed
	wait_until state_is web failed
	words_are 'start run finish run finish'
}

@test "a start that ended while nobody could see how is run again, and that is said" {
	tell web/run 'exec sleep 100000'
	tell web/start '[ -s ../pid ] && exit 0; echo $$ >../pid; kill -KILL $PPID; exit 0'
	start web
	wait_until gone "$supervisor"
	wait_until test ! -e "/proc/$(cat pid)" # reaped, with its status
	start web
	wait_until words_are 'start start run'
	said 'supervise: warning: unable to tell how web/start ended, starting it again' 1
}
