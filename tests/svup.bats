# svup: the exit code of a probe, and the line that says why.

load helper
load peers
load service

setup() {
	cd "$BATS_TEST_TMPDIR"
}

@test "each state, with and without -r" {
	local state up ready
	pretend web
	while read -r state up ready; do
		tell web "state=$state"
		run -$up svup web
		[ "$output" = "$([ "$up" = 0 ] || svstat -v web)" ]
		run -$ready svup -r web
		[ "$output" = "$([ "$ready" = 0 ] || svstat -v web)" ]
	done <<-'X'
	down 1 1
	starting 1 1
	up 0 1
	ready 0 0
	stopping 1 1
	finishing 1 1
	backoff 1 1
	done 0 0
	failed 1 1
	X
	tell web state=ready healthy=1
	svup -r web
	tell web state=ready healthy=0
	svup web
	run -1 svup -r web
	[ "$output" = "web: up (pid 17) 0 seconds, ready 0 seconds, not healthy" ]
	# Up, whatever is wanted: only without names is that asked for.
	tell web state=ready want=once
	svup web
}

@test "several: a line for each culprit, and 1 before 111" {
	pretend good
	tell good state=ready
	exec {keep}<&8
	pretend bad
	tell bad state=backoff exit=7 deaths=3
	mkdir none
	run -1 svup good bad nosuch none
	[ "${lines[0]}" = "bad: up (pid 17) 0 seconds, backoff 0 seconds, last exit 7, deaths 3" ]
	[ "${lines[1]}" = "nosuch: unable to chdir: file does not exist" ]
	[ "${lines[2]}" = "none: unable to open supervise/ok: file does not exist" ]
	[ ${#lines[@]} = 3 ]
	run -111 svup good nosuch
	mkdir -p plain/supervise
	touch plain/supervise/ok
	run -111 svup good plain
	[ "$output" = "plain: unable to open supervise/ok: not a FIFO" ]
	run -0 svup good good
	[ "$output" = "" ]
}

@test "without names: all of the scan directory that are wanted up" {
	export SVDIR=$PWD/scan
	mkdir scan
	run -0 svup
	pretend scan/a
	tell scan/a state=ready
	exec {keep}<&8
	pretend scan/b/log
	tell scan/b/log state=starting want=down
	exec {keep}<&8
	pretend scan/b
	tell scan/b state=down want=once
	# What is no service, or would not be started by itself, is not missed.
	mkdir -p scan/empty scan/later scan/.hidden
	touch scan/file scan/later/run scan/later/down scan/.hidden/run
	ln -s nowhere scan/dangling
	run -0 svup
	[ "$output" = "" ]
	tell scan/b/log state=starting
	run -1 svup
	[ "$output" = "b/log: up (pid 17) 0 seconds, starting" ]
	tell scan/b/log state=up
	run -0 svup
	run -1 svup -r
	[ "$output" = "b/log: up (pid 17) 0 seconds, not ready" ]
	rm scan/later/down
	run -1 svup
	[ "$output" = "later: unable to open supervise/ok: file does not exist" ]
	SVDIR=nosuch run -111 svup
	[ "$output" = "svup: fatal: unable to read directory nosuch: file does not exist" ]
}

@test "a supervise of 0.76 tells up and down only" {
	need_peer
	make_service web
	background "$PEER/supervise" web
	wait_until is_up svstat web
	run -0 svup web
	run -111 svup -r web
	[[ $output == "web: up (pid "*" seconds, no supervise/state" ]]
	svc -d web
	wait_until is_down svstat web
	run -1 svup web
	svc -x web
	wait_until gone $!
	run -1 svup web
	[ "$output" = "web: supervise not running" ]
}

@test "options, and lost output" {
	run -100 svup -z
	[ "${lines[0]}" = "svup: illegal option -- z" ]
	[ "${lines[1]}" = "svup: usage: svup [-rV] [service ...]" ]
	run -0 svup -V
	[ "$output" = "svup $(cat "$TOP/package/version")" ]
	mkdir none
	run -1 svup ./none
	[ -c /dev/full ] || skip "needs /dev/full"
	lose() { svup none >/dev/full; }
	run -111 lose
}
