# svscan -d: one newline when everything that starts by itself is ready or done. Not here: when a
# service counts as ready (life-ready.bats).

load helper
load service
load scanner
load peers

setup() {
	cd "$BATS_TEST_TMPDIR"
	mkdir scan sv
	mkfifo told
}

# ---- Words for the tests

# sleeper NAME: ready as soon as it runs.
sleeper() {
	service "$1" <<-'X'
	#!/bin/sh
	exec sleep 100000
	X
}

# gated NAME: says that it is ready when somebody writes into gate.NAME.
gated() {
	mkfifo "gate.$1"
	mkdir "sv/$1"
	echo 4 >"sv/$1/notification-fd"
	service "$1" <<-X
	#!/bin/sh
	read line <../../gate.$1
	echo >&4
	exec sleep 100000
	X
}

# opens NAME
opens() { echo >"gate.$1"; }

# listener: writes what the reader of ./told got into ./heard, and what came last, its end.
listener() {
	background sh -c 'cat told >heard; touch over'
}

# announcer [OPTION...]: svscan with ./told as descriptor 7. Only hints and rings make it look, unless
# the options say otherwise.
announcer() {
	scanner -d 7 "$@" 7>told
}

# silent: nothing was told, though svscan has looked at everything that came before this.
silent() {
	sleeper "probe$((++probes))"
	wait_until key_is "sv/probe$probes" state ready
	sleeper "probe$((++probes))"
	wait_until key_is "sv/probe$probes" state ready
	[ ! -s heard ] && [ ! -e over ]
}

# told_once: a newline, and the end: nobody else has the descriptor.
told_once() {
	wait_until test -e over || { cat err; svstat -a >&2; false; }
	[ "$(od -An -c heard | tr -d ' ')" = '\n' ]
	run ! grep 'svscan: .*unable' err
}

stops() {
	kill -TERM "$scanner"
	wait_until gone "$scanner"
	wait "$scanner"
}

# ---- What counts

@test "a newline when the last one is ready or done, and no service has the descriptor" {
	sleeper a
	gated b
	script sv/job/start <<-'X'
	#!/bin/sh
	read line <../../gate.job
	X
	mkfifo gate.job
	ln -s ../sv/job scan/job
	sleeper off
	touch sv/off/down
	listener
	announcer
	wait_until key_is sv/a state ready
	silent
	opens b
	wait_until key_is sv/b state ready
	silent
	opens job
	told_once
	stops
}

@test "only what is there at the start counts; with nothing there it is told at once" {
	listener
	announcer
	told_once
	stops
	rm heard over err
	gated a
	listener
	announcer
	wait_until key_is sv/a state up
	gated late
	wait_until key_is sv/late state up
	opens a
	told_once
	key_is sv/late state up
	stops
}

@test "what failed holds it back, until it is told to be down" {
	script sv/a/start <<-'X'
	#!/bin/sh
	exit 1
	X
	ln -s ../sv/a scan/a
	listener
	announcer
	wait_until key_is sv/a state failed
	silent
	svc -d sv/a
	told_once
	stops
}

@test "neither a service that was told to be down counts, nor one that has lost its link" {
	gated a
	gated b
	listener
	announcer
	wait_until key_is sv/a state up
	wait_until key_is sv/b state up
	svc -d sv/a
	wait_until key_is sv/a state down
	silent
	rm scan/b
	told_once
	stops
}

@test "all at one time: what was ready, but is not any more, counts again" {
	gated a
	gated b
	listener
	announcer
	opens a
	wait_until key_is sv/a state ready
	wait_until key_is sv/b state up
	svc -t sv/a
	again() { key_is sv/a starts 2 && key_is sv/a state up; }
	wait_until again
	opens b
	wait_until key_is sv/b state ready
	silent
	opens a
	told_once
	stops
}

@test "a service that waits for what it needs; supervises killed and started again" {
	gated db
	sleeper web
	echo db >sv/web/needs
	listener
	announcer
	wait_until key_is sv/web state waiting
	wait_until key_is sv/db state up
	local old
	old=$(supervise_of sv/db)
	kill -KILL "$old"
	wait_until revived sv/db "$old"
	silent
	# What was not said before the adoption cannot be said any more: a new run says it.
	local pid
	pid=$(key sv/db pid)
	svc -t sv/db
	again() { [ "$(key sv/db pid)" != "$pid" ] && key_is sv/db state up; }
	wait_until again
	opens db
	told_once
	key_is sv/web state ready
	stops
}

# ---- Other parents

@test "services of a killed svscan count, ready before or after" {
	sleeper a
	gated b
	scanner
	wait_until key_is sv/a state ready
	wait_until key_is sv/b state up
	murder_scanner
	listener
	announcer
	wait_until contains err "adopted b"
	silent
	rm err # what is there comes from the next one
	opens b
	told_once
	stops
	rm heard over
	scanner
	wait_until key_is sv/b state up
	opens b
	wait_until key_is sv/b state ready
	murder_scanner
	listener
	announcer
	wait_until contains err "adopted b"
	told_once
	stops
}

@test "supervises of daemontools 0.76, which do not ring: the safety look finds them" {
	need_peer
	mkdir bin
	ln -s "$PEER/supervise" bin/supervise
	sleeper a
	sleeper off
	touch sv/off/down
	listener
	PATH=$PWD/bin:$PATH announcer -t 100
	told_once
	up sv/a
	stops
}

@test "failures have room in the bell, however many services got ready while nobody read it" {
	command -v perl >/dev/null || skip "needs perl"
	service a <<-'X'
	#!/bin/sh
	read line <../../gate
	exit 5
	X
	mkfifo gate
	touch sv/a/essential
	echo 0 >sv/a/max-deaths
	service b <<-'X'
	#!/bin/sh
	exit 0
	X
	echo 1 1 >sv/b/backoff
	scanner
	wait_until up sv/a
	# As small as a pipe can be, which is what a user who has many gets (pipe(7)).
	perl -e 'open(F, "+<", $ARGV[0]) && fcntl(F, 1031, 4096) or die' "/proc/$(supervise_of sv/a)/fd/3"
	kill -STOP "$scanner"
	# A ring for each start: more than there is room for.
	often() { (($(key sv/b starts) > 600)); }
	LIMIT=180 wait_until often
	echo >gate
	wait_until key_is sv/a state failed
	kill -CONT "$scanner"
	wait_until gone "$scanner"
	local status=0
	wait "$scanner" || status=$?
	[ "$status" = 5 ]
	contains err "essential service a failed (exit code 5)"
}

# ---- The descriptor

@test "a reader that has gone, or that reads nothing, harms nothing" {
	gated a
	background sh -c 'exec 8<>told; touch open; read line <&8'
	local reader=$!
	wait_until test -e open
	announcer
	wait_until key_is sv/a state up
	kill "$reader"
	wait_until gone "$reader"
	opens a
	wait_until key_is sv/a state ready
	silent
	[ ! -s err ]
	stops
	rm -r scan/a sv/*/supervise
	sleeper b
	# A full pipe: svscan goes on, and tells it as soon as there is room.
	exec 8<>told
	timeout 1 dd if=/dev/zero of=/dev/fd/8 bs=4096 count=1000 2>/dev/null || true
	>err
	scanner -d 7 7>told 8>&- # in this order: 8 is the reader without which 7 would wait
	wait_until key_is sv/b state ready
	silent
	exec 9<told 8>&-
	timeout "$LIMIT" cat <&9 >heard
	exec 9<&-
	[ "$(tr -d '\0' <heard | od -An -c | tr -d ' ')" = '\n' ]
	stops
}

@test "a file will do, and a socket; services do not have them, either" {
	command -v perl >/dev/null || skip "needs perl"
	gated a
	scanner -d 7 7>file
	wait_until key_is sv/a state up
	holders() {
		local fd
		for fd in /proc/[0-9]*/fd/*; do
			[ "$fd" -ef file ] && echo "$fd"
		done 2>/dev/null
	}
	[ "$(holders)" = "/proc/$scanner/fd/7" ]
	opens a
	wait_until test -s file
	[ "$(od -An -c file | tr -d ' ')" = '\n' ]
	nobody_has_it() { [ -z "$(holders)" ]; }
	wait_until nobody_has_it
	stops
	background perl -e 'use Socket; socketpair(A, B, AF_UNIX, SOCK_STREAM, 0); $^F = 99;
		if (!fork) { close A; open(C, ">&=", fileno B); fcntl(B, 2, 0);
			exec "svscan", "-t", "600000", "-d", fileno B, "scan" }
		close B; $got = join("", <A>); open(O, ">", "heard"); print O $got; close O; sleep' 2>>err
	wait_until key_is sv/a state up
	opens a
	wait_until test -s heard
	[ "$(od -An -c heard | tr -d ' ')" = '\n' ]
}

@test "a stop before that ends the waiting of the reader, too" {
	gated a
	listener
	announcer
	wait_until key_is sv/a state up
	kill -TERM "$scanner"
	wait_until test -e over
	[ ! -s heard ]
	wait_until gone "$scanner"
}

@test "misuse: what is no descriptor above 2 that can be written to" {
	local text="takes a descriptor above 2 that is open for writing, not"
	for fd in 2 7 -1 x "" 4294967299; do
		run -100 svscan -d "$fd" scan 7<&-
		[ "$output" = "svscan: fatal: -d $text \"$fd\"" ]
	done
	run -100 svscan -d 7 scan 7</dev/null
	[ "$output" = "svscan: fatal: -d $text \"7\"" ]
	# The number of a descriptor that svscan opens for itself.
	run -100 env -i PATH="$PATH" sh -c 'exec svscan -d 3 scan 3>&-'
	[ "$output" = "svscan: fatal: -d $text \"3\"" ]
}
