# What the release build (static, musl) costs, and that a tree at rest costs nothing.

load helper
load service

setup_file() { make_static; }

setup() {
	command -v musl-gcc >/dev/null || skip "needs musl-gcc"
	STATIC=$TOP/build/static/bin
	cd "$BATS_TEST_TMPDIR"
}

@test "the four main programs are static and below 250 KB together, all below 700 KB" {
	local program sum=0 all
	for program in svscan supervise multilog svc; do
		if readelf -l "$STATIC/$program" | grep -q INTERP; then false; fi
		sum=$((sum + $(stat -c %s "$STATIC/$program")))
	done
	echo "together: $sum bytes"
	[ "$sum" -lt 250000 ]
	all=$(cat "$STATIC"/* | wc -c)
	echo "all: $all bytes"
	[ "$all" -lt 700000 ]
}

# private_dirty PID: kilobytes of memory that the process shares with nobody.
private_dirty() {
	awk '/^Private_Dirty:/ { sum += $2 } END { print sum }' "/proc/$1/smaps_rollup"
}

@test "an idle supervise has at most 16 KB of memory of its own" {
	make_service web
	sync "$STATIC/supervise" # pages of a file just written are dirty, too
	# The environment is on its stack, too.
	background env -i "PATH=$PATH" "UPKEEP_TEST=$UPKEEP_TEST" "$STATIC/supervise" web
	local supervisor=$!
	wait_until is_up "$STATIC/svstat" web
	"$STATIC/svc" -t web
	died() { grep -qx deaths=1 web/supervise/state; }
	wait_until died
	wait_until is_up "$STATIC/svstat" web
	echo "private dirty: $(private_dirty $supervisor) KB"
	[ "$(private_dirty $supervisor)" -le 16 ]
}

@test "in a tree at rest nothing wakes up but the scanner's safety look" {
	command -v strace >/dev/null || skip "needs strace"
	mkdir scan sv
	make_service sv/web
	mkdir sv/web/log
	printf '#!/bin/sh\nexec multilog t ./main\n' >sv/web/log/run
	chmod +x sv/web/log/run
	background env PATH="$STATIC:$PATH" svscan -t 1000 scan
	local scanner=$!
	ln -s ../sv/web scan/
	wait_until is_up svstat sv/web
	wait_until is_up svstat sv/web/log
	wait_until test -e sv/web/log/main/current
	# The tree settles: after a change the scanner looks more often for a while.
	quiet() {
		timeout 6 strace -f -o trace -p $scanner -p "$(sed -n 's/^supervise_pid=//p' sv/web/supervise/state)" \
			-p "$(sed -n 's/^supervise_pid=//p' sv/web/log/supervise/state)" \
			-p "$(pid_of svstat sv/web/log)" 2>/dev/null
		# What is left are looks: one question about the scan directory, then waiting again.
		! grep -vE 'ppoll|restart_syscall|strace:|newfstatat|stat\(|statx|detached' trace &&
			[ "$(awk '$2 !~ /ppoll|restart_syscall/ { print $1 }' trace | sort -u | wc -l)" -le 1 ] &&
			[ "$(grep -cE 'stat' trace)" -le 7 ]
	}
	wait_until quiet
}
