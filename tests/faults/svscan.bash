# Worlds for the faults of svscan, each in a directory of its own so that many stand side by side:
# services with loggers that count what they say, one that needs another, links that come and go,
# supervises that are killed, and a tracer that lets system calls of svscan fail.

FAULTS_TOP=$BATS_TEST_TMPDIR

# faulty_calls: what svscan calls beside all the others; the likely errors | the rest.
faulty_calls() {
	cat <<-'E'
	epoll_create1 EMFILE | ENFILE ENOMEM
	epoll_ctl ENOSPC | ENOMEM
	epoll_wait EINTR
	epoll_pwait EINTR
	E
}

# faults: CALL ERROR lines, of what the harness knows and of these. But brk(2) itself has no errors, it
# returns the break as it was: what strace puts there would be taken for success; and that the directory
# has been removed is an answer, to glibc the end of it.
faults() {
	local call errors error
	while read -r call errors; do
		[ "$call" != brk ] || continue
		for error in $errors; do echo "$call $error"; done
	done < <({ fault_rows; faulty_calls | sed "${FAULTS_ALL:+s/|//;}s/|.*//"; } | sed '/^getdents64 /s/ENOENT//')
}

# known FILE: each call in this trace may fail here, or cannot.
known() {
	local unknown
	unknown=$(sed -nE 's/^([a-z0-9_]+)\(.*/\1/p' "$1" | sort -u |
		grep -vxFf <({ fault_table; faulty_calls; } | cut -d ' ' -f 1 | tr , '\n'; cannot_fail) || true)
	[ -z "$unknown" ] || broken "calls that nobody has thought of: $unknown"
}

# ---- The world: scan, and the service directories a to d in sv

# teller: a run that counts on standard output, notes each of its starts, and says so when another one
# of it lives; its last line is "end".
teller() {
	cat <<-'E'
	#!/usr/bin/perl
	use Fcntl;
	open(my $lock, '>>', 'single');
	flock($lock, 6) or do { open(my $doubles, '>>', '../../doubles'); print $doubles "$$\n" };
	open(my $starts, '>>', 'starts');
	syswrite($starts, "$$\n");
	$SIG{TERM} = sub { $end = 1 };
	until ($end) {
		syswrite(STDOUT, ++$n . "\n");
		select(undef, undef, undef, 0.1);
	}
	syswrite(STDOUT, "end\n");
	E
}

# a_logger DIR
a_logger() {
	mkdir -p "$1"
	printf '#!/bin/sh\nexec multilog ./main\n' >"$1/run"
	chmod +x "$1/run"
}

# world [own]: a and b with loggers, b needs a; d, and c which has no link yet; perhaps a log of
# svscan's own.
world() {
	local name
	mkdir -p scan
	for name in a b c d; do
		a_logger sv/$name/log
		teller >sv/$name/run
		chmod +x sv/$name/run
	done
	echo a >sv/b/needs
	ln -s ../sv/a ../sv/b ../sv/d scan/
	absent=c present=d own=
	[ "$1" != own ] || { own=scan/.svscan && a_logger $own/log; }
}

# ---- svscan, as process 1 or not

first() { [ "$as" = first ]; }

# launch: svscan in scan, held back until released, with a limit for its stop that nothing should come
# to; its number is in $scanner, of what was started in $outer.
launch() {
	local before=()
	first && before=(unshare --pid --fork --mount-proc --kill-child)
	rm -f gate held
	mkfifo gate
	background "${before[@]}" sh -c ': >held; read -r line <gate; exec svscan -t 1000 -g 600000 scan' 2>>err
	outer=$!
	scanner=$outer
	! first || wait_until below_outer
	wait_until held_back
}

# held_back: the shell waits at the gate, so that whoever counts calls from now on gets the same.
held_back() { [ -e held ] && [[ $(cat "/proc/$scanner/stat") == *") S "* ]]; }

below_outer() {
	scanner=$(cat /proc/$outer/task/$outer/children 2>/dev/null)
	scanner=${scanner% }
	[ -n "$scanner" ]
}

# Somebody who is dead does not read it.
release() { timeout "$LIMIT" sh -c "echo >gate"; }

all_up() {
	local dir
	for dir; do [[ $(svstat "$dir" 2>/dev/null) == "$dir: up "* ]] || return 1; done
}

# tells NAME: it counts, so it takes signals by now.
tells() { [[ $(tail -n 1 "sv/$1/log/main/current" 2>/dev/null) =~ ^[0-9]+$ ]]; }

# settled: what should run does, under supervises that live, and nothing else is supervised.
settled() {
	local name
	for name in a b "$present"; do
		all_up "sv/$name" "sv/$name/log" && tells "$name" || return 1
	done
	[ -z "$own" ] || all_up "$own/log" || return 1
	! svok "sv/$absent" && ! svok "sv/$absent/log"
}

# begin: svscan, and what it has to look after; as the heir of a killed one it finds that running.
begin() {
	prepare
	release
	has_begun
}

# prepare: all but the start of the svscan that matters.
prepare() {
	: >err
	: >trace
	launch
	[ "$as" = heir ] || return 0
	release
	wait_until settled || { accuse "does not begin"; return 1; }
	kill -KILL "$scanner"
	wait "$scanner" 2>/dev/null || true
	launch
}

# adopted: it has said so of each, or tried to; who is told to stop before leaves the others alone.
adopted() {
	local name
	for name in a b "$present"; do
		grep -qsF "adopted $name (" err trace && grep -qsF "adopted $name/log (" err trace || return 1
	done
}

has_begun() {
	[ "$as" != heir ] || wait_until adopted || { accuse "does not adopt"; return 1; }
	wait_until settled || { accuse "does not begin"; return 1; }
}

# terminate: TERM to it, also as process 1.
terminate() { kill -TERM "$scanner"; }

# ---- What happens to it

supervise_of() { sed -n 's/^supervise_pid=//p' "$1/supervise/state"; }

# murder_supervise DIR: its number is one of the PID namespace that svscan is in.
murder_supervise() {
	local join=()
	first && join=(nsenter --target "$scanner" --pid)
	"${join[@]}" kill -KILL "$(supervise_of "$1")"
}

victims=(sv/a sv/a/log sv/b/log sv/b)
rounds=0

# events: one link comes, one goes, and one supervise dies, each time another.
events() {
	local list=("${victims[@]}") swap=$absent
	[ -z "$own" ] || list+=("$own/log")
	victim=${list[rounds % ${#list[@]}]}
	rounds=$((rounds + 1))
	victim_was=$(supervise_of "$victim")
	ln -s "../sv/$absent" scan/
	rm "scan/$present"
	absent=$present present=$swap
	murder_supervise "$victim"
}

revived() { svok "$victim" && [ "$(supervise_of "$victim")" != "$victim_was" ]; }

# right: everything is as if nothing had failed, and nothing was ever started twice.
right() { settled && revived && [ "$(cat sv/a/starts sv/b/starts | wc -l)" = 2 ] && [ ! -e doubles ]; }

# ---- The tracer

# watch_it OPTION...: attaches to svscan; with -f also to its children, which need no more than until
# they execute.
watch_it() {
	background strace -p "$scanner" -o trace "$@" 2>said
	tracer=$!
	wait_until contains said attached
}

watch_no_more() { let_go "$tracer"; }

# calls NAME FILE: how often it was made.
calls() { grep -c "^$1(" "$2"; }

# cpu: the nanoseconds that svscan has been running.
cpu() { cut -d' ' -f1 /proc/$scanner/schedstat; }

# ---- Verdicts

# accuse TEXT...: what was wrong, and all there is to see.
accuse() {
	{
		echo "$as $own: $*"
		svstat sv/* sv/*/log 2>&1
		wc -l sv/*/starts
		cat doubles err scan/.svscan/log/main/* 2>/dev/null | tail -n 20
		tail -n 8 trace
	} >&2
	return 1
}

# whole NAME: its log has all that each of its lives said: 1, 2, ... end.
whole() {
	awk '$0 == "end" { n = 0; next } $0 != n + 1 { exit bad = 1 } { n++ }
		END { exit bad || n != 0 }' "sv/$1/log/main/current"
}

nothing_left() { [ -z "$(started_by_us)" ]; }

# ended: svscan has stopped with code 0, everything with it, and all was logged.
ended() {
	local code=0 name
	wait_until gone "$outer" || { accuse "does not end"; return 1; }
	wait "$outer" || code=$?
	[ "$code" = 0 ] || { accuse "exit code $code"; return 1; }
	wait_until nothing_left || { accuse "left: $(started_by_us | xargs -r ps -fp)"; return 1; }
	[ ! -e doubles ] || { accuse "doubled"; return 1; }
	for name in a b c d; do
		[ ! -e sv/$name/starts ] || whole $name || { accuse "lines of $name are lost"; return 1; }
	done
}


# ---- Rounds

# warnings: all that svscan complained about so far.
warnings() { cat err ${own:+$own/log/main/*} 2>/dev/null | grep warning: || true; }

# fails_once CALL ERROR WHEN: the WHENth of these calls, while things happen; if it was made at all.
fails_once() {
	watch_it -e trace="?$1" -e inject="?$1:error=$2:when=$3"
	events
	wait_until right || { watch_no_more; accuse "$1 $2 $3"; return 1; }
	watch_no_more
	! grep -q INJECTED trace || happened=$((happened + 1))
	alive "$scanner" || accuse "$1 $2 $3: ended"
}

# fails_long CALL ERROR: all of these calls for 3 s, and things happen; then no more.
fails_long() {
	local told cpu began=$EPOCHREALTIME
	told=$(warnings | wc -l)
	watch_it -f -b execve -e trace="?$1" -e inject="?$1:error=$2"
	cpu=$(cpu)
	events
	sleep 3
	alive "$scanner" || { accuse "$1 $2: ended"; return 1; }
	cpu=$(($(cpu) - cpu))
	watch_no_more
	began=$((${EPOCHREALTIME/./} - ${began/./})) # microseconds
	wait_until right || { accuse "$1 $2 for 3 s"; return 1; }
	! grep -q INJECTED trace || happened=$((happened + 1))
	# 2 % of them, and as much as the events need by themselves.
	[ $cpu -le $((began * 20 + ${usual:-0})) ] || { accuse "$1 $2: $cpu ns of $began us"; return 1; }
	[ -z "$(warnings | tail -n +$((told + 1)) | sort | uniq -d)" ] ||
		{ accuse "$1 $2: said again and again"; return 1; }
}

# stop_fails CALL ERROR [WHEN]: the WHENth of these calls of a stop; without WHEN all of them for 3 s.
stop_fails() {
	local cpu began=$EPOCHREALTIME
	watch_it -e trace="?$1" -e inject="?$1:error=$2${3:+:when=$3}"
	cpu=$(cpu)
	terminate
	if [ -z "$3" ]; then
		for ((i = 0; i < 30; i++)); do gone "$scanner" || sleep 0.1; done
		cpu=$(($(cpu 2>/dev/null || echo $cpu) - cpu))
		watch_no_more
	fi
	began=$((${EPOCHREALTIME/./} - ${began/./}))
	ended || { accuse "at the stop: $*"; return 1; }
	[ -z "$3" ] || watch_no_more
	[ -n "$3" ] || [ $cpu -le $((began * 20 + ${usual:-0})) ] || accuse "$1 $2: $cpu ns of $began us"
	! grep -q INJECTED trace || happened=$((happened + 1))
}

# decided: it has ended, or all is as it should be.
decided() { gone "$outer" || settled; }

# may_end ERROR: process 1, because of that: it means that the directory is wrong; another one always.
may_end() { ! first || [[ $1 =~ ^(EACCES|ELOOP|ENOENT|ENOTDIR)$ ]]; }

# start_fails CALL ERROR WHEN: the WHENth of these calls, or, if that is "N+", all of them from then on,
# for 3 s. Process 1 begins all the same, another may end and say why.
start_fails() {
	local code=0
	prepare
	watch_it -e trace="?$1" -e inject="?$1:error=$2:when=$3"
	release
	if [[ $3 = *+ ]]; then
		sleep 3
		watch_no_more
	fi
	wait_until decided || { accuse "at the start: $*"; return 1; }
	[[ $3 = *+ ]] || watch_no_more
	! grep -q INJECTED trace || happened=$((happened + 1))
	if alive "$outer"; then
		has_begun && terminate && ended
		return
	fi
	wait "$outer" || code=$?
	if ! may_end "$2" || [ $code != 111 ] || [ "$(grep -c 'svscan: fatal: ' err)" != 1 ]; then
		accuse "at the start: $*: $code"
		return 1
	fi
	fatal=$((fatal + 1))
	[ "$as" != heir ] || { begin && terminate && ended; }
}

# ---- Lanes: several worlds side by side, most of whose time is waiting

# lanes COUNT COMMAND...: runs "COMMAND... NUMBER" in COUNT directories; fails if one does. Which
# points it had is told.
lanes() {
	local count=$1 lane pids=() bad=0
	shift
	for ((lane = 0; lane < count; lane++)); do
		mkdir lane$lane
		(
			trap - DEBUG ERR EXIT # bats's cost more than all the rest
			cd lane$lane
			export UPKEEP_TEST=$FAULTS_TOP/lane$lane
			trap end_all EXIT
			set -eE
			"$@" $lane
		) &
		pids+=($!)
	done
	for lane in "${pids[@]}"; do wait $lane || bad=1; done
	cat lane*/points 2>/dev/null | awk -v what="$BATS_TEST_DESCRIPTION" '
		{ tried += $1; happened += $2 }
		END { print "# " what ": " tried + 0 " points, of which " happened + 0 " came to pass" }' >&3
	[ $bad = 0 ]
}
