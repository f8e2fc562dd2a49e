# A killed supervise: the next one takes over the service that lives on, and nobody else's process.
# Not here: what svscan does then (svscan.bats), the kill at every system call (adoption-sweep.bats).

load helper
load service

setup() {
	cd "$BATS_TEST_TMPDIR"
}

# counted DIR: a service that writes down each of its starts.
counted() {
	mkdir -p "$1"
	printf '#!/bin/sh\necho $$ >>../starts\nexec sleep 100000\n' >"$1/run"
	chmod +x "$1/run"
}

up() { is_up svstat "$1"; }
down() { is_down svstat "$1"; }
stamp() { head -c 12 "$1/supervise/status" | od -An -tx1 | tr -d ' \n'; }
starts_are() { [ "$(lines starts)" = "$1" ]; }
ticks_of() { local s; s=$(cat "/proc/$1/stat"); set -- ${s##*) }; echo "${20}"; }

@test "the service goes on: same pid, same start time, started once, obeys, dies, starts again" {
	counted web
	start web
	wait_until up web
	wait_until key_is web state ready
	wait_until starts_are 1
	local pid time round
	pid=$(pid_of svstat web)
	time=$(stamp web)
	for round in 1 2 3; do
		murder
		alive "$pid"
		[ "$(svstat web)" = "web: supervise not running" ]
		start web
		wait_until up web
		[ "$(pid_of svstat web)" = "$pid" ]
		[ "$(stamp web)" = "$time" ]
		wait_until key_is web supervise_pid "$supervisor"
		key_is web state ready
	done
	[ "$(cat starts)" = "$pid" ]
	svc -p web
	wait_until key_is web paused 1
	svc -c web
	wait_until key_is web paused 0
	svc -t web
	wait_until starts_are 2
	wait_until up web
	gone "$pid"
	key_is web deaths 1
	svc -d web
	wait_until down web
	svc -x web
	wait_until gone "$supervisor"
}

@test "svc -d ends an adopted service, and it stays down under the next supervise as well" {
	counted web
	start web
	wait_until up web
	wait_until key_is web state ready
	murder
	start web
	wait_until up web
	svc -d web
	wait_until key_is web state down
	murder
	start web
	wait_until key_is web supervise_pid "$supervisor"
	wait_until down web
	key_is web want down
	local started # told to end before it has written that down, the first one is not among them
	started=$(cat starts 2>/dev/null | wc -l)
	# The next command is obeyed behind whatever start there could be.
	svc -p web
	svc -o web
	wait_until starts_are $((started + 1))
	wait_until key_is web want once
	wait_until key_is web state ready
	murder
	start web
	wait_until up web
	key_is web want once
	svc -t web
	wait_until down web
	starts_are $((started + 1))
}

@test "wishes, marks and counts are kept; a supervise that left by itself leaves none" {
	counted web
	start web
	wait_until starts_are 1
	svc -k web
	wait_until starts_are 2
	wait_until key_is web state ready
	svc -p web
	wait_until key_is web paused 1
	murder
	start web
	wait_until up web
	key_is web paused 1
	key_is web deaths 1
	key_is web signal KILL
	[[ $(svstat web) == *", paused" ]]
	svc -dx web
	wait_until gone "$supervisor"
	key_is web left 1
	start web
	wait_until up web
	key_is web deaths 0
}

@test "the exit status of an adopted service is the true one, where the kernel tells" {
	mkdir web
	mkfifo fifo
	printf '#!/bin/sh\nread x <../fifo\nexit 7\n' >web/run
	chmod +x web/run
	start web
	wait_until up web
	wait_until key_is web state ready
	local pid
	pid=$(pid_of svstat web)
	murder
	start web
	wait_until up web
	[ "$(pid_of svstat web)" = "$pid" ]
	echo >fifo
	wait_until key_is web deaths 1
	key_is web exit 7 || { key_is web exit "" && key_is web signal ""; }
	wait_until up web
}

@test "a service that was told to end when supervise died is told again" {
	mkdir web
	cat >web/run <<-'X'
	#!/bin/sh
	trap 'echo TERM >>../got' TERM
	echo $$ >>../starts
	while :; do sleep 0.1; done
	X
	chmod +x web/run
	start web
	wait_until up web
	wait_until test -e starts
	svc -d web
	wait_until contains got TERM
	murder
	rm got
	start web
	wait_until contains got TERM
	wait_until key_is web state stopping
	key_is web want down
	svc -k web
	wait_until down web
	starts_are 1
}

@test "a service that was down is down since then" {
	counted web
	start web
	wait_until up web
	svc -d web
	wait_until down web
	wait_until key_is web state down
	local since time
	since=$(key web since)
	time=$(stamp web)
	murder
	start web
	wait_until key_is web supervise_pid "$supervisor"
	[ "$(key web since)" = "$since" ]
	[ "$(stamp web)" = "$time" ]
}

# It writes down whether the predecessor was there when the service started.
waits_for_predecessor() {
	rm -rf web witness
	mkdir web
	start web
	wait_until key_is web supervise_pid "$supervisor"
	murder
	printf '#!/bin/sh\n[ ! -d /proc/%s ] && echo alone >../witness\nexec sleep 100000\n' \
		"$1" >web/run
	chmod +x web/run
	sed -i -e "s/^supervise_pid=.*/supervise_pid=$1/" \
		-e "s/^supervise_ticks=.*/supervise_ticks=$(ticks_of "$1")/" web/supervise/state
}

@test "it waits until its predecessor is entirely gone, and then heeds what came meanwhile" {
	local how predecessor
	for how in "" "strace -D -qq -o /dev/null -e trace=pidfd_open -e inject=pidfd_open:error=ENOSYS"; do
		[ -z "$how" ] || command -v strace >/dev/null || skip "needs strace"
		export ASAN_OPTIONS=detect_leaks=0
		background sleep 100000
		predecessor=$!
		waits_for_predecessor "$predecessor"
		start web $how
		# The FIFO comes after the lock. (To try the lock would be to take it for a moment.)
		locked() { ls -l "/proc/$supervisor/fd" 2>/dev/null | grep -q supervise/control; }
		wait_until locked
		kill -TERM "$supervisor"
		[ ! -e web/supervise/ok ] || [ "$(svstat web)" = "web: supervise not running" ]
		kill -KILL "$predecessor"
		wait "$predecessor" 2>/dev/null || true # reaped
		wait_until gone "$supervisor"
		key_is web left 1
		key_is web want down
		# The same without a command: now it starts.
		background sleep 100000
		predecessor=$!
		waits_for_predecessor "$predecessor"
		start web $how
		wait_until locked
		kill -KILL "$predecessor"
		wait "$predecessor" 2>/dev/null || true
		wait_until up web
		wait_until contains witness alone
		svc -dx web
		wait_until gone "$supervisor"
	done
}

@test "under another parent it begins afresh, but still without a second copy" {
	counted web
	start web
	wait_until up web
	local pid
	pid=$(pid_of svstat web)
	svc -o web
	wait_until key_is web want once
	murder
	start web sh -c '"$@" & wait' sh
	wait_until up web
	[ "$(pid_of svstat web)" = "$pid" ]
	wait_until key_is web want up
	wait_until starts_are 1
	svc -dx web
	wait_until gone "$pid"
}

# forge TEXT: that as the record of web, which belongs there.
forge() {
	local place
	place=$(stat -c '%d-%i' web/supervise)
	printf '%-127s\n' "$1 at=$(printf '%x-%x' "${place%-*}" "${place#*-}")" >web/supervise/record
}

@test "a reused number, another boot, garbage and foreign processes are never believed" {
	counted web
	start web
	wait_until up web
	local boot pid ticks forgery
	boot=$(cat /proc/sys/kernel/random/boot_id)
	svc -dx web
	wait_until gone "$supervisor"
	background setsid sleep 100000
	pid=$!
	background sleep 100000 # leads no session
	local stranger=$!
	leads() { [ "$(($(ps -o sid= -p "$pid")))" = "$pid" ]; }
	wait_until leads
	ticks=$(ticks_of "$pid")
	for forgery in \
		"run pid=$pid ticks=$((ticks + 1)) boot=$boot" \
		"run pid=$pid ticks=$ticks boot=00000000-0000-0000-0000-000000000000" \
		"run pid=$stranger ticks=$(ticks_of "$stranger") boot=$boot" \
		"run pid=1 ticks=$(ticks_of 1) boot=$boot" \
		"run pid=99999999999 ticks=$ticks boot=$boot" \
		"run pid=$pid ticks=$ticks" \
		""; do
		rm -f starts
		forge "$forgery"
		start web
		wait_until up web
		[ "$(pid_of svstat web)" != "$pid" ]
		[ "$(pid_of svstat web)" != "$stranger" ]
		wait_until starts_are 1
		svc -dx web
		wait_until gone "$supervisor"
	done
	alive "$pid"
	alive "$stranger"
	# The right one is believed: the test could fail.
	forge "run pid=$pid ticks=$ticks boot=$boot"
	start web
	wait_until up web
	[ "$(pid_of svstat web)" = "$pid" ]
}

@test "a state directory of another boot says nothing about this one" {
	counted web
	start web
	wait_until up web
	local pid
	wait_until starts_are 1
	svc -k web
	wait_until starts_are 2
	wait_until up web
	wait_until key_is web state ready
	pid=$(pid_of svstat web)
	murder
	# The machine was restarted; by chance the number and the start time are those of a process.
	sed -i 's/boot=[0-9a-f]\{8\}/boot=00000000/' web/supervise/record web/supervise/state
	start web
	wait_until starts_are 3
	wait_until up web
	[ "$(pid_of svstat web)" != "$pid" ]
	key_is web deaths 0
	alive "$pid"
}

@test "a copy of a service directory does not claim the process of the original" {
	counted web
	start web
	wait_until up web
	local pid
	pid=$(pid_of svstat web)
	wait_until key_is web state ready # so that nothing is written
	cp -R web copy
	background supervise copy
	wait_until up copy
	[ "$(pid_of svstat copy)" != "$pid" ]
	svc -d copy
	wait_until down copy
	[ "$(pid_of svstat web)" = "$pid" ]
	alive "$pid"
}

@test "who owns only supervise/ cannot aim a root supervise at a process of somebody else" {
	need_root
	counted web
	start web
	wait_until up web
	wait_until test -s starts
	svc -dx web
	wait_until gone "$supervisor"
	rm starts
	chown nobody web/supervise
	background setsid sleep 100000
	local victim=$! ticks
	leads() { [ "$(($(ps -o sid= -p "$victim")))" = "$victim" ]; }
	wait_until leads
	ticks=$(ticks_of "$victim")
	forge "run pid=$victim ticks=$ticks boot=$(cat /proc/sys/kernel/random/boot_id)"
	# It could be true, so nothing is started beside it; whoever owns the lock can have that, too.
	run -111 supervise web
	[[ $output == "supervise: fatal: unable to tell whether process $victim is what a killed supervise left in web, since others can write the record;"* ]]
	[ ! -e starts ]
	alive "$victim"
	rm web/supervise/record
	start web
	wait_until starts_are 1
	wait_until up web
	svc -dx web
	wait_until gone "$supervisor"
	alive "$victim"
}

@test "a record that others can write is not believed, and nothing is started beside what it names" {
	need_root
	counted web
	start web
	wait_until up web
	wait_until starts_are 1
	wait_until key_is web state ready
	local pid
	pid=$(pid_of svstat web)
	murder
	chmod 666 web/supervise/record
	run -111 supervise web
	[[ $output == *"others can write the record;"* ]]
	alive "$pid"
	starts_are 1
	chmod 644 web/supervise/record
	start web
	wait_until up web
	[ "$(pid_of svstat web)" = "$pid" ]
}

@test "on kernels without process descriptors it works the same" {
	command -v strace >/dev/null || skip "needs strace"
	export ASAN_OPTIONS=detect_leaks=0
	counted web
	start web
	wait_until up web
	local pid
	pid=$(pid_of svstat web)
	wait_until key_is web state ready
	wait_until starts_are 1
	murder
	start web strace -o /dev/null -e inject=pidfd_open:error=ENOSYS
	wait_until up web
	[ "$(pid_of svstat web)" = "$pid" ]
	svc -t web
	wait_until starts_are 2
	wait_until up web
	key_is web deaths 1
}

# with_member DIR: a service whose group has a second member, its number in ./member; and a process
# in a session of its own, its number in ./stranger.
with_member() {
	mkdir -p "$1"
	cat >"$1/run" <<-'X'
		#!/bin/sh
		echo $$ >>../starts
		sleep 100000 & echo $! >../member
		setsid sleep 100000 & echo $! >../stranger
		exec sleep 100000
	X
	chmod +x "$1/run"
}

# The newest kernels signal a group through the descriptor of its leader; before 6.9 its members are
# found one by one, before 5.3 without descriptors.
@test "a plus reaches the group of an adopted service, and nobody else" {
	local without round=0
	export ASAN_OPTIONS=detect_leaks=0
	for without in "" pidfd_send_signal:error=EINVAL:when=1 pidfd_open,pidfd_send_signal:error=ENOSYS; do
		[ -z "$without" ] || command -v strace >/dev/null || continue
		rm -rf web starts member stranger
		with_member web
		start web
		wait_until up web
		wait_until test -s stranger
		wait_until key_is web state ready
		murder
		start web ${without:+strace -o /dev/null -e "inject=$without"}
		wait_until up web
		svc -+k web
		wait_until gone "$(cat member)"
		wait_until starts_are 2
		alive "$(cat stranger)"
		wait_until up web
		svc -+kdx web
		wait_until gone "$supervisor"
		round=$((round + 1))
	done
	[ "$round" = 3 ] || skip "needs strace"
}

@test "without /proc the number, session and group of a living process must fit" {
	need_root
	counted web
	background unshare --mount sh -c 'mount -t tmpfs none /proc; exec supervise web' 2>>err
	supervisor=$!
	wait_until up web
	local pid
	pid=$(pid_of svstat web)
	wait_until key_is web state ready
	wait_until starts_are 1
	key_is web ticks ""
	murder
	background unshare --mount sh -c 'mount -t tmpfs none /proc; exec supervise web' 2>>err
	wait_until up web
	[ "$(pid_of svstat web)" = "$pid" ]
	starts_are 1
	svc -t web
	wait_until starts_are 2
	svc -dx web
}

@test "where /proc hides the process from its own user, number and session must fit" {
	need_root
	counted web
	# What may be executed but not read cannot be dumped.
	cp "$(command -v sleep)" web/sleep
	mkdir bin
	cp "$(command -v supervise)" "$(command -v svstat)" "$(command -v svc)" bin
	sed -i 's/exec sleep/exec .\/sleep/' web/run
	chown -R nobody . && chown root web/sleep && chmod 111 web/sleep
	chmod a+x "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR/test" "$PWD"
	cat >inside <<-'X'
	pid_of() { sed -n 's/^pid=//p' web/supervise/state; }
	up() { svstat web | grep -q ': up '; }
	hidden() { [ ! -d /proc/$pid ]; }
	supervise web &
	supervisor=$!
	until up && pid=$(pid_of) && [ -n "$pid" ] && [ -s starts ]; do sleep 0.05; done
	until hidden; do sleep 0.05; done
	kill -KILL $supervisor
	wait $supervisor
	supervise web &
	supervisor=$!
	until up; do sleep 0.05; done
	[ "$(pid_of)" = "$pid" ] || exit 1
	svc -t web
	until [ "$(wc -l <starts)" = 2 ]; do sleep 0.05; done
	kill -0 $pid && exit 2
	svc -dx web
	wait $supervisor
	X
	run -0 timeout -s KILL "$LIMIT" unshare --pid --fork --mount --kill-child sh -c '
		mount -t proc -o hidepid=2 proc /proc &&
		exec setpriv --reuid nobody --regid nogroup --clear-groups "$@"' sh \
		env PATH="$PWD/bin:$PATH" sh inside 3>&- 4>&-
	starts_are 2
}

@test "a number that was given to another process is not mistaken for the service" {
	need_root
	counted web
	cat >inside <<-'X'
	pid_of() { sed -n 's/^pid=//p' web/supervise/state; }
	up() { svstat web | grep -q ': up '; }
	supervise web &
	supervisor=$!
	until up && pid=$(pid_of) && [ -n "$pid" ] && [ -s starts ]; do sleep 0.05; done
	kill -KILL $supervisor $pid
	while [ -d /proc/$pid ] || [ -d /proc/$supervisor ]; do sleep 0.05; done
	echo $((pid - 1)) >/proc/sys/kernel/ns_last_pid || exit 1
	setsid sleep 100000 &
	stranger=$!
	[ $stranger = $pid ] || exit 2
	# It leads a session, as the service did; only its age gives it away.
	until [ "$(ps -o sid= -p $pid | tr -d ' ')" = $pid ]; do sleep 0.05; done
	supervise web &
	until up && [ "$(wc -l <starts)" = 2 ]; do sleep 0.05; done
	[ "$(pid_of)" != $pid ] && [ -d /proc/$pid ] || exit 3
	X
	run -0 timeout -s KILL "$LIMIT" unshare --pid --fork --mount-proc --kill-child \
		env PATH="$PATH" bash inside 3>&- 4>&-
	starts_are 2
}

@test "nginx and PostgreSQL do not notice that their supervise was killed" {
	need_root
	local bin pid workers
	bin=$(ls -d /usr/lib/postgresql/*/bin /usr/libexec/postgresql*/ /usr/bin 2>/dev/null | while read -r bin; do
		[ ! -x "$bin/initdb" ] || { echo "$bin" && break; }
	done)
	[ -n "$bin" ] || skip "needs PostgreSQL"
	command -v nginx >/dev/null || skip "needs nginx"

	local short=$PWD # a socket's path has room for 107 bytes
	chmod a+x "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR/test" "$PWD"
	mkdir -p db nginx/data data
	chown nobody . data
	local as="setpriv --reuid nobody --regid nogroup --clear-groups"
	$as env LC_ALL=C "$bin/initdb" -D "$short/data" -A trust -U nobody -N >initdb.log 2>&1
	printf '#!/bin/sh\nexec 2>>../db.log\nexec %s %s/postgres -D %s/data -k %s -h ""\n' \
		"$as" "$bin" "$short" "$short" >db/run
	printf '#!/bin/sh\nexec nginx -p . -e stderr -c nginx.conf 2>/dev/null\n' >nginx/run
	cat >nginx/nginx.conf <<-X
	daemon off; worker_processes 2; pid data/pid; error_log stderr; events {}
	http {
		access_log off;
		client_body_temp_path data/1; proxy_temp_path data/2; fastcgi_temp_path data/3;
		uwsgi_temp_path data/4; scgi_temp_path data/5;
		server { listen unix:$short/web.sock; location / { return 200 "well\n"; } }
	}
	X
	chmod +x db/run nginx/run
	background supervise db
	local db_supervisor=$!
	background supervise nginx
	local nginx_supervisor=$!
	answers() { [ "$(curl -s --unix-socket "$short/web.sock" http://x/)" = well ]; }
	both_work() { [ "$(pgrep -c -P "$(pid_of svstat nginx)")" = 2 ]; }
	wait_until "$bin/pg_isready" -q -h "$short"
	wait_until answers
	wait_until both_work # one of them may answer before the other is there
	wait_until key_is db state ready
	wait_until key_is nginx state ready
	pid=$(pid_of svstat db)
	workers=$(pgrep -P "$(pid_of svstat nginx)" | sort | xargs)

	# A client in the middle of its session.
	mkfifo queries
	"$bin/psql" -h "$short" -U nobody -Atq postgres -f queries >replies 2>&1 3>&- 4>&- &
	local client=$!
	exec 5>queries
	echo 'select pg_backend_pid();' >&5
	wait_until test -s replies

	kill -KILL "$db_supervisor" "$nginx_supervisor"
	wait_until gone "$db_supervisor"
	wait_until gone "$nginx_supervisor"
	background supervise db 5>&-
	background supervise nginx 5>&-
	wait_until up db
	wait_until up nginx
	[ "$(pid_of svstat db)" = "$pid" ]
	[ "$(pgrep -P "$(pid_of svstat nginx)" | sort | xargs)" = "$workers" ]
	answers
	echo 'select pg_backend_pid();' >&5
	twice() { [ "$(lines replies)" = 2 ]; }
	wait_until twice
	[ "$(sort -u replies | wc -l)" = 1 ]
	exec 5>&-
	wait_until gone "$client"

	svc -t nginx
	renewed() { answers && [ "$(pgrep -P "$(pid_of svstat nginx)" | sort | xargs)" != "$workers" ]; }
	wait_until renewed
	svc -d db nginx
	wait_until down db
	wait_until down nginx
	contains db.log "database system is shut down"
}
