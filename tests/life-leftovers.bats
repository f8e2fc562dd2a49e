# What becomes of the processes that a run leaves behind.

load helper
load service
load life

setup() {
	cd "$BATS_TEST_TMPDIR"
}

# worker: a run with a worker in its group that ignores TERM, one that obeys, and one that has
# detached itself; their numbers are in ./stubborn, ./obedient and, all of them, ./detached.
worker() {
	script web/run <<-'X'
	rm -f ../stubborn
	(trap '' TERM; exec sh -c 'echo $$ >../stubborn; exec sleep 100001') &
	sleep 100002 &
	echo $! >../obedient
	setsid sh -c 'echo $$ >>../detached; exec sleep 100003' &
	until grep -qx $! ../detached 2>/dev/null; do sleep 0.02; done
	until [ -s ../stubborn ]; do sleep 0.02; done
	echo armed >>../events
	exec sleep 100000
	X
	tell web/finish 'for w in stubborn obedient detached; do kill -0 $(tail -n 1 ../$w) 2>/dev/null && echo $w >>../events; done; exit 0'
}

@test "group: its own end before finish, KILL after TERM; what detached itself lives and is counted" {
	worker
	start web
	wait_until happened armed 1
	wait_until state_is web ready
	obeyed web k
	wait_until happened armed 2
	[ "$(sed 's/^finish.*/finish/' events | tr '\n' ' ')" = "armed finish detached armed " ]
	wait_until key_is web strays 1
	obeyed web d
	wait_until state_is web down
	local pid
	for pid in $(cat detached); do
		alive "$pid"
	done
	wait_until key_is web strays 2
	kill "$pid"
	wait_until key_is web strays 1
}

@test "the cleaning is a state in which commands are obeyed: k ends it at once, x and u are kept" {
	worker
	start web
	wait_until happened armed 1
	local obedient stubborn
	obedient=$(cat obedient)
	stubborn=$(cat stubborn)
	obeyed web t
	cleaning() { state_is web finishing && gone "$obedient" && key_is web child '' && alive "$stubborn"; }
	cleaned() { cleaning || gone "$stubborn"; }
	wait_until cleaned
	cleaning || skip "too slow a machine to see it"
	obeyed web k
	wait_until gone "$stubborn"
	wait_until happened armed 2
}

@test "what a oneshot has left behind is counted, too" {
	tell web/start 'setsid sh -c "echo \$\$ >../left; exec sleep 100000" &' 'until [ -s ../left ]; do sleep 0.02; done'
	start web
	wait_until key_is web state done
	wait_until key_is web strays 1
	kill "$(cat left)"
	wait_until key_is web strays 0
}

@test "keep: nothing is touched, as 0.76 does it" {
	worker
	setting web/leftovers keep
	start web
	wait_until happened armed 1
	obeyed web d
	wait_until state_is web down
	alive "$(cat stubborn)" && alive "$(cat obedient)" && alive "$(cat detached)"
	wait_until key_is web strays 3
}

@test "tree: every descendant, detached twice over, and stubborn" {
	setting web/leftovers tree
	script web/run <<-'X'
	setsid sh -c '(trap "" TERM HUP; setsid sh -c "echo \$\$ >../deep.new; mv ../deep.new ../deep; exec sleep 100001") & exit' &
	(trap '' TERM; exec sleep 100002) &
	echo $! >../stubborn
	setsid sh -c 'trap "echo asked >>../events; exit" TERM; sleep 100003 & : >../kind; wait' &
	while [ ! -e ../deep ] || [ ! -e ../kind ]; do sleep 0.02; done
	echo armed >>../events
	exec sleep 100000
	X
	tell web/notify 'exec sleep 100003' # belongs to supervise, not to the tree
	start web
	wait_until happened armed 1
	wait_until state_is web ready
	obeyed web d
	# While processes come and go all over the machine, that a tree is empty is seen late.
	LIMIT=300 wait_until state_is web down
	gone "$(cat deep)"
	gone "$(cat stubborn)"
	key_is web strays 0
	happened asked 1 # before force is used
}

@test "tree: a look that fails finds nobody gone who is not" {
	command -v strace >/dev/null || skip "needs strace"
	local look supervisor
	setting web/leftovers tree
	script web/run <<-'X'
	setsid sh -c 'trap "" TERM; echo $$ >../left.new; mv ../left.new ../left; exec sleep 100000' &
	while [ ! -e ../left ]; do sleep 0.02; done
	echo armed >>../events
	exec sleep 100000
	X
	# The first one finds the death, the others what it has left.
	for look in 3 4 5; do
		rm -f left events
		start web strace -D -qq -o /dev/null -e inject=waitid:error=ENOMEM:when=$look
		wait_until happened armed 1
		svc -dx web
		wait_until gone "$supervisor"
		gone "$(cat left)"
	done
}

@test "what an earlier run has left is ended by tree as soon as it is wished for" {
	worker
	start web
	wait_until happened armed 1
	obeyed web d
	wait_until state_is web down
	alive "$(cat detached)"
	setting web/leftovers tree
	obeyed web u
	wait_until happened armed 2
	obeyed web d
	wait_until state_is web down
	local pid
	for pid in $(cat detached); do
		gone "$pid"
	done
	key_is web strays 0
}

@test "a member of the group that cannot be killed is reported and left; the service goes on" {
	need_root
	install -m 4755 "$(command -v setpriv)" becomes_root
	chmod a+x "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR/test" "$PWD"
	tell web/run '../becomes_root --reuid 0 --regid 0 --clear-groups sleep 100001 &' \
		'until [ "$(ps -o ruser= -p $!)" = root ]; do sleep 0.02; done' 'echo $! >../member' \
		'exec sleep 100000'
	chown -R nobody .
	chown 0 becomes_root && chmod 4755 becomes_root
	start web setpriv --reuid nobody --regid nogroup --clear-groups
	wait_until test -s member
	obeyed web k
	wait_until happened run 2
	[ "$(lines err)" = 1 ]
	contains err "supervise: warning: web: unable to end what it left in process group "
	alive "$(head -n 1 member)"
	counted() { [ "$(key web strays)" -ge 1 ]; }
	wait_until counted
}

@test "without /proc tree warns once and ends the group" {
	need_root
	setting web/leftovers tree
	setting web/backoff '0 1'
	worker
	printf '#!/bin/sh\nexit 0\n' >web/finish
	start web unshare -m sh -c 'umount -l /proc && exec "$@"' sh
	local count
	for count in 1 2 3; do
		wait_until happened armed $count
		wait_until state_is web ready
		obeyed web k
		wait_until key_is web deaths $count
	done
	wait_until happened armed 4
	said 'supervise: warning: web/leftovers: without /proc tree means group' 1
	said 'supervise: ' 1
}

@test "a worker that holds the port is gone before the next run asks for it" {
	command -v python3 >/dev/null || skip "needs python3"
	cat >serve.py <<-'X'
	import os, signal, socket, sys, time
	s = socket.socket(socket.AF_UNIX)
	s.bind('\0' + os.environ['UPKEEP_TEST'])
	s.listen()
	if os.fork() == 0:
	    signal.signal(signal.SIGTERM, signal.SIG_IGN)
	    time.sleep(100000)
	open('../events', 'a').write('bound\n')
	time.sleep(100000)
	X
	printf 'exec python3 ../serve.py 2>>../refused\n' | script web/run
	setting web/backoff '0 1'
	start web
	local count
	for count in 1 2; do
		wait_until happened bound $count
		obeyed web k
	done
	wait_until happened bound 3
	[ ! -s refused ]
}

@test "what an adopted run leaves in its group is ended before finish; its session with tree" {
	local setting
	for setting in group tree; do
		rm -rf web events left
		tell_all web
		setting web/leftovers $setting
		script web/run <<-'X'
		(trap '' TERM; exec sleep 100001) &
		echo $! >>../left
		bash -c 'set -m; sleep 100002 & echo $! >>../left'
		echo armed >>../events
		exec sleep 100000
		X
		start web
		wait_until happened armed 1
		wait_until state_is web ready
		murder
		start web
		wait_until is_ours web
		obeyed web d
		wait_until state_is web down
		wait_until gone "$(head -1 left)"
		if [ $setting = tree ]; then
			wait_until gone "$(tail -1 left)"
		else
			alive "$(tail -1 left)"
		fi
		[ "$(cut -d' ' -f1 events | tr '\n' ' ')" = "start armed finish stop " ]
		svc -x web
		wait_until gone "$supervisor"
		kill "$(tail -1 left)" 2>/dev/null || true
	done
}
