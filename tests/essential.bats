# An essential service that fails stops everything, and svscan exits with its last status. Oneshots
# under svscan, too. Not here: when a service counts as failed (supervise.bats).

load helper
load service
load scanner
load peers

setup() {
	cd "$BATS_TEST_TMPDIR"
	mkdir scan sv
}

# ---- Words for the tests

sleeper() {
	service "$1" <<-'X'
	#!/bin/sh
	exec sleep 100000
	X
}

# gated NAME: lives until its exit code, or KILL, is written into gate.NAME.
gated() {
	mkfifo "gate.$1"
	service "$1" <<-X
	#!/bin/sh
	read line <../../gate.$1
	[ "\$line" != KILL ] || kill -KILL \$\$
	exit \$line
	X
}

# vital DIR: it is essential, and its first death is a failure.
vital() {
	touch "$1/essential"
	echo 0 >"$1/max-deaths"
}

# exits CODE: svscan ends by itself with it, and nothing is left.
exits() {
	local status=0
	wait_until gone "$scanner" || { cat err sv/*/supervise/state >&2; false; }
	wait "$scanner" || status=$?
	[ "$status" = "$1" ] || { cat err >&2; false; }
	nothing_left() { [ -z "$(started_by_us)" ]; }
	wait_until nothing_left
}

counts() { [ "$(grep -cFe "$2" -- "$1")" = "$3" ]; }

# ---- What svscan exits with

@test "the exit code of the first essential service that fails; the others are stopped in order" {
	gated a
	vital sv/a
	service b <<-'X'
	#!/bin/sh
	trap 'echo last line; exit' TERM
	echo ready
	while :; do sleep 0.02; done
	X
	script sv/b/log/run <<-'X'
	#!/bin/sh
	exec multilog ./main
	X
	scanner
	wait_until up sv/a
	wait_until contains sv/b/log/main/current ready
	echo 3 >gate.a
	exits 3
	[ "$(head -n 1 err)" = "supervise: warning: a failed: died with exit code 3, more often than max-deaths allows" ]
	[ "$(sed -n 2p err)" = "svscan: essential service a failed (exit code 3): stopping within 8000 ms (services: 2, loggers: 1)" ]
	[[ $(tail -n 1 err) =~ ^"svscan: stopped after "[0-9]+" ms: essential service a failed (exit code 3)"$ ]]
	contains err "svscan: b ended after"
	contains err "svscan: logger of b ended after"
	[ "$(tail -n 1 sv/b/log/main/current)" = "last line" ]
	run ! grep killing err
}

@test "128 and the signal; 0 for a clean exit; 127 and 126 for a run that cannot be executed" {
	gated a
	vital sv/a
	local case
	for case in 'KILL 137 SIGKILL' '0 0 exit code 0'; do
		set -- $case
		rm -f err
		scanner
		wait_until up sv/a
		echo "$1" >gate.a
		exits "$2"
		contains err "essential service a failed (${case#* * }): stopping"
	done
	rm -f err
	printf '#!/nowhere/interpreter\n' >sv/a/run
	scanner
	exits 127
	contains err "essential service a failed (exit code 127)"
	rm -f err
	chmod -x sv/a/run
	scanner
	exits 126
	contains err "essential service a failed (exit code 126)"
}

@test "as process 1, too: the exit code of the container" {
	need_root
	gated a
	vital sv/a
	background unshare --pid --fork --mount-proc --kill-child svscan -t 600000 scan 2>>err
	scanner=$!
	wait_until up sv/a
	echo 17 >gate.a
	exits 17
}

@test "it fails only after more deaths than it may have, and not when it is told to end" {
	gated a
	touch sv/a/essential
	echo 1 60000 >sv/a/max-deaths
	echo 10 10 >sv/a/backoff
	scanner
	wait_until up sv/a
	svc -t sv/a
	wait_until key_is sv/a deaths 1
	wait_until up sv/a
	svc -du sv/a
	wait_until key_is sv/a deaths 2
	wait_until up sv/a
	echo 4 >gate.a
	wait_until key_is sv/a deaths 3
	wait_until up sv/a
	[ ! -s err ]
	echo 5 >gate.a
	exits 5
}

@test "a oneshot whose start fails, and a service whose start or finish says so" {
	script sv/a/start <<-'X'
	#!/bin/sh
	exit 9
	X
	touch sv/a/essential
	ln -s ../sv/a scan/a
	scanner
	exits 9
	rm -rf scan/a err
	service b <<-'X'
	#!/bin/sh
	exit 8
	X
	script sv/b/finish <<-'X'
	#!/bin/sh
	exit 125
	X
	touch sv/b/essential
	scanner
	exits 8
}

@test "a logger may be essential, too; what it has not read is offered to it once more" {
	service a <<-'X'
	#!/bin/sh
	trap 'echo last line; exit' TERM
	echo ready
	while :; do sleep 0.02; done
	X
	script sv/a/log/run <<-'X'
	#!/bin/sh
	[ -e ../../../broken ] || exec multilog ./main
	rm ../../../broken
	exit 7
	X
	vital sv/a/log
	scanner
	wait_until contains sv/a/log/main/current ready
	touch broken
	svc -k sv/a/log # by command: no failure
	wait_until contains err "essential service a/log failed (exit code 7)"
	exits 7
	[ "$(tail -n 1 sv/a/log/main/current)" = "last line" ]
}

@test "without the file nothing is stopped; a signal that comes first means exit 0" {
	gated a
	echo 0 >sv/a/max-deaths
	scanner
	wait_until up sv/a
	echo 1 >gate.a
	wait_until key_is sv/a state failed
	[ "$(lines err)" = 1 ] # that of its supervise
	# In the stop that was asked for everything may fail.
	gated b
	vital sv/b
	printf '#!/bin/sh\ntrap "exit 6" TERM\nwhile :; do sleep 0.02; done\n' >sv/b/run.new
	chmod +x sv/b/run.new
	mv sv/b/run.new sv/b/run # it may just be executed
	kill -HUP "$scanner"
	wait_until up sv/b
	kill -TERM "$scanner"
	exits 0
	run ! grep essential err
}

@test "a signal during the stop that a failure began changes nothing; a second one kills" {
	gated a
	vital sv/a
	service rude <<-'X'
	#!/bin/sh
	trap '' TERM
	touch ../../rude
	while :; do sleep 0.02; done
	X
	scanner -g 600000
	wait_until up sv/a
	wait_until test -e rude
	echo 2 >gate.a
	wait_until contains err "essential service a failed"
	kill -TERM "$scanner"
	wait_until contains err "svscan: got SIGTERM: stopping already"
	up sv/rude
	kill -INT "$scanner"
	exits 2
	contains err "svscan: got SIGINT again: killing all that is left"
}

@test "of several that fail the first one counts" {
	gated a
	gated b
	vital sv/a
	vital sv/b
	scanner
	wait_until up sv/a
	wait_until up sv/b
	# svscan hears of both at once.
	kill -STOP "$scanner"
	echo 21 >gate.a
	wait_until key_is sv/a state failed
	wait_until asleep supervise "$(supervise_of sv/a)" # it has rung
	echo 22 >gate.b
	wait_until key_is sv/b state failed
	kill -CONT "$scanner"
	exits 21
	counts err essential 2 # at the beginning and at the end
}

# ---- Who has the bell

@test "no service gets the bell, nor its name; a supervise that was started again has it" {
	service a <<-'X'
	#!/bin/sh
	env >../../environment
	exec sleep 100000
	X
	vital sv/a
	script sv/a/check <<-'X'
	#!/bin/sh
	ls -l /proc/$$/fd >../../check.new
	mv ../../check.new ../../check
	X
	scanner
	wait_until key_is sv/a state ready
	local pid old pipe
	pid=$(key sv/a pid)
	old=$(supervise_of sv/a)
	pipe=$(readlink "/proc/$old/fd/3")
	[[ $pipe == pipe:* ]]
	run ! ls -l "/proc/$pid/fd/3"
	run ! grep -F "$pipe" check
	run ! grep SUPERVISE environment
	kill -KILL "$old"
	wait_until revived sv/a "$old"
	[ "$(readlink "/proc/$(supervise_of sv/a)/fd/3")" = "$pipe" ]
	[ "$(key sv/a pid)" = "$pid" ]
	kill -KILL "$pid"
	exits 137
}

@test "svscan's own environment names no bell" {
	service a <<-'X'
	#!/bin/sh
	env >../../environment
	exec sleep 100000
	X
	script bin/supervise <<-X
	#!/bin/sh
	env | grep -c SUPERVISE_ >>../../variables || env | grep -c SUPERVISE_ >>../variables
	exec "$BIN/supervise" "\$@"
	X
	SUPERVISE_BELL=1 SUPERVISE_HANDOVER=2 PATH=$PWD/bin:$PATH scanner
	wait_until up sv/a
	run ! grep SUPERVISE_ environment
	vital sv/a
	svc -t sv/a
	wait_until key_is sv/a deaths 1
	wait_until up sv/a
	svc -h sv/a
	exits $((128 + 1))
}

@test "rung by a supervise that is killed before svscan has heard it" {
	gated a
	vital sv/a
	scanner
	wait_until up sv/a
	kill -STOP "$scanner"
	echo 31 >gate.a
	wait_until key_is sv/a state failed
	kill -KILL "$(supervise_of sv/a)"
	kill -CONT "$scanner"
	exits 31
}

# ---- A killed svscan

@test "after svscan was killed old and new supervises ring at its successor" {
	local case old
	for case in old new third; do
		rm -rf err scan sv gate.*
		mkdir scan sv
		gated a
		gated b
		vital sv/a
		vital sv/b
		scanner
		wait_until up sv/a
		wait_until up sv/b
		murder_scanner
		old=$(supervise_of sv/b)
		kill -KILL "$old"
		scanner
		wait_until revived sv/b "$old"
		wait_until contains err "adopted a"
		# How the one ends that lost its parents need not be known.
		svc -t sv/b
		wait_until key_is sv/b deaths 1
		wait_until up sv/b
		if [ "$case" = third ]; then
			murder_scanner
			scanner
			wait_until counts err "adopted a" 2
			wait_until contains err "adopted b"
		fi
		if [ "$case" = new ]; then
			echo 42 >gate.b
			exits 42
		else
			echo 41 >gate.a
			exits 41
		fi
	done
}

@test "a service that failed while there was no svscan stops its successor, with its true status" {
	script sv/a/start <<-'X'
	#!/bin/sh
	read line <../../gate.a
	exit $line
	X
	mkfifo gate.a
	touch sv/a/essential
	ln -s ../sv/a scan/a
	sleeper b
	scanner
	wait_until key_is sv/a state starting
	wait_until up sv/b
	murder_scanner
	echo 51 >gate.a
	wait_until key_is sv/a state failed
	run ! grep 'no effect' err
	scanner
	exits 51
	contains err "svscan: adopted a"
	contains err "essential service a failed (exit code 51)"
}

@test "one that failed and was mended while there was no svscan stops nothing" {
	gated a
	vital sv/a
	sleeper b
	scanner
	wait_until up sv/a
	wait_until up sv/b
	murder_scanner
	echo 52 >gate.a
	wait_until key_is sv/a state failed
	svc -u sv/a
	wait_until up sv/a
	scanner
	wait_until contains err "svscan: adopted a"
	wait_until contains err "svscan: adopted b"
	# What it says from now on counts.
	echo 53 >gate.a
	exits 53
	contains err "essential service a failed (exit code 53)"
}

@test "a supervise that is killed before it could ring lets its successor ring" {
	command -v strace >/dev/null || skip "needs strace"
	gated a
	vital sv/a
	scanner
	wait_until up sv/a
	local old
	old=$(supervise_of sv/a)
	# At the write that rings.
	background strace -o /dev/null -P "$(readlink "/proc/$old/fd/3")" -e trace=write \
		-e inject=write:error=EPIPE:signal=KILL:when=1 -p "$old" 2>strace.err
	wait_until contains strace.err attached
	echo 54 >gate.a
	wait_until gone "$old"
	exits 54
}

@test "one that had failed before it was adopted is known by its state" {
	local case
	for case in '61 61' 'KILL 137'; do
		rm -rf err scan sv gate.*
		mkdir scan sv
		gated a
		vital sv/a
		# Its parent is no svscan, and dies.
		background sh -c 'cd scan; supervise a & wait' 2>>err
		local parent=$!
		wait_until up sv/a
		kill -KILL "$parent"
		wait_until gone "$parent"
		echo "${case% *}" >gate.a
		wait_until key_is sv/a state failed
		wait_until counts err "a/essential has no effect" 1
		scanner
		exits "${case#* }"
	done
	# A state that does not tell how.
	rm -rf err scan sv
	mkdir scan sv
	script sv/a/start <<-'X'
	#!/bin/sh
	exit 1
	X
	touch sv/a/essential
	ln -s ../sv/a scan/a
	background sh -c 'cd scan; supervise a & wait' 2>>err
	local parent=$!
	wait_until key_is sv/a state failed
	kill -KILL "$parent"
	wait_until gone "$parent"
	scanner
	exits 111
	contains err "essential service a failed (nobody knows how)"
}

@test "a pipe that a foreign supervise has inherited is not read" {
	gated a
	mkfifo theirs gate.reader
	# A pipe without a name, as the bell is one; who reads it is another program.
	background sh -c 'cd scan; { supervise a 3>&1 >/dev/null & echo $! >../number; sleep 100000; } |
		{ read -r line <../gate.reader; exec cat >../got; }' 2>>err
	local parent=$! pid
	wait_until up sv/a
	pid=$(supervise_of sv/a)
	[[ $(readlink "/proc/$pid/fd/3") == pipe:* ]]
	kill -KILL "$(cut -d' ' -f4 "/proc/$pid/stat")"
	scanner
	wait_until contains err "adopted a"
	run ! grep -F "$(readlink "/proc/$pid/fd/3")" <(ls -l "/proc/$scanner/fd")
	echo 1 >gate.a
	kill -TERM "$scanner"
	wait_until gone "$scanner"
}

# ---- Oneshots

@test "a directory with start alone is complete; done, it is torn down in the stop, before its logger" {
	mkdir scan/made
	scanner -g 60000
	script new/start <<-'X'
	#!/bin/sh
	echo started
	X
	script new/stop <<-'X'
	#!/bin/sh
	echo torn down
	X
	script new/log/run <<-'X'
	#!/bin/sh
	exec multilog ./main
	X
	mv new sv/a
	ln -s ../sv/a scan/a
	wait_until key_is sv/a state done
	# Made in place.
	script scan/made/stop <<-'X'
	#!/bin/sh
	echo stopped >../../made
	X
	script ./made.start <<-'X'
	#!/bin/sh
	echo started >../../made
	X
	mv made.start scan/made/start # whole: a slow shell may take longer to make it than is waited for
	wait_until key_is scan/made state done
	[ "$(cat made)" = started ]
	kill -TERM "$scanner"
	exits 0
	[ "$(cat sv/a/log/main/current)" = "started
torn down" ]
	[ "$(cat made)" = stopped ]
	run ! grep -e killing -e warning err
}

# ---- Elsewhere

@test "under another svscan, or from a shell: one warning, no other effect" {
	need_peer
	gated a
	vital sv/a
	mkdir bin
	ln -s "$BIN/supervise" bin
	PATH=$PWD/bin:$PATH background "$PEER/svscan" scan 2>>err
	scanner=$!
	local round
	for round in 1 2; do
		wait_until up sv/a
		echo 1 >gate.a
		wait_until key_is sv/a state failed
		alive "$scanner"
		svc -u sv/a
	done
	wait_until up sv/a
	[ "$(grep -v 'a failed: died with' err)" = "supervise: warning: a/essential has no effect: supervise was not started by upkeep's svscan" ]
	end_all
	rm err
	background supervise sv/a 2>>err
	wait_until up sv/a
	echo 1 >gate.a
	wait_until key_is sv/a state failed
	wait_until contains err essential
	[ "$(grep -v 'a failed: died with' err)" = "supervise: warning: sv/a/essential has no effect: supervise was not started by upkeep's svscan" ]
}

@test "daemontools 0.76's supervise runs under our svscan as before" {
	need_peer
	sleeper a
	mkdir bin
	ln -s "$PEER/supervise" bin
	PATH=$PWD/bin:$PATH scanner
	wait_until up sv/a
	kill -TERM "$scanner"
	exits 0
	run ! grep -e killing -e left-over err
}
