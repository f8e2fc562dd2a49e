#!/usr/bin/env bats
# multilog: its contract with users and, where Debian's daemontools is installed, with 0.76.
# Not here: the pattern language, the cutting into lines and the rotation under faults (unit tests);
# what a machine that loses its power leaves behind.

load helper
load peers
load service

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
}

teardown() {
	end_all
	if [ -n "$MOUNTED" ]; then
		wait_until umount "$MOUNTED" # whom end_all has ended may still be closing files there
	fi
}

# mode FILE: its permissions in octal.
mode() {
	stat -c %a "$1"
}

# archives DIR: how many archived files it holds.
archives() {
	find "$1" -name '@*' | wc -l
}

# joined DIR: everything in it, oldest first.
joined() {
	cat /dev/null "$1"/@* "$1"/current 2>/dev/null
}

# holds DIR TEXT: one of its files contains it.
holds() {
	grep -rqFe "$2" -- "$1"
}

# with_input COMMAND...: runs it in the background with the FIFO `in` as input, whose other end is
# descriptor 9 of the test; its number is in $logger.
with_input() {
	[ -p in ] || mkfifo in
	"$@" <in 2>err 3>&- 4>&- 9>&- & # helper's background would give it /dev/null
	logger=$!
	exec 9>in
}

# ended STATUS: the logger ends, and with this exit code.
ended() {
	wait_until gone "$logger"
	local status=0
	wait "$logger" || status=$?
	[ "$status" = "$1" ] || { echo "exit $status instead of $1" >&2; return 1; }
}

# cpu_ms PID: processor time it has used so far.
cpu_ms() {
	local fields
	fields=$(sed 's/.*) //' "/proc/$1/stat") || return 1
	set -- $fields
	echo $(((${12} + ${13}) * 1000 / $(getconf CLK_TCK)))
}

# calm: the logger does nothing. What it has been doing until now does not count.
calm() {
	local used
	used=$(cpu_ms "$logger")
	sleep 0.3
	(($(cpu_ms "$logger") - used <= 20))
}

numbered() {
	seq -f 'line %06g' "$1" "$2"
}

# ---- The script ----------------------------------------------------------------------------------

@test "what is no action is ignored" {
	echo text | multilog
	echo text | multilog '' zzz tx x ./log
	[ "$(cat log/current)" = text ]
}

@test "t stamps every line, empty ones too" {
	printf 'one\n\n' | multilog t ./log
	run -0 grep -cE '^@4[0-9a-f]{23} (one)?$' log/current
	[ "$output" = 2 ]
}

@test "the stamp is part of what patterns see" {
	echo one | multilog t '-one' ./log
	run -0 cut -c27- log/current
	[ "$output" = one ]
	echo one | multilog t '-@* one' ./other
	[ ! -s other/current ]
}

@test "selection holds from its place in the script to the right" {
	printf 'a\nb\nab\n' | multilog ./all '-a*' ./no-a '+*b' ./b-again
	[ "$(cat all/current)" = $'a\nb\nab' ]
	[ "$(cat no-a/current)" = b ]
	[ "$(cat b-again/current)" = $'b\nab' ]
}

@test "a line's first 1000 bytes decide for all of it" {
	{ head -c 1500 /dev/zero | tr '\0' x; echo END; echo short END; } >input
	multilog '-*END' ./log <input
	[ "$(wc -c <log/current)" = 1504 ]
	multilog '-xxx*' ./other <input
	[ "$(cat other/current)" = 'short END' ]
}

@test "e shows 200 bytes of a line" {
	for length in 0 199 200 201 5000; do
		head -c "$length" /dev/zero | tr '\0' x
		echo
	done >input
	multilog e <input 2>alerts
	run -0 awk '{ print length($0), substr($0, length($0) - 2) }' alerts
	[ "${lines[0]}" = '0 ' ]
	[ "${lines[1]}" = '199 xxx' ]
	[ "${lines[2]}" = '200 xxx' ]
	[ "${lines[3]}" = '203 ...' ]
	[ "${lines[4]}" = '203 ...' ]
}

@test "e without anybody to read it costs the alert and nothing else" {
	run -0 bash -c 'numbered() { seq 1 1000; }; numbered | multilog e ./log 2>&-'
	seq 1 1000 | cmp - log/current
	{ seq 1 1000 | multilog e ./broken; echo $? >status; } 2> >(true)
	wait_until contains status 0
	seq 1 1000 | cmp - broken/current
}

@test "a stopped reader of alerts does not keep multilog from ending" {
	mkfifo alerts
	exec 8<>alerts
	seq 1 20000 >input
	multilog e ./log <input 2>alerts 3>&- 4>&- 8>&- &
	logger=$!
	wait_until [ -e log/current ]
	kill -TERM "$logger"
	ended 0
	exec 8>&-
	cmp -n "$(wc -c <log/current)" input log/current
}

@test "= keeps the last selected line, padded to 1001 bytes" {
	printf 'first line\nsecond\nno\n' | multilog -no =status
	[ "$(wc -c <status)" = 1001 ]
	[ "$(tr -d '\n' <status)" = second ]
	[ "$(mode status)" = 600 ]
	head -c 3000 /dev/zero | tr '\0' y | multilog =status
	[ "$(tr -d '\n' <status | wc -c)" = 1000 ]
}

# ---- Files and modes -----------------------------------------------------------------------------

@test "modes do not depend on the umask" {
	(umask 077 && yes text | head -n 2000 | multilog s4096 ./log)
	[ "$(mode log)" = 700 ]
	[ "$(mode log/lock)" = 600 ]
	[ "$(mode log/current)" = 744 ]
	[ "$(mode log/state)" = 644 ]
	run -0 bash -c 'stat -c %a log/@* | sort -u'
	[ "$output" = 744 ]
}

@test "a file ends at the first newline in its last 2000 bytes, n - 1 old ones are kept" {
	numbered 1 1000 | multilog s4096 n3 ./log
	[ "$(archives log)" = 2 ]
	run -0 bash -c 'stat -c %s log/@* | sort -u'
	[ "$output" = 2100 ]
}

@test "a line that is longer than a file continues in the next one" {
	head -c 9000 /dev/zero | tr '\0' z | multilog s4096 ./log
	run -0 bash -c 'stat -c %s log/@* log/current'
	[ "$output" = $'4096\n4096\n809' ]
	[ "$(joined log | tr -d '\n' | wc -c)" = 9000 ]
}

@test "names of archived files are unique and sort as they were written" {
	numbered 1 20000 | multilog s4096 n1000 ./log
	[ "$(archives log)" -gt 90 ]
	numbered 1 20000 | cmp - <(joined log)
}

@test "a clock that was set back makes no older names, and the oldest written goes first" {
	mkdir log
	echo newest >"log/@40000000$(printf %08x $(($(date +%s) + 10 + 86400)))00000000.s"
	numbered 1 500 | multilog s4096 n3 ./log
	[ "$(archives log)" = 2 ]
	run ! grep -r newest log
	numbered 1 500 | tail -n +$((500 - $(joined log | wc -l) + 1)) | cmp - <(joined log)
}

@test "a lone line is in current before anything else is read" {
	with_input multilog ./log
	echo lone >&9
	wait_until contains log/current lone
	[ "$(mode log/current)" = 644 ]
	exec 9>&-
	ended 0
	[ "$(mode log/current)" = 744 ]
}

@test "a missing last newline is added, NULs and all other bytes are kept" {
	printf 'a\0b\n\377\200\1' | multilog ./log
	printf 'a\0b\n\377\200\1\n' | cmp - log/current
}

@test "256 MB in one line: little memory, no byte lost, and the next line intact" {
	with_input multilog s16777215 n100 ./log
	{ head -c 268435456 /dev/zero; printf '\nnext\n'; } >&9
	wait_until contains log/current next
	rss=$(awk '/^VmHWM/ { print $2 }' "/proc/$logger/status")
	echo "peak: $rss kB"
	case $VARIANT in
	asan) ;;
	static) [ "$rss" -le 1536 ] ;;
	*) [ "$rss" -le 3072 ] ;; # the C library's own share included
	esac
	exec 9>&-
	ended 0
	[ "$(joined log | wc -c)" = 268435462 ]
	run -0 tail -n 1 log/current
	[ "$output" = next ]
}

@test "ALRM rotates what is not empty" {
	with_input multilog ./log ./empty-not -'*' ./empty
	echo text >&9
	wait_until contains log/current text
	kill -ALRM "$logger"
	rotated() {
		[ "$(archives log)$(archives empty-not)" = 11 ]
	}
	wait_until rotated
	echo more >&9
	wait_until contains log/current more
	exec 9>&-
	ended 0
	[ "$(cat log/@*.s)" = text ]
	[ "$(archives empty)" = 0 ]
}

# ---- Start and recovery --------------------------------------------------------------------------

@test "ALRM while the disk fails, and the end comes before it could rotate" {
	command -v strace || skip "needs strace"
	with_input strace -f -o trace -e trace=renameat -e inject=renameat:error=EIO:when=1 multilog ./log
	echo one >&9
	wait_until contains log/current one
	pkill -ALRM -P "$logger" -x multilog
	wait_until contains err 'unable to rename current to previous'
	exec 9>&-
	ended 0
	[ "$(archives log)" = 1 ]
	[ "$(mode log/current)" = 744 ]
	[ "$(ls -A log | grep -v '^@')" = $'current\nlock\nstate' ]
}

@test "a directory has one writer" {
	with_input multilog ./log
	wait_until [ -e log/current ]
	run -111 multilog ./log </dev/null
	[ "$output" = "multilog: fatal: unable to lock directory ./log: temporary failure" ]
	exec 9>&-
	ended 0
	run -111 multilog ./log ./log </dev/null
	[ "$output" = "multilog: fatal: unable to lock directory ./log: temporary failure" ]
}

@test "what a killed multilog has left may hold its lock for a moment" {
	command -v strace || skip "needs strace"
	with_input strace -f -o trace -e trace=flock -e inject=flock:error=EAGAIN:when=1..3 multilog ./log
	echo one >&9
	wait_until contains log/current one
	exec 9>&-
	ended 0
	[ "$(grep -c 'flock(.*INJECTED' trace)" = 3 ]
}

@test "what cannot be opened is fatal and said in the words of daemontools" {
	touch file
	mkdir -p current/current state/state
	ln -s nowhere dangling
	run -111 multilog ./file </dev/null
	[ "$output" = "multilog: fatal: unable to open directory ./file: not a directory" ]
	run -111 multilog ./no/such </dev/null
	[ "$output" = "multilog: fatal: unable to open directory ./no/such: file does not exist" ]
	run -111 multilog =no/such </dev/null
	[ "$output" = "multilog: fatal: unable to create no/such: file does not exist" ]
	run -111 multilog =current </dev/null
	[ "$output" = "multilog: fatal: unable to create current: is a directory" ]
	run -111 multilog ./current </dev/null
	[ "$output" = "multilog: fatal: unable to append to ./current/current: is a directory" ]
	run -111 multilog ./state </dev/null
	[ "$output" = "multilog: fatal: unable to write to ./state/state: is a directory" ]
}

@test "links are followed to a log directory, but never inside it" {
	mkdir real victim
	echo precious >victim/file
	ln -s real log
	echo text | multilog ./log
	[ "$(cat real/current)" = text ]
	for name in lock current; do
		rm -rf planted
		mkdir planted
		ln -s ../victim/file "planted/$name"
		run -111 multilog ./planted <<<text
		[[ $output == *"symbolic link loop" ]]
	done
	[ "$(cat victim/file)" = precious ]
}

# prepare DIR: what a killed multilog leaves behind; WHAT names the row.
prepare() {
	mkdir "$1"
	case $2 in
	clean) echo old >"$1/current"; chmod 744 "$1/current"; echo s >"$1/state" ;;
	killed) echo old >"$1/current"; chmod 644 "$1/current"; echo s >"$1/state" ;;
	renamed) echo older >"$1/previous"; chmod 644 "$1/previous" ;;
	rotating) echo older >"$1/previous"; chmod 744 "$1/previous"; : >"$1/current" ;;
	linked) echo older >"$1/previous"; ln "$1/previous" "$1/@400000006553f10a075bcbf4.s"; : >"$1/current" ;;
	processing) echo older >"$1/previous"; echo half >"$1/processed"; echo n >"$1/newstate"; echo old >"$1/current" ;;
	processed) echo older >"$1/previous"; echo whole >"$1/processed"; chmod 744 "$1/processed"; echo n >"$1/newstate"; echo old >"$1/current" ;;
	moved) echo whole >"$1/processed"; chmod 744 "$1/processed"; echo s >"$1/state"; echo old >"$1/current" ;;
	absent) ;;
	esac
}

rows='clean killed renamed rotating linked processing processed moved absent'

# contents DIR: every file with its mode and text, labels left out, in order.
contents() {
	(cd "$1" && for file in *; do
		echo "$(mode "$file") $file: $(cat "$file")"
	done | sed -E 's/@[0-9a-f]{24}/@/')
}

@test "an unclean end is recovered from without losing a file" {
	for row in $rows; do
		prepare "$row" "$row"
		before=$(cat "$row"/* 2>/dev/null | sort -u)
		echo new | multilog "./$row"
		run -0 contents "$row"
		case $row in
		clean) [[ $output == *"744 current: old"$'\nnew'* && $output == *"state: s"* ]] ;;
		killed) [[ $output == *"644 @.u: old"* && $output == *"744 current: new"* ]] ;;
		renamed) [[ $output == *"644 @.u: older"* ]] ;;
		rotating) [[ $output == *"744 @.u: older"* ]] ;;
		linked) [[ $output == *"@.s: older"* && $output != *"@.u: older"* ]] ;;
		processing) [[ $output == *"@.u: older"*"@.u: old"* && $output != *half* ]] ;;
		processed) [[ $output == *"744 @.s: whole"* && $output == *"@.u: old"* && $output != *older* ]] ;;
		moved) [[ $output == *"744 @.s: whole"* && $output == *"@.u: old"* ]] ;;
		absent) [[ $output == *"744 current: new"* ]] ;;
		esac
		[[ $output != *previous* && $output != *newstate* && $output != *processed* ]]
	done
}

@test "recovery leaves what 0.76 leaves" {
	need_peer
	for row in $rows; do
		prepare "ours-$row" "$row"
		prepare "theirs-$row" "$row"
		echo new | multilog "./ours-$row"
		echo new | "$PEER/multilog" "./theirs-$row"
		diff <(contents "ours-$row") <(contents "theirs-$row")
	done
}

@test "0.76 continues our directory and we continue its" {
	need_peer
	for end in EOF KILL; do
		for turn in 1 2 3 4; do
			case $turn in 1 | 3) program=multilog ;; *) program=$PEER/multilog ;; esac
			with_input "$program" s4096 n100 "./log-$end"
			numbered $((turn * 1000)) $((turn * 1000 + 899)) >&9
			wait_until holds "log-$end" "$((turn * 1000 + 899))"
			[ "$end" = EOF ] || kill -KILL "$logger"
			exec 9>&-
			wait_until gone "$logger"
		done
		for turn in 1 2 3 4; do
			numbered $((turn * 1000)) $((turn * 1000 + 899))
		done | cmp - <(joined "log-$end")
	done
	run -0 bash -c 'ls log-KILL | grep -c "\.u$"'
	[ "$output" = 3 ]
}

@test "a previous that does not belong here is archived, not overwritten" {
	prepare log clean
	echo stray >log/previous
	numbered 1 500 | multilog s4096 ./log
	contains log/@*.u stray
}

# ---- As 0.76 -------------------------------------------------------------------------------------

# one_by_one PROGRAM DIR: feeds it lines of random lengths, each only when the one before is taken.
one_by_one() {
	mkdir "$2"
	(cd "$2" && perl -e '
		use strict;
		srand(7);
		pipe(my $r, my $w);
		my $pid = fork;
		if (!$pid) { open(STDIN, "<&", $r); close $w; exec @ARGV or die; }
		close $r;
		for my $i (1 .. 300) {
			my $n = rand() < 0.2 ? int(rand(6000)) : int(rand(200));
			syswrite $w, substr("abcdefghij" x 600, 0, $n) . "\n";
			my $left = pack "L", 1;
			do { ioctl($w, 0x541B, $left) } while unpack "L", $left;   # FIONREAD
		}
		close $w;
		waitpid $pid, 0;
		exit $? >> 8;
	' "$1" s4096 n50 ./all '-*d*' ./some n3 '!tr a-z A-Z' ./big)
}

@test "names, counts, sizes, modes and bytes are those of 0.76 when lines arrive singly" {
	need_peer
	command -v perl || skip "needs perl"
	one_by_one multilog ours
	one_by_one "$PEER/multilog" theirs
	for log in all some big; do
		diff <(contents "ours/$log" | md5sum) <(contents "theirs/$log" | md5sum)
		diff <(cd "ours/$log" && stat -c '%a %s' *) <(cd "theirs/$log" && stat -c '%a %s' *)
	done
}

@test "with input in bulk the text and the modes are those of 0.76" {
	need_peer
	numbered 1 50000 >input
	mkdir ours theirs
	(cd ours && multilog s8192 n1000 ./log <../input)
	(cd theirs && "$PEER/multilog" s8192 n1000 ./log <../input)
	cmp <(joined ours/log) <(joined theirs/log)
	diff <(cd ours/log && stat -c %a * | sort -u) <(cd theirs/log && stat -c %a * | sort -u)
}

# ---- The end -------------------------------------------------------------------------------------

stopped() { [[ $(cat "/proc/$logger/stat") == *") T "* ]]; }

@test "TERM between two lines ends at once and leaves the rest in the pipe" {
	with_input multilog ./log
	echo taken >&9
	wait_until contains log/current taken
	kill -STOP "$logger"
	wait_until stopped
	echo left >&9
	exec 8<in
	kill -TERM "$logger"
	kill -CONT "$logger"
	ended 0
	read -r -t "$LIMIT" line <&8
	[ "$line" = left ]
	[ "$(cat log/current)" = taken ]
	[ "$(mode log/current)" = 744 ]
	exec 8<&- 9>&-
}

@test "TERM inside a line takes its rest and not a byte more" {
	with_input multilog ./log
	printf 'whole\nfirst ha' >&9
	wait_until contains log/current whole
	kill -STOP "$logger"
	wait_until stopped
	exec 8<in
	kill -TERM "$logger"
	printf 'lf\nleft\n' >&9
	kill -CONT "$logger"
	ended 0
	read -r -t "$LIMIT" line <&8
	[ "$line" = left ]
	[ "$(cat log/current)" = $'whole\nfirst half' ]
	exec 8<&- 9>&-
}

@test "TERM inside a line of a silent writer ends within about a second, and the next one has its rest" {
	for script in ./log 't ./log'; do
		with_input multilog $script
		exec 8<in
		printf 'whole\nhalf' >&9
		wait_until contains log/current whole
		kill -TERM "$logger"
		ended 0
		[ "$(mode log/current)" = 744 ]
		echo ' and half' >&9
		exec 9>&-
		multilog $script <&8
		exec 8<&-
		[ "$(cut -c "$((${#script} > 5 ? 27 : 1))-" log/current)" = $'whole\nhalf and half' ]
		[ "$(ls -A log)" = $'current\nlock\nstate' ]
		rm -r log
	done
}

@test "TERM inside a long line, and the next one has its rest, where the beginning belongs" {
	fill=$(head -c 1500 /dev/zero | tr '\0' x)
	script=(./all '-a*' ./others '-*' '+a*' ./as)
	with_input multilog "${script[@]}"
	exec 8<in
	printf 'b%s\na%s' "$fill" "$fill" >&9
	wait_until contains as/current "$fill"
	kill -TERM "$logger"
	ended 0
	printf 'rest\nb\n' >&9
	exec 9>&-
	multilog "${script[@]}" <&8
	exec 8<&-
	printf 'b%s\na%srest\nb\n' "$fill" "$fill" | cmp - all/current
	printf 'b%s\nb\n' "$fill" | cmp - others/current
	printf 'a%srest\n' "$fill" | cmp - as/current
}

@test "a killed one leaves its file to the next one, and to 0.76 what it expects" {
	with_input multilog ./log
	exec 8<in
	fill=$(head -c 1500 /dev/zero | tr '\0' x)
	printf 'one\n%s' "$fill" >&9
	wait_until contains log/current xxx
	kill -KILL "$logger"
	wait_until gone "$logger"
	[ "$(mode log/current)" = 644 ]
	printf 'rest\n' >&9
	exec 9>&-
	multilog ./log <&8
	exec 8<&-
	printf 'one\n%srest\n' "$fill" | cmp - log/current
	[ "$(ls -A log)" = $'current\nlock\nstate' ]
}

@test "run once on empty input it leaves nothing that 0.76 does not know" {
	with_input multilog t ./log '-@* a*' ./other
	printf 'one\nhalf' >&9
	wait_until contains log/current one
	kill -KILL "$logger"
	exec 9>&-
	wait_until gone "$logger"
	[ -s log/.spool ]
	[ -s log/.record ]
	multilog t ./log '-@* a*' ./other </dev/null
	for dir in log other; do
		[ "$(joined $dir | cut -c27-)" = $'one\nhalf' ]
		[ "$(ls -A $dir | grep -v "\.u$")" = $'current\nlock\nstate' ]
	done
}

@test "with other actions than the killed one had, nothing is lost" {
	with_input multilog t ./log
	exec 8<in
	printf 'one\nhalf' >&9
	wait_until contains log/current one
	kill -KILL "$logger"
	wait_until gone "$logger"
	printf ' and half\n' >&9
	exec 9>&-
	multilog ./other ./log <&8
	exec 8<&-
	contains log/current 'half and half'
	contains other/current 'half and half'
	[ ! -e log/.spool ]
}

@test "files of other people are left alone" {
	for name in .record .spool; do
		mkdir log
		echo precious >log/$name
		{ echo text; sleep 0.01; echo more; } | multilog t ./log 2>err
		[ "$(cut -c27- log/current)" = $'text\nmore' ]
		[ "$(cat log/$name)" = precious ]
		contains err "unable to use ./log/$name, going on without: bad format"
		[ "$(ls -A log | wc -l)" = 4 ]
		rm -r log
	done
	mkdir -p log other
	echo precious >other/.spool
	echo text | multilog t ./log ./other
	[ "$(cat other/.spool)" = precious ]
}

# torn_by SIGNAL TEXT SCRIPT...: one that has taken a line, and TEXT, which has no end, is ended by it.
# More than is looked at comes all at once.
torn_by() {
	local signal=$1 text=$2 code=0
	shift 2
	with_input multilog "$@"
	echo whole >&9
	wait_until contains log/current whole
	kill -STOP "$logger"
	wait_until stopped
	printf %s "$text" >&9
	kill -CONT "$logger"
	wait_until holds log "${text##*$'\n'}"
	kill "-$signal" "$logger"
	wait_until gone "$logger"
	wait "$logger" || code=$?
	exec 9>&-
}

@test "half a line is ended where its rest cannot come: with another input" {
	local long many number=0
	long=$(head -c 1500 /dev/zero | tr '\0' x)
	many="$(numbered 1 1000)"$'\nhalf'
	echo other >other
	for script in ./log 't ./log' './log -* ./none'; do
		for text in half "$long" "$many"; do
			for signal in KILL TERM; do
				torn_by $signal "$text" $script
				number=$((number + 1))
				if ((number % 3)); then
					cat other | multilog $script
				else
					multilog $script <other
				fi
				printf 'whole\n%s\nother\n' "$text" |
					cmp - <(joined log | sed 's/^@[0-9a-f]* //')
				[ "$(ls -A log | grep -v '\.u$')" = $'current\nlock\nstate' ]
				rm -r log
			done
		done
	done
}

@test "the logger of a service is killed inside of a line, and the next one ends it" {
	mkdir -p scan/talker/log
	printf '#!/bin/sh\nprintf "whole\\nhalf"\nuntil [ -e go ]; do sleep 0.05; done\necho " and half"\nexec sleep 100000\n' >scan/talker/run
	printf '#!/bin/sh\necho $$ >>pids\nexec multilog t ./main\n' >scan/talker/log/run
	chmod +x scan/talker/run scan/talker/log/run
	background svscan scan 2>err
	wait_until holds scan/talker/log/main half
	kill -KILL "$(cat scan/talker/log/pids)"
	two_pids() { [ "$(lines scan/talker/log/pids)" = 2 ]; }
	wait_until two_pids
	touch scan/talker/go
	wait_until contains scan/talker/log/main/current 'half and half'
	[ "$(joined scan/talker/log/main | cut -c27-)" = $'whole\nhalf and half' ]
}

@test "kills by other signals leave an unclean directory" {
	with_input multilog ./log
	echo text >&9
	wait_until contains log/current text
	kill -HUP "$logger"
	ended 129
	[ "$(mode log/current)" = 644 ]
	exec 9>&-
}

# ---- Trouble with the input ----------------------------------------------------------------------

@test "a non-blocking input is not at its end when it is empty, and costs no time" {
	mkfifo in
	perl -e 'use Fcntl; fcntl(STDIN, F_SETFL, O_RDWR | O_NONBLOCK) or die; exec @ARGV' \
		multilog ./log <>in 2>err 3>&- 4>&- &
	logger=$!
	exec 9>in
	for i in 1 2 3; do
		echo "text $i" >&9
		wait_until contains log/current "text $i"
	done
	wait_until calm
	kill -TERM "$logger"
	ended 0
	[ ! -s err ]
	exec 9>&-
}

@test "files and /dev/null are inputs, a closed one and a directory end at once" {
	numbered 1 3000 >input
	multilog ./log <input
	cmp input log/current
	multilog ./null </dev/null
	multilog ./closed <&-
	multilog ./directory <.
	[ "$(mode directory/current)" = 744 ]
}

# The leak check of a sanitized program does not work below strace.
export ASAN_OPTIONS=detect_leaks=0

# input_error CALL ERROR WHEN: multilog whose calls for the file or FIFO `in` fail; $logger is strace.
input_error() {
	command -v strace || skip "needs strace"
	strace -f -o trace -P "$PWD/in" -e trace="$1" -e inject="$1:error=$2:when=$3" \
		multilog ${script:-./log} <in 2>err 3>&- 4>&- 9>&- &
	logger=$!
}

@test "EIO is not the end of the input: said once, and nothing is lost" {
	numbered 1 3000 >in
	input_error read EIO 2..3
	ended 0
	cmp in log/current
	[ "$(cat err)" = "multilog: warning: unable to read input, pausing: input/output error" ]
	[ "$(grep -c INJECTED trace)" = 2 ]
}

@test "EAGAIN is not the end of the input, and nothing to speak of" {
	mkfifo in
	input_error splice EAGAIN 1..2
	exec 9>in
	echo text >&9
	wait_until contains log/current text
	exec 9>&-
	ended 0
	[ ! -s err ]
	[ "$(grep -c INJECTED trace)" = 2 ]
}

@test "TERM ends it while the input fails" {
	echo text >in
	input_error read EIO 1+
	wait_until contains err 'unable to read input'
	pkill -TERM -P "$logger" -x multilog
	ended 0
	[ "$(mode log/current)" = 744 ]
}

@test "where splice is refused it reads" {
	numbered 1 3000 >input
	for script in ./log 't ./log'; do
		mkfifo in
		input_error splice EINVAL 1
		cat input >in
		ended 0
		contains trace INJECTED
		cmp input <(joined log | cut -c "$((${#script} > 5 ? 27 : 1))-")
		[ ! -s err ]
		rm -r in log
	done
}

# ---- Trouble with the disk -----------------------------------------------------------------------

# small_disk [SIZE]: an own tmpfs of that size, 256 kB, at ./disk.
small_disk() {
	need_root
	mkdir disk
	mount -t tmpfs -o size="${1:-256k}" multilog-test disk || skip "cannot mount"
	MOUNTED=$PWD/disk
}

@test "a full disk blocks, is said once, costs no time, and loses nothing when it is freed" {
	small_disk
	head -c 200000 /dev/zero >disk/ballast
	with_input multilog t ./disk/log
	numbered 1 20000 >&9 3>&- &
	writer=$!
	wait_until contains err 'unable to write to ./disk/log/current, pausing: out of disk space'
	wait_until calm
	mount -o remount,size=8m disk
	wait "$writer"
	exec 9>&-
	ended 0
	numbered 1 20000 | cmp - <(joined disk/log | cut -c27-)
	[ "$(lines err)" = 1 ]
}

@test "a disk of 1 MB that is full for 5 s costs no line, at whatever step it has filled" {
	small_disk 1m
	for script in './disk/a' 't ./disk/b' 't ./disk/c ./disk/d' '!cat ./disk/e' 't !cat ./disk/f'; do
		mkfifo in.$((++number))
		multilog s4096 n10000 $script <in.$number 2>err.$number 3>&- 4>&- &
		loggers="$loggers $!"
		numbered 1 20000 >in.$number 3>&- 4>&- &
	done
	full() { [ "$(df --output=avail disk | tail -n 1)" -lt 8 ]; }
	wait_until full
	wait_until grep -q 'out of disk space' err.* # who was fast has seen nothing of it
	sleep 5 # so long it lasts
	mount -o remount,size=16m disk
	for logger in $loggers; do
		ended 0
	done
	for dir in a b c d e f; do
		numbered 1 20000 | cmp - <(joined disk/$dir | sed 's/^@[0-9a-f]* //')
	done
}

@test "killed on a full disk, and the next one writes what is missing" {
	small_disk
	for script in ./disk/log 't ./disk/log' 't ./disk/log -* ./disk/none +* ./disk/other'; do
		head -c 200000 /dev/zero >disk/ballast
		rm -f err
		with_input multilog $script
		exec 8<in
		numbered 1 20000 >&9 3>&- 8<&- &
		writer=$!
		exec 9>&-
		wait_until contains err 'pausing: out of disk space'
		kill -KILL "$logger"
		wait_until gone "$logger"
		mount -o remount,size=8m disk
		multilog $script <&8
		exec 8<&-
		wait "$writer"
		for dir in disk/log disk/other; do
			[ ! -e $dir ] || numbered 1 20000 | cmp - <(joined $dir | sed 's/^@[0-9a-f]* //')
		done
		rm -r disk/*
		mount -o remount,size=256k disk
	done
}

@test "TERM ends it on a full disk, and the next one writes what is missing" {
	small_disk
	head -c 200000 /dev/zero >disk/ballast
	with_input multilog ./log ./disk/log ./other
	exec 8<in
	numbered 1 20000 >&9 3>&- 8<&- &
	writer=$!
	wait_until contains err 'unable to write to ./disk/log/current, pausing: out of disk space'
	kill -TERM "$logger"
	ended 0
	exec 9>&-
	[ "$(lines err)" = 1 ]
	rm disk/ballast
	mount -o remount,size=8m disk
	multilog ./log ./disk/log ./other <&8
	exec 8<&-
	wait "$writer"
	for dir in log disk/log other; do
		numbered 1 20000 | cmp - <(joined "$dir")
		[ "$(mode "$dir/current")" = 744 ]
		[ ! -e "$dir/.spool" ]
		[ ! -e "$dir/.record" ]
	done
}

@test "TERM ends it on a full disk, and what a file as input had is said in bytes" {
	small_disk
	head -c 200000 /dev/zero >disk/ballast
	numbered 1 20000 >input
	multilog ./log ./disk/log ./other <input 2>err 3>&- 4>&- &
	logger=$!
	wait_until contains err 'out of disk space'
	kill -TERM "$logger"
	ended 0
	run -0 grep -c 'unable to write to ./disk/log/current before the end: [1-9][0-9]* bytes lost' err
	[ "$output" = 1 ]
	lost=$(sed -n 's/.*end: \([0-9]*\) bytes lost/\1/p' err)
	# The other directories have everything that was read.
	cmp log/current other/current
	[ $(($(joined disk/log | wc -c) + lost)) = "$(joined log | wc -c)" ]
	[ "$(mode disk/log/current)" = 644 ]
	[ "$(mode other/current)" = 744 ]
}

@test "a failing rotation is said in the words of 0.76 and ends by TERM without a loss" {
	command -v strace || skip "needs strace"
	with_input strace -f -o trace -e trace=renameat,renameat2,rename \
		-e inject=renameat,renameat2,rename:error=EROFS multilog s4096 ./log
	exec 8<in
	numbered 1 300 >&9
	wait_until contains err 'unable to rename current to previous in directory ./log, pausing: read-only file system'
	pkill -TERM -P "$logger" -x multilog
	ended 0
	[ "$(mode log/current)" = 644 ]
	exec 9>&-
	multilog s4096 ./log <&8
	exec 8<&-
	numbered 1 300 | cmp - <(joined log)
	[ "$(archives log)" = 1 ]
}

@test "a file size limit is a full disk and does not kill" {
	with_input bash -c 'ulimit -f 8; exec multilog ./log'
	numbered 1 2000 >&9
	wait_until contains err 'unable to write to ./log/current, pausing: file too big'
	kill -TERM "$logger"
	ended 0
	exec 9>&-
}

# ---- Processors ----------------------------------------------------------------------------------

@test "a full file and its names are on disk before anything relies on them" {
	command -v strace || skip "needs strace"
	seq -f 'line %06g' 1 200 | strace -qq -y -o trace -e trace=fsync,renameat,linkat,unlinkat,fchmod \
		multilog s4096 ./log
	run -0 sed -nE 's/^(fsync)\([0-9]+<(.*)>\).*/\1 \2/p; s/^(renameat|linkat)\(.*"([a-z]+)", .*/\1 \2/p
		s/^(unlinkat)\(.*"(previous)", 0.*/\1 \2/p; s/^(fchmod)\(.*\/(previous|current)>, (0744)\).*/\1 \2 \3/p' trace
	here=$(pwd -P)
	[ "${output//$here\//}" = "fsync log
fsync log/current
renameat current
fchmod previous 0744
linkat previous
unlinkat previous
fsync log
fsync log/current
fchmod current 0744" ]
}

@test "a processor has its four files, and its state reaches the next one" {
	numbered 1 500 | multilog s4096 n100 \
		'!cat; old=$(cat <&4); echo "$((old + 1))" >&5; pwd >&2' ./log 2>err
	count=$(archives log)
	[ "$count" -ge 2 ]
	[ "$(cat log/state)" = "$count" ]
	numbered 1 500 | cmp - <(joined log)
	run -0 sort -u err
	[ "$output" = "$(cd log && pwd -P)" ]
	run -0 bash -c 'stat -c %a log/@* | sort -u'
	[ "$output" = 744 ]
	[ ! -e log/previous ]
	[ ! -e log/newstate ]
}

@test "a processor inherits nothing but its files" {
	# Names the open files of the log directory and the kinds of what is no file.
	numbered 1 300 | multilog s4096 '!
		for fd in 0 1 3 4 5 6 7 8 9 10 11 12 13 14 15; do
			readlink "/proc/$$/fd/$fd"
		done
		grep -e SigBlk -e SigIgn /proc/self/status' ./log # not of the shell, which blocks while it waits
	run -0 cat log/@*.s
	[ "$(grep -o "$PWD/log.*" <<<"$output")" = "$PWD/log/previous
$PWD/log/processed
$PWD/log/state
$PWD/log/newstate" ]
	[[ $output != *signalfd* ]]
	# Our own mask, but for ALRM and TERM, which are signals 14 and 15.
	ours=$((16#$(sed -n 's/^SigBlk:.//p' /proc/self/status)))
	its=$((16#$(sed -n 's/^SigBlk:.//p' <<<"$output")))
	# musl keeps the signals 32 to 34 for itself, whatever was blocked.
	[ $((its & ~(7 << 31))) = $((ours & ~(1 << 13 | 1 << 14 | 7 << 31))) ]
}

@test "a processor that fails is said once and run again, and nothing is lost" {
	numbered 1 300 | multilog s4096 \
		'!cat; test -e ../tried || { touch ../tried; exit 1; }' ./log 2>err
	[ "$(cat err)" = "multilog: warning: processor failed in ./log, pausing" ]
	numbered 1 300 | cmp - <(joined log)
	[ "$(archives log)" = 1 ]
}

@test "a processor that crashes is run again" {
	numbered 1 300 | multilog s4096 \
		'!cat; test -e ../tried || { touch ../tried; kill -KILL $$; }' ./log 2>err
	[ "$(cat err)" = "multilog: warning: processor crashed in ./log, pausing" ]
	numbered 1 300 | cmp - <(joined log)
}

@test "what a crashed processor has left behind does not write into the work of the next one" {
	numbered 1 300 | multilog s4096 '!test -e ../tried || {
		touch ../tried
		( until [ -e ../go ]; do sleep 0.05; done; echo stray; echo stray >&5; touch ../gone ) &
		kill -KILL $$
	}; cat; touch ../go; until [ -e ../gone ]; do sleep 0.05; done' ./log
	numbered 1 300 | cmp - <(joined log)
	[ ! -s log/state ]
}

@test "TERM ends it while a processor hangs, and nothing is lost" {
	with_input multilog s4096 '!echo $$ >../pid; exec sleep 1000' ./log
	exec 8<in
	numbered 1 1000 >&9
	wait_until [ -s pid ]
	kill -TERM "$logger"
	ended 0
	exec 9>&-
	cat <&8 >rest
	exec 8<&-
	wait_until gone "$(cat pid)"
	[ "$(mode log/current)" = 644 ]
	numbered 1 1000 | cmp - <(cat log/previous log/current rest)
	multilog ./log <rest
	numbered 1 1000 | cmp - <(joined log)
	[ ! -s err ]
}

@test "a processor that hangs, crashes or is missing does not stop the lines until current is full, too" {
	for processor in 'exec sleep 1000' 'kill -SEGV $$' 'exec ./missing 2>/dev/null'; do
		for count in 200 80; do # the latter with stamps: either way more than one file and less than two
			script=(s4096 "!$processor" ./log)
			[ "$count" = 200 ] || script=(t s8192 ./all "${script[@]}")
			with_input multilog "${script[@]}"
			numbered 1 $count >&9
			wait_until [ -e log/previous ]
			for line in one two three; do
				echo "$line" >&9
				wait_until contains log/current "$line"
			done
			[ -e log/previous ]
			[ ! -e log/@* ]
			exec 8<in
			kill -TERM "$logger"
			ended 0
			exec 8<&- 9>&-
			{ numbered 1 $count; printf 'one\ntwo\nthree\n'; } >expected
			cat log/previous log/current | sed 's/^@[0-9a-f]* //' | cmp - expected
			[ ! -e all ] || [ "$(mode all/current)" = 744 ]
			multilog "${script[@]}" </dev/null
			joined log | sed 's/^@[0-9a-f]* //' | cmp - expected
			[ ! -e all ] || joined all | sed 's/^@[0-9a-f]* //' | cmp - expected
			rm -r log all in 2>/dev/null || true
		done
	done
}

@test "what waits for a processor is two files and the pipe, and all of it is processed in the end" {
	with_input multilog s4096 n1000 '!until [ -e ../go ]; do sleep 0.05; done; tr a-z A-Z' ./log
	numbered 1 20000 >&9 3>&- 4>&- &
	writer=$!
	wait_until [ -e log/previous ]
	current_is_full() { [ "$(lines log/current)" = 175 ]; } # of 12 bytes each: the first 2096
	wait_until current_is_full
	wait_until asleep multilog "$logger"
	[ "$(cat log/previous log/current)" = "$(numbered 1 350)" ]
	[ "$(archives log)" = 0 ]
	alive "$writer"
	touch go
	wait "$writer"
	exec 9>&-
	ended 0
	numbered 1 20000 | tr a-z A-Z | cmp -n "$(cat log/@* | wc -c)" - <(joined log)
	numbered 1 20000 | cmp - <(joined log | tr A-Z a-z)
	[ "$(archives log)" -ge 99 ]
}

@test "a processor that fails is tried again while lines come, and ALRM waits for it and not for lines" {
	with_input multilog '!echo >>../tries; [ -e ../go ] || exit 1; cat' ./log
	echo one >&9
	wait_until contains log/current one
	local begun=$SECONDS
	kill -ALRM "$logger"
	wait_until contains err 'processor failed in ./log, pausing'
	echo two >&9
	wait_until contains log/current two
	kill -ALRM "$logger"
	echo three >&9
	wait_until contains log/current three
	touch go
	local pauses=$(((SECONDS - begun) / 5)) # it was tried again after each
	both() { [ "$(archives log)" = 2 ]; }
	wait_until both
	exec 9>&-
	ended 0
	[ "$(joined log)" = $'one\ntwo\nthree' ]
	[ "$(lines err)" = 1 ]
	[ "$(lines tries)" -ge 3 ]
	[ "$(lines tries)" -le $((3 + pauses)) ]
}

@test "a rotation that fails after a processor has ended is tried again, though no line comes" {
	command -v strace >/dev/null || skip "needs strace"
	export ASAN_OPTIONS=detect_leaks=0
	# The renames: current to previous, newstate to state, and the next current, which fails.
	with_input strace -qq -o trace -e trace=renameat -e inject=renameat:error=EIO:when=3 \
		multilog s4096 '!until [ -e ../go ]; do sleep 0.05; done; cat' -none ./log
	numbered 1 175 >&9 # of 12 bytes each: one file
	wait_until [ -e log/processed ]
	numbered 176 350 >&9 # and another one, which nothing follows
	current_is_full() { [ "$(lines log/current)" = 175 ]; }
	wait_until current_is_full
	touch go
	wait_until contains err 'unable to rename current to previous in directory ./log, pausing'
	both() { [ "$(archives log)" = 2 ]; }
	wait_until both
	exec 9>&-
	ended 0
	numbered 1 350 | cmp - <(joined log)
}

@test "while a processor works multilog sleeps" {
	with_input multilog s4096 '!cat; touch ../started; until [ -e ../go ]; do sleep 0.05; done' ./log
	numbered 1 250 >&9
	wait_until [ -e started ]
	wait_until calm
	touch go
	exec 9>&-
	ended 0
	numbered 1 250 | cmp - <(joined log)
}

# ---- As a citizen --------------------------------------------------------------------------------

@test "no descriptor leaks over many rotations" {
	with_input multilog s4096 n3 ./log '!cat' ./processed
	echo first >&9
	wait_until contains log/current first
	before=$(ls "/proc/$logger/fd" | wc -l)
	numbered 1 10000 >&9
	wait_until contains processed/current 'line 010000'
	as_before() { [ "$(ls "/proc/$logger/fd" | wc -l)" = "$before" ]; }
	wait_until as_before # a processor is still at work
	exec 9>&-
	ended 0
}
