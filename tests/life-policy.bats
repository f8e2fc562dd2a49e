# How soon a service is started again and when it is not, and what becomes of the processes that a
# run leaves behind.

load helper
load service
load life

setup() {
	cd "$BATS_TEST_TMPDIR"
}

# dying: a service that writes down when it is started, in ms, and dies.
dying() {
	script web/run <<-'X'
	echo $(($(date +%s%N) / 1000000)) >>../starts
	exit 1
	X
}

started() { [ "$(cat starts 2>/dev/null | wc -l)" -ge "$1" ]; }

# ---- backoff

@test "backoff doubles from start to start up to its maximum; state tells when the next one is" {
	dying
	setting web/backoff '100 800'
	start web
	wait_until started 7
	local -a at
	mapfile -t at <starts
	local i least=100
	for i in 1 2 3 4 5 6; do
		# Written after the execution, which may take longer once, and shorter the next time.
		[ $((at[i] - at[i - 1])) -ge $((least - 60)) ]
		[ $least = 800 ] || least=$((2 * least))
	done
	wait_until state_is web backoff
	key_is web backoff 800
	[[ $(key web next_start) == @* ]]
	[[ $(key web next_start) > $(key web since) ]]
}

@test "u, o and r start at once and begin with the shortest pause again; d ends it" {
	local letter count
	dying
	setting web/backoff '1 100000'
	start web
	long() { state_is web backoff && [ "$(key web backoff)" -ge 256 ]; }
	wait_until long
	setting web/backoff '100000 100000'
	for letter in u r o u; do
		count=$(lines starts)
		svc -$letter web
		wait_until started $((count + 1))
		[ $letter = o ] && wait_until state_is web down || wait_until state_is web backoff
	done
	count=$(lines starts)
	svc -d web
	wait_until state_is web down
	key_is web next_start ''
	svc -p web
	[ "$(lines starts)" = "$count" ]
}

@test "O in the pause calls the start off, with the stop that is owed" {
	dying
	tell web/stop
	setting web/backoff '100000 100000'
	start web
	wait_until state_is web backoff
	svc -O web
	wait_until state_is web down
	events_are stop
	[ "$(lines starts)" = 1 ]
}

@test "x in the pause leaves at once, after the stop that is owed" {
	dying
	tell web/stop
	setting web/backoff '100000 100000'
	start web
	wait_until state_is web backoff
	svc -x web
	wait_until gone $supervisor
	events_are stop
}

@test "without the file, and with 1000 1000: a second from start to start" {
	dying
	start web
	wait_until started 4
	local -a at
	mapfile -t at <starts
	[ $((at[3] - at[0])) -ge 2900 ]
	wait_until key_is web backoff 1000
}

# ---- max-deaths

@test "max-deaths: one death more than N within MS is one too many; 0 the first one" {
	dying
	tell web/finish
	tell web/stop
	tell web/start
	setting web/backoff '0 1'
	setting web/max-deaths '3 60000'
	start web
	wait_until state_is web failed
	[ "$(lines starts)" = 4 ]
	key_is web deaths 4
	[ "$(cut -d' ' -f1 events | tr '\n' ' ')" = "start finish finish finish finish stop " ]
	key_is web exit 1
	# The way out, and the count begins anew.
	svc -u web
	wait_until started 8
	wait_until state_is web failed
	[ "$(lines starts)" = 8 ]
	setting web/max-deaths 0
	svc -u web
	wait_until started 9
	wait_until state_is web failed
	[ "$(lines starts)" = 9 ]
	setting web/max-deaths '2 1' # too far apart to count
	setting web/backoff '50 50'
	svc -u web
	wait_until started 15
}

@test "what a command has ended is no such death: t, k, r, i, q, b, with and without a plus; d" {
	local letter count=0
	tell web/run 'exec sleep 100000'
	setting web/max-deaths 0
	setting web/backoff '0 1'
	start web
	wait_until state_is web ready
	for letter in t k r b +t +k; do
		svc -$letter web
		count=$((count + 1))
		wait_until happened run $((count + 1))
		wait_until state_is web ready
	done
	svc -d web
	wait_until state_is web down
	svc -u web
	wait_until state_is web ready
	svc -h web # HUP asks to read again: who dies of it is a casualty
	wait_until state_is web failed
}

@test "a signal that was survived excuses only the next ten seconds" {
	script web/run <<-'X'
	trap '' QUIT
	until rm ../end 2>/dev/null; do sleep 0.05; done
	exit 7
	X
	setting web/max-deaths 0
	setting web/backoff '0 1'
	start web
	wait_until state_is web ready
	svc -q web
	wait_until key_is web commands 1
	: >end
	wait_until key_is web deaths 1
	wait_until state_is web ready # it may have been that
	svc -q web
	sleep 11 # no condition: the rule itself is a time
	: >end
	wait_until state_is web failed
	key_is web deaths 2
}

@test "an exit with 0 is a death; one that is wanted once only is not failed" {
	script web/run <<<'exit 0'
	setting web/max-deaths 0
	start web
	wait_until state_is web failed
	key_is web exit 0
	svc -d web
	wait_until state_is web down
}

@test "the last eight deaths, the newest first" {
	script web/run <<-'X'
	n=$(cat ../n); echo $((n + 1)) >../n
	[ $n = 4 ] && kill -KILL $$
	exit $n
	X
	echo 1 >n
	setting web/max-deaths '9 100000'
	setting web/backoff '0 1'
	start web
	wait_until state_is web failed
	key_is web deaths 10
	local deaths
	deaths=$(key web last_deaths)
	[ "$(wc -w <<<"$deaths")" = 8 ]
	[ "$(tr ' ' '\n' <<<"$deaths" | cut -d/ -f2,3 | tr '\n' ' ')" = \
		"exit/10 exit/9 exit/8 exit/7 exit/6 exit/5 signal/KILL exit/3 " ]
	[ "$(tr ' ' '\n' <<<"$deaths" | cut -d/ -f1)" = "$(tr ' ' '\n' <<<"$deaths" | cut -d/ -f1 | sort -r)" ]
}

# ---- leftovers

# worker: a run with a worker in its group that ignores TERM, one that obeys, and one that has
# detached itself; their numbers are in ./stubborn, ./obedient and, all of them, ./detached.
worker() {
	script web/run <<-'X'
	(trap '' TERM; exec sleep 100001) &
	echo $! >../stubborn
	sleep 100002 &
	echo $! >../obedient
	setsid sh -c 'echo $$ >>../detached; exec sleep 100003' &
	until grep -qx $! ../detached 2>/dev/null; do sleep 0.02; done
	echo armed >>../events
	exec sleep 100000
	X
	tell web/finish 'for w in stubborn obedient detached; do kill -0 $(tail -n 1 ../$w) 2>/dev/null && echo $w >>../events; done; exit 0'
}

@test "group: its own end before finish, KILL after TERM; what detached itself lives and is counted" {
	worker
	start web
	wait_until happened armed 1
	svc -k web
	wait_until happened armed 2
	[ "$(sed 's/^finish.*/finish/' events | tr '\n' ' ')" = "armed finish detached armed " ]
	key_is web strays 1
	svc -d web
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
	svc -t web
	wait_until state_is web finishing
	wait_until gone "$(cat obedient)"
	key_is web child ''
	alive "$(cat stubborn)" || skip "too slow a machine to see it"
	svc -k web
	wait_until gone "$(cat stubborn)"
	wait_until happened armed 2
}

@test "keep: nothing is touched, as 0.76 does it" {
	worker
	setting web/leftovers keep
	start web
	wait_until happened armed 1
	svc -d web
	wait_until state_is web down
	alive "$(cat stubborn)" && alive "$(cat obedient)" && alive "$(cat detached)"
	key_is web strays 3
}

@test "tree: every descendant, detached twice over, and stubborn" {
	setting web/leftovers tree
	script web/run <<-'X'
	setsid sh -c '(trap "" TERM HUP; setsid sh -c "echo \$\$ >../deep.new; mv ../deep.new ../deep; exec sleep 100001") & exit' &
	(trap '' TERM; exec sleep 100002) &
	echo $! >../stubborn
	setsid sh -c 'trap "echo asked >>../events; exit" TERM; : >../kind; while :; do sleep 0.02; done' &
	while [ ! -e ../deep ] || [ ! -e ../kind ]; do sleep 0.02; done
	echo armed >>../events
	exec sleep 100000
	X
	tell web/notify 'exec sleep 100003' # belongs to supervise, not to the tree
	start web
	wait_until happened armed 1
	svc -d web
	wait_until state_is web down
	gone "$(cat deep)"
	gone "$(cat stubborn)"
	key_is web strays 0
	happened asked 1 # before force is used
}

@test "what an earlier run has left is ended by tree as soon as it is wished for" {
	worker
	start web
	wait_until happened armed 1
	svc -d web
	wait_until state_is web down
	alive "$(cat detached)"
	setting web/leftovers tree
	svc -u web
	wait_until happened armed 2
	svc -d web
	wait_until state_is web down
	local pid
	for pid in $(cat detached); do
		gone "$pid"
	done
	key_is web strays 0
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
		svc -k web
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
		svc -k web
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
		murder
		start web
		wait_until is_ours web
		svc -d web
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
