# What survives when supervise or svscan is killed: services and loggers go on, nothing is started
# twice, no line is lost, and afterwards everything is under control again.
# Not here: one supervise and its successor alone (adoption.bats, adoption-sweep.bats).

load helper
load service
load scanner
load peers

setup() {
	cd "$BATS_TEST_TMPDIR"
	mkdir scan sv
	# So that only what hangs is killed, however slow everything is.
	export SVSCAN_GRACE=$((LIMIT * 1000))
}

# ---- Words for the tests

# counted NAME: writes down each of its starts in starts.NAME.
counted() {
	service "$1" <<-X
	#!/bin/sh
	echo \$\$ >>../../starts.$1
	exec sleep 100000
	X
}

logged() {
	script "sv/$1/log/run" <<-'X'
	#!/bin/sh
	exec multilog ./main
	X
}

# writer NAME: numbers its lines over all its lives; the number that comes next is kept only after
# the line was written. A second copy of it, or of the logger, leaves a line in doubles.
writer() {
	service "$1" <<-'X'
	#!/usr/bin/perl
	use strict;
	$SIG{TERM} = sub { exit 0 };
	$SIG{PIPE} = 'DEFAULT';
	$| = 1;
	open(my $lock, '>>', 'single') or die;
	flock($lock, 6) or do { open(my $d, '>>', '../../doubles'); print $d "run $$\n"; exit };
	open(my $next, -e 'next' ? '+<' : '+>', 'next') or die;
	my $n = (<$next> || 0) + 0;
	for (;;) {
		syswrite(STDOUT, sprintf("line %d\n", ++$n)) or die;
		sysseek($next, 0, 0);
		syswrite($next, sprintf("%012d\n", $n));
		select(undef, undef, undef, 0.002);
	}
	X
	script "sv/$1/log/run" <<-'X'
	#!/usr/bin/perl
	use Fcntl;
	open(my $lock, '>>', 'single') or die;
	flock($lock, 6) or do { open(my $d, '>>', '../../../doubles'); print $d "log $$\n"; exit };
	fcntl($lock, F_SETFD, 0);
	exec 'multilog', 's65536', 'n100', './main';
	X
}

# ended PID: waits for our child and sets $status.
ended() {
	status=0
	wait_until gone "$1"
	wait "$1" || status=$?
}

unsupervised() { [[ $(svstat "$1") == "$1: supervise not running" ]]; }
pid() { pid_of svstat "$1"; }
starts_are() { [ "$(lines "starts.$1" 2>/dev/null)" = "$2" ]; }

# in_charge DIR...: the supervise that is there has said so; what a killed one said is over.
in_charge() {
	local dir number
	for dir; do
		number=$(supervise_of "$dir")
		[ -n "$number" ] && alive "$number" || return 1
	done
}

# murder DIR: SIGKILL to its supervise.
murder() {
	local number
	wait_until in_charge "$1"
	number=$(supervise_of "$1")
	kill -KILL "$number"
	wait_until gone "$number"
}

# stops: TERM to svscan ends everything, with exit 0.
stops() {
	kill -TERM "$scanner"
	ended "$scanner"
	[ "$status" = 0 ] || { cat err; false; }
	nothing_left() { [ -z "$(started_by_us)" ]; }
	wait_until nothing_left
}

# everything NAME: all that was logged, in order.
everything() {
	cat "sv/$1"/log/main/@* "sv/$1/log/main/current" 2>/dev/null
}

# no_gap NAME: every line is there, in order (the last one of a life may be twice).
no_gap() {
	everything "$1" | awk '{ if ($2 != last && $2 != last + 1) { print "line " $2 " after " last; bad = 1 }
		last = $2 } END { exit bad || NR < 10 }' >&2
}

in_order() {
	everything "$1" | awk '$2 < last { bad = 1 } { last = $2 } END { exit bad || NR < 10 }'
}

# reached NAME: the number of the last line written.
reached() {
	local number
	number=$(head -n 1 "sv/$1/next" 2>/dev/null || true)
	echo $((10#0$number))
}

# whole NAME: the last line is there, whose number the writer may not have kept any more.
whole() {
	local last
	last=$(everything "$1" | tail -n 1)
	[ "$last" = "line $(reached "$1")" ] || [ "$last" = "line $(($(reached "$1") + 1))" ]
}

# goes_on NAME: a line that is written from now on is logged.
goes_on() {
	local number
	number=$(($(reached "$1") + 10))
	logs() { everything "$1" | grep -qx "line $2"; }
	wait_until logs "$1" "$number"
}

need() { command -v "$1" >/dev/null || skip "needs $1"; }

# ---- A killed supervise

@test "supervise is killed: same process, started once, obeys; its logger as well" {
	counted a
	logged a
	scanner
	wait_until up sv/a sv/a/log
	local dir pid old round
	for round in 1 2; do
		for dir in sv/a sv/a/log; do
			pid=$(pid "$dir")
			old=$(supervise_of "$dir")
			murder "$dir"
			wait_until revived "$dir" "$old"
			wait_until up "$dir"
			[ "$(pid "$dir")" = "$pid" ]
		done
	done
	wait_until starts_are a 1
	svc -t sv/a
	wait_until starts_are a 2
	stops
	run ! grep -e warning -e fatal -e killing err
}

# ends_of PID PIPE: how many of its descriptors mean that.
ends_of() {
	local fd count=0
	for fd in "/proc/$1/fd"/*; do
		[ "$(readlink "$fd")" != "$2" ] || count=$((count + 1))
	done
	echo $count
}

@test "svscan tells the new supervise how the service of the old one ended" {
	need strace
	service a <<-'X'
	#!/bin/sh
	read line <../../gate
	exit $line
	X
	mkfifo gate
	exec 9<>gate
	# Only the parent knows: the second source is taken away.
	script bin/supervise <<-X
	#!/bin/sh
	exec strace -D -f -qq -o /dev/null -e trace=\${WITHOUT%%:*} -e inject=\$WITHOUT "$BIN/supervise" "\$@"
	X
	export ASAN_OPTIONS=detect_leaks=0 WITHOUT
	local old deaths=0
	for WITHOUT in ioctl:error=ENOTTY pidfd_open:error=ENOSYS; do
		rm -rf sv/a/supervise
		PATH=$PWD/bin:$PATH scanner
		wait_until up sv/a
		local pid
		pid=$(pid sv/a)
		old=$(supervise_of sv/a)
		murder sv/a
		wait_until revived sv/a "$old"
		wait_until up sv/a
		[ "$(pid sv/a)" = "$pid" ]
		echo 7 >&9
		wait_until key_is sv/a deaths 1
		key_is sv/a exit 7
		# The next one ends by a signal, under the same supervise.
		wait_until up sv/a
		svc -k sv/a
		wait_until key_is sv/a signal KILL
		stops
	done
	exec 9>&-
}

@test "the status is not taken from the wrong place, nor left to the service" {
	service a <<-'X'
	#!/bin/sh
	env >../../environment
	exec sleep 100000
	X
	mkfifo pipe
	exec 8<>pipe
	local value
	for value in 8 0 99 x -1 ''; do
		rm -f environment
		SUPERVISE_HANDOVER=$value background supervise sv/a
		local supervisor=$!
		wait_until test -s environment
		run ! grep HANDOVER environment
		svc -dx sv/a
		wait_until gone "$supervisor"
	done
	exec 8>&-
	# Nor does the service of an heir see anything of it.
	scanner
	wait_until up sv/a
	local old
	old=$(supervise_of sv/a)
	murder sv/a
	wait_until revived sv/a "$old"
	svc -t sv/a
	wait_until key_is sv/a deaths 1
	wait_until up sv/a
	run ! grep HANDOVER environment
}

@test "service and supervise die together: counted, with the true status, and paced" {
	need strace
	service a <<-'X'
	#!/bin/sh
	echo $$ >>../../starts.a
	read line <../../gate
	exit $line
	X
	mkfifo gate
	exec 9<>gate
	scanner
	wait_until up sv/a
	local old round
	for round in 1 2 3; do
		old=$(supervise_of sv/a)
		local pid
		pid=$(pid sv/a)
		kill -STOP "$old"
		echo $((round + 10)) >&9
		wait_until gone "$pid"
		kill -KILL "$old"
		wait_until revived sv/a "$old"
		wait_until key_is sv/a deaths "$round"
		key_is sv/a exit $((round + 10))
		wait_until starts_are a $((round + 1))
		wait_until up sv/a
	done
	exec 9>&-
	stops
}

@test "a service whose link goes when its supervise is killed does not live on" {
	local round old pid
	scanner
	for round in 1 2 3; do
		script sv/a/run <<-'X'
		#!/bin/sh
		trap 'echo bye >>../../bye; exit' TERM
		: >../../ready
		while :; do sleep 0.05; done
		X
		ln -s ../sv/a scan/a
		wait_until test -e ready
		rm ready
		wait_until up sv/a
		pid=$(pid sv/a)
		old=$(supervise_of sv/a)
		case $round in
		1) # which may have seen the service end by then, and left
			rm scan/a
			kill -KILL "$old" 2>/dev/null || gone "$old"
			;;
		2) kill -KILL "$old" && rm scan/a ;;
		3) kill -STOP "$old" && rm scan/a && sleep 0.3 && kill -KILL "$old" ;;
		esac
		wait_until gone "$pid"
		wait_until unsupervised sv/a
		[ "$(lines bye)" = "$round" ] # it was asked
	done
	no_children() { [ -z "$(pgrep -P "$scanner")" ]; }
	wait_until no_children
	stops
}

@test "stop: the logger of a killed supervise is no left-over process" {
	writer a
	scanner
	goes_on a
	local old
	old=$(supervise_of sv/a/log)
	murder sv/a/log
	wait_until revived sv/a/log "$old"
	goes_on a
	stops
	run ! grep left-over err
	no_gap a
	whole a
}

@test "under the svscan of 0.76 a killed supervise does not matter, either" {
	need_peer
	counted a
	logged a
	background "$PEER/svscan" scan 2>>err # it starts what is first in the PATH: ours
	scanner=$!
	wait_until up sv/a sv/a/log
	local pid log old
	pid=$(pid sv/a) log=$(pid sv/a/log)
	old=$(supervise_of sv/a)
	murder sv/a
	murder sv/a/log
	wait_until revived sv/a "$old"
	wait_until up sv/a sv/a/log
	[ "$(pid sv/a)" = "$pid" ]
	[ "$(pid sv/a/log)" = "$log" ]
	svc -k sv/a
	wait_until starts_are a 2
	# How it died only the kernel may know.
	wait_until key_is sv/a deaths 1
	key_is sv/a signal KILL || { key_is sv/a signal "" && key_is sv/a exit ""; }
	wait_until up sv/a
	pid=$(pid sv/a)
	svc -d sv/a
	wait_until gone "$pid"
	wait_until key_is sv/a state down
	kill -KILL "$scanner"
}

# ---- A killed svscan

@test "svscan is killed: all go on; the next one adopts each, says so, and starts nothing" {
	local name dir
	for name in a b c; do counted "$name"; done
	logged a
	logged b
	scanner
	wait_until up sv/a sv/b sv/c sv/a/log sv/b/log
	local before after
	before=$(for dir in sv/a sv/b sv/c sv/a/log sv/b/log; do pid "$dir"; supervise_of "$dir"; done)
	local round
	for round in 1 2 3; do
		murder_scanner
		up sv/a sv/b sv/c sv/a/log sv/b/log
		: >err
		scanner
		all_adopted() { [ "$(grep -c '^svscan: adopted ' err)" = 5 ]; }
		wait_until all_adopted
		after=$(for dir in sv/a sv/b sv/c sv/a/log sv/b/log; do pid "$dir"; supervise_of "$dir"; done)
		[ "$before" = "$after" ]
	done
	contains err "svscan: adopted a/log (supervise $(supervise_of sv/a/log))"
	for name in a b c; do wait_until starts_are "$name" 1; done
	# A supervise that dies is started again, one that is adopted too.
	local old
	old=$(supervise_of sv/a)
	murder sv/a
	wait_until revived sv/a "$old"
	wait_until up sv/a
	wait_until starts_are a 1
	old=$(supervise_of sv/c)
	svc -dx sv/c
	wait_until starts_are c 2
	# Removal.
	local pid
	pid=$(pid sv/b)
	rm scan/b
	wait_until gone "$pid"
	wait_until unsupervised sv/b
	wait_until unsupervised sv/b/log
	[ "$(stat -c %a sv/b/log/main/current)" = 744 ] # it came to the end of its input
	run ! grep -e warning -e fatal err
	stops
	run ! grep killing err
}

@test "svscan is killed under load: no line is lost or repeated, nothing runs twice" {
	need perl
	local name round
	for name in a b c; do writer "$name"; done
	scanner
	for name in a b c; do goes_on "$name"; done
	for round in $(seq 10); do
		# The svscan that is to replace the one of before may not have come to it.
		((round % 3 != 1)) || wait_until in_charge sv/b/log
		murder_scanner
		case $((round % 3)) in
		0) goes_on a ;;
		1) murder sv/b/log ;;
		esac
		scanner
	done
	for name in a b c; do goes_on "$name"; done
	stops
	for name in a b c; do
		no_gap "$name"
		whole "$name"
	done
	[ ! -e doubles ]
}

@test "one of service and logger lost its supervise, or itself: the other's pipe is used" {
	need perl
	local case
	# Between two of its lives a pipe has no reader but svscan and a supervise: who kills these as well
	# has killed what is in it.
	settles() {
		wait_until in_charge sv/a sv/a/log
		wait_until up sv/a sv/a/log
	}
	another_logger() { [[ $(pid sv/a/log) != @("$1"|) ]]; }
	writer a
	scanner
	goes_on a
	settles
	for case in supervise log-supervise both-supervises service log; do
		local supervisor logger pid log
		supervisor=$(supervise_of sv/a) logger=$(supervise_of sv/a/log)
		pid=$(pid sv/a) log=$(pid sv/a/log)
		murder_scanner
		case $case in
		supervise) kill -KILL "$supervisor" ;;
		log-supervise) kill -KILL "$logger" ;;
		both-supervises) kill -KILL "$supervisor" "$logger" ;;
		service) kill -KILL "$supervisor" "$pid" ;;
		log) kill -STOP "$pid" && kill -KILL "$logger" && kill -TERM "$log" && wait_until gone "$log" ;;
		esac
		scanner
		kill -CONT "$pid" 2>/dev/null || true
		goes_on a
		# The logger's end is not the end of the pipe.
		settles
		log=$(pid sv/a/log)
		svc -t sv/a/log
		wait_until another_logger "$log"
		goes_on a
		# Between a look at the names and one at current that may have become an archive.
		wait_until no_gap a
	done
	[ ! -e doubles ]
	stops
	no_gap a
	whole a
}

@test "a supervise that was just being started when svscan was killed keeps its pipe" {
	need strace
	need perl
	export ASAN_OPTIONS=detect_leaks=0
	writer a
	# It has the lock, but is not ready for a quarter of a minute.
	script bin/supervise <<-X
	#!/bin/sh
	[ "\$1" = a ] || exec "$BIN/supervise" "\$@"
	exec strace -D -qq -o /dev/null -e trace=mknodat,mknod \\
		-e inject=mknodat,mknod:delay_enter=15000000:when=2 "$BIN/supervise" "\$@"
	X
	PATH=$PWD/bin:$PATH scanner
	wait_until test -e sv/a/supervise/state
	wait_until up sv/a/log
	local log
	log=$(pid sv/a/log)
	murder_scanner
	murder sv/a/log
	kill -KILL "$log"
	scanner
	wait_until contains err "unable to acquire a/supervise/lock"
	wait_until contains err "adopted a "
	goes_on a
	stops
	no_gap a
	[ ! -e doubles ]
}

@test "supervise is killed after svscan: its service, by now a child of init, is not doubled" {
	counted a
	logged a
	scanner
	wait_until up sv/a sv/a/log
	local pid log dir
	pid=$(pid sv/a) log=$(pid sv/a/log)
	murder_scanner
	murder sv/a
	murder sv/a/log
	alive "$pid"
	alive "$log"
	# Again under each svscan, and twice under the same one.
	local round old
	for round in 1 2 3; do
		scanner
		wait_until up sv/a sv/a/log
		old=$(supervise_of sv/a)
		murder sv/a
		wait_until revived sv/a "$old"
		wait_until up sv/a
		[ "$(pid sv/a)" = "$pid" ]
		[ "$(pid sv/a/log)" = "$log" ]
		murder_scanner
		murder sv/a/log
	done
	scanner
	wait_until up sv/a sv/a/log
	svc -t sv/a
	wait_until starts_are a 2
	svc -d sv/a
	wait_until key_is sv/a state down
	stops
}

@test "svscan is killed between the very first start of a service and that of its logger" {
	need strace
	need perl
	export ASAN_OPTIONS=detect_leaks=0
	writer a
	background strace -D -qq -o /dev/null -e trace=fork,clone,clone3 \
		-e inject=fork,clone,clone3:signal=KILL:when=2 svscan -t 600000 scan 2>>err
	wait_until gone $!
	[ ! -e sv/a/log/supervise ]
	wait_until all_locked
	scanner
	goes_on a
	stops
	[ ! -e doubles ]
	whole a
}

@test "both ends are of one pipe, whatever the service puts in its place meanwhile" {
	command -v perl >/dev/null || skip "needs perl"
	local round
	service web <<-'X'
	#!/usr/bin/perl
	use POSIX ();
	pipe(my $out, my $in);
	my ($mine, $other) = (POSIX::dup(1), fileno($in));
	sleep 1 while !-e '../../swap';
	while (1) { POSIX::dup2($other, 1); POSIX::dup2($mine, 1); }
	X
	printf '#!/bin/sh\nexec multilog t ./main\n' | script sv/web/log/run
	scanner
	wait_until up sv/web sv/web/log
	: >swap
	for round in 1 2 3 4 5 6 7 8; do
		local logger
		logger=$(pid_of svstat sv/web/log)
		kill -KILL "$scanner" "$(supervise_of sv/web)" "$(supervise_of sv/web/log)" "$logger"
		wait "$scanner" 2>/dev/null || true
		wait_until gone "$logger"
		scanner
		new_logger() { up sv/web sv/web/log && [ "$(pid_of svstat sv/web/log)" != "$logger" ]; }
		wait_until new_logger
		# The logger reads what svscan holds both ends of.
		[ "$(ends_of "$scanner" "$(readlink "/proc/$(pid_of svstat sv/web/log)/fd/0")")" = 2 ]
	done
}

@test "svscan is killed while it has a supervise stopped: the next one lets it go on" {
	need_root
	counted a
	# Who inherits the supervise is in its session, or else the kernel itself would let it go on.
	cat >inside <<-'X'
		svscan -t 600000 scan 2>>err &
	until svstat sv/a | grep -q ': up '; do sleep 0.05; done
	supervisor=$(sed -n "s/^supervise_pid=//p" sv/a/supervise/state)
	kill -STOP $supervisor
	kill -KILL $!
	wait $!
	# A signal is sent before it is taken.
	until grep -q '^State:.T' /proc/$supervisor/status; do sleep 0.05; done
	svscan -t 600000 scan 2>>err &
	until grep -q 'adopted a ' err; do sleep 0.05; done
	until [ -s starts.a ]; do sleep 0.05; done
	svc -t sv/a
	until [ "$(wc -l <starts.a)" = 2 ]; do sleep 0.05; done
	X
	run -0 timeout -s KILL "$LIMIT" unshare --pid --fork --mount-proc --kill-child bash inside 3>&- 4>&-
}

@test "stop: what an adopted supervise runs is killed too, wherever it hangs" {
	service rude <<-'X'
	#!/bin/sh
	trap '' TERM
	setsid sh -c 'trap "" TERM; touch ../../stray; while :; do sleep 0.05; done' &
	while :; do sleep 0.05; done
	X
	service heir <<-'X'
	#!/bin/sh
	trap '' TERM
	touch ../../heir
	while :; do sleep 0.05; done
	X
	scanner
	wait_until test -e stray
	wait_until test -e heir
	wait_until up sv/rude sv/heir
	murder_scanner
	murder sv/heir # its service is a child of init now
	scanner -g 2000
	wait_until up sv/heir
	wait_until contains err "adopted rude"
	stops
	contains err "killing rude, which"
	contains err "killing heir, which"
	contains err "killing left-over process"
}

# TERM is blocked, hence taken: bit 14 of SigBlk. (Before it executes, bash blocks it for a moment.)
handles_term() {
	local mask
	[[ $(readlink "/proc/$scanner/exe") == */svscan ]] || return 1
	mask=$(sed -n 's/^SigBlk:\t//p' "/proc/$scanner/status")
	((0x$mask >> 14 & 1))
}

# all_locked: every supervise has its lock. Before that nothing can be seen of it.
all_locked() {
	local pid
	for pid in $(started_by_us); do
		[[ $(cat "/proc/$pid/comm" 2>/dev/null) != svs* ]] || return 1
		[[ $(cat "/proc/$pid/comm" 2>/dev/null) != supervise ]] ||
			ls -l "/proc/$pid/fd" 2>/dev/null | grep -q supervise/lock || return 1
	done
}

@test "a stop at any moment after svscan was killed ends everything" {
	local name round
	for name in 0 1 2 3 4; do
		counted "$name"
		logged "$name"
	done
	for round in 0 1 2 3 4 5 6 7 8 9; do
		scanner
		# Killed while it starts them, or when all are there.
		if ((round % 2)); then
			wait_until up sv/[0-4] sv/[0-4]/log
		else
			wait_until test -p sv/$((round / 2))/supervise/control
		fi
		murder_scanner
		wait_until all_locked
		scanner
		wait_until handles_term
		sleep "0.0$((round / 3))"
		stops
		rm -rf sv/*/supervise
	done
}

@test "a second svscan by mistake does no harm, also when the first has adopted" {
	counted a
	logged a
	local first pid
	scanner
	wait_until up sv/a sv/a/log
	wait_until starts_are a 1
	pid=$(pid sv/a)
	local round
	for round in 1 2; do
		first=$scanner
		background svscan -t 600000 scan 2>>second
		local second=$!
		wait_until contains second "unable to acquire log/supervise/lock"
		wait_until contains second "unable to acquire a/supervise/lock"
		run ! grep adopted second
		kill -TERM "$second"
		wait_until gone "$second"
		up sv/a sv/a/log
		[ "$(pid sv/a)" = "$pid" ]
		wait_until starts_are a 1
		rm second
		scanner=$first
		murder_scanner
		: >err
		scanner
		wait_until contains err "adopted a/log"
	done
	stops
}

@test "a second svscan takes over when the first is killed" {
	counted a
	logged a
	scanner
	wait_until up sv/a sv/a/log
	background svscan -t 600000 scan 2>>second
	local second=$!
	wait_until contains second "unable to acquire"
	murder_scanner
	wait_until contains second "adopted a "
	wait_until contains second "adopted a/log"
	wait_until starts_are a 1
	scanner=$second
	stops
}

@test "a forged state makes nobody's process a supervise" {
	need_root
	counted a
	scanner
	wait_until starts_are a 1
	wait_until up sv/a
	murder_scanner
	svc -dx sv/a
	wait_until unsupervised sv/a
	local victim forger
	background setsid sleep 100000
	victim=$!
	leads() { [ "$(($(ps -o sid= -p "$victim")))" = "$victim" ]; }
	wait_until leads
	ticks_of() { local s; s=$(cat "/proc/$1/stat"); set -- ${s##*) }; echo "${20}"; }
	sed -i -e "s/^supervise_pid=.*/supervise_pid=$victim/" \
		-e "s/^supervise_ticks=.*/supervise_ticks=$(ticks_of "$victim")/" sv/a/supervise/state
	chown -R nobody sv/a/supervise
	background sh -c 'exec 7<>sv/a/supervise/ok; exec sleep 100000'
	forger=$!
	scanner
	wait_until starts_are a 2
	run ! grep adopted err
	kill -KILL "$forger"
	kill -TERM "$scanner"
	ended "$scanner"
	alive "$victim"
}

@test "on kernels without process descriptors an adopted supervise is looked at" {
	need strace
	export ASAN_OPTIONS=detect_leaks=0
	counted a
	scanner
	wait_until up sv/a
	murder_scanner
	background strace -D -qq -o /dev/null -e trace=pidfd_open -e inject=pidfd_open:error=ENOSYS \
		svscan -t 600000 scan 2>>err
	scanner=$!
	wait_until contains err "adopted a"
	local old
	old=$(supervise_of sv/a)
	murder sv/a
	wait_until revived sv/a "$old"
	wait_until up sv/a
	wait_until starts_are a 1
	stops
}

@test "without /proc nothing is adopted, nor started twice" {
	need_root
	counted a
	scanner
	wait_until starts_are a 1
	wait_until up sv/a
	local pid
	pid=$(pid sv/a)
	murder_scanner
	background unshare --mount sh -c 'mount -t tmpfs none /proc; exec svscan -t 600000 scan' 2>>err
	scanner=$!
	wait_until contains err "unable to acquire a/supervise/lock"
	[ "$(pid sv/a)" = "$pid" ]
	run ! grep adopted err
	wait_until starts_are a 1
	svc -dx sv/a # from then on it is its own
	wait_until starts_are a 2
	kill -TERM "$scanner"
	wait_until gone "$scanner"
	contains err "stopped after"
	[ -z "$(started_by_us)" ]
}

@test "the programs are replaced under a running tree" {
	counted a
	logged a
	counted b
	mkdir bin
	install_all() {
		local program
		for program in svscan supervise multilog; do
			cp "$BIN/$program" "bin/$program.new"
			mv "bin/$program.new" "bin/$program"
		done
	}
	install_all
	PATH=$PWD/bin:$PATH scanner
	wait_until up sv/a sv/a/log sv/b
	wait_until starts_are b 1
	svc -d sv/b
	wait_until key_is sv/b state down
	local before dir
	before=$(pid sv/a; pid sv/a/log)
	# The old ones have no name any more; /proc says so.
	install_all
	is_new() { [[ $(readlink "/proc/$1/exe") == "$PWD/bin/$2" ]]; }
	run ! is_new "$scanner" svscan
	for dir in sv/a sv/a/log sv/b; do kill -KILL "$(supervise_of "$dir")"; done
	renewed() { svok "$1" && is_new "$(supervise_of "$1")" supervise; }
	for dir in sv/a sv/a/log sv/b; do wait_until renewed "$dir"; done
	murder_scanner
	PATH=$PWD/bin:$PATH scanner
	wait_until is_new "$scanner" svscan
	wait_until contains err "adopted a/log"
	wait_until contains err "adopted b "
	[ "$(pid sv/a; pid sv/a/log)" = "$before" ]
	key_is sv/b state down
	svc -t sv/a/log
	log_is_new() { is_new "$(pid sv/a/log)" multilog; }
	wait_until log_is_new
	wait_until starts_are a 1
	wait_until starts_are b 1
	stops
}

# ---- Everything

# is_ours PID: it was started by this test.
is_ours() {
	grep -qzxF "UPKEEP_TEST=$UPKEEP_TEST" "/proc/$1/environ" 2>/dev/null
}

# victim: the number of something that can be killed.
victim() {
	local name=$((RANDOM % 5)) what=$((RANDOM % 7))
	case $what in
	0) pid "sv/$name" ;;
	1) pid "sv/$name/log" ;;
	2 | 3) supervise_of "sv/$name" ;;
	4 | 5) supervise_of "sv/$name/log" ;;
	6) echo "$scanner" ;;
	esac
}

@test "kill -KILL of everything in random order, 50 times: one of each in the end" {
	need perl
	local name round number
	for name in 0 1 2 3 4; do writer "$name"; done
	scanner
	for name in 0 1 2 3 4; do goes_on "$name"; done
	RANDOM=${SEED:-$$}
	echo "SEED=${SEED:-$$}" >&2
	for round in $(seq 50); do
		number=$(victim)
		# What a file tells may be over, and the number somebody else's.
		[ -n "$number" ] && is_ours "$number" && kill -KILL "$number" 2>/dev/null || true
		if [ "$number" = "$scanner" ]; then
			wait_until gone "$scanner"
			wait "$scanner" 2>/dev/null || true
			((RANDOM % 2)) || sleep 0.05
			scanner
		fi
		sleep "0.0$((RANDOM % 9))"
	done
	all_up() { up sv/[0-4] sv/[0-4]/log; }
	wait_until all_up
	for name in 0 1 2 3 4; do goes_on "$name"; done
	for name in 0 1 2 3 4; do in_order "$name"; done
	run ! cat doubles
	stops
	for name in 0 1 2 3 4; do
		in_order "$name"
		whole "$name"
	done
}
