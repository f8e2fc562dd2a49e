# Orphans: svscan reaps whatever loses its parent below it, or comes into its PID namespace from
# outside, at once and by the thousand, and neither grows nor gets stuck where processes are scarce.

load helper
load service
load scanner

setup_file() {
	sh "$BATS_TEST_DIRNAME/tools/build" "$BATS_FILE_TMPDIR"
}

setup() {
	cd "$BATS_TEST_TMPDIR"
	ORPHANS=20000
	group=
	ACTOR=./actor # by a path that everybody may search
	cp "$BATS_FILE_TMPDIR/actor" .
	mkdir scan sv
	service web <<<$'#!/bin/sh\nexec sleep 100000'
}

teardown() {
	end_all
	[ -z "$group" ] || wait_until rmdir "$group" 2>/dev/null
}

# launch COMMAND...: svscan, which it gets as its arguments, with a service that is up.
launch() {
	background "$@" svscan -t 600000 scan 2>>err
	outer=$!
	wait_until svscan_found
	wait_until up sv/web
}

# as_first COMMAND...: the same as process 1.
as_first() { launch unshare --pid --fork --mount-proc --kill-child "$@"; }

# private: what it has written for itself, in kB. Not the clean pages: the kernel maps those of a program
# around each one that is executed for the first time.
private() { awk '/^Private_Dirty/ { kb += $2 } END { print kb }' "/proc/$scanner/smaps_rollup"; }

# zombies: how many children of svscan are dead and not reaped.
zombies() {
	sed -n 's/^[0-9]* (.*) Z '"$scanner"' .*/x/p' /proc/[0-9]*/stat 2>/dev/null | wc -l
}

no_zombie() { [ "$(zombies)" = 0 ]; }

# grew_by KB: svscan has more memory than $before, by more than that. 64 are 3 bytes for each of 20,000,
# and more than the few pages that a turn of its loop needs for the first time.
grew_by() { echo "$before kB, then $(private) kB"; (($(private) > before + $1)); }

# stops: at TERM, in good order. That a fork failed for a time may have been told.
stops() {
	kill -TERM "$scanner"
	wait_until gone "$outer"
	wait "$outer"
	run ! grep -e fatal -e killed err
	grep -v 'unable to \(fork\|start\)' err >rest || true
	run ! grep warning rest
}

# reaps PREFIX...: what runs behind PREFIX leaves orphans one by one, then all at once.
reaps() {
	local before
	"$@" "$ACTOR" orphans 200 100 # so that what is needed once is there
	wait_until no_zombie
	before=$(private)
	"$@" "$ACTOR" orphans "$ORPHANS"
	wait_until no_zombie
	"$@" "$ACTOR" orphans "$((ORPHANS / 10))" "$((ORPHANS / 10))"
	wait_until no_zombie
	run ! grew_by 64
}

@test "of processes that join from outside, one by one and all at once" {
	need_root
	as_first
	reaps nsenter --target "$scanner" --pid --
	stops
}

@test "of the command, when svscan is not process 1" {
	local before after
	script ./main <<-X
	#!/bin/sh
	$ACTOR orphans 200 100
	kill -STOP \$\$
	$ACTOR orphans $ORPHANS
	$ACTOR orphans $((ORPHANS / 10)) $((ORPHANS / 10))
	kill -STOP \$\$
	exit 7
	X
	background svscan -t 600000 scan -- ./main 2>>err
	scanner=$!
	stopped() { [[ $(ps -o stat= -p "$(pgrep -P "$scanner" -x main)") == T* ]]; }
	continue_main() { pkill -CONT -P "$scanner" -x main; }
	wait_until stopped
	wait_until no_zombie
	before=$(private)
	continue_main
	moves() { ! stopped; }
	wait_until moves
	wait_until stopped
	wait_until no_zombie
	run ! grew_by 64
	continue_main
	wait_until gone "$scanner"
	run -7 wait "$scanner"
}

# with_pids: the number of processes is limited to 64, by a control group if we may make one, or for
# a user of our own. JOIN leads there from outside.
with_pids() {
	local limited
	group=/sys/fs/cgroup/pids/upkeep-test-$$
	if mkdir "$group" 2>/dev/null; then
		echo 64 >"$group/pids.max"
		limited=(sh -c 'echo 0 >"$1/cgroup.procs" && shift && exec "$@"' limited "$group")
	else
		group=
		chmod -R a+rwX .
		limited=(setpriv --reuid 54321 --regid 54321 --clear-groups prlimit --nproc=64)
	fi
	as_first "${limited[@]}"
	JOIN=(nsenter --target "$scanner" --pid -- "${limited[@]}")
}

@test "where there may be 64 processes: 10,000 orphans, and the services stay in hand" {
	need_root
	local before pid
	with_pids
	reaps() { "${JOIN[@]}" "$ACTOR" orphans "$1" "$2"; }
	reaps 100 20
	wait_until no_zombie
	before=$(private)
	# Two that fight for the rest, so that forks fail, also those of supervise.
	background "${JOIN[@]}" "$ACTOR" orphans $((ORPHANS / 4)) 40
	one=$!
	background "${JOIN[@]}" "$ACTOR" orphans $((ORPHANS / 4)) 40
	two=$!
	pid=$(pid_of svstat sv/web)
	svc -t sv/web
	wait "$one"
	wait "$two"
	other() { [ "$(pid_of svstat sv/web)" != "$pid" ] && up sv/web; }
	wait_until other
	wait_until no_zombie
	run ! grew_by 64
	[ -z "$group" ] || grep -q '^max [1-9]' "$group/pids.events" # or nothing was scarce
	stops
}
