# svscan is killed at every system call that it makes, from its start over the restart of a killed
# supervise and a removal to the end of its stop; whatever was left, the next svscan has exactly one
# copy of each service and logger under control, and its stop leaves nothing. SWEEP_STEP=n tries
# every n-th point only (package/check does; check-all has 1). Of the calls that it makes hundreds of
# times, since the stop reads all of /proc, 40 are points.

load helper
load service

setup() {
	command -v strace >/dev/null || skip "needs strace"
	command -v perl >/dev/null || skip "needs perl"
	export ASAN_OPTIONS=detect_leaks=0
	cd "$BATS_TEST_TMPDIR"
}

# single DIR: its run notices when there is a second copy of it, and gives its lock to what it
# executes: a logger that reads its input, or nothing in particular.
single() {
	mkdir -p "$1"
	cat >"$1/run" <<-X
	#!/usr/bin/perl
	open(my \$lock, '>>', 'single');
	flock(\$lock, 6) or do { open(my \$d, '>>', '$BATS_TEST_TMPDIR/doubles'); print \$d "$1 \$\$\n" };
	fcntl(\$lock, 2, 0);
	exec $2;
	X
	chmod +x "$1/run"
}

prepare() {
	rm -rf scan sv doubles
	mkdir scan
	single sv/a "'sleep', '100000'"
	single sv/a/log "'multilog', './main'"
	single sv/b "'sleep', '100000'"
	ln -s ../sv/a ../sv/b scan/
}

up() {
	local dir
	for dir; do is_up svstat "sv/$dir" || return 1; done
}
supervise_of() { sed -n 's/^supervise_pid=//p' "sv/$1/supervise/state"; }

# story PID: what happens to the svscan under test, as long as it lives.
story() {
	local scanner=$1 old
	so() { gone "$scanner" || "$@"; }
	wait_until so up a a/log b
	gone "$scanner" && return 0
	old=$(supervise_of a)
	kill -KILL "$old"
	revived() { svok sv/a && [ "$(supervise_of a)" != "$old" ]; }
	wait_until so revived
	rm scan/b
	unsupervised() { ! svok sv/b; }
	wait_until so unsupervised
	ln -s ../sv/b scan/
	wait_until so up b
	kill -TERM "$scanner" 2>/dev/null || true
	wait_until gone "$scanner"
}

# under STRACE-OPTION...: a svscan that is traced; its story; what there was to trace.
under() {
	background strace -D -qq -o trace "$@" svscan -t 600000 scan 2>err
	local scanner=$!
	story $scanner
	wait $scanner 2>/dev/null || true
}

# check_end POINT: a new svscan has one copy of everything under control, and ends it.
check_end() {
	[ -e scan/b ] || ln -s ../sv/b scan/
	background svscan -t 600000 scan 2>err
	local scanner=$!
	all_well() { up a a/log b && [ ! -e doubles ]; }
	wait_until all_well || {
		echo "after $1: $(svstat sv/a sv/a/log sv/b) $(cat doubles 2>/dev/null)" >&2
		cat err >&2
		return 1
	}
	kill -TERM $scanner
	wait_until gone $scanner
	wait $scanner
	nothing_left() { [ -z "$(started_by_us)" ]; }
	wait_until nothing_left && [ ! -e doubles ] || {
		echo "after $1: left: $(started_by_us | xargs -r ps -fp)" >&2
		cat err doubles >&2
		return 1
	}
}

@test "svscan is killed anywhere" {
	local step=${SWEEP_STEP:-50} first=0 count=0 name times time points
	# Root and an ordinary user do not try the same points.
	[ "$(id -u)" = 0 ] || first=$((step / 2))
	prepare
	under -e trace=all
	check_end "no kill"
	points=$(sed -nE 's/^([a-z0-9_]+)\(.*/\1/p' trace | sort | uniq -c | awk '{ print $2, $1 }')
	while read -r name times; do
		for ((time = 1; time <= times; time += 1 + times / 40)); do
			count=$((count + 1))
			((count % step == first)) || continue
			prepare
			under -e "inject=$name:signal=KILL:when=$time"
			check_end "$name $time"
		done
	done <<<"$points"
	echo "# $((count / step)) of $count points" >&3
	[ "$count" -ge 100 ]
}
