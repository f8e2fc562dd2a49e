# SIGKILL at random moments to everything, under load: there is always one of each, no line is lost
# or repeated, all is up in the end, and the stop leaves nothing.
# TORTURE_KILLS=n sets how many (package/check takes the default; check-all 500).

load helper
load service

SERVICES=10

setup() {
	command -v perl >/dev/null || skip "needs perl"
	cd "$BATS_TEST_TMPDIR"
	mkdir scan sv
	export SVDIR=$PWD/scan
}

# Each instance holds a lock as long as it lives and writes numbered lines, 2000 a second; it notes
# each number before it writes the line.
service() {
	mkdir -p "sv/$1/log"
	cat >"sv/$1/run" <<-'X'
	#!/usr/bin/perl
	use Time::HiRes qw(sleep);
	open(my $lock, '>>', 'single') or die;
	flock($lock, 6) or do { open(my $doubles, '>>', '../../doubles'); syswrite($doubles, "run $$\n") };
	my ($s) = Time::HiRes::time() =~ /([0-9.]+)/;
	my $name = "$$-$s";
	mkdir('noted');
	open(my $noted, '>', "noted/$name") or die;
	for (my $n = 1;; $n++) {
		sysseek($noted, 0, 0); syswrite($noted, sprintf("%09d\n", $n));
		syswrite(STDOUT, "$name $n\n");
		sleep(0.005) if $n % 10 == 0;
	}
	X
	cat >"sv/$1/log/run" <<-'X'
	#!/bin/sh
	exec multilog s16777215 n100 ./main
	X
	chmod +x "sv/$1/run" "sv/$1/log/run"
}

state_of() { sed -n "s/^$2=//p" "sv/$1/supervise/state" 2>/dev/null; }

# strike: SIGKILL to a random process of the tree, if there is one where the dice fall.
strike() {
	local service=$((RANDOM % SERVICES)) kind pid=
	case $((RANDOM % 4)) in
	0) kind=service pid=$(state_of s$service pid) ;;
	1) kind=supervise pid=$(state_of s$service supervise_pid) ;;
	2) kind=logger-supervise pid=$(state_of s$service/log supervise_pid) ;;
	3) kind=logger pid=$(state_of s$service/log pid) ;;
	esac
	# What a state file tells may be over, and the number somebody else's.
	[ -n "$pid" ] && started_by_us | grep -qx "$pid" && kill -KILL "$pid" 2>/dev/null &&
		echo "$kind s$service $pid" >>kills
}

# behead: SIGKILL to svscan itself; another one takes its place.
behead() {
	kill -KILL "$scanner"
	wait_until gone "$scanner"
	wait "$scanner" 2>/dev/null || true
	background svscan scan 2>>err
	scanner=$!
	echo "svscan - -" >>kills
}

all_up() {
	local s
	for ((s = 0; s < SERVICES; s++)); do
		is_up svstat sv/s$s && is_up svstat sv/s$s/log || return 1
	done
}

# running PATTERN: how many processes of this test have such a command line.
running() {
	local pid
	for pid in $(started_by_us); do
		tr '\0' ' ' <"/proc/$pid/cmdline" && echo
	done 2>/dev/null | grep -c "$1"
}

# check_lines SERVICE: of each run that service ever had, all lines up to the last one that it began
# to write, in order, once each.
check_lines() {
	cat "sv/$1"/log/main/@* "sv/$1/log/main/current" 2>/dev/null | perl -e '
		my (%last, $bad);
		while (<STDIN>) {
			my ($run, $n) = /^(\S+) (\d+)$/ or do { print "torn: $_"; $bad++; next };
			if ($n != ($last{$run} // 0) + 1) { print "$run: $n follows ", $last{$run} // 0, "\n"; $bad++ }
			$last{$run} = $n;
		}
		for my $file (glob("sv/$ARGV[0]/noted/*")) {
			my ($run) = $file =~ m{([^/]+)$};
			open(my $f, "<", $file); my $noted = (<$f> // 0) + 0;
			my $got = $last{$run} // 0;
			# Killed between the note and the write, it is one short.
			if ($got != $noted && $got != $noted - 1) { print "$run: $noted begun, $got logged\n"; $bad++ }
		}
		exit($bad ? 1 : 0);' "$1"
}

@test "random kills under load: one of each, no line lost or repeated, nothing left" {
	local kills=${TORTURE_KILLS:-80} s scanner
	for ((s = 0; s < SERVICES; s++)); do service s$s; done
	background svscan scan 2>err
	scanner=$!
	for ((s = 0; s < SERVICES; s++)); do ln -s ../sv/s$s scan/; done
	wait_until all_up
	RANDOM=4711
	: >kills
	while (($(lines kills) < kills)); do
		if ((RANDOM % 20 == 0)); then behead; else strike || true; fi
		sleep "0.0$((RANDOM % 10))" # the rhythm of the killer, not a wait for anything
	done
	# What the last kill has hit may still look well for a moment.
	settled() { all_up && [ "$(running '^/usr/bin/perl ./run')" = $SERVICES ] &&
		[ "$(running '^multilog ')" = $SERVICES ] &&
		[ "$(running '^supervise ')" = $((2 * SERVICES)) ]; }
	wait_until settled
	[ ! -e doubles ] || { cat doubles kills >&2 && false; }
	kill -TERM $scanner
	wait $scanner
	nothing_left() { [ -z "$(started_by_us)" ]; }
	wait_until nothing_left
	for ((s = 0; s < SERVICES; s++)); do
		check_lines s$s
	done
	echo "# kills: $(cut -d' ' -f1 kills | sort | uniq -c | xargs)" >&3
}
