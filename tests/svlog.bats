# svlog: that it shows every line once and in order, from whatever the loggers have left, reads no
# more than it must, misses nothing while files rotate under it, and is not impressed by anything that
# stands in a log.
# Not here: times and stamps (when_test, stamp_test), the search in a file (seek_test).

load helper
load peers

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	export TZ=UTC SVDIR=$BATS_TEST_TMPDIR/scan
	mkdir scan
	[ "${VARIANT:-release}" != asan ] || export ASAN_OPTIONS=detect_leaks=0
}

# logger NAME [ACTION...]: multilog writes its input into the log of that service.
logger() {
	local dir=scan/$1/log
	shift
	mkdir -p "$dir"
	(cd "$dir" && exec multilog "${@:-t}" ./main)
}

# label SECONDS: the label of that Unix time.
label() {
	printf '@%016x%08x' $((4611686018427387914 + $1)) 0
}

# texts: what is left of lines without name and time.
texts() {
	cut -d ' ' -f 4-
}

# ---- What is shown -------------------------------------------------------------------------------

@test "lines of all services, merged, with name and local time" {
	mkdir -p scan/web/log/main scan/db/log/main scan/none scan/.hidden/log/main
	printf '%s one\n%s three\n' "$(label 1700000001)" "$(label 1700000003)" >scan/web/log/main/current
	printf '%s two\n%s  four\n' "$(label 1700000002)" "$(label 1700000004)" >scan/db/log/main/current
	echo hidden >scan/.hidden/log/main/current
	touch scan/file
	ln -s nowhere scan/dangling
	run -0 svlog
	[ "$output" = "web 2023-11-14 22:13:21.000000000 one
db 2023-11-14 22:13:22.000000000 two
web 2023-11-14 22:13:23.000000000 three
db 2023-11-14 22:13:24.000000000  four" ]
	TZ=CET-1 run -0 svlog -n 1
	[ "$output" = "db 2023-11-14 23:13:24.000000000  four" ]
	run -0 svlog db
	[ "$(lines <(echo "$output"))" = 2 ]
	run -0 svlog -j web
	[ "$output" = '{"time":"2023-11-14T22:13:21.000000000Z","service":"web","line":"one"}
{"time":"2023-11-14T22:13:23.000000000Z","service":"web","line":"three"}' ]
}

@test "names: main is the service itself, others are added; loggers and log directories; once" {
	local dir
	for dir in scan/web/log/main scan/web/log/errors scan/old/log scan/.svscan/log/main other/log; do
		mkdir -p "$dir"
		echo "$dir" >"$dir/current"
	done
	mkdir -p scan/web/log/supervise outside
	touch scan/web/log/supervise/current outside/current
	ln -s ../../../other/log scan/web/log/linked
	names() { svlog "$@" | cut -d ' ' -f 1 | sort | tr '\n' ' '; }
	[ "$(names)" = ".svscan old web web/errors web/linked " ]
	[ "$(names web)" = "web web/errors web/linked " ]
	[ "$(names web/log)" = "web/log web/log/errors web/log/linked " ]
	[ "$(names ./scan/web/log/errors)" = "./scan/web/log/errors " ]
	[ "$(names ./scan/web web web/log)" = "./scan/web ./scan/web/errors ./scan/web/linked " ]
	[ "$(cd scan && names web/log/main)" = "web/log/main " ]
}

# worlds KIND FROM TO COMMAND: for each of these worlds, with what must be shown in the file expected.
worlds() {
	local kind=$1 seed from=$2 to=$3
	shift 3
	for ((seed = from; seed <= to; seed++)); do
		rm -rf scan
		perl "$TOP/tests/svlog-world.pl" "$seed" scan $kind >expected
		"$@" || {
			echo "world $seed $kind"
			return 1
		}
	done
}

same() {
	svlog >shown
	diff expected shown | head -n 5 | cut -c 1-200
	cmp expected shown
}

@test "any files give what a sort of the concatenated lines gives: rotations, clocks, losses" {
	worlds steps 1 "${SVLOG_WORLDS:-30}" same
	worlds '' 1000 $((1000 + ${SVLOG_WORLDS:-30} / 3)) same
}

# The names of the worlds have blanks, which awk should not see.
between() {
	sed 's/^a b/a_b/' expected | awk -v since="$1" -v until="$2" \
		'{ time = $2 " " $3 } time >= since && time <= until' | sed 's/^a_b/a b/'
}

ranges() {
	local count since until some
	count=$(lines expected)
	((count > 0)) || return 0
	since=$(sed 's/^a b/a_b/' expected | sed -n "$((RANDOM % count + 1))p" | cut -d ' ' -f 2,3)
	until=$(sed 's/^a b/a_b/' expected | sed -n "$((RANDOM % count + 1))p" | cut -d ' ' -f 2,3)
	some=$((RANDOM % (count + 10)))
	svlog -s "$since" -u "$until" | cmp - <(between "$since" "$until") &&
		svlog -s "$since" | cmp - <(between "$since" 3) &&
		svlog -u "$until" -n "$some" | cmp - <(between 0 "$until" | tail -n "$some") &&
		svlog -n "$some" | cmp - <(tail -n "$some" expected) &&
		svlog -n "$some" -g "^line [0-9]*7 " | cmp - <(grep -a ' line [0-9]*7 ' expected | tail -n "$some") || {
		echo "-s '$since' -u '$until' -n $some"
		return 1
	}
}

@test "any range of time, the last lines, and lines of a pattern" {
	RANDOM=9
	worlds '' 1 $((${SVLOG_WORLDS:-30} / 2)) ranges
}

@test "a pattern is about bytes, whatever they are" {
	local byte class
	for ((byte = 1; byte < 256; byte++)); do
		((byte == 10)) || printf "x\\x$(printf %x $byte)y\\n"
	done >input
	logger web <input
	for class in . '[[:alpha:]]' '[[:alnum:]]' '[[:upper:]]' '[[:lower:]]' '[[:punct:]]' '[[:space:]]' \
		'[[:print:]]' '[^[:alpha:]]' '[^[:punct:]]' '[a-f[:digit:]]' $'[\xe0-\xff]'; do
		LC_ALL=C grep -aE "^x${class}y\$" input >expected
		test -s expected
		LC_ALL=C.UTF-8 svlog -g "^x${class}y\$" | texts | cmp - expected || {
			echo "$class"
			return 1
		}
	done
}

@test "where the clock was set back, and where lines have no times" {
	local seconds
	mkdir -p scan/web/log/main scan/bare/log/main
	for seconds in 1000 2000 500 600 2500; do
		echo "$(label $((1700000000 + seconds))) $seconds"
	done >scan/web/log/main/current
	after() { svlog -s "$(label $((1700000000 + $1)))" "${@:2}" | texts | tr '\n' ' '; }
	before() { svlog -u "$(label $((1700000000 + $1)))" "${@:2}" | texts | tr '\n' ' '; }
	[ "$(after 1500 web)" = '2000 500 600 2500 ' ]
	[ "$(before 1500 web)" = '1000 ' ]
	# What has no time was written when its file was finished, or last written to.
	echo archived >"scan/bare/log/main/$(label 1700001000).s"
	echo grows >scan/bare/log/main/current
	touch -d @1700002000 scan/bare/log/main/current
	[ "$(svlog -s "$(label 1700001500)" bare)" = 'bare - grows' ]
	[ "$(svlog -u "$(label 1700001500)" bare)" = 'bare - archived' ]
	[ "$(svlog -s "$(label 1700001000)" bare | wc -l)" = 2 ]
	[ "$(svlog | cut -d ' ' -f 1 | tr '\n' ' ')" = 'bare web bare web web web web ' ]
}

@test "what multilog, s6-log and svlogd have written, with every stamp that they know" {
	need_peer
	local s6 libraries kind
	s6=$(echo "$TOP"/build/peers/usr/bin/s6-log)
	libraries=$(echo "$TOP"/build/peers/usr/lib/*-linux-gnu)
	[ -x "$s6" ] && [ -x "$TOP/build/peers/usr/bin/svlogd" ] || skip "needs Debian's packages"
	export TZ=CET-1
	for kind in ours theirs s6t s6T r-t r-tt r-ttt; do mkdir -p "scan/$kind/log"; done
	for kind in -t -tt -ttt; do
		mkdir "scan/r$kind/log/main"
		printf 's4096\nn100\n' >"scan/r$kind/log/main/config"
	done
	echo '!gzip' >>scan/r-ttt/log/main/config
	feed() { seq -f "$1 %g" 1 500; }
	feed ours | logger ours t s4096 n100 '!gzip'
	(cd scan/theirs/log && feed theirs | "$PEER/multilog" t s4096 n100 ./main)
	for kind in t T; do
		(cd scan/s6$kind/log && feed s6$kind | LD_LIBRARY_PATH=$libraries "$s6" $kind s4096 n100 ./main)
	done
	for kind in -t -tt -ttt; do
		feed "r$kind" | "$TOP/build/peers/usr/bin/svlogd" $kind "scan/r$kind/log/main"
	done
	for kind in ours theirs s6t s6T r-t r-tt r-ttt; do
		ls "scan/$kind/log/main/"@* >/dev/null
		svlog "$kind" | texts | cmp - <(feed "$kind")
		# All were written just now, whatever their labels count. s6-log's T cannot tell.
		[ "$(svlog -s 60s -u now "$kind" | wc -l)" = 500 ]
	done
}

@test "compressed files are known by their bytes, whatever compresses them" {
	local tool count=0
	mkdir -p scan/web/log/main
	touch scan/web/log/main/current
	for tool in gzip bzip2 xz zstd; do
		command -v $tool >/dev/null || continue
		printf '%s %s\n' "$(label $((1700000000 + count)))" $tool |
			$tool -c >"scan/web/log/main/$(label $((1700000001 + count))).s"
		count=$((count + 1))
	done
	[ "$(svlog | wc -l)" = $count ]
	for tool in gzip bzip2 xz zstd; do
		command -v $tool >/dev/null || continue
		[ "$(svlog | grep -c " $tool$")" = 1 ]
	done
}

@test "a line of megabytes comes whole, in little memory" {
	{
		printf '%s ' "$(label 1700000000)"
		head -c 20000000 /dev/zero | tr '\0' x
		printf '\n%s behind\n' "$(label 1700000001)"
	} >long
	mkdir -p scan/web/log/main scan/db/log/main
	mv long scan/web/log/main/current
	printf '%s other\n' "$(label 1700000000)" >scan/db/log/main/current
	run -0 bash -c 'svlog | tr -d x | cut -c 1-60'
	[ "$output" = "db 2023-11-14 22:13:20.000000000 other
web 2023-11-14 22:13:20.000000000 
web 2023-11-14 22:13:21.000000000 behind" ]
	[ "$(svlog | wc -c)" -gt 20000000 ]
	[ "$(svlog -j | wc -l)" = 3 ]
	[ "$(svlog -n 2 | wc -l)" = 2 ]
	[ "${VARIANT:-release}" != asan ] || return 0
	(ulimit -v 20000 && svlog >/dev/null)
}

# ---- How much is read ----------------------------------------------------------------------------

# archives MEGABYTES DIR: a log of that size over ten days, which ends now, in files of 4 MB.
archives() {
	perl -e '
		my ($size, $dir) = @ARGV;
		my ($lines, $per, $now) = ($size * 10000, 40000, time);
		my ($step, $bytes) = (864000 / $lines, "");
		for my $i (1 .. $lines) {
			my $label = sprintf("@%016x%08x", 4611686018427387914 + $now - 864000 + int($i * $step), $i % 1000);
			$bytes .= sprintf("%s line %08d %s\n", $label, $i, "x" x 64);
			next if $i % $per && $i < $lines;
			open(my $out, ">", $i < $lines ? "$dir/$label.s" : "$dir/current") or die;
			print $out $bytes;
			$bytes = "";
		}' "$1" "$2"
}

# reads COMMAND...: how many bytes it reads from files.
reads() {
	strace -f -o trace -e trace=read,pread64,readv "$@" >shown
	grep -E 'read' trace | sed 's/.*= //' | awk '{ sum += $1 } END { print sum }'
}

@test "the last minute of large archives costs less than 1 MiB of reading" {
	command -v strace >/dev/null || skip "needs strace"
	mkdir -p scan/web/log/main
	archives "${SVLOG_ARCHIVES_MB:-64}" scan/web/log/main
	for range in '-s 1m' '-n 10' '-s 5d -n 3' "-u $(label $(($(date +%s) - 400000))) -n 5"; do
		rm -f shown
		bytes=$(reads svlog $range)
		echo "$range: $bytes bytes, $(lines shown) lines"
		[ "$bytes" -lt 1048576 ]
		[ "$(lines shown)" -ge 1 ]
	done
}

@test "a hole of a terabyte is passed over" {
	mkdir -p scan/web/log/main
	local file=scan/web/log/main/current
	printf '%s one\n' "$(label 1700000001)" >$file
	truncate -s 1T $file || skip "needs a file system for large files"
	[ "$(du -k $file | cut -f 1)" -lt 1000 ] || skip "needs a file system with holes"
	printf '\n%s two\n' "$(label 1700000003)" >>$file
	# Who would read it all would need minutes.
	passes() { timeout "$LIMIT" svlog "$@" web | tr -d '\0' | grep -o '[a-z]*$'; }
	[ "$(passes)" = $'one\ntwo' ]
	[ "$(passes -n 1)" = two ]
	[ "$(passes -s '2023-11-14 22:13:22')" = two ]
	[ "$(passes -u '2023-11-14 22:13:22')" = one ]
	truncate -s 1T scan/web/log/main/@400000006553f102000000aa.s
	[ "$(passes)" = $'one\ntwo' ]
}

@test "10,000 archived files are no trouble" {
	mkdir -p scan/web/log/main
	perl -e 'for my $i (1 .. 10000) {
		my $name = sprintf("%s/@%016x%08x", $ARGV[0], 4611686018427387914 + 1700000000 + $i, 0);
		open(my $out, ">", "$name.s") or die;
		printf $out "@%016x%08x line %d\n", 4611686018427387914 + 1700000000 + $i, 0, $i;
	}' scan/web/log/main
	touch scan/web/log/main/current
	(ulimit -n 20 && svlog) | texts | cmp - <(seq -f 'line %g' 1 10000)
	[ "$(svlog -s '2023-11-14 23:00:00' -n 1 | texts)" = 'line 10000' ]
	[ "$(svlog -u '2023-11-14 22:13:29.5' -n 1 | texts)" = 'line 9' ]
}

# ---- While it changes ----------------------------------------------------------------------------

@test "while files rotate, every look shows all lines so far, each once" {
	local count look
	mkdir -p scan/web/log
	background bash -c 'cd scan/web/log && for ((i = 1; i <= 40000; i++)); do echo "$i"; done |
		multilog t s4096 n100000 ./main'
	local writer=$!
	wait_until test -e scan/web/log/main/current
	for ((look = 0; look < 60; look++)); do
		svlog >shown
		count=$(lines shown)
		texts <shown | cmp - <(seq 1 "$count")
	done
	[ "$count" -gt 0 ]
	wait_until gone $writer
	[ "$(svlog | wc -l)" = 40000 ]
}

# entered COUNT: so many calls were entered, or that was all.
entered() {
	! alive $held || [ "$(wc -l <trace)" -ge $(($1 - 1)) ]
}

# rotate STEP: that step of a rotation; as multilog has them, and what a kill in the middle leaves.
rotate() {
	case $1 in
	0) mv current previous ;;
	1) echo "$(label 1700000005) 5" >current ;;
	2) ln previous "$(label 1700000006).s" ;;
	3) rm previous ;;
	esac
}

@test "a rotation step between any two looks at a directory changes nothing" {
	command -v strace >/dev/null || skip "needs strace"
	local calls='openat,newfstatat,getdents64' held point step steps=0
	mkdir -p start/web/log/main
	cd start/web/log/main
	echo "$(label 1700000001) 1" >"$(label 1700000002).s"
	echo "$(label 1700000003) 3" >current
	touch -d @1700000003 current
	cd "$BATS_TEST_TMPDIR"
	for point in $(seq 1 "${SWEEP_STEP:-3}" 60); do
		for step in 0 1 2 3; do
			rm -rf scan trace shown
			cp -rp start scan
			cd scan/web/log/main
			for ((done = 0; done < step; done++)); do rotate $done; done
			cd "$BATS_TEST_TMPDIR"
			: >trace
			background strace -o trace -e trace=$calls -e "inject=$calls:delay_enter=60000:when=$point" svlog >shown
			held=$!
			wait_until entered "$point"
			(cd scan/web/log/main && rotate $step)
			wait $held
			# The line of the new current may be too young.
			[[ $(texts <shown) == @($'1\n3'|$'1\n3\n5') ]] || {
				echo "at call $point, step $step:"
				cat shown
				false
			}
			steps=$((steps + 1))
		done
		[ "$(wc -l <trace)" -ge "$point" ] || break
	done
	[ $steps -gt 20 ]
}

# followed COUNT: so many lines are in the file shown.
followed() {
	[ "$(wc -l <shown)" -ge "$1" ]
}

# follow ARGUMENT...: svlog -f in the background, its output in shown; waits for COUNT first lines.
follow() {
	background svlog -f "$@" >shown 2>said
	follower=$!
}

@test "-f misses nothing of 100,000 lines in thousands of files, with and without a processor" {
	echo start | logger web
	mkdir scan/db
	follow
	wait_until followed 1
	background bash -c 'cd scan/web/log && seq 1 100000 | multilog t s4096 n100000 ./main'
	mkdir scan/db/log
	(cd scan/db/log && seq 1 5000 | multilog t s4096 n100000 '!gzip' ./main)
	wait_until followed 105001
	grep '^web' shown | texts | cmp - <(echo start; seq 1 100000)
	grep '^db' shown | texts | cmp - <(seq 1 5000)
	# Nothing comes late, either.
	echo end | logger web
	wait_until followed 105002
	[ "$(lines shown)" = 105002 ]
	[ ! -s said ]
}

@test "-f shows what is written between its last look at a file and the rotation" {
	command -v strace >/dev/null || skip "needs strace"
	local now
	now=$(label 1700000000)
	mkdir -p scan/web/log/main
	cd scan/web/log/main
	echo "$now one" >current
	# Held up each time before it looks whether current is still the same.
	background strace -o ../trace -e trace=pread64,newfstatat \
		-e inject=newfstatat:delay_enter=80000 svlog -f >../shown
	wait_until contains ../shown ' one'
	echo "$now two" >>current
	wait_until grep -q 'pread64(.* two' ../trace
	echo "$now three" >>current
	mv current previous
	echo "$now four" >current
	wait_until contains ../shown four
	[ "$(texts <../shown)" = $'one\ntwo\nthree\nfour' ]
	ln previous "$(label 1700000006).s"
	rm previous
	echo "$now five" >>current
	wait_until contains ../shown five
	[ "$(lines ../shown)" = 5 ]
}

@test "-f begins with the last ten lines, or as options say, and sees what appears later" {
	seq 1 50 | logger web
	follow
	wait_until followed 10
	[ "$(texts <shown)" = "$(seq 41 50)" ]
	# A service that is linked in, one whose log comes later, a second log directory.
	mkdir -p elsewhere/log scan/late
	(cd elsewhere/log && echo old | TZ= multilog ./main)
	touch -d '2001-01-01' elsewhere/log/main/current
	(cd elsewhere/log && echo new | multilog t ./main)
	ln -s ../elsewhere scan/linked
	wait_until contains shown 'linked '
	echo late | logger late
	wait_until contains shown 'late '
	mkdir scan/web/log/errors
	(cd scan/web/log && echo error | multilog t ./errors)
	wait_until contains shown 'web/errors '
	kill $follower
	rm shown
	follow -n 1 web
	wait_until followed 1
	seq 51 60 | logger web
	wait_until followed 11
	[ "$(texts <shown)" = "$(echo error; seq 51 60)" ]
}

# looked COUNT: it sleeps for that time, without a limit.
looked() {
	[ "$(grep -c 'ppoll(' trace)" = "$1" ]
}

@test "-f sleeps while nothing happens, shows whole lines only, and ends with its reader" {
	command -v strace >/dev/null || skip "needs strace"
	echo one | logger web
	mkfifo out
	background bash -c 'exec strace -o trace -e trace=ppoll svlog -f >out'
	local follower=$!
	exec 8<out
	read -r -t "$LIMIT" -u 8 line
	[[ $line == *' one' ]]
	wait_until grep -q 'ppoll(.*NULL, NULL' trace
	printf '%s two' "$(label 1900000000)" >>scan/web/log/main/current
	wait_until looked 2
	printf ' halves\n' >>scan/web/log/main/current
	read -r -t "$LIMIT" -u 8 line
	[[ $line == *' two halves' ]]
	wait_until looked 3
	run -1 grep -v 'NULL, NULL' <(grep 'ppoll(' trace)
	exec 8<&-
	wait_until gone $follower
}

@test "-f goes on when somebody empties current, and across a recovery" {
	# Longer than what follows: by its size alone the file shows that it was emptied.
	echo one, which is longer | logger web
	follow
	wait_until contains shown one
	: >scan/web/log/main/current
	printf '%s again\n' "$(label 1900000000)" >>scan/web/log/main/current
	wait_until contains shown again
	chmod 644 scan/web/log/main/current # as if multilog had been killed
	echo three | logger web
	wait_until contains shown three
	[ "$(lines shown)" = 3 ]
}

# ---- What stands in the way ----------------------------------------------------------------------

@test "damaged files are named once, all others are shown, and the exit code is 1" {
	local dir=scan/web/log/main
	mkdir -p $dir scan/db/log/main
	seq -f "$(label 1700000000) zipped %g" 1 20000 | gzip | head -c 20000 >"$dir/$(label 1700000001).s"
	printf '@zzzz garbage\n@4000 short\n%s good\n' "$(label 1700000002)" >"$dir/$(label 1700000003).s"
	mkdir "$dir/$(label 1700000004).s"
	ln -s /etc/passwd "$dir/$(label 1700000005).s"
	mkfifo "$dir/$(label 1700000006).s"
	printf '%s last\n' "$(label 1700000007)" >$dir/current
	echo secret >scan/db/log/main/current
	run -1 --separate-stderr svlog web
	[[ $output == *' zipped 1'* ]]
	[[ $output == *' @zzzz garbage'*' @4000 short'*' good'*' last' ]]
	[[ $output != *root:* ]]
	[ "${#stderr_lines[@]}" = 4 ]
	[ "${stderr_lines[0]}" = "svlog: warning: unable to expand scan/web/log/main/$(label 1700000001).s with gzip" ] ||
		[ "${stderr_lines[0]}" = "svlog: warning: unable to expand $SVDIR/web/log/main/$(label 1700000001).s with gzip" ]
	[[ $stderr == *"$(label 1700000004).s: is a directory"* ]]
	[[ $stderr == *"$(label 1700000005).s: symbolic link loop"* ]]
	[[ $stderr == *"$(label 1700000006).s: not a regular file" ]]
	# Counting the last lines does not name them a second time.
	run -1 --separate-stderr svlog -n 100000 web
	[ "${#stderr_lines[@]}" = 4 ]
}

@test "a FIFO, a device or a link instead of current does not hold it up" {
	mkdir -p scan/{a,b,c,d}/log/main
	mkfifo scan/a/log/main/current
	ln -s /etc/passwd scan/b/log/main/current
	mkdir scan/c/log/main/current
	echo fine >scan/d/log/main/current
	run -1 --separate-stderr timeout "$LIMIT" svlog
	[ "$output" = 'd - fine' ]
	[ "${#stderr_lines[@]}" = 3 ]
	follow
	wait_until contains shown fine
	echo more >>scan/d/log/main/current
	wait_until contains shown more
	kill -0 $follower
}

@test "what may not be read is named" {
	local weak=()
	[ "$(id -u)" != 0 ] || weak=(setpriv --bounding-set=-all --inh-caps=-all)
	mkdir -p scan/{open,closed,file}/log/main
	echo fine >scan/open/log/main/current
	echo secret >scan/file/log/main/current
	chmod 000 scan/file/log/main/current
	chmod 000 scan/closed/log/main
	run -1 --separate-stderr "${weak[@]}" svlog
	chmod 755 scan/closed/log/main
	[ "$output" = 'open - fine' ]
	[ "$stderr" = "svlog: warning: unable to open directory $SVDIR/closed/log/main: access denied
svlog: warning: unable to open $SVDIR/file/log/main/current: access denied" ]
}

@test "services without a log, without a name, and no scan directory" {
	mkdir scan/web
	run -1 svlog
	[ "$output" = "svlog: warning: no service in $SVDIR has a log directory" ]
	run -1 svlog web nothing
	[ "$output" = "svlog: warning: web has no log directory
svlog: warning: unable to open directory nothing: file does not exist" ]
	SVDIR=/nonexistent run -111 svlog
	[ "$output" = "svlog: fatal: unable to read directory /nonexistent: file does not exist" ]
}

@test "misuse is 100" {
	local arguments
	for arguments in -x -n '-n x' '-n -1' -s '-s x' '-u 25:00' '-g (' '-g a -g b' '-f -u now'; do
		run -100 svlog $arguments
		[[ $output == "svlog: "* ]]
	done
	run -100 svlog -s ''
	[ "$(svlog -V)" = "svlog $(cat "$TOP/package/version")" ]
}

@test "JSON is JSON, whatever was logged" {
	mkdir -p $'scan/we\"b\xff/log/main'
	{
		printf '%s \xff\x00\x01"\\\xc3\xa9\xed\xa0\x80\t\n' "$(label 1700000000)"
		# Characters across the border of the buffer.
		printf '%s ' "$(label 1700000001)"
		for i in {1..1000}; do printf 'x%0.s€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€' 1; done
	} >$'scan/we\"b\xff/log/main/current'
	svlog -j >shown
	[ "$(lines shown)" = 2 ]
	[ "$(head -n 1 shown)" = '{"time":"2023-11-14T22:13:20.000000000Z","service":"we\"b\ufffd","line":"\ufffd\u0000\u0001\"\\é\ufffd\ufffd\ufffd\u0009"}' ]
	perl -MJSON::PP -e 'while (<>) { decode_json($_) }' shown
	run -1 grep ufffd <(tail -n 1 shown | sed 's/.*"line"//')
}

# ---- Terminals -----------------------------------------------------------------------------------

# on_terminal COMMAND: what it shows on one.
on_terminal() {
	script -qec "$1" /dev/null </dev/null | tr -d '\r'
}

@test "on a terminal: the last 100 lines, colours, and nothing that commands it" {
	command -v script >/dev/null || skip "needs script"
	mkdir -p scan/web/log/main scan/longer/log/main
	printf '%s evil \033]0;title\a\033[2J \x9b31m \xc2\x9b1m \x7f tab\there €\n' "$(label 1700000009)" >scan/web/log/main/current
	seq -f "$(label 1700000000) line %g" 1 200 >scan/longer/log/main/current
	export TERM=xterm
	on_terminal svlog >shown
	[ "$(lines shown)" = 100 ]
	[ "$(tail -n 1 shown)" = $'\033[32mweb\033[0m    2023-11-14 22:13:29.000000000 evil ^[]0;title^G^[[2J \\x9b31m \\xc2\\x9b1m ^? tab\there €' ]
	NO_COLOR=1 on_terminal svlog >shown
	[ "$(head -n 1 shown)" = 'longer 2023-11-14 22:13:20.000000000 line 102' ]
	[ "$(on_terminal 'svlog -g line' | wc -l)" = 200 ]
	[ "$(on_terminal 'svlog -s @4000000000000000000000aa' | wc -l)" = 201 ]
	# Elsewhere bytes are bytes.
	svlog web | cmp - <(sed 's/^[^ ]*/web 2023-11-14 22:13:29.000000000/' scan/web/log/main/current)
}

@test "a name cannot break a line" {
	mkdir -p $'scan/we\nb\033[2J/log/main'
	echo text >$'scan/we\nb\033[2J/log/main/current'
	run -0 svlog
	[ "$output" = 'we^Jb^[[2J - text' ]
}

@test "a reader that has seen enough ends it without a word" {
	seq 1 100000 | logger web
	run -0 --separate-stderr bash -c 'svlog | head -n 1 | wc -l'
	[ "$output" = 1 ]
	[ -z "$stderr" ]
	# Also where the signal is ignored, as under cron or Python.
	run -0 --separate-stderr bash -c 'trap "" PIPE; svlog | head -n 1 | wc -l'
	[ "$output" = 1 ]
	[ -z "$stderr" ]
	run -111 bash -c 'svlog >/dev/full'
	[ "$output" = 'svlog: fatal: unable to write output: out of disk space' ]
}
