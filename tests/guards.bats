# What can be counted, and comes out the same on every machine and under any load: sizes, system calls,
# instructions and memory of the release build (static, musl). Each figure is in tests/guards with what
# was measured; a test fails when one gets worse by 5 % than that.

load helper
load service

setup_file() { make_static; }

setup() {
	command -v musl-gcc >/dev/null || skip "needs musl-gcc"
	STATIC=$TOP/build/static/bin
	PATH=$STATIC:$PATH
	cd "$BATS_TEST_TMPDIR"
	export LC_ALL=C
}

# guard NAME FIGURE: it is at most 5 % above the one on record.
guard() {
	local record
	record=$(awk -F'|' -v name="$1" '{ gsub(/ *$/, "", $1) } $1 == name { print $2 + 0 }' \
		"$BATS_TEST_DIRNAME/guards")
	echo "$1: $2, on record $record"
	awk -v now="$2" -v record="${record:-0}" 'BEGIN { exit !(now > 0 && now <= record * 1.05) }'
}

# dirty PID...: kB of memory of their own, on average.
dirty() {
	local pid
	for pid; do cat "/proc/$pid/smaps_rollup"; done |
		awk -v count=$# '/^Private_Dirty:/ { sum += $2 } END { printf "%.2f\n", sum / count }'
}

# total FILE: the calls that strace -c has counted.
total() { awk '$NF == "total" { print $4 }' "$1"; }

@test "size: the four main programs, and all of them" {
	guard "size of the main programs, bytes" "$(cd "$STATIC" && cat svscan supervise multilog svc | wc -c)"
	guard "size of all programs, bytes" "$(cat "$STATIC"/* | wc -c)"
}

# tree N [LOG]: N services that are up, below svscan in $scanner, their loggers with a line each.
tree() {
	local i
	mkdir scan sv
	for ((i = 1; i <= $1; i++)); do
		mkdir "sv/s$i"
		printf '#!/bin/sh\necho up\nexec sleep 100000\n' >"sv/s$i/run"
		chmod +x "sv/s$i/run"
		if [ -n "${2:-}" ]; then
			mkdir "sv/s$i/log"
			printf '#!/bin/sh\nexec multilog t ./main\n' >"sv/s$i/log/run"
			chmod +x "sv/s$i/log/run"
		fi
		ln -s "../sv/s$i" "scan/s$i"
	done
	sync "$STATIC/svscan" "$STATIC/supervise" "$STATIC/multilog" # pages of new files are dirty, too
	# The environment is a part of what each has on its stack.
	background env -i "PATH=$PATH" "UPKEEP_TEST=$UPKEEP_TEST" svscan -t 600000 -d 5 scan 5>ready >out 2>err
	scanner=$!
	wait_until test -s ready
}

# pids KEY FILE...: what these states say.
pids() { sed -n "s/^$1=//p" "${@:2}"; }

@test "memory: svscan with 100 services and their logs, their supervises and loggers" {
	tree 100 log
	has_lines() { [ "$(find sv -path '*/main/current' -size +0 | wc -l)" = 100 ]; }
	wait_until has_lines
	guard "private dirty memory of svscan with 100 services, kB" "$(dirty "$scanner")"
	guard "private dirty memory of a supervise, kB" "$(dirty $(pids supervise_pid sv/*/supervise/state))"
	guard "private dirty memory of a logger, kB" "$(dirty $(pids pid sv/*/log/supervise/state))"
}

# obeys LETTERS: counts the calls of a supervise for ./web, which is down and finds these letters when it
# comes, the last one of them x: nothing depends on when they are sent.
obeys() {
	command -v strace >/dev/null || skip "needs strace"
	printf '#!/bin/true\n' >web/run
	chmod +x web/run
	touch web/down
	mkfifo web/supervise/control
	exec 6<>web/supervise/control
	printf '%s' "$1" >&6
	strace -c -o counts supervise web 3>&- 4>&- 6>&-
	exec 6>&-
}

@test "system calls: a supervise from its start to its end, without a service and with one" {
	mkdir -p web/supervise
	obeys x
	guard "system calls of a supervise that is told to leave" "$(total counts)"
	rm -r web
	mkdir -p web/supervise
	obeys ox
	guard "system calls of a supervise whose service runs once" "$(total counts)"
}

# lines_of_100 N: that many of them.
lines_of_100() { yes "$(printf '%099d' 0)" | head -n "$1"; }

# A file is read in the same portions on every machine, a pipe is not.
@test "system calls: multilog for 10 MB" {
	command -v strace >/dev/null || skip "needs strace"
	lines_of_100 100000 >input
	strace -f -c -o counts multilog t s16000000 ./main <input
	guard "system calls of multilog for 10 MB of stamped lines" "$(total counts)"
	strace -f -c -o counts multilog s16000000 ./plain <input
	guard "system calls of multilog for 10 MB of plain lines" "$(total counts)"
}

# instructions COMMAND...: of the program alone.
instructions() {
	valgrind --tool=callgrind --callgrind-out-file=/dev/null "$@" 2>&1 >/dev/null |
		sed -n 's/,//g; s/.*Collected : *//p'
}

@test "instructions: multilog for each line, without a stamp and with one" {
	command -v valgrind >/dev/null || skip "needs valgrind"
	local few many
	lines_of_100 1000 >short
	lines_of_100 11000 >long
	few=$(instructions multilog s16000000 ./plain1 <short)
	many=$(instructions multilog s16000000 ./plain2 <long)
	guard "instructions of multilog for a plain line" "$(((many - few) / 10000))"
	few=$(instructions multilog t s16000000 ./stamped1 <short)
	many=$(instructions multilog t s16000000 ./stamped2 <long)
	guard "instructions of multilog for a stamped line" "$(((many - few) / 10000))"
}
