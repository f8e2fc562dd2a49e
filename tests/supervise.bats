# supervise: the contract of 0.76, and what was blind, deaf or untrue in it.
# Not here: what svstat and svc do on their own (svstat.bats, svc.bats), logs (system.bats).

load helper
load service

setup() {
	cd "$BATS_TEST_TMPDIR"
}

# script DIR: DIR/run from standard input, a shell script unless it says otherwise.
script() {
	mkdir -p "$1"
	{
		echo '#!/bin/sh'
		cat
	} >"$1/run"
	chmod +x "$1/run"
}

up() { is_up svstat "$1"; }
down() { is_down svstat "$1"; }
bytes() { od -An -tx1 -j16 -N2 "$1/supervise/status" | tr -d ' \n'; }
stamp() { head -c 12 "$1/supervise/status" | od -An -tx1 | tr -d ' \n'; }

# cpu_ticks PID: the processor time it has used, in clock ticks (10 ms).
cpu_ticks() {
	local stat
	stat=$(cat "/proc/$1/stat")
	set -- ${stat##*) }
	echo $((${12} + ${13}))
}

# ---- Start

@test "misuse and unusable directories: one line, the contract's exit code" {
	mkdir ok loop control okdir lock
	ln -s down loop/down
	mkdir -p control/supervise okdir/supervise lock/supervise/lock
	echo x >control/supervise/control
	echo x >okdir/supervise/ok

	run -100 supervise
	[ "$output" = "supervise: usage: supervise dir" ]
	run -100 supervise ok ok
	run -111 supervise nosuch
	[ "$output" = "supervise: fatal: unable to chdir to nosuch: file does not exist" ]
	run -111 supervise loop
	[ "$output" = "supervise: fatal: unable to stat loop/down: symbolic link loop" ]
	run -111 supervise control
	[ "$output" = "supervise: fatal: unable to read control/supervise/control: not a FIFO" ]
	run -111 supervise okdir
	[ "$output" = "supervise: fatal: unable to read okdir/supervise/ok: not a FIFO" ]
	run -111 supervise lock
	[ "$output" = "supervise: fatal: unable to acquire lock/supervise/lock: is a directory" ]
}

@test "a second supervise on the same directory is refused" {
	make_service web
	start web
	wait_until up web
	run -111 supervise web
	[ "$output" = "supervise: fatal: unable to acquire web/supervise/lock: temporary failure" ]
	up web
}

@test "the files have the names, types, modes and sizes of 0.76" {
	make_service web
	umask 022
	start web
	wait_until up web
	wait_until key_is web state ready
	[ "$(stat -c %a web/supervise)" = 700 ]
	[ "$(cd web/supervise && stat -c '%n %F %a' control lock ok status)" = "control fifo 600
lock regular empty file 600
ok fifo 600
status regular file 644" ]
	[ "$(stat -c %s web/supervise/status)" = 18 ]
	[ "$(stat -c %s web/supervise/record)" = 128 ]
	[ ! -e web/supervise/status.new ] && [ ! -e web/supervise/state.new ]
}

@test "mode and group of existing entries are kept, so that control and sight can be delegated" {
	need_root
	make_service web
	start web
	wait_until up web
	wait_until key_is web state ready # nothing is written any more
	chgrp 12345 web/supervise/status web/supervise/state web/supervise/control
	chmod 640 web/supervise/status web/supervise/state
	chmod 620 web/supervise/control
	svc -d web
	wait_until down web
	wait_until key_is web state down
	[ "$(stat -c '%g %a' web/supervise/status)" = "12345 640" ]
	[ "$(stat -c '%g %a' web/supervise/state)" = "12345 640" ]
	svc -x web
	wait_until gone $supervisor
	start web
	wait_until up web
	[ "$(stat -c '%g %a' web/supervise/control)" = "12345 620" ]
}

@test "supervise may be a link, and what it points to is made with its parents" {
	make_service web
	ln -s ../run/deep/er/web web/supervise
	start web
	wait_until up web
	[ "$(stat -c '%F %a' run/deep/er/web)" = "directory 700" ]
}

@test "what could not be written becomes true as soon as it can, although nothing else happens" {
	local pid
	make_service web
	start web
	wait_until up web
	wait_until key_is web state ready
	pid=$(pid_of svstat web)
	mkdir web/supervise/status.new web/supervise/state.new
	svc -d web
	wait_until gone "$pid"
	wait_until contains err 'unable to open web/supervise/state.new'
	wait_until contains err 'unable to open web/supervise/status.new'
	up web
	rmdir web/supervise/*.new
	wait_until down web
	wait_until key_is web state down
}

@test "links planted in supervise/ are never followed" {
	local name
	make_service web
	mkdir web/supervise
	echo precious >precious
	for name in status.new state.new; do
		ln -s ../../precious web/supervise/$name
	done
	start web
	wait_until up web
	[ "$(cat precious)" = precious ]
	svc -dx web
	wait_until gone $supervisor
	for name in lock control ok; do
		rm -f web/supervise/$name
		ln -s ../../precious web/supervise/$name
		run -111 supervise web
		rm web/supervise/$name
	done
	ln -sf ../../precious web/supervise/record # is replaced, not followed
	start web
	wait_until up web
	[ -f web/supervise/record ] && [ ! -L web/supervise/record ]
	[ "$(cat precious)" = precious ]
}

# ---- The child

@test "run gets environment, directory, name, umask, descriptors, mask and dispositions untouched" {
	script web <<-'X'
	{
		pwd; echo "$0 $#"; umask; echo "$INHERITED"
		ls /proc/self/fd | tr '\n' ' '; echo
		grep -E '^Sig(Blk|Ign)' /proc/self/status
	} >../seen.new
	mv ../seen.new ../seen
	exec sleep 100000
	X
	umask 027
	export INHERITED='a b'
	# As if it were run by hand, with two signals ignored ...
	background sh -c 'trap "" USR1 HUP; cd web && exec ./run'
	wait_until test -e seen
	mv seen expected
	# ... and by supervise.
	background sh -c 'trap "" USR1 HUP; exec supervise web' 2>err
	wait_until test -e seen
	diff expected seen >&2
	contains seen "a b"
}

@test "descriptors that were closed stay closed for run, and ours never land there" {
	script web <<-'X'
	ls /proc/self/fd | tr '\n' ' ' >../seen.new
	mv ../seen.new ../seen
	exec sleep 100000
	X
	supervise web <&- >&- 2>&- 3>&- 4>&- &
	wait_until test -e seen
	wait_until up web
}

@test "the service leads a session of its own, supervise a process group" {
	make_service web
	start web
	wait_until up web
	local pid ours
	pid=$(pid_of svstat web)
	ours=$(ps -o pgid= -p $supervisor)
	[ "$(ps -o sid= -o pgid= -p "$pid" | tr -s ' ')" = " $pid $pid" ] ||
		[ "$(ps -o sid= -o pgid= -p "$pid" | tr -d ' ')" = "$pid$pid" ]
	[ "$((ours))" = $supervisor ]
}

@test "what cannot be executed is never announced as up: one message, no spinning, still obedient" {
	local kind
	for kind in missing mode interpreter format directory fifo; do mkdir $kind; done
	echo 'exit 0' >mode/run
	printf '#!/no/such/interpreter\n' >interpreter/run
	echo 'exit 0' >format/run
	chmod +x interpreter/run format/run
	mkdir directory/run
	mkfifo fifo/run
	for kind in missing:'file does not exist' mode:'access denied' interpreter:'file does not exist' \
		format:'exec format error' directory:'access denied' fifo:'access denied'; do
		local why=${kind#*:} name=${kind%%:*}
		: >err
		start "$name"
		wait_until contains err "supervise: fatal: unable to start $name/run: $why"
		wait_until key_is "$name" state backoff
		[[ $(svstat "$name") =~ ^$name:\ down\ [0-9]+\ seconds,\ normally\ up,\ want\ up$ ]]
		# The second attempt: nothing new to say, and still nothing was up.
		svc -u "$name"
		wait_until key_is "$name" state backoff
		[ "$(lines err)" = 1 ]
		key_is "$name" deaths 0
		(($(cpu_ticks $supervisor) < 50))
		svc -dx "$name"
		wait_until gone $supervisor
	done
}

@test "what is killed before it has executed is never announced as up and is no death" {
	command -v strace >/dev/null || skip "needs strace"
	export ASAN_OPTIONS=detect_leaks=0
	make_service web
	touch web/down
	# The child is held for ten seconds in the last system call before it takes signals again.
	background strace -f -o trace -e trace=prctl -e inject=prctl:delay_enter=10000000:when=2 \
		supervise web 2>>err
	wait_until svok web
	svc -u web
	wait_until key_is web state starting
	wait_until contains trace "PR_SET_PDEATHSIG, 0" # it is there
	svc -d web
	wait_until key_is web state down
	key_is web deaths 0
	key_is web signal ""
	[ ! -s err ]
	svc -u web
	wait_until up web
	svc -dx web
}

@test "a run that appears later is started" {
	mkdir web
	start web
	wait_until contains err "unable to start"
	make_service web
	wait_until up web
}

@test "a crash loop keeps one second between starts; commands are obeyed in the pause" {
	script web <<-'X'
	read up rest </proc/uptime
	echo "$up" | tr -d . >>../starts
	exit 3
	X
	local up rest
	read -r up rest </proc/uptime
	start web
	started() { [ "$(lines starts)" -ge "$1" ]; }
	wait_until started 3
	wait_until key_is web exit 3
	# Hundredths of a second. A paced start is never early; a slow machine only makes it late, the first
	# one, too.
	awk -v begun="${up/./}" '$1 - begun < (NR - 1) * 100 - 2 { exit 1 }' starts
	# svc -u in the pause starts at once: sooner than the pause would have ended. On a loaded
	# machine it may come too late to tell, so it is tried until it can be told.
	early() {
		wait_until key_is web state backoff
		local count
		count=$(lines starts)
		svc -u web
		wait_until started $((count + 1))
		tail -n 2 starts | awk 'NR == 2 && $1 - last < 90 { found = 1 } { last = $1 } END { exit !found }'
	}
	wait_until early
	# svc -d in the pause: down at once, and no start follows.
	wait_until key_is web state backoff
	svc -d web
	wait_until key_is web state down
	key_is web next_start ""
}

@test "a service that has lived a second is started again without a pause" {
	script web <<-'X'
	read up rest </proc/uptime
	echo "$up" | tr -d . >>../starts
	exec sleep 100000
	X
	start web
	wait_until up web
	older() { [[ $(svstat web) =~ \)\ ([0-9]+) ]] && ((BASH_REMATCH[1] >= 2)); }
	wait_until older
	strace -o trace -f -e trace=fork,clone,clone3,vfork,ppoll,execve -p $supervisor 3>&- 4>&- 2>attached &
	wait_until grep -q attached attached
	svc -t web
	twice() { [ "$(lines starts)" = 2 ]; }
	wait_until twice
	# Between the death and the new child no wait with a timeout may lie.
	wait_until grep -q 'execve("./run"' trace
	sed -n '/SIGCHLD/,/execve/p' trace | tail -n +2 >between
	if grep -E 'ppoll\(.*\{tv_sec=[1-9]' between; then false; fi
}

@test "a fork that fails is tried again soon, commands are obeyed meanwhile, one message" {
	export ASAN_OPTIONS=detect_leaks=0 # which cannot be under strace, and would say so
	make_service web
	background strace -o /dev/null -e inject=fork,vfork,clone,clone3:error=EAGAIN:when=1..5 \
		supervise web 2>err
	wait_until contains err "supervise: warning: unable to fork for web: temporary failure"
	wait_until up web
	[ "$(lines err)" = 1 ]
	svc -dx web
	not_running() { [ "$(svstat web)" = "web: supervise not running" ]; }
	wait_until not_running

	: >err
	background strace -o /dev/null -e inject=fork,vfork,clone,clone3:error=ENOMEM \
		supervise web 2>err
	wait_until contains err "supervise: warning: unable to fork for web: out of memory"
	wait_until key_is web state backoff
	svc -d web
	wait_until key_is web state down
	svc -u web
	wait_until key_is web state backoff
	svc -x web
	wait_until not_running
	[ "$(lines err)" = 1 ]
}

# ---- Commands

# talker DIR: a service that writes down each signal it gets, and that it is ready to.
talker() {
	mkdir -p "$1"
	cat >"$1/run" <<-'X'
	#!/bin/bash
	for s in HUP ALRM INT TERM QUIT USR1 USR2 WINCH ABRT CONT; do trap "echo $s >>../got" $s; done
	echo ready >>../got
	while :; do sleep 0.1; done
	X
	chmod +x "$1/run"
}

@test "every signal letter arrives, at the process only" {
	local pair
	talker web
	# What the test itself was told to ignore, run would inherit.
	background env --default-signal supervise web 2>err
	wait_until contains got ready
	for pair in h:HUP a:ALRM i:INT t:TERM q:QUIT 1:USR1 2:USR2 y:WINCH b:ABRT c:CONT; do
		svc -"${pair%:*}" web
		wait_until contains got "${pair#*:}"
	done
	up web
	[ "$(key web deaths)" = 0 ]
	printf w >web/supervise/control
	twice() { [ "$(grep -c WINCH got)" = 2 ]; }
	wait_until twice
	svc -k web
	wait_until key_is web signal KILL
	wait_until key_is web deaths 1
}

@test "a plus sends the next signal to the whole process group" {
	script web <<-'X'
	trap : HUP
	(trap 'echo child >>../got' HUP; echo ready >>../got; while :; do sleep 0.1; done) &
	while :; do wait; done
	X
	start web
	wait_until contains got ready
	svc -+h web
	wait_until contains got child
	: >got
	svc -h web
	svc -+h web
	wait_until contains got child
	[ "$(grep -c child got)" = 1 ]
}

@test "r ends the run and starts a new one, without changing what is wanted" {
	make_service web
	start web
	wait_until up web
	local first
	first=$(pid_of svstat web)
	svc -r web
	renewed() { up web && [ "$(pid_of svstat web)" != "$first" ]; }
	wait_until renewed
	key_is web want up
	key_is web signal TERM
	svc -o web
	wait_until key_is web want once
	svc -r web
	wait_until key_is web state down
}

@test "o starts once, O only keeps it from being started again" {
	script web <<<'echo run >>../runs; read x <../fifo; exit 0'
	mkfifo fifo
	touch web/down runs
	start web
	wait_until down web
	svc -O web
	wait_until key_is web want once
	[ "$(lines runs)" = 0 ]
	svc -o web
	wait_until up web
	echo >fifo
	wait_until key_is web deaths 1
	wait_until key_is web state down
	[ "$(lines runs)" = 1 ]
	svc -u web
	wait_until up web
	svc -O web
	wait_until key_is web want once
	echo >fifo
	wait_until key_is web deaths 2
	wait_until key_is web state down
	[ "$(lines runs)" = 2 ]
}

@test "U and D change the down file, too" {
	make_service web
	touch web/down
	start web
	wait_until down web
	svc -U web
	wait_until up web
	[ ! -e web/down ]
	svc -D web
	wait_until down web
	[ -f web/down ]
	svc -D web
	svc -u web
	wait_until up web
	[[ $(svstat web) == *", normally down" ]]
}

@test "commands take effect one by one, and the last one wins" {
	make_service web
	start web
	wait_until up web
	printf ud%.0s {1..500} >web/supervise/control
	svc -O web # the mark behind them
	wait_until key_is web want once
	wait_until key_is web state down
	printf 'dudu' >web/supervise/control
	wait_until up web
	wait_until key_is web want up
}

@test "letters for a logger of daemontools-encore are ignored, with a warning, until l" {
	make_service web
	start web
	wait_until up web
	printf 'Ldx' >web/supervise/control
	wait_until contains err "supervise: warning: web/supervise/control: ignored command byte 0x64"
	printf 'Lkl1' >web/supervise/control # the last one ends it: sleep has no handler
	wait_until key_is web signal USR1
	alive $supervisor
	[ "$(lines err)" = 1 ]
	printf 'ld' >web/supervise/control
	wait_until down web
}

@test "a megabyte of garbage: one warning, nothing else, and then it obeys" {
	make_service web
	start web
	wait_until up web
	local first
	first=$(pid_of svstat web)
	head -c 1000000 /dev/zero | tr '\0' '\377' >web/supervise/control
	svc -p web
	wait_until key_is web paused 1
	[ "$(pid_of svstat web)" = "$first" ]
	[ "$(cat err)" = "supervise: warning: web/supervise/control: ignored command byte 0xff: no such command" ]
}

@test "a flood of letters hides no signal" {
	make_service web
	start web
	wait_until up web
	background sh -c 'exec 2>/dev/null; while head -c 60000 /dev/zero | tr "\0" c >web/supervise/control; do :; done'
	kill -TERM $supervisor
	wait_until gone $supervisor
}

@test "x leaves when the service is down, signals nothing and cannot be taken back" {
	make_service web
	start web
	wait_until up web
	local first
	first=$(pid_of svstat web)
	svc -x web
	svc -u web
	svc -p web
	wait_until key_is web paused 1
	[ "$(pid_of svstat web)" = "$first" ]
	svc -ck web
	wait_until gone $supervisor
	wait $supervisor
	[ "$(svstat web)" = "web: supervise not running" ]
}

@test "TERM and INT mean dx; the other signals of users and terminals mean nothing" {
	local signal
	make_service web
	for signal in TERM INT; do
		start web
		wait_until up web
		local pid
		pid=$(pid_of svstat web)
		for other in HUP QUIT ALRM USR1 USR2 PIPE TSTP TTIN TTOU WINCH PWR; do
			kill -$other $supervisor
		done
		[ "$(pid_of svstat web)" = "$pid" ]
		kill -$signal $supervisor
		wait_until gone $supervisor
		wait $supervisor
		gone "$pid"
		key_is web want down
	done
}

# ---- What the world sees

@test "status has the bytes of 0.76 in every situation, its time changes with the pid only" {
	script web <<-'X'
	trap : TERM
	echo ready >>../got
	while :; do sleep 0.1; done
	X
	start web
	wait_until contains got ready
	wait_until up web
	local time
	time=$(stamp web)
	bytes_are() { [ "$(bytes web)" = "$1" ]; }
	wait_until bytes_are 0075
	svc -d web
	wait_until bytes_are 0064
	says svstat web 'up \(pid [0-9]+\) [0-9]+ seconds, want down'
	svc -p web
	wait_until bytes_are 0164
	says svstat web 'up \(pid [0-9]+\) [0-9]+ seconds, paused, want down'
	touch web/down
	says svstat web 'up \(pid [0-9]+\) [0-9]+ seconds, normally down, paused, want down'
	svc -u web
	wait_until bytes_are 0175
	says svstat web 'up \(pid [0-9]+\) [0-9]+ seconds, normally down, paused'
	rm web/down
	svc -c web
	wait_until bytes_are 0075
	svc -o web
	wait_until bytes_are 0000
	[ "$(stamp web)" = "$time" ]
	svc -k web
	wait_until down web
	[ "$(bytes web)" = 0000 ]
	[ "$(stamp web)" != "$time" ]
	says svstat web 'down [0-9]+ seconds, normally up'
	svc -d web
	wait_until bytes_are 0064
	touch web/down
	says svstat web 'down [0-9]+ seconds'
}

@test "state and record name the process so that nobody can mistake it" {
	make_service web
	start web
	wait_until up web
	local pid ticks
	pid=$(pid_of svstat web)
	ticks_of() { local s; s=$(cat "/proc/$1/stat"); set -- ${s##*) }; echo "${20}"; }
	ticks=$(ticks_of "$pid")
	wait_until key_is web state ready
	key_is web pid "$pid"
	key_is web ticks "$ticks"
	key_is web boot "$(cat /proc/sys/kernel/random/boot_id)"
	key_is web supervise_pid $supervisor
	key_is web supervise_ticks "$(ticks_of $supervisor)"
	key_is web parent_pid $$ || key_is web parent_pid $BASHPID
	[[ $(cat web/supervise/record) =~ ^"run pid=$pid ticks=$ticks boot="[0-9a-f-]{36}" at=$(key web at)"\ *$ ]]
	svc -d web
	wait_until down web
	wait_until key_is web state down
	key_is web pid ""
	key_is web signal TERM
	forgotten() { [[ $(cat web/supervise/record) =~ ^"none pid=0 " ]]; }
	wait_until forgotten
	[ "$(stat -c %s web/supervise/record)" = 128 ]
}

@test "a status that cannot be written is reported once; the service does not suffer" {
	make_service web
	mkdir -p web/supervise/status
	start web
	wait_until contains err "supervise: warning: unable to rename web/supervise/status.new to status: is a directory"
	wait_until key_is web state ready
	svc -d web
	wait_until key_is web state down
	[ "$(lines err)" = 1 ]
	rmdir web/supervise/status
	svc -u web
	wait_until up web
}

@test "without a record the service runs, and that is said" {
	make_service web
	mkdir -p web/supervise/record
	start web
	wait_until up web
	[ "$(cat err)" = "supervise: warning: unable to write web/supervise/record: is a directory" ]
}

@test "a stuck reader of its messages does not hold it up" {
	mkdir web
	mkfifo stuck
	exec 6<>stuck
	dd if=/dev/zero of=stuck bs=4096 oflag=nonblock 2>/dev/null || true
	background supervise web 2>stuck
	supervisor=$!
	wait_until key_is web state backoff
	make_service web
	wait_until up web
	svc -dx web
	wait_until gone $supervisor
}

@test "idle means idle: no system call at all, and no memory is taken after the start" {
	make_service web
	background strace -o trace -e trace=brk,mmap,mremap,ppoll supervise web
	wait_until up web
	svc -t web
	wait_until key_is web deaths 1
	wait_until up web
	local first
	first=$(grep -n -m1 ppoll trace | cut -d: -f1)
	tail -n +"$first" trace >after
	if grep -E 'brk|mmap|mremap' after; then false; fi
	# Attached for two seconds in which nothing happens.
	timeout 2 strace -p "$(key web supervise_pid)" -o idle 2>/dev/null || true
	if [ -e idle ] && grep -vE 'ppoll|restart_syscall|detached' idle; then false; fi
}

@test "the page shows the table that is really there" {
	local test=$TOP/build/${VARIANT:-release}/unit/machine_test
	[ -x "$test" ] || make -s -C "$TOP" "${test#"$TOP/"}" >/dev/null
	"$test" --matrix | sed 's/ *$//' >table
	sed -n '/^\.Bd -literal$/,/^\.Ed$/p' "$TOP/supervise/supervise.8" | sed '1d;$d' >shown
	diff table shown
}

@test "who sees that it has left finds its lock free" {
	command -v strace >/dev/null || skip "needs strace"
	export ASAN_OPTIONS=detect_leaks=0 # which cannot be under strace, and would say so
	make_service web
	# The kernel closes the rest, in an order of its own.
	background strace -o /dev/null -e trace=exit_group -e inject=exit_group:delay_enter=30000000 \
		supervise web
	wait_until svok web
	svc -dx web
	free() { flock -n web/supervise/lock true; }
	wait_until free
	svok web
}
