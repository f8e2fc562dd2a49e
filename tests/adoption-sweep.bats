# supervise is killed at every system call that it or its half-made child makes, from the start over
# commands to the end; whatever was left, the next supervise has exactly one copy of the service
# under control. SWEEP_STEP=n tries every n-th point only (package/check does; check-all has 1).

load helper
load service

setup() {
	command -v strace >/dev/null || skip "needs strace"
	command -v perl >/dev/null || skip "needs perl"
	export ASAN_OPTIONS=detect_leaks=0
	cd "$BATS_TEST_TMPDIR"
}

# A service that notices when there is a second copy of it.
make_single() {
	rm -rf web order
	mkdir web
	cat >web/run <<-'X'
	#!/usr/bin/perl
	open(my $lock, '>>', '../single');
	flock($lock, 6) or do { open(my $doubles, '>>', '../doubles'); print $doubles "$$\n" };
	sleep 100000;
	X
	chmod +x web/run
}

copies() {
	local pid count=0
	for pid in $(started_by_us); do
		[[ $(tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null) == *"perl ./run " ]] && count=$((count + 1))
	done
	echo $count
}

copies_are() { [ "$(copies)" = "$1" ]; }

# told LETTERS KEY VALUES PID: sends the letters and waits until the state is so, or PID has gone.
told() {
	[ -z "$1" ] || svc "-$1" web 2>/dev/null || true
	so() { grep -qxE "$2=($3)" web/supervise/state 2>/dev/null || gone "$4"; }
	wait_until so "$@"
}

# story PID: what the supervise under test is told, as long as it lives.
story() {
	# Not the words of its predecessor.
	listens() { svok web || gone "$1"; }
	wait_until listens "$1"
	if [ -e db ]; then
		told "" state waiting "$1"
		svc -wu db
	fi
	# A child that is killed again and again never gets beyond its backoff; a start fails.
	told "" state 'ready|backoff|failed' "$1"
	svc -pc web 2>/dev/null || true
	told k state 'ready|backoff|failed' "$1"
	told d state down "$1"
	told u state 'ready|backoff|failed' "$1"
	told dx left 1 "$1"
	wait_until gone "$1"
}

# under STRACE-OPTION...: a supervise that is traced; its story; what there was to trace.
under() {
	# -D: strace steps aside, and what we start is the supervise itself. It stays with the
	# service, which may live longer.
	background strace -D -f -qq -o trace "$@" supervise web 2>/dev/null
	local supervisor=$!
	story $supervisor
	wait $supervisor 2>/dev/null || true
}

# check_end POINT: a new supervise has one copy under control, and ends it.
check_end() {
	background supervise web 2>/dev/null
	local supervisor=$!
	wait_until svok web
	svc -u web # it may have been told to be down
	wait_until is_up svstat web
	# One that was just ending may be up for a moment more, and another one start after it.
	wait_until copies_are 1 && [ ! -e doubles ] || {
		echo "after $1: $(copies) copies, doubles: $(cat doubles 2>/dev/null)" >&2
		return 1
	}
	svc -dx web
	wait_until gone $supervisor
	wait_until copies_are 0
	in_order || {
		echo "after $1: $(tr '\n' ' ' <order)" >&2
		return 1
	}
}

# in_order: what ran, if that was written down, ran in its order. A start may have been made twice
# and a finish not at all: their supervise was killed before it could know.
in_order() {
	[ -e order ] || return 0
	awk '$1 == "start" { begun = 1 }
		$1 != "start" && !begun { bad = 1 }
		$1 == "stop" { begun = 0 }
		{ last = $1 }
		END { exit bad || last != "stop" }' order
}

# prepare_first, prepare_scripts, prepare_second, prepare_third: what the supervise under test finds: nothing, the
# service of a predecessor that was killed, or nothing but the record of that service.
prepare_first() {
	make_single
}

# With all scripts: no two of them at the same time.
prepare_scripts() {
	local script
	make_single
	sed -i "1a open(my \$order, '>>', '../order'); print \$order \"run\\n\"; close(\$order);" web/run
	for script in start finish stop; do
		sed "s/\"run/\"$script/; s/sleep 100000;//" web/run >web/$script
		chmod +x web/$script
	done
}

prepare_second() {
	make_single
	background supervise web 2>/dev/null
	local supervisor=$!
	wait_until grep -qs '^pid=[0-9]' web/supervise/state
	kill -KILL $supervisor
	wait_until gone $supervisor
}

prepare_third() {
	prepare_second
	local pid
	pid=$(sed -n 's/^pid=//p' web/supervise/state)
	kill -KILL "$pid"
	wait_until gone "$pid"
}

# What it needs comes only when it waits; a start without that counts like a second copy.
prepare_needs() {
	make_single
	echo db >web/needs
	sed -i "1a -e '../db/up' or do { open(my \$early, '>>', '../doubles'); print \$early \"early\\\\n\" };" web/run
	if [ -e db ]; then
		svc -wd db
		rm -f db/up
		return
	fi
	mkdir db
	printf '#!/bin/sh\n: >up\necho >&3\nexec sleep 100000\n' >db/run
	chmod +x db/run
	echo 3 >db/notification-fd
	: >db/down
	background supervise db
	wait_until svok db
}

# sweep PREPARATION: every point of every process in the trace of an undisturbed run.
sweep() {
	local step=${SWEEP_STEP:-36} first=0 count=0 name times time points
	# Root and an ordinary user do not try the same points.
	[ "$(id -u)" = 0 ] || first=$((step / 2))
	"$1"
	under -e trace=all
	check_end "no kill"
	# For each system call, how often the process that makes it most often does so.
	points=$(sed -nE 's/^([0-9]+) +([a-z0-9_]+)\(.*/\1 \2/p' trace | sort | uniq -c |
		awk '{ if ($1 > most[$3]) most[$3] = $1 } END { for (name in most) print name, most[name] }' | sort)
	while read -r name times; do
		# Who looks for strays reads all of /proc: of what is done a thousand times, 150 are points.
		for ((time = 1; time <= times; time += 1 + times / 150)); do
			count=$((count + 1))
			((count % step == first)) || continue
			"$1"
			under -e "inject=$name:signal=KILL:when=$time"
			check_end "$name $time"
		done
	done <<<"$points"
	echo "# $1: $((count / step)) of $count points" >&3
	[ "$count" -ge 100 ]
}

@test "killed anywhere from its first start on" {
	sweep prepare_first
}

@test "killed anywhere in the life of a service with start, finish and stop" {
	sweep prepare_scripts
}

@test "killed anywhere while it waits for another service, and after that" {
	sweep prepare_needs
}

@test "killed anywhere while and after it adopts" {
	sweep prepare_second
}

@test "killed anywhere while and after it learns that the service is dead" {
	sweep prepare_third
}
