# multilog under SIGKILL at random moments, with a pipe that is always full: no line of many is lost,
# repeated or torn. MULTILOG_KILLS=n sets how many kills (package/check takes the default; check-all
# has 500).

load helper

setup() {
	command -v perl >/dev/null || skip "needs perl"
	cd "$BATS_TEST_TMPDIR"
}

# torture KILLS COMMAND...: numbered lines go through one pipe into one multilog after the other, until
# each of KILLS has been killed and the last has read to the end. The writer writes in pieces that are
# no lines. Prints how many lines there were.
torture() {
	perl -e '
		use strict;
		use Time::HiRes qw(sleep);
		my $kills = shift;
		pipe(my $r, my $w);
		my $stop = 0;
		my $writer = fork;
		if (!$writer) {
			close $r;
			$SIG{TERM} = sub { $stop = 1 };
			my ($n, $buffer) = (0, "");
			until ($stop) {
				$buffer .= join("", map { sprintf("%08d %s\n", $_, "x" x ($_ * 7919 % 80)) } $n + 1 .. $n + 500);
				$n += 500;
				while (length($buffer) > 10000) {
					my $part = syswrite($w, $buffer, 7777) // next;
					substr($buffer, 0, $part, "");
				}
			}
			while (length $buffer) { substr($buffer, 0, syswrite($w, $buffer) // 0, "") }
			open(my $f, ">", "written"); print $f $n;
			close $f;
			exit 0;
		}
		close $w;
		srand(4711);
		for my $round (0 .. $kills) {
			my $logger = fork;
			if (!$logger) { open(STDIN, "<&", $r); close $r; exec @ARGV or die }
			if ($round < $kills) { sleep(0.002 + rand(0.03)); kill KILL => $logger }
			else { kill TERM => $writer; }
			waitpid $logger, 0;
			die "the last ended with $?\n" if $round == $kills && $?;
		}
		waitpid $writer, 0;
	' "$@" 3>&- 4>&-
	cat written
}

# in_order DIR FIRST STEP STAMPED: its lines are FIRST, FIRST + STEP ... up to the last that was written.
in_order() {
	cat "$1"/@* "$1/current" | perl -ne '
		BEGIN { our ($written, $n, $step, $stamped) = splice(@ARGV, 0, 4); our $last = "" }
		if ($stamped) { s/^(@[0-9a-f]{24}) // or die "no stamp: $_"; $1 ge $last or die "$1 after $last\n"; $last = $1 }
		/^(\d+) (x*)$/ && $1 == $n && length($2) == $n * 7919 % 80 or die "line $n: $_";
		$n += $step;
		END { die "$n of $written\n" if !$? && $n <= $written }' "$(cat written)" "$2" "$3" "$4"
	local file
	for file in "$1"/@*.s; do
		[ -z "$(tail -c 1 "$file")" ]
	done
	[ "$(stat -c %a "$1/current")" = 744 ]
	[ ! -e "$1/.spool" ] && [ ! -e "$1/.record" ]
}

@test "random kills while lines go straight into current" {
	torture "${MULTILOG_KILLS:-50}" multilog s1000000 n10000 ./a
	in_order a 1 1 0
	echo "# $(cat written) lines" >&3
}

@test "random kills while lines get stamps and go into two directories" {
	torture "${MULTILOG_KILLS:-50}" multilog t s200000 n10000 ./a '-@* 0000*' ./b
	in_order a 1 1 1
	in_order b 10000 1 1
	echo "# $(cat written) lines" >&3
}
