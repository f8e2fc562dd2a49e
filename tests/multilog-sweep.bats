# multilog is killed at every system call that it makes, in each way in which lines come in, and while
# it recovers from such a kill; the next one goes on, and afterwards every line is in the files once,
# whole and in order. A kill at the end of a call leaves what one at the beginning of the next leaves.
# SWEEP_STEP=n tries every n-th point only (package/check does; check-all has 1).

load helper

setup() {
	command -v strace >/dev/null || skip "needs strace"
	command -v perl >/dev/null || skip "needs perl"
	export ASAN_OPTIONS=detect_leaks=0
	cd "$BATS_TEST_TMPDIR"
	# More than a pipe holds, lines of all lengths, some longer than is looked at.
	perl -e 'for my $n (1 .. 2600) {
		my $fill = $n % 400 == 7 ? 3000 : $n % 300 == 5 ? 1200 : $n * 7919 % 110;
		printf "%06d %s\n", $n, "x" x $fill;
	}' >input
}

# open_pipe: the input, its writer, and 8, which keeps it between two readers.
open_pipe() {
	rm -f in
	mkfifo in
	exec 6<>in 7>in 8<in 6>&-
	cat "${feed:-input}" >&7 2>/dev/null 3>&- 4>&- 8<&- &
	writer=$!
	exec 7>&-
}

# under STRACE-OPTION...: multilog with $script, traced, until it ends or is killed.
under() {
	strace -qq -o trace "$@" multilog "${script[@]}" <&8 2>>err 3>&- 4>&- 8<&- || true
}

# whole DIR PATTERN [1 | T]: its files are the lines of the input that fit PATTERN, stamps cut off,
# once each and in order; no archived file is torn, and nothing is left over. T: after a date there is
# also a prefix.
whole() {
	perl -e '
		my ($dir, $pattern, $stamped) = @ARGV;
		my ($text, $last) = ("", "");
		for my $file (sort(glob("$dir/@*")), "$dir/current") {
			open(my $f, "<", $file) or die "$file: $!\n";
			local $/;
			my $bytes = <$f> // "";
			die "$file is torn\n" if $file =~ /\.s$/ and $bytes !~ /\n\z/ and length($bytes) < 4096;
			$text .= $bytes;
		}
		if ($stamped) {
			my $stamp = $stamped eq "T" ? qr/(\d{4}-\d\d-\d\d [0-9:]{8}\.\d{9})  web: /
				: qr/@([0-9a-f]{24}) /;
			for (split(/^/, $text)) {
				/^$stamp/ or die "no stamp: $_";
				$1 ge $last or die "stamp $1 after $last\n";
				$last = $1;
			}
			$text =~ s/^$stamp//mg;
		}
		open(my $in, "<", "input"); my $expected = join("", grep { /$pattern/ } <$in>);
		if ($text ne $expected) {
			my $at = 0; $at++ while substr($text, $at, 1) eq substr($expected, $at, 1);
			die "$dir: ", length($text), " bytes of ", length($expected), ", other from $at on: ",
				substr($text, $at, 60), "\n";
		}
		die "current is not closed\n" unless (stat "$dir/current")[2] & 0100;
		my @left = grep { -e "$dir/$_" } qw(previous processed newstate .spool .record);
		die "$dir: left: @left\n" if @left;' "$@"
}

# finish POINT: the next multilog takes the rest; what there is then.
finish() {
	# The child that was to be a processor may hold the lock for a moment more.
	unlocked() { flock -n a/lock true 2>/dev/null || [ ! -e a/lock ]; }
	wait_until unlocked
	multilog "${script[@]}" <&8 2>>err 3>&- 4>&- 8<&-
	exec 8<&-
	wait $writer || true
	check 2>problem || {
		echo "killed at $1: $(cat problem err)" >&2
		return 1
	}
}

# points: what a trace holds, as NAME TIMES lines.
points() {
	sed -nE 's/^([a-z0-9_]+)\(.*/\1/p' trace | grep -vxE 'execve|exit_group' |
		sort | uniq -c | awk '{ print $2, $1 }'
}

# phase NAME: in which part of its work multilog makes most of these calls.
phase() {
	case $1 in
	splice | tee | pread64 | pwrite64 | write | ppoll | lseek | read | ftruncate) echo intake ;;
	fsync | rename* | link* | unlink* | getdents64 | fchmod | newfstatat | openat | fstat | close) echo rotation ;;
	clone* | fork | vfork | wait4 | pipe2) echo processor ;;
	*) echo start ;;
	esac
}

# sweep BEFORE: every point of a run after BEFORE.
sweep() {
	local step=${SWEEP_STEP:-50} first=0 count=0 name times time points
	declare -A tried=()
	[ "$(id -u)" = 0 ] || first=$((step / 2))
	rm -rf a b err
	open_pipe
	$1
	under -e trace=all
	points=$(points)
	finish nothing
	while read -r name times; do
		for ((time = 1; time <= times; time++)); do
			count=$((count + 1))
			((count % step == first)) || continue
			tried[$(phase $name)]=$((${tried[$(phase $name)]:-0} + 1))
			rm -rf a b err
			open_pipe
			$1
			under -e "inject=$name:signal=KILL:when=$time"
			finish "$name $time"
		done
	done <<<"$points"
	printf '# of %d points:' $count >&3
	for name in "${!tried[@]}"; do printf ' %s %d' $name ${tried[$name]} >&3; done
	echo >&3
	[ "$count" -ge "$2" ]
}

nothing_before() { :; }

@test "killed anywhere while lines go straight into current" {
	script=(s16384 n100 ./a)
	check() { whole a . ; }
	sweep nothing_before 200
}

@test "killed anywhere while lines get stamps" {
	script=(t s16384 n100 ./a)
	check() { whole a . 1; }
	sweep nothing_before 200
}

@test "killed anywhere with two directories and patterns" {
	script=(s16384 n100 ./a '-*7*' s16384 n200 ./b)
	check() { whole a . && whole b '^[^7]*$'; }
	sweep nothing_before 200
}

@test "killed anywhere with dates and a prefix, and all limits" {
	script=(T 'pweb: ' s16k n100 S1g N1 R3600 ./a F '-*  [0]00*' ./b)
	check() { whole a . T && whole b '^(?!000)' T; }
	sweep nothing_before 200
}

@test "killed anywhere while it recovers" {
	script=(t s16384 n100 ./a '-@* 000*' s16384 n200 ./b)
	check() { whole a . 1 && whole b '^(?!000)' 1; }
	between() { under -e inject=write:signal=KILL:when=$((17)); }
	sweep between 200
}

@test "killed anywhere with a processor" {
	script=(t s16384 n100 '!cat' ./a)
	check() { whole a . 1; }
	sweep nothing_before 200
}

# torn_before: one that read from another input is killed inside of the first line.
torn_before() {
	rm -f another
	mkfifo another
	exec 5<>another
	head -n 1 input | tr -d '\n' >&5
	strace -qq -o trace -e inject=ppoll:signal=KILL:when=2 \
		multilog "${script[@]}" <&5 2>>err 3>&- 4>&- 5>&- 8<&- || true
	exec 5>&-
	[ -s a/.spool ] || [ -s a/current ]
}

@test "killed anywhere while it ends a line of another input, and goes on with its own" {
	tail -n +2 input >rest
	feed=rest
	script=(t s16384 n100 ./a)
	check() { whole a . 1; }
	sweep torn_before 200
}

@test "killed anywhere while it ends a long line of another input in current" {
	cp input rest
	feed=rest
	{ printf 'long %01500d\n' 0; cat rest; } >input
	script=(s16384 n100 ./a)
	check() { whole a . ; }
	sweep torn_before 200
}

# What is taken counts as delivered as soon as it is in the spool: the sweep has to see that.
@test "a record that is written too early is noticed" {
	command -v cc >/dev/null || skip "needs a compiler"
	mkdir tree
	cp -R "$TOP/Makefile" "$TOP/lib" "$TOP/multilog" "$TOP/package" tree
	sed -i '/const ssize_t moved = spool_take/a if (moved > 0) (void)spool_rest(\&logger->spool);' \
		tree/multilog/take.c
	run ! cmp -s tree/multilog/take.c "$TOP/multilog/take.c"
	env -u MAKEFLAGS -u VARIANT make -s -C tree build/release/bin/multilog
	PATH=$PWD/tree/build/release/bin:$PATH
	script=(t s16384 n100 ./a)
	check() { whole a . 1; }
	SWEEP_STEP=50 run sweep nothing_before 200
	[[ $output == *'killed at'* ]]
	[[ $output != *'killed at nothing'* ]] # but for kills it works
}
