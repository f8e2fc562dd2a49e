# Why everything ended: the reason, the last log lines, the termination log, and the last script.
# Not here: exit codes (command.bats, essential.bats).

load helper
load service
load scanner

setup() {
	cd "$BATS_TEST_TMPDIR"
	PATH=$BIN:/usr/bin:/bin # directories that everybody may search
	mkdir scan sv
	if [ "$(id -u)" = 0 ]; then
		mounts=(unshare --mount)
	else
		mounts=(unshare --user --map-root-user --mount)
	fi
}

# ---- Words for the tests

# failing NAME [CODE]: an essential service that says 20 lines, and dies; its log is sv/NAME/log/main.
failing() {
	service "$1" <<-X
	#!/bin/sh
	i=0
	while [ \$i -lt 20 ]; do i=\$((i + 1)); echo "line \$i."; done
	printf 'last words\033[31m\n'
	exit ${2:-9}
	X
	touch "sv/$1/essential"
	echo 0 >"sv/$1/max-deaths"
	script "sv/$1/log/run" <<-'X'
	#!/bin/sh
	exec multilog t ./main
	X
}

# finish: scan/.svscan/finish from standard input.
finish() {
	script scan/.svscan/finish
}

# last_lines: those of err that follow the title.
last_lines() {
	sed -n '/^svscan: the last lines of/,$s/^svscan:     //p' err
}

# ends CODE COMMAND...: it exits with that; its messages are in ./err.
ends() {
	local code=0
	"${@:2}" 2>err || code=$?
	[ "$code" = "$1" ] || { cat err >&2; false; }
}

# ---- The reason

@test "who, why and how, and the last lines of its log without their labels" {
	failing a
	ends 9 svscan -g 60000 scan
	grep -Eq '^svscan: stopped after [0-9]+ ms: essential service a failed \(exit code 9\)$' err
	contains err 'svscan: the last lines of a/log/main/current:'
	last_lines >told
	[ "$(lines told)" = 10 ]
	[ "$(head -n 1 told)" = "line 12." ]
	[ "$(tail -n 1 told)" = "last words?[31m" ]
}

@test "the tabs of a traceback are blanks, not masked" {
	failing a
	printf '#!/bin/sh\nprintf "at\\tmain\\n"\nexit 9\n' >sv/a/run
	ends 9 svscan -g 60000 scan
	[ "$(last_lines)" = "at main" ]
}

@test "no lines without a log, from the archive if the log has just begun, none on a good end" {
	failing a 0
	ends 0 svscan -g 60000 scan
	run ! grep 'last lines' err
	failing b
	rm -r scan/a sv/b/log
	ends 9 svscan -g 60000 scan
	run ! grep 'last lines' err
	contains err 'essential service b failed (exit code 9)'
	failing c
	rm scan/b
	mkdir -p sv/c/log/main
	echo 'old words' >sv/c/log/main/@4000000000000000000000ff.s
	printf '#!/bin/sh\nexit 9\n' >sv/c/run
	ends 9 svscan -g 60000 scan
	contains err 'svscan: the last lines of c/log/main/@4000000000000000000000ff.s:'
	[ "$(last_lines)" = "old words" ]
}

@test "the termination log has both; what is there stays while there is room; at most 4 KB" {
	"${mounts[@]}" true 2>/dev/null || skip "needs mount namespaces"
	failing a
	script ./inside <<-'X'
	#!/bin/sh
	mkdir dev
	touch dev/null dev/termination-log
	mount --bind /dev/null dev/null
	mount --rbind dev /dev
	svscan -g 60000 scan 2>err
	cat dev/termination-log >first
	printf 'from the program' >dev/termination-log
	svscan -g 60000 scan 2>err
	cat dev/termination-log >second
	printf '%04000d' 0 >dev/termination-log
	svscan -g 60000 scan 2>err
	cat dev/termination-log >third
	: >dev/termination-log
	mv scan/a a
	svscan -g 60000 scan -- true
	cat dev/termination-log >fourth
	svscan -g 60000 scan -- nothing
	cat dev/termination-log >fifth
	# It may be only to be written to.
	: >dev/termination-log
	chmod 200 dev/termination-log
	setpriv --bounding-set=-all --inh-caps=-all svscan -g 60000 scan -- nothing
	chmod 600 dev/termination-log
	cat dev/termination-log >sixth
	exit 0
	X
	"${mounts[@]}" ./inside
	[ "$(head -n 1 first)" = "essential service a failed (exit code 9)" ]
	[ "$(sed -n 2p first)" = "the last lines of a/log/main/current:" ]
	[ "$(sed -n 3p first)" = "    line 12." ]
	[ "$(tail -n 1 first)" = "    last words?[31m" ]
	[ "$(lines first)" = 12 ]
	[ "$(head -n 1 second)" = "from the program" ]
	[ "$(lines second)" = 13 ]
	tail -n +2 second | diff first -
	[ "$(head -n 1 third)" = "essential service a failed (exit code 9)" ]
	[ ! -s fourth ]
	[ "$(cat fifth)" = "unable to execute command nothing: file does not exist" ]
	diff fifth sixth
}

@test "lines without end are cut, so that all ten fit into 4 KB" {
	"${mounts[@]}" true 2>/dev/null || skip "needs mount namespaces"
	failing a
	script sv/a/run <<-'X'
	#!/bin/sh
	for i in 0 1 2 3 4 5 6 7 8 9; do printf "$i%01000d\n" 0; done
	exit 9
	X
	script ./inside <<-'X'
	#!/bin/sh
	mkdir dev
	touch dev/null dev/termination-log
	mount --bind /dev/null dev/null
	mount --rbind dev /dev
	svscan -g 60000 scan 2>err
	cat dev/termination-log >got
	exit 0
	X
	"${mounts[@]}" ./inside
	[ "$(lines got)" = 12 ]
	[ "$(stat -c %s got)" -le 4096 ]
	[ "$(grep -c '^    [0-9]0*$' got)" = 10 ]
}

# ---- The last script

@test "finish is told the cause, in the scan directory, when all has ended, and changes no exit code" {
	service a <<-'X'
	#!/bin/sh
	trap 'sleep 0.1; echo a >>../../order; exit' TERM
	: >../../armed
	while :; do sleep 0.02; done
	X
	finish <<-'X'
	#!/bin/sh
	echo "$0: $*" >>../order
	pwd -P >../where
	exit 33
	X
	background svscan -g 60000 -t 600000 scan 2>>err
	scanner=$!
	wait_until test -e armed
	kill -TERM "$scanner"
	wait_until gone "$scanner"
	wait "$scanner"
	[ "$(cat order)" = $'a\n./.svscan/finish: stop TERM' ]
	[ "$(cat where)" = "$PWD/scan" ]
	contains err 'svscan: warning: .svscan/finish ended (exit code 33)'
	rm scan/a order
	run -3 svscan -g 60000 scan -- sh -c 'exit 3'
	run -137 svscan -g 60000 scan -- sh -c 'kill -KILL $$'
	run -0 svscan -g 60000 -e 143 scan -- sh -c 'kill $$'
	run -127 svscan -g 60000 scan -- nothing
	failing v 5
	run -5 svscan -g 60000 scan
	sed -i 's,^[^:]*: ,,' order
	[ "$(tr '\n' , <order)" = "exit 3,signal KILL,signal TERM,exit 127,exit 5," ]
}

@test "finish that hangs is killed with its group; one that cannot be executed is reported" {
	finish <<-'X'
	#!/bin/sh
	trap '' TERM INT
	sleep 100000 &
	sleep 100000
	X
	run -2 svscan -g 400 scan -- sh -c 'exit 2'
	[[ $output == *'svscan: killing .svscan/finish, which did not end in time'* ]]
	nothing_left() { [ -z "$(started_by_us)" ]; }
	wait_until nothing_left
	chmod -x scan/.svscan/finish
	run -2 svscan -g 60000 scan -- sh -c 'exit 2'
	[[ $output == *'svscan: warning: unable to start .svscan/finish: access denied'* ]]
	finish <<-'X'
	#!/nowhere/interpreter
	X
	run -2 svscan -g 60000 scan -- sh -c 'exit 2'
	[[ $output == *'svscan: warning: unable to start .svscan/finish: file does not exist'* ]]
	run ! grep 'exit code 111' <<<"$output"
}

@test "finish that runs when a signal comes again is killed at once" {
	finish <<-'X'
	#!/bin/sh
	trap '' TERM INT
	touch ../runs
	while :; do sleep 0.02; done
	X
	background svscan -g 6000000 scan 2>err
	scanner=$!
	wait_until takes_term svscan "$scanner"
	kill -TERM "$scanner"
	wait_until test -e runs
	kill -TERM "$scanner"
	wait_until gone "$scanner"
	wait "$scanner"
	contains err 'svscan: killing .svscan/finish, which did not end in time'
}
