# A command on a real terminal: it has the foreground, what is typed is for it alone, and afterwards
# the terminal belongs to whoever had it. Not here: Ctrl-C without a command (svscan.bats).

load helper
load service
load scanner

setup() {
	cd "$BATS_TEST_TMPDIR"
	command -v script >/dev/null || skip "needs script"
	mkdir scan sv
	mkfifo keys
	exec 9<>keys
}

teardown() {
	exec 9>&-
	end_all
}

# ---- Words for the tests

# on_terminal COMMAND: runs it in a session of its own; its exit code goes into ./typescript.
on_terminal() {
	# Not by background(): an asynchronous command that is not redirected itself reads /dev/null.
	env --default-signal PS1='$ ' TERM=dumb \
		script -fqec "$1" typescript <keys >/dev/null 3>&- 4>&- 9>&- &
	session=$!
}

# keys TEXT: typed, with the escapes of printf.
keys() {
	printf "$1" >&9
}

# shows TEXT: on the terminal.
shows() {
	wait_until contains typescript "$1" || { cat typescript >&2; false; }
}

# ends CODE: the program on the terminal.
ends() {
	wait_until gone "$session" || { cat typescript >&2; false; }
	grep -q "COMMAND_EXIT_CODE=\"$1\"" typescript || { cat typescript >&2; false; }
}

# looper: a command, ./looper, that writes its number into ./pid, and at Ctrl-C exits with 9.
looper() {
	script ./looper <<-'X'
	#!/bin/sh
	trap 'echo interrupted; exit 9' INT
	echo $$ >pid
	while :; do sleep 0.02; done
	X
}

# in_foreground FILE: the process whose number is in it leads the foreground group.
in_foreground() {
	local stat
	[ -s "$1" ] && stat=$(cat "/proc/$(cat "$1")/stat") || return 1
	set -- $(cat "$1") ${stat##*) }
	[ "$1" = "$4" ] && [ "$4" = "$7" ]
}

stopped() {
	local stat
	[ -s "$1" ] && stat=$(cat "/proc/$(cat "$1")/stat") || return 1
	[[ ${stat##*) } == T* ]]
}

# ---- The tests

@test "Ctrl-C is for the command alone" {
	looper
	on_terminal "svscan -t 600000 scan -- ./looper"
	wait_until in_foreground pid
	keys '\003'
	ends 9
	contains typescript 'command ./looper ended (exit code 9): stopping within'
	run ! grep 'got SIG' typescript
}

@test "a shell as the command: Ctrl-C, Ctrl-Z and jobs as ever" {
	service a <<-'X'
	#!/bin/sh
	exec sleep 100000
	X
	on_terminal "svscan -t 600000 scan -- bash --norc -i"
	wait_until up sv/a
	keys 'echo $$ >pid\n'
	wait_until in_foreground pid
	keys 'sh -c '"'"'echo $$ >job; exec sleep 100000'"'"'\n'
	wait_until in_foreground job
	keys '\003'
	wait_until in_foreground pid
	keys 'echo after-$?\n'
	shows after-130
	rm job
	keys 'sh -c '"'"'echo $$ >job; exec sleep 100000'"'"'\n'
	wait_until in_foreground job
	keys '\032'
	wait_until stopped job
	shows Stopped
	keys 'fg\n'
	wait_until in_foreground job
	keys '\003'
	wait_until in_foreground pid
	up sv/a
	keys 'exit 5\n'
	ends 5
}

@test "a resized terminal is told to the command" {
	script ./sized <<-'X'
	#!/usr/bin/env bash
	trap 'stty size >size' WINCH
	tty >terminal
	echo $$ >pid
	until [ -e enough ]; do sleep 0.02; done
	X
	on_terminal "svscan -t 600000 scan -- ./sized"
	wait_until in_foreground pid
	# Rows alone: stty would tell of columns by a second signal, which a bash that handles the first loses.
	stty -F "$(cat terminal)" rows 33
	wait_until grep -qs '^33 ' size
	touch enough
	ends 0
}

@test "afterwards the terminal is that of whoever had it" {
	script ./outer <<-'X'
	#!/bin/sh
	svscan -t 600000 scan -- sh -c 'exit 4'
	echo status-$?
	read line
	echo "read-$line"
	X
	on_terminal ./outer
	shows status-4
	keys 'something\n'
	ends 0
	contains typescript read-something
}

@test "Ctrl-Z where no shell could ever continue it has no effect" {
	looper
	on_terminal "svscan -t 600000 scan -- ./looper"
	wait_until in_foreground pid
	keys '\032'
	keys '\003'
	ends 9
}

@test "Ctrl-Z under a shell gives that its prompt; fg gives the command the terminal again" {
	looper
	on_terminal "bash --norc -i"
	keys 'svscan -t 600000 scan -- ./looper\n'
	wait_until in_foreground pid
	keys '\032'
	shows Stopped
	stopped pid
	mv pid looper.pid
	keys 'echo $$ >pid\n'
	wait_until in_foreground pid
	keys 'fg\n'
	wait_until in_foreground looper.pid
	keys '\003'
	shows interrupted
	wait_until in_foreground pid
	keys 'exit 6\n'
	ends 6
}

@test "in the background it stops when it wants to read; fg gives it the terminal" {
	script ./reader <<-'X'
	#!/bin/sh
	echo $PPID >parent
	echo $$ >pid
	read line
	echo "got-$line"
	exit 3
	X
	on_terminal "bash --norc -i"
	keys 'svscan -t 600000 scan -- ./reader & echo $$ >shell\n'
	wait_until stopped pid
	wait_until stopped parent # or the shell knows of nothing yet
	wait_until in_foreground shell
	keys '\n'
	shows Stopped
	keys 'fg\n'
	wait_until in_foreground pid
	keys 'something\n'
	shows got-something
	wait_until in_foreground shell
	keys 'exit 7\n'
	ends 7
}

@test "as process 1, too: Ctrl-Z is nothing, Ctrl-C is for the command" {
	need_root
	looper
	# The terminal shows numbers from outside, so the foreground cannot be told by the file pid.
	on_terminal "unshare --pid --fork --mount-proc svscan -t 600000 scan -- ./looper"
	wait_until test -s pid
	keys '\032'
	keys '\003'
	ends 9
	contains typescript interrupted
	run ! grep 'got SIG' typescript
}
