# The stop as a table: who asks, whether there is a command, what resists. Not here: the order of
# services (order.bats), strays, loggers and scripts (svscan.bats), what the command hears and the
# codes that it ends with (command.bats).

load helper
load service
load scanner

setup() {
	cd "$BATS_TEST_TMPDIR"
	PATH=$BIN:/usr/bin:/bin # directories that everybody may search
	mkdir scan sv
	# The sanitizers would take the faults. And the CONT that a stop sends may catch their leak
	# check, which stops its process, at the exit.
	export ASAN_OPTIONS=detect_leaks=0
	local fault
	for fault in segv sigbus abort sigill sigfpe sigtrap; do ASAN_OPTIONS+=:handle_$fault=0; done
	export UBSAN_OPTIONS=$ASAN_OPTIONS
}

# ---- Words for the tests

# stops CODE: svscan ends with it, and nothing is left.
stops() {
	local code=0
	wait_until gone "$scanner" || { cat err >&2; false; }
	wait "$scanner" || code=$?
	[ "$code" = "$1" ] || { echo "exit code $code"; cat err; } >&2
	[ "$code" = "$1" ]
	nothing_left() { [ -z "$(started_by_us)" ]; }
	wait_until nothing_left
}

# ---- What svscan itself has to stand

@test "a message that nobody can read any more costs the command nothing" {
	mkfifo unread
	exec 9<>unread
	background svscan -t 600000 scan -- \
		sh -c 'until [ -e enough ]; do sleep 0.02; done; exit 7' 2>unread 9>&-
	scanner=$!
	wait_until asleep svscan "$scanner"
	exec 9<&-
	local naps=$(naps "$scanner")
	touch scan/junk # said, in vain
	wait_until asleep_again svscan "$scanner" "$naps"
	touch enough
	stops 7
}

@test "signals without end keep nobody from the stop" {
	local flood stat
	# How many signals wait is counted for all processes of a user: the flood is not to take that from others.
	background prlimit --sigpending=200:200 svscan -t 600000 scan 2>>err
	scanner=$!
	wait_until asleep svscan "$scanner"
	for flood in 1 2 3; do
		background perl -e '1 while kill "RTMIN", $ARGV[0]' "$scanner"
	done
	busy() {
		stat=$(cat "/proc/$scanner/stat")
		set -- ${stat##*) }
		((${12} + ${13} > 10)) # clock ticks
	}
	wait_until busy
	kill -TERM "$scanner"
	stops 0
}

# ---- Every signal

# at_first COMMAND...: as PID 1 of a PID namespace; $first is its number out here, $scanner its
# parent's, which ends as it ends.
at_first() {
	local namespace=(unshare --pid --fork --mount-proc --kill-child)
	[ "$(id -u)" = 0 ] || namespace+=(--user --map-root-user)
	"${namespace[@]}" true 2>/dev/null || skip "needs PID namespaces"
	background env --default-signal "${namespace[@]}" "$@" 2>>err </dev/null
	scanner=$!
	become_first() {
		first=$(tr -d ' ' <"/proc/$scanner/task/$scanner/children")
		[ -n "$first" ] && asleep svscan "$first"
	}
	wait_until become_first
}

# Those that have a meaning of their own, by their numbers: to svscan without a command, and whether
# a command gets them. All others mean nothing to svscan, and are passed on.
meaning_of() {
	case $(kill -l "$1" 2>/dev/null) in
	TERM | INT | QUIT | PWR | RTMIN+3) echo stop ;;
	HUP) echo look ;;
	WINCH) echo window ;;
	CHLD) echo ours ;;
	SEGV | BUS | FPE | ILL | TRAP | SYS | ABRT) echo fault ;;
	KILL | STOP) echo none ;;
	*) echo nothing ;;
	esac
}

# of MEANING...: their numbers.
of() {
	local number
	for ((number = 1; number <= 64; number++)); do
		[[ " $* " != *" $(meaning_of "$number") "* ]] || echo "$number"
	done
}

# send NUMBER PID: bash knows only those with a name.
send() {
	env kill "-$1" "$2"
}

# has_taken PID: no signal is pending there.
has_taken() {
	[ "$(grep -cE '^(Shd|Sig)Pnd:.0*$' "/proc/$1/status")" = 2 ]
}

# late_service: one that only HUP brings up: its link led nowhere until now.
late_service() {
	script sv/late/run <<-'X'
	#!/bin/sh
	exec sleep 100000
	X
}

@test "the table of signals has 64 rows" {
	[ "$(of nothing look window ours fault none stop | wc -l)" = 64 ]
	[ "$(of stop | wc -l) $(of fault | wc -l) $(of none | wc -l)" = "5 7 2" ]
}

@test "without a command five signals stop, HUP looks, faults are not caught, all others are nothing" {
	local number status
	ulimit -c 0
	ln -s ../sv/late scan/
	scanner
	wait_until asleep svscan "$scanner"
	for number in $(of nothing window ours); do
		send "$number" "$scanner"
	done
	wait_until has_taken "$scanner"
	wait_until asleep svscan "$scanner"
	late_service
	run ! svok sv/late
	kill -HUP "$scanner"
	wait_until up sv/late
	rm scan/late
	kill -TERM "$scanner"
	stops 0
	[ "$(grep -c 'got SIG' err)" = 1 ]
	for number in $(of fault); do
		status=0
		scanner
		wait_until asleep svscan "$scanner"
		send "$number" "$scanner"
		wait_until gone "$scanner"
		wait "$scanner" || status=$?
		[ "$status" != 0 ]
	done
	[ "$(grep -c 'got SIG' err)" = 1 ]
}

@test "as process 1 the same, but WINCH stops, too, and a fault from outside is nothing" {
	local number
	ln -s ../sv/late scan/
	at_first svscan -t 600000 -g 60000 scan
	for number in $(of nothing ours fault); do
		send "$number" "$first"
	done
	wait_until has_taken "$first"
	late_service
	kill -HUP "$first"
	wait_until up sv/late
	for number in $(of stop window); do
		send "$number" "$first"
		stops 0
		contains err "svscan: got SIG$(kill -l "$number"): stopping within"
		at_first svscan -t 600000 -g 60000 scan
		wait_until up sv/late
	done
	kill -TERM "$first"
	stops 0
	run ! grep killing err
}

# listener: a command, ./listener, that writes the number of each signal that it gets into ./heard,
# and exits with 3 once there is a file ./enough.
listener() {
	command -v perl >/dev/null || skip "needs perl"
	script ./listener <<-'X'
	#!/usr/bin/perl
	use Config;
	my $number = 0;
	for my $name (split ' ', $Config{sig_name}) {
	    my $mine = $number++;
	    $SIG{$name} = sub { open my $file, '>>', 'heard'; syswrite $file, "$mine\n" }
	        if $mine > 0 && $mine < 65 && $name !~ /^(KILL|STOP|CHLD|SEGV|BUS|FPE|ILL)$/;
	}
	open my $file, '>>', 'heard';
	syswrite $file, "ready\n";
	select undef, undef, undef, 0.02 until -e 'enough';
	exit 3;
	X
}

heard() {
	grep -qxF "$1" heard
}

@test "as process 1 with a command: what is not ours or a fault reaches that, each one once" {
	local number
	listener
	at_first svscan -t 600000 -g 60000 scan -- ./listener
	wait_until heard ready
	for number in $(of ours fault); do
		send "$number" "$first"
	done
	wait_until has_taken "$first"
	for number in $(of nothing look window); do
		case $number in 32 | 33) continue ;; esac # libc lets nobody take these
		send "$number" "$first"
		wait_until heard "$number"
	done
	grep -vxF ready heard | sort -n >got
	of nothing look window | grep -vxE '3[23]' | diff - got
	run ! grep 'got SIG' err
	touch enough
	stops 3
}

# ---- Who resists

# busy_worker NAME: a program, ./NAME, that needs a second for its end, and has said its last words then.
busy_worker() {
	script "./$1" <<-'X'
	#!/bin/sh
	trap 'sleep 1; echo last words; exit' TERM
	echo ready
	while :; do sleep 0.02; done
	X
}

@test "a worker that the command leaves behind has its second, wherever it went" {
	local start
	busy_worker worker
	script ./careless <<-'X'
	#!/bin/sh
	./worker >same &
	setsid ./worker >away &
	exec sleep 100000
	X
	for start in at_first background; do
		rm -f same away err
		$start svscan -t 600000 -g 60000 scan -- ./careless 2>>err
		[ $start = at_first ] || first=$! scanner=$!
		wait_until contains same ready
		wait_until contains away ready
		kill -TERM "$first"
		stops 143
		[ "$(cat same away)" = $'ready\nlast words\nready\nlast words' ]
		run ! grep killing err
	done
}

@test "services and their workers: each has its second, and the log has all lines" {
	local name
	for name in a b; do
		busy_worker "sv/$name/run"
		ln -s "../sv/$name" scan/
		script "sv/$name/log/run" <<-'X'
		#!/bin/sh
		exec multilog ./main
		X
	done
	busy_worker sv/b/worker
	sed -i '1a setsid ./worker &' sv/b/run
	at_first svscan -t 600000 -g 60000 scan
	both_ready() { [ "$(grep -c ready sv/b/log/main/current)" = 2 ]; }
	wait_until both_ready
	wait_until contains sv/a/log/main/current ready
	kill -TERM "$first"
	stops 0
	[ "$(cat sv/a/log/main/current)" = $'ready\nlast words' ]
	[ "$(grep -c 'last words' sv/b/log/main/current)" = 2 ]
	run ! grep killing err
}

@test "a command and three services that ignore TERM: the engine need not kill" {
	local name took
	script ./rude <<-'X'
	#!/bin/sh
	trap '' TERM
	touch ready
	while :; do sleep 0.02; done
	X
	for name in a b c; do
		mkdir -p "sv/$name"
		cp rude "sv/$name/run"
		ln -s "../sv/$name" scan/
	done
	at_first svscan -t 600000 -g 32000 scan -- ./rude
	for name in . sv/a sv/b sv/c; do wait_until test -e "$name/ready"; done
	kill -TERM "$first"
	stops 137
	for name in 'command ./rude' a b c; do
		contains err "svscan: killing $name, which did not end within "
	done
	took=$(sed -n 's/^svscan: stopped after \([0-9]*\) ms.*/\1/p' err)
	((took >= 24000 && took < 32000)) # KILL after three quarters
}

@test "a stop at any moment of the start: the command has not begun, or ends as it should" {
	local round code
	script sv/a/run <<-'X'
	#!/bin/sh
	exec sleep 100000
	X
	script ./main <<-'X'
	#!/bin/sh
	trap 'exit 3' TERM
	while :; do sleep 0.02; done
	X
	ln -s ../sv/a scan/
	for round in $(seq 20); do
		background svscan -g 60000 scan -- ./main 2>>err
		scanner=$!
		sleep "0.00$((round / 2))"
		wait_until takes_term svscan "$scanner"
		kill -TERM "$scanner"
		code=0
		wait_until gone "$scanner"
		wait "$scanner" || code=$?
		[[ $code == @(0|3|143) ]]
		nothing_left() { [ -z "$(started_by_us)" ]; }
		wait_until nothing_left
	done
	run ! grep killing err
}
