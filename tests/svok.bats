# svok: an exit code and, where there is something to say, one line.

load helper
load peers
load service

setup() {
	cd "$BATS_TEST_TMPDIR"
}

@test "0 while a supervise runs, 100 before and after, silently" {
	local supervise
	make_service web
	for supervise in supervise ${PEER:+"$PEER/supervise"}; do
		rm -rf web/supervise
		run -100 svok web
		background "$supervise" web
		wait_until svok web
		run -0 svok web
		[ "$output" = "" ]
		wait_until is_up svstat web
		svc -dx web
		wait_until gone "$!"
		run -100 svok web
		[ "$output" = "" ]
	done
}

@test "111 with a reason when it cannot be known" {
	mkdir -p web/supervise plain/supervise loop
	ln -s supervise loop/supervise
	mkdir web/supervise/ok
	touch plain/supervise/ok
	run -111 svok nosuch
	[ "$output" = "svok: fatal: unable to chdir to nosuch: file does not exist" ]
	run -111 svok web
	[ "$output" = "svok: fatal: unable to open web/supervise/ok: is a directory" ]
	run -111 svok plain
	[ "$output" = "svok: fatal: unable to open plain/supervise/ok: not a FIFO" ]
	run -111 svok loop
	[ "$output" = "svok: fatal: unable to open loop/supervise/ok: symbolic link loop" ]
}

@test "arguments as in 0.76: one is needed, further ones and options are nothing special" {
	pretend web
	run -100 svok
	[ "$output" = "svok: usage: svok dir" ]
	run -0 svok web nosuch
	run -111 svok -V
	[ "$output" = "svok: fatal: unable to chdir to -V: file does not exist" ]
}

@test "a bare name is looked up in SVDIR" {
	mkdir elsewhere
	pretend web
	cd elsewhere
	SVDIR=.. svok web
	run -111 svok web
}
