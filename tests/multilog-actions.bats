#!/usr/bin/env bats
# What multilog has beside the actions of 0.76: dates, standard output, prefixes, limits for a
# directory, rotation by age, patterns of shells; and the recipes of its page.

load helper
load service

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	export TZ=UTC
}

teardown() {
	end_all
	if [ -n "$MOUNTED" ]; then
		wait_until umount "$MOUNTED" # whom end_all has ended may still be closing files there
	fi
}

# with_input COMMAND...: runs it in the background with the FIFO `in` as input, whose other end is
# descriptor 9 of the test; its number is in $logger.
with_input() {
	[ -p in ] || mkfifo in
	"$@" <in 2>>err 3>&- 4>&- 9>&- & # helper's background would give it /dev/null
	logger=$!
	exec 9>in
}

# archived DIR COUNT: so many archived files are there.
archived() {
	[ "$(find "$1" -name '@*' | wc -l)" = "$2" ]
}

# joined DIR: everything in it, oldest first.
joined() {
	cat /dev/null "$1"/@* "$1"/current 2>/dev/null
}

# bytes DIR: what `S` counts.
bytes() {
	cat "$1"/@* "$1"/current | wc -c
}

# waits_for_nothing PID: it sleeps in ppoll(2), and no time has been set to wake it up.
waits_for_nothing() {
	[[ $(cat "/proc/$1/syscall") =~ ^[0-9]+\ 0x[0-9a-f]+\ 0x[0-9a-f]+\ 0x0\  ]]
}

# ---- T ---------------------------------------------------------------------------------------------

@test "T: local date and time, two blanks, a nanosecond from line to line; svlog understands" {
	date=2[0-9][0-9][0-9]-[0-1][0-9]-[0-3][0-9]
	time=[0-2][0-9]:[0-5][0-9]:[0-6][0-9].[0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9]
	before=$(date +%s)
	printf 'one\n\nthree\n' | multilog T ./log
	[ "$(lines log/current)" = 3 ]
	[ "$(grep -cxE "$date $time  (one|three|)" log/current)" = 3 ]
	cut -c1-31 log/current | sort -c -u
	shown=$(date -d "$(head -n 1 log/current | cut -c1-19)" +%s)
	((before <= shown && shown <= $(date +%s)))
	# Another zone is another text for the same moments.
	TZ=HERE-5:30 multilog T ./east <<<late
	shown=$(TZ=HERE-5:30 date -d "$(cut -c1-19 east/current)" +%s)
	((before <= shown && shown <= $(date +%s)))
	sed 's/^\(.\{29\}\)  /log \1 /' log/current >expected
	svlog ./log | sed 's,^\./,,' | diff expected -
	TZ=HERE-5:30 svlog -j -s 1m ./east >json
	[[ $(cat json) =~ \"time\":\"($(date +%Y)-[0-9-]*T[0-9:.]*Z)\".*\"line\":\"late\" ]]
	shown=$(date -d "${BASH_REMATCH[1]}" +%s)
	((before <= shown && shown <= $(date +%s)))
}

@test "T: counts as the first action only, and belongs to the line for patterns" {
	printf 'one\ntwo\n' | multilog ./log T
	[ "$(cat log/current)" = "$(printf 'one\ntwo')" ]
	printf 'one\ntwo\n' | multilog T '-*  one' ./less '-2*' ./none
	[[ $(cat less/current) == *"  two" ]]
	[ ! -s none/current ]
}

# ---- p and 1 ---------------------------------------------------------------------------------------

@test "p: in front of each line, behind its label, in what is to the right; patterns do not see it" {
	printf 'a\nb\n' | multilog t ./bare '-*web*' 'pweb: ' ./with 'pdb: ' 1 p ./without >out
	paste -d' ' <(cut -c1-25 bare/current) <(printf 'web: a\nweb: b\n') | diff - with/current
	sed 's/web/db/' with/current | diff - out
	diff bare/current without/current
}

@test "p: a line of any length has it once, and the sizes of files count it" {
	# Short, longer than is looked at, longer than a batch.
	for length in 1 999 1000 1001 70000 400000; do
		head -c $length /dev/zero | tr '\0' x
		echo
	done >long
	multilog s16m 'pweb: ' ./log <long
	sed 's/^/web: /' long | cmp - log/current
	cat long | multilog s16m 'pweb: ' ./pipe
	cmp log/current pipe/current
	seq 1000 | multilog s4096 n99 'pweb: ' ./small
	seq -f 'web: %g' 1000 | cmp - <(joined small)
	[ -z "$(find small -size +4096c)" ]
	archived small 4
}

@test "1: all that is selected, whole lines only, as soon as they are whole" {
	with_input multilog '-no*' 'pweb: ' 1 F '-[!x]*' ./last >out
	printf 'no\nyes\nhalf' >&9
	wait_until contains out yes
	[ "$(cat out)" = 'web: yes' ]
	printf ' a line\n' >&9
	wait_until contains out 'half a line'
	# More than is looked at, in pieces: still not before its end.
	head -c 3000 /dev/zero | tr '\0' x >&9
	wait_until test -s last/current # which comes after standard output
	[ "$(lines out)" = 2 ]
	echo end >&9
	wait_until contains out xend
	[ "$(sed -n 3p out | wc -c)" = 3009 ]
	# What has no end when it is over gets one.
	head -c 2000 /dev/zero | tr '\0' y >&9
	exec 9>&-
	wait_until gone "$logger"
	[ "$(sed -n 4p out | wc -c)" = 2006 ]
	[ "$(lines out)" = 4 ]
	[ ! -s err ]
}

@test "1: TERM ends the beginning of a line, too" {
	with_input multilog 'pweb: ' 1 ./log >out
	head -c 3000 /dev/zero | tr '\0' x >&9
	wait_until test -s log/current # which comes after standard output
	kill -TERM "$logger"
	wait_until gone "$logger"
	[ "$(wc -c <out)" = 3006 ]
	[ "$(lines out)" = 1 ]
}

@test "1: a line of more than 16384 bytes becomes several, each with label and prefix" {
	for length in 16383 16384 16385 40000; do
		head -c $length /dev/zero | tr '\0' x
		echo
	done | multilog T 'pweb: ' 1 >out
	[ "$(awk '{ print length($0) - 36 }' out | paste -sd' ')" = '16383 16384 16384 1 16384 16384 7232' ]
	[ "$(cut -c32-36 out | sort -u)" = 'web: ' ]
	[ "$(cut -c1-31 out | uniq -c | awk '{ print $1 }' | paste -sd' ')" = '1 1 2 3' ]
}

@test "1: nothing of others gets into a line, however long, that came in pieces, and the pipe is full" {
	command -v perl >/dev/null || skip "needs perl"
	# Lines of up to 16 KB, written in pieces that end anywhere.
	cat >service <<'END'
$| = 1;
for my $n (1 .. 300) {
	my $line = "$ARGV[0] $n " . ($ARGV[0] x ($n % 10 == 0 ? 5000 + $n * 37 : $n % 90)) . "\n";
	while ($line ne "") { print substr($line, 0, 1 + int(rand(3000)), ""); }
}
END
	mkfifo pipe
	exec 8<>pipe
	for name in a b c d; do
		perl service $name 3>&- 4>&- 8>&- | multilog "p$name: " 1 >pipe 2>>err 3>&- 4>&- 8>&- &
	done
	# A slow reader: the pipe is full most of the time.
	timeout "$LIMIT" perl -e '
		my ($all, $got, $bytes) = ("", 0);
		while ($got < 1200) {
			select(undef, undef, undef, 0.0005);
			sysread(STDIN, $bytes, 5000) or last;
			$got += $bytes =~ tr/\n//;
			$all .= $bytes;
		}
		print $all' <pipe >out
	exec 8>&-
	[ "$(lines out)" = 1200 ]
	for name in a b c d; do
		grep "^$name: " out | perl -ne '
			$n++;
			my ($name, $fill) = /^(.): \1 $n (\1*)$/ or die "torn: " . substr($_, 0, 60) . "\n";
			length($fill) == ($n % 10 == 0 ? 5000 + $n * 37 : $n % 90) or die "short: $n\n";
			END { $n == 300 or die "$n lines\n" }'
	done
}

@test "1: a reader that does not read is waited for, and TERM is obeyed" {
	mkfifo out
	exec 8<>out
	with_input multilog 1 ./log >out
	seq 100000 >&9 3>&- 4>&- 8>&- &
	writer=$!
	exec 9>&-
	wait_until test -s log/.spool
	wait_until asleep multilog "$logger"
	kill -0 "$writer"
	[ ! -s err ]
	kill -TERM "$logger"
	wait_until gone "$logger"
	exec 8>&-
}

@test "1: without a reader the lines go on to the directories, and that is said once" {
	mkfifo out
	exec 8<>out
	with_input multilog 1 ./log >out 8>&-
	exec 8>&-
	for i in $(seq 20); do
		echo "line $i" >&9
		wait_until contains log/current "line $i"
	done
	exec 9>&-
	wait_until gone "$logger"
	[ "$(lines log/current)" = 20 ]
	[ "$(cat err)" = 'multilog: warning: unable to write output: broken pipe' ]
}

# ---- Sizes, S, N, R --------------------------------------------------------------------------------

@test "s: k, m and g" {
	seq 30000 | multilog s10k ./log
	[ "$(find log -name '@*' -size +8239c -size -10241c | wc -l)" -ge 9 ]
	# More than 0.76 can have.
	head -c 17000000 /dev/zero | tr '\0' '\n' | multilog s17m ./large
	archived large 0
	[ "$(stat -c %s large/current)" = 17000000 ]
}

@test "S: all files together have at most so many bytes, and the oldest go first" {
	# Whether current is empty or nearly full.
	for input in $(seq 4000 100 5000); do
		rm -rf log
		seq $input | multilog s4k n1000 S20k ./log
		[ "$(bytes log)" -le 20480 ]
		[ "$(bytes log)" -ge 13000 ]
		# What is left is the end, without a gap.
		seq $input | tail -n "$(joined log | wc -l)" | diff - <(joined log)
	done
	# Both limits hold.
	seq 20000 | multilog s4k n3 S20k ./few
	archived few 2
	# One that is too small leaves the last.
	seq 20000 | multilog s4k n1000 S100 ./least
	archived least 1
}

# own_disk KILOBYTES: a tmpfs of its own at ./disk.
own_disk() {
	need_root
	mkdir disk
	mount -t tmpfs -o "size=${1}k" multilog-test disk || skip "cannot mount"
	MOUNTED=$PWD/disk
}

@test "N: on a full disk the oldest files go, as many as it takes, and each is named" {
	own_disk 400
	for script in './disk/log' 'T ./disk/log' 'pp ./disk/log -* ./disk/none'; do
		rm -rf disk/log disk/none err
		set -f
		# T is the first action, or none.
		first=${script%%[!T]*}
		seq 100000 | timeout "$LIMIT" multilog $first s20k n1000 N2 ${script#T} 2>err
		set +f
		contains err 'multilog: warning: removed ./disk/log/@'
		run ! grep -vx 'multilog: warning: removed \./disk/[a-z]*/@[0-9a-f]*\.s: out of disk space' err
		[ "$(find disk/log -name '@*' | wc -l)" -ge 2 ]
		# What is left is the end, without a gap.
		count=$(joined disk/log | wc -l)
		seq 100000 | tail -n "$count" | diff - <(joined disk/log | sed 's/.*  //; s/^p//')
	done
}

@test "N: so many stay, and then it waits, as without it" {
	own_disk 76 # three files, but no fourth
	with_input multilog s20k n1000 N3 ./disk/log
	seq 100000 >&9 3>&- 4>&- &
	writer=$!
	exec 9>&-
	wait_until contains err 'pausing: out of disk space'
	run ! grep removed err
	archived disk/log 3
	kill -TERM "$logger"
	wait_until gone "$logger"
	kill "$writer" 2>/dev/null || true
}

@test "N: a processor that finds no room gets it, too" {
	own_disk 400
	set -f
	for script in '!cat' '-none !cat'; do
		rm -rf disk/log err
		seq 100000 | timeout "$LIMIT" multilog s20k n1000 N2 ${script} ./disk/log 2>err
		grep -q 'multilog: warning: removed ./disk/log/@' err
		[ "$(find disk/log -name '@*' | wc -l)" -ge 2 ]
		seq 100000 | tail -n "$(joined disk/log | wc -l)" | diff - <(joined disk/log)
	done
	set +f
}

@test "R: rotates what is old enough, but nothing that is empty, and sleeps meanwhile" {
	with_input multilog ./never R1 ./log ./other
	wait_until test -e other/current
	wait_until waits_for_nothing "$logger"
	echo one >&9
	wait_until archived log 1
	wait_until archived other 1
	[ "$(cat log/@*.s)" = one ]
	[ ! -s log/current ]
	[ -s never/current ]
	wait_until waits_for_nothing "$logger"
	echo two >&9
	wait_until archived log 2
	wait_until waits_for_nothing "$logger"
	exec 9>&-
	wait_until gone "$logger"
	printf 'one\ntwo\n' | diff - <(joined log)
	archived never 0
}

# written TEXT: it is in ./log, where a second later it is not in current any more.
written() {
	joined log | grep -qF -e "$1"
}

@test "R: does not cut the lines that are spliced" {
	mkfifo go
	exec 8<>go
	with_input multilog R1 ./log
	printf 'beginning' >&9
	for i in 1 2 3; do
		echo " of line $i" >&9
		wait_until written "of line $i"
		printf 'beginning' >&9
		wait_until archived log $i
	done
	exec 9>&- 8>&-
	wait_until gone "$logger"
	printf 'beginning of line %s\n' 1 2 3 | diff - <(cat log/@*)
	[ "$(cat log/current)" = beginning ]
}

@test "R: the age of a file survives a new start" {
	mkdir log
	# The file before was finished in 2023.
	echo zero >log/@400000006553f10a075bcbf4.s
	echo one | multilog ./log
	with_input multilog R100000 ./log
	wait_until archived log 2
	[ "$(cat log/@*.s)" = "$(printf 'zero\none')" ]
	exec 9>&-
	wait_until gone "$logger"
	# And a young one is left alone.
	echo two | multilog ./log
	with_input multilog R100000 ./log
	is_open() { [ "$(stat -c %a log/current)" = 644 ]; }
	wait_until is_open
	wait_until asleep multilog "$logger"
	archived log 2
	exec 9>&-
	wait_until gone "$logger"
	[ "$(cat log/current)" = two ]
}

# ---- F ---------------------------------------------------------------------------------------------

@test "F: patterns of shells to the right of it" {
	printf '%s\n' aab xerror 'GET /a.png' 'GET /a.html' '[x]' >text
	multilog '-*' '+*ab' ./simple F '+*ab' '+*[Ee]rror' '+GET *.[hp]t*' '+\[*' ./glob <text
	[ ! -s simple/current ]
	grep -v png text | diff - glob/current
}

# ---- Together --------------------------------------------------------------------------------------

@test "with all of them it sleeps until there is a line" {
	with_input multilog T s1m n5 S9m N2 R3600 F '-*debug*' 'pweb: ' ./log 1 >out
	wait_until test -e log/current
	wait_until waits_for_nothing "$logger"
	echo line >&9
	wait_until contains out line
	exec 9>&-
	wait_until gone "$logger"
	diff log/current out
}

# recipes: what the page says to put into the run of a logger.
recipes() {
	sed -n 's/^\.Dl \(exec multilog .*\)/\1/p' "$TOP/multilog/multilog.8"
}

# make_web RECIPE: a service that writes in pieces, with that in its logger.
make_web() {
	mkdir -p scan/web/log
	printf '#!/bin/sh\nprintf "one "; sleep 0.1; echo line; echo two; exec sleep 100000\n' >scan/web/run
	printf '#!/bin/sh\n%s\n' "$1" >scan/web/log/run
	chmod +x scan/web/run scan/web/log/run
}

@test "the recipes: to files, to standard output, to both" {
	[ "$(recipes | wc -l)" = 3 ]
	for number in 1 2 3; do
		rm -rf scan out
		make_web "$(recipes | sed -n ${number}p)"
		background svscan scan >out 2>err
		scanner=$!
		current=scan/web/log/main/current
		[ $number = 2 ] || wait_until contains $current '  two'
		[ $number = 1 ] || wait_until contains out 'web: two'
		kill -TERM "$scanner"
		wait_until gone "$scanner"
		case $number in
		1)
			[ ! -s out ]
			[ "$(cut -c32- $current)" = "$(printf 'one line\ntwo')" ]
			;;
		2)
			[ ! -e scan/web/log/main ]
			[ "$(cat out)" = "$(printf 'web: one line\nweb: two')" ]
			;;
		3)
			[ "$(cut -c32- $current)" = "$(printf 'one line\ntwo')" ]
			[ "$(cut -c32- out)" = "$(printf 'web: one line\nweb: two')" ]
			;;
		esac
	done
}
