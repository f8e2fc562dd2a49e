# The command beside the services: what it inherits, which signals reach it, when it ends, and what
# svscan exits with then. Not here: how services end (svscan.bats, order.bats), terminals
# (terminal.bats), why it ended (verdict.bats).

load helper
load service
load scanner

setup() {
	cd "$BATS_TEST_TMPDIR"
	PATH=$BIN:/usr/bin:/bin # directories that everybody may search
	mkdir scan sv
	ln -s "$BIN/svscan" init
	# A signal may catch the sanitizer's leak check, which stops its process, at the exit: they wait
	# for each other.
	export ASAN_OPTIONS=detect_leaks=0
}

# ---- Words for the tests

# reporter: a command, ./reporter, that writes each signal that it gets into ./signals, but for those
# that end it: TERM, INT, QUIT. It says "ready" there first.
reporter() {
	script ./reporter <<-'X'
	#!/usr/bin/env bash
	for name in HUP USR1 USR2 ALRM WINCH CONT TSTP TTIN TTOU PIPE URG IO VTALRM PROF XCPU XFSZ \
		RTMIN RTMIN+1 RTMIN+5 RTMAX; do
		trap "echo $name >>signals" "$name"
	done
	for name in TERM INT QUIT; do trap "echo $name >>signals; exit 3" "$name"; done
	echo ready >>signals
	while :; do sleep 0.02; done
	X
}

# commanded [OPTION...] -- COMMAND...: svscan on ./scan with it; its number in $scanner.
commanded() {
	local options=()
	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	# What the shell starts in the background ignores INT and QUIT.
	background env --default-signal svscan -t 600000 -g 60000 "${options[@]}" scan "$@" 2>>err
	scanner=$!
}

# exits CODE [PID]: svscan ends with it, and nothing is left.
exits() {
	local code=0 pid=${2:-$scanner}
	wait_until gone "$pid" || { cat err >&2; false; }
	wait "$pid" || code=$?
	[ "$code" = "$1" ] || { echo "exit code $code"; cat err; } >&2
	[ "$code" = "$1" ]
	nothing_left() { [ -z "$(started_by_us)" ]; }
	wait_until nothing_left
}

# quiet_service NAME: it runs until it is told to end, and says so in ./order; from ./NAME.up on.
quiet_service() {
	service "$1" <<-X
	#!/bin/sh
	trap 'echo $1 >>../../order; exit 0' TERM
	: >../../$1.up
	while :; do sleep 0.02; done
	X
}

# ---- The command line

@test "misuse of -e; the usage line of init" {
	local code
	for code in -1 256 x ''; do
		run -100 svscan -e "$code" scan -- true
		[ "$output" = "svscan: fatal: -e takes an exit code from 0 to 255, not \"$code\"" ]
	done
	run -100 ./init -x
	[ "${lines[1]}" = "svscan: usage: init [-d fd] [-e code] [-g ms] [-k] [-t ms] [-V] [command ...]" ]
}

@test "a working directory that cannot be given to the command: said, and exit 111" {
	need_root
	mkdir closed
	chmod 700 closed
	chmod 755 . scan
	cd closed
	run -111 setuidgid nobody svscan "$OLDPWD/scan" -- true
	[ "$output" = "svscan: fatal: unable to open working directory: access denied" ]
}

@test "operands without -- are ignored as before; an empty command is none" {
	local case
	for case in 'scan false' 'scan false -- false' 'scan --'; do
		background svscan -t 600000 $case 2>>err
		scanner=$!
		wait_until asleep svscan "$scanner"
		kill -TERM "$scanner"
		exits 0
	done
	SVDIR=scan background ./init -t 600000 -- 2>>err
	scanner=$!
	wait_until asleep init "$scanner"
	kill -TERM "$scanner"
	exits 0
	run ! grep command err
}

@test "init: all operands are the command, the services are those of SVDIR" {
	quiet_service a
	script ./main <<-'X'
	#!/bin/sh
	until svok sv/a; do sleep 0.02; done
	echo "$@" >arguments
	exit 5
	X
	SVDIR=$PWD/scan background ./init -t 600000 ./main -x -- 'a  b' 2>>err
	exits 5 $!
	[ "$(cat arguments)" = "-x -- a  b" ]
	SVDIR=$PWD/nowhere run -111 ./init true
	[ "$output" = "svscan: fatal: unable to chdir to $PWD/nowhere: file does not exist" ]
}

# ---- What it ends with

@test "its exit code, 128 and its signal, 127 and 126; -e, as often as one likes, makes them 0" {
	local case
	script ./noexec <<<''
	chmod -x noexec
	printf '#!/nowhere/interpreter\n' >gone.sh
	chmod +x gone.sh
	for case in '0 true' '1 false' '77 sh -c exit\ 77' '255 sh -c exit\ 255' \
		'137 sh -c kill\ -KILL\ $$' '143 sh -c kill\ $$' '129 sh -c kill\ -HUP\ $$' \
		'127 ./nothing' '127 nothing' '127 ./gone.sh' '127 noexec/x' '126 ./noexec' '126 ./scan'; do
		rm -f err
		eval "set -- ${case//\$/\\\$}"
		commanded -- "${@:2}"
		exits "$1"
		commanded -e 9 -e "$1" -e 10 -- "${@:2}"
		exits 0
	done
}

@test "fork that fails is tried again" {
	need_root # whose processes are not counted, so another user is needed
	chmod 755 . scan
	background setuidgid nobody prlimit --nproc=0:1000 \
		svscan -t 600000 scan -- sh -c 'exit 6' 2>>err
	scanner=$!
	wait_until contains err 'warning: unable to start command sh: temporary failure'
	setuidgid nobody prlimit --pid "$scanner" --nproc=1000:1000
	exits 6
}

@test "when it ends the services are stopped; when an essential service fails first, that one counts" {
	quiet_service a
	commanded -- sh -c 'until svok sv/a; do sleep 0.02; done; exit 4'
	exits 4
	contains err 'svscan: command sh ended (exit code 4): stopping within 60000 ms (services: 1, loggers: 0)'
	[[ $(tail -n 1 err) == "svscan: stopped after "*" ms: command sh ended (exit code 4)" ]]
	service vital <<-'X'
	#!/bin/sh
	exit 9
	X
	touch sv/vital/essential
	echo 0 >sv/vital/max-deaths
	rm err
	commanded -- sh -c 'trap "exit 4" TERM; while :; do sleep 0.02; done'
	exits 9
	contains err 'essential service vital failed (exit code 9): stopping within 60000 ms (command, services:'
	contains err 'svscan: command sh ended after '
}

# ---- What it inherits

# facts FILE: what a program can see of what it has inherited.
write_facts() {
	script ./facts <<-'X'
	#!/bin/sh
	{
		pwd -P
		umask
		ulimit -a
		env -u _ -u SHLVL | sort
		grep -E '^(Sig(Blk|Ign)|Groups|Uid|NoNewPrivs|CapEff)' /proc/self/status
		for fd in 0 1 2 5 6; do readlink "/proc/$$/fd/$fd" || echo closed; done
		ls "/proc/$$/fd"
		cat /proc/self/oom_score_adj
	} >facts.now
	mv facts.now "$1"
	X
}

# strange COMMAND...: runs it with signals blocked and ignored, a umask, and a limit.
strange() {
	(
		umask 027
		ulimit -S -n 300
		trap '' HUP CHLD PIPE
		FOO='a b' exec /usr/bin/python3 -c '
import os, signal, sys
signal.signal(signal.SIGPIPE, signal.SIG_IGN)
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1, signal.SIGCHLD])
os.execvp(sys.argv[1], sys.argv[1:])' "$@" <input 5<input 6>out6
	)
}

@test "it sees exactly what it would see without svscan" {
	[ -x /usr/bin/python3 ] || skip "needs python3"
	local first
	write_facts
	echo input >input
	strange ./facts direct >out 2>err
	strange svscan -t 600000 scan -- ./facts beside >out 2>err
	diff direct beside
	# What a shell would change for itself.
	strange grep -E '^Sig(Blk|Ign)' /proc/self/status >direct
	strange svscan -t 600000 scan -- grep -E '^Sig(Blk|Ign)' /proc/self/status >beside 2>err
	# HUP, PIPE and CHLD; others as our caller has them.
	[ $((0x$(sed -n 's/^SigIgn:\t*//p' direct) & 0x11001)) = $((0x11001)) ]
	diff direct beside
	# Closed ones stay closed, too.
	./facts direct <&- 5<&- 2>err
	svscan -t 600000 scan -- ./facts beside <&- 2>err
	diff direct beside
}

@test "it reads standard input, services do not; without a command they have it" {
	service a <<-'X'
	#!/bin/sh
	readlink /proc/$$/fd/0 >../../input.of.a
	exec sleep 100000
	X
	echo hello >input
	# Not by background(): an asynchronous command that is not redirected itself reads /dev/null.
	svscan -t 600000 scan -- \
		sh -c 'until [ -s input.of.a ]; do sleep 0.02; done; read line; echo "$line" >got' \
		<input 2>>err 3>&- 4>&- &
	scanner=$!
	exits 0
	[ "$(cat got)" = hello ]
	[ "$(cat input.of.a)" = /dev/null ]
	rm input.of.a
	svscan -t 600000 scan <input 2>>err 3>&- 4>&- &
	scanner=$!
	wait_until test -s input.of.a
	[ "$(cat input.of.a)" = "$PWD/input" ]
	kill -TERM "$scanner"
	exits 0
}

# ---- Signals

@test "every signal reaches it, PWR and RTMIN+3 as TERM; five of them end everything" {
	local signal
	reporter
	for signal in TERM INT QUIT PWR RTMIN+3; do
		rm -f signals err
		commanded -- ./reporter
		wait_until contains signals ready
		kill "-$signal" "$scanner"
		exits 3
		case $signal in
		PWR | RTMIN+3) contains signals TERM ;;
		*) contains signals "$signal" ;;
		esac
		contains err "svscan: got SIG$signal: stopping within"
	done
	rm -f signals
	commanded -- ./reporter
	wait_until contains signals ready
	for signal in HUP USR1 USR2 ALRM WINCH CONT TSTP TTIN TTOU PIPE URG IO VTALRM PROF XCPU XFSZ \
		RTMIN RTMIN+1 RTMIN+5 RTMAX; do
		kill "-$signal" "$scanner"
		wait_until grep -qxF "$signal" signals
	done
	kill -TERM "$scanner"
	exits 3
}

@test "signals that no program uses by name end only the command" {
	local number ignored
	# posix_spawn(3) has its children ignore what libc keeps for itself, and so does make.
	ignored=$((0x$(sed -n 's/^SigIgn:\t*//p' /proc/self/status) >> 31 & 3))
	[ "$ignored" = 0 ] || skip "whoever started the tests ignores these signals"
	for number in 32 33; do
		rm -f ready
		commanded -- sh -c 'touch ready; exec sleep 100000'
		wait_until test -e ready
		wait_until asleep svscan "$scanner"
		env kill "-$number" "$scanner"
		exits $((128 + number))
	done
}

@test "as process 1, too" {
	need_root
	local signal first
	reporter
	for signal in TERM INT QUIT PWR RTMIN+3; do
		rm -f signals
		background env --default-signal unshare --pid --fork --mount-proc \
			--kill-child svscan -t 600000 -g 60000 scan -- ./reporter 2>>err
		scanner=$!
		wait_until contains signals ready
		first=$(tr -d ' ' <"/proc/$scanner/task/$scanner/children")
		for name in HUP USR1 USR2 ALRM WINCH CONT TSTP PIPE RTMIN+5; do
			kill "-$name" "$first"
			wait_until grep -qxF "$name" signals
		done
		kill "-$signal" "$first"
		exits 3
	done
}

@test "a stopped command hears the stop, once" {
	reporter
	commanded -- ./reporter
	wait_until contains signals ready
	kill -STOP "$(pgrep -P "$scanner" -f reporter)"
	kill -INT "$scanner"
	exits 3
	contains signals INT
	run ! grep TERM signals
}

# ---- The stop

@test "it still has the services while it ends; they end after it" {
	quiet_service a
	commanded -- bash -c 'trap "sleep 0.3; svok sv/a && echo main >>order; exit 0" TERM
		until [ -e a.up ]; do sleep 0.02; done; echo ready >order; while :; do sleep 0.02; done'
	wait_until contains order ready
	kill -TERM "$scanner"
	exits 0
	[ "$(tr '\n' ' ' <order)" = "ready main a " ]
}

@test "a command that takes longer than a quarter of the limit does not cost the services theirs" {
	quiet_service a
	commanded -g 40000 -- bash -c 'trap "" TERM; echo ready >order
		until [ -e order ] && grep -q "^a" order; do sleep 0.02; done; echo main >>order; exit 2'
	wait_until contains order ready
	wait_until test -e a.up
	kill -TERM "$scanner"
	exits 2
	[ "$(tr '\n' ' ' <order)" = "ready a main " ]
}

@test "a command that does not end is killed inside the limit, with its group, and named" {
	commanded -g 12000 -- sh -c 'trap "" TERM; sleep 100000 & echo $! >child; while :; do sleep 1; done'
	wait_until test -s child
	kill -TERM "$scanner"
	exits 137
	contains err 'svscan: killing command sh, which did not end within '
	run ! grep 'left-over process' err
}

@test "what it leaves behind is ended as what services leave" {
	commanded -- sh -c 'setsid sleep 100000 & exit 8'
	exits 8
	contains err 'svscan: ending left-over process'
}

@test "a service that needs its time after the command has ended has it, and its log all lines" {
	service a <<-'X'
	#!/bin/sh
	trap 'sleep 0.5; echo last words; exit' TERM
	echo ready
	while :; do sleep 0.02; done
	X
	script sv/a/log/run <<-'X'
	#!/bin/sh
	exec multilog ./main
	X
	commanded -- sh -c 'until grep -q ready sv/a/log/main/current; do sleep 0.02; done; exit 1'
	exits 1
	[ "$(cat sv/a/log/main/current)" = $'ready\nlast words' ]
}

@test "a command and three services that do not end: all are named, within the limit" {
	local name
	for name in a b c; do
		service "$name" <<-'X'
		#!/bin/sh
		trap '' TERM
		touch ready
		while :; do sleep 0.02; done
		X
	done
	commanded -g 12000 -- sh -c 'trap "" TERM; while :; do sleep 0.02; done'
	for name in a b c; do wait_until test -e "sv/$name/ready"; done
	kill -TERM "$scanner"
	exits 137
	for name in 'command sh' a b c; do
		contains err "svscan: killing $name, which did not end within "
	done
}

@test "a second signal kills it at once" {
	commanded -g 600000 -- sh -c 'trap "" TERM; echo ready >said; while :; do sleep 0.02; done'
	wait_until contains said ready
	kill -TERM "$scanner"
	wait_until contains err 'got SIGTERM: stopping within'
	kill -TERM "$scanner"
	exits 137
	contains err 'got SIGTERM again: killing all that is left'
}
