# leftovers = tree against processes that do not want to end: nothing is left, whatever they do. Each
# storm has a user of its own, with a limit of processes, and PID namespace, so that it harms nobody.

load helper
load service

PROCESSES=60 # as many as a storm may have

setup() {
	cd "$BATS_TEST_TMPDIR"
	need_root
	user=$((1000000 + $$))
	chmod a+rx "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR"/test "$BATS_TEST_TMPDIR"
}

# Every kind begins as one process, ignores what it can, and goes on for ever.
cat_storm() {
	cat <<-'X'
	use POSIX 'setsid';
	my $rounds = 0;
	$SIG{$_} = 'IGNORE' for 'TERM', 'INT', 'HUP', 'QUIT', 'CONT', 'TSTP';
	$SIG{CHLD} = 'IGNORE'; # no zombies
	sub nap { select undef, undef, undef, $_[0] }

	# A child, as soon as the limit allows one.
	sub child {
		for (;;) {
			my $pid = fork;
			return $pid if defined $pid;
			nap 0.01;
		}
	}

	# All beside each other, and each replaces whoever dies.
	sub wide { for (;;) { next if child; } }

	# One below the other, each in its own group.
	sub deep { setpgrp; child or return deep(); nap 1 while 1; }

	# Nobody has a parent or a session that tells where it comes from.
	sub detached {
		for (;;) {
			next if child;
			setsid;
			exit if child;
		}
	}

	# Never there when somebody looks: forks and exits at once, for ever.
	sub rabbit { for (;;) { exit if child; } }

	# The same, but each in a new session.
	sub hare { for (;;) { exit if child; setsid; } }

	# The first ones are many.
	sub several { my $kind = shift; for (1 .. 10) { child or $kind->() } nap 1 while 1; }

	my %kinds = (wide => \&wide, deep => \&deep, detached => \&detached,
		rabbits => sub { several \&rabbit }, hares => sub { several \&hare });
	$kinds{$ARGV[0]}->();
	X
}

# Prints what lives of the storm, in many looks, and whether numbers of processes are being given out
# meanwhile: that shows what is gone before a look is over.
cat_look() {
	cat <<-'X'
	my ($user, $looks) = @ARGV;
	$0 = 'look';
	sub latest { open my $file, '<', '/proc/loadavg'; (split ' ', <$file>)[4] }
	my $before = latest;
	for (1 .. $looks) {
		for my $directory (glob '/proc/[0-9]*') {
			open my $file, '<', "$directory/status" or next;
			local $/;
			my $status = <$file> // next;
			my ($name) = $status =~ /^Name:\t(.*)\n/;
			print "$name $directory\n" if $name eq "perl"
				&& $status =~ /^Uid:\t$user\t/m && $status !~ /^State:\tZ/m;
		}
		select undef, undef, undef, 0.01;
	}
	print "forks\n" if latest != $before;
	X
}

# begin KIND [PREFIX...]: PREFIX runs supervise.
begin() {
	local kind=$1
	shift
	mkdir -p "$kind"
	cat_storm >storm
	cat_look >look
	echo 300 >"$kind/timeout-kill"
	echo tree >"$kind/leftovers"
	cat >"$kind/run" <<-X
	#!/bin/sh
	perl ../look $user 1 | grep -v ^forks >>seen
	echo >>starts
	[ "\$(id -u)" != 0 ] || exec setuidgid $user softlimit -p $PROCESSES perl ../storm $kind
	exec softlimit -p $PROCESSES perl ../storm $kind
	X
	chmod +x "$kind/run"
	: >err
	background unshare --pid --mount-proc --fork --kill-child \
		bash -c '"$@" & wait' bash "$@" "$BIN/supervise" "$kind" 2>>err
	outer=$!
	has_init() { [ -n "$(cat "/proc/$outer/task/$outer/children")" ]; }
	wait_until has_init
	init=$(tr -d ' ' <"/proc/$outer/task/$outer/children")
	wait_until rages || {
		cat err
		false
	}
}

look() {
	nsenter --target "$init" --pid --mount perl "$PWD/look" "$user" "$1"
}

rages() {
	[ "$(look 1 2>/dev/null | grep -c ^perl)" -ge 8 ]
}

state_is() {
	[ "$(sed -n 's/^state=//p' "$1/supervise/state")" = "$2" ]
}

# storm KIND PREFIX...: killed once, brought down once; nothing survives either.
storm() {
	local kind=$1
	begin "$@"
	svc -k "$kind"
	twice() { [ "$(lines "$kind/starts")" = 2 ]; }
	wait_until twice
	[ ! -s "$kind/seen" ] || {
		cat "$kind/seen"
		false
	}
	wait_until rages
	svc -d "$kind"
	wait_until state_is "$kind" down
	grep -qx strays=0 "$kind/supervise/state"
	look 20 >left
	[ ! -s left ] || {
		cat left
		false
	}
	[ ! -s err ]
	kill -KILL "$outer"
	wait_until gone "$init"
}

# both KIND: by root, and without any privilege.
both() {
	storm "$1"
	rm -r "$1"
	mkdir "$1"
	chown "$user" . "$1"
	storm "$1" setpriv --reuid "$user" --regid "$user" --clear-groups
}

@test "a storm of processes beside each other" {
	both wide
}

@test "a storm of processes below each other, each in its own group" {
	both deep
}

@test "a storm of processes that left their parents and sessions" {
	both detached
}

@test "rabbits: processes that are gone before anybody looks" {
	both rabbits
}

@test "hares: the same, in ever new sessions" {
	both hares
}
