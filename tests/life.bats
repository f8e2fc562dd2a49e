# The life of a service: start, run, finish, stop; what they are told, their limits, their failures;
# oneshots; commands in each state. Settings: life-settings.bats; readiness and health:
# life-ready.bats; notify: life-notify.bats; restarts and leftovers: life-policy.bats; each command in
# each state: life-commands.bats; a killed supervise: life-adoption.bats.

load helper
load service
load life

setup() {
	cd "$BATS_TEST_TMPDIR"
}

# ---- Order

@test "start, run, finish, stop: in this order, each when it is due" {
	tell_all web
	start web
	wait_until events_are 'start run'
	wait_until state_is web ready
	obeyed web d
	wait_until state_is web down
	events_are "start run finish $(sed -n 's/^finish //p' events) stop"
	: >events
	obeyed web u
	wait_until events_are 'start run'
	# Between two runs that nobody brought down there is neither stop nor start.
	obeyed web t
	wait_until happened run 2
	obeyed web r
	wait_until happened run 3
	[ "$(cut -d' ' -f1 events | tr '\n' ' ')" = "start run finish run finish run " ]
	obeyed web o # once: it is not brought down by hand, but goes down all the same
	wait_until key_is web want once
	obeyed web t
	wait_until state_is web down
	[ "$(cut -d' ' -f1 events | tail -2 | tr '\n' ' ')" = "finish stop " ]
	[ ! -s err ]
}

@test "none runs before the one before it has ended" {
	local name
	for name in start stop finish; do
		tell web/$name 'sleep 0.3' "echo $name-ended >>../events"
	done
	tell web/run 'trap "echo run-ended >>../events; exit" TERM' 'echo armed >>../events' 'while :; do sleep 0.02; done'
	start web
	wait_until happened armed 1
	obeyed web d
	wait_until state_is web down
	[ "$(sed 's/^finish .*/finish/' events | tr '\n' ' ')" = \
		"start start-ended run armed run-ended finish finish-ended stop stop-ended " ]
}

@test "finish is told exit code, signal, name and group" {
	local how name pid count=0
	tell web/finish
	printf 'echo $$ >>../pids\nread how <../how\neval "$how"\n' | script web/run
	mkfifo how
	setting web/backoff '0 1'
	start web
	for how in 'exit 0' 'exit 7' 'exit 255' 'kill -TERM $$' 'kill -KILL $$' 'kill -USR1 $$'; do
		echo "$how" >how
		count=$((count + 1))
		wait_until happened 'finish .*' $count
	done
	paste -d' ' <(head -6 pids) <(head -6 events) | while read -r pid name code signal service group; do
		[ "$group" = "$pid" ] && [ "$service" = web ]
		echo "$code $signal"
	done >seen
	[ "$(tr '\n' ' ' <seen)" = "0 0 7 0 255 0 256 15 256 9 256 10 " ]
	[ ! -s err ]
}

@test "what supervise is called goes to finish and notify as it is, however strange" {
	local dir="./a b/\$x;'q\"" word
	printf 'for w in "$@"; do echo "<$w>" >>"../../events"; done\n' | script "$dir/finish"
	printf 'exit 3\n' | script "$dir/run"
	setting "$dir/max-deaths" 0
	start "$dir"
	wait_until state_is "$dir" failed
	[ "$(head -3 events | tr -d '\n')" = "<3><0><$dir>" ]
}

@test "the other scripts get no arguments, the service directory, run's descriptors, a group each" {
	local name
	for name in start run finish stop; do
		script web/$name <<-X
		echo "$name \$(pwd) \$0 \$(ps -o pgid= -p \$\$ | tr -d ' ') \$\$ \$(ls /proc/self/fd | tr '\n' ' ')" >>../events
		[ $name != run ] || exec sleep 100000
		X
	done
	start web
	wait_until state_is web ready
	wait_until contains events 'run '
	obeyed web d
	wait_until state_is web down
	[ "$(lines events)" = 4 ]
	local dir file group pid fds expected=
	while read -r name dir file group pid fds; do
		[ "$dir" = "$PWD/web" ] && [ "$file" = "./$name" ] && [ "$group" = "$pid" ]
		[ "$fds" = "${expected:=$fds}" ]
	done <events
}

# ---- start

@test "a start that fails: failed, run is not started, nothing is owed; u tries again" {
	tell_all web
	tell web/start '[ -e ../good ]'
	start web
	wait_until state_is web failed
	events_are start
	key_is web child ''
	[ "$(bytes_of_pid web)" = 00000000 ]
	obeyed web u
	wait_until happened start 2
	wait_until state_is web failed
	: >good
	obeyed web u
	wait_until events_are 'start start start run'
	svc -dx web
	wait_until gone $supervisor
}

bytes_of_pid() { od -An -tx1 -j12 -N4 "$1/supervise/status" | tr -d ' \n'; }

@test "failed: d leads to down, x leaves, o tries once, r and signals do nothing" {
	local letter
	tell web/start 'exit 1'
	tell web/stop
	make_service web
	start web
	wait_until state_is web failed
	for letter in r p c h t k a i q 1 2 y b O; do
		obeyed web $letter
		state_is web failed
	done
	[ "$(events)" = start ]
	obeyed web o
	wait_until happened start 2
	wait_until state_is web failed
	key_is web want once
	obeyed web d
	wait_until state_is web down
	obeyed web u
	wait_until happened start 3
	wait_until state_is web failed
	svc -x web
	wait_until gone $supervisor
	events_are 'start start start'
}

@test "a start that is told to end: TERM, down, neither run nor stop; wanted again meanwhile, it is run" {
	tell_all web
	tell web/start 'trap "echo told >>../events; [ -e ../good ] && exit 0; exit 1" TERM' 'echo armed >>../events' \
		'while :; do sleep 0.02; done'
	start web
	wait_until happened armed 1
	wait_until state_is web starting
	key_is web child start
	obeyed web d
	wait_until state_is web down
	events_are 'start armed told'
	obeyed web u
	wait_until happened armed 2
	: >good # now it succeeds although it was told to end
	obeyed web d
	wait_until state_is web down
	events_are 'start armed told start armed told stop'
	obeyed web u
	wait_until happened armed 3
	obeyed web du
	wait_until happened run 1
	[ "$(happened stop 1 && echo once)" = once ]
}

@test "d and k end what start has started as well: a second start is not beside the first" {
	local letter
	make_service web
	tell web/start 'sleep 100001 &' 'echo $! >../child.new; mv ../child.new ../child' 'wait'
	for letter in d k; do
		rm -f child
		start web
		wait_until test -s child
		obeyed web $letter
		wait_until gone "$(cat child)"
		svc -dx web
		wait_until gone $supervisor
	done
}

@test "timeout-start: KILL to start with all that it has started, then failed" {
	setting web/timeout-start 300
	make_service web
	tell web/start 'sleep 100001 &' 'echo $! >../child' 'trap "" TERM' 'wait' 'sleep 100002'
	start web
	wait_until state_is web failed
	# On a loaded machine that may be too short to begin.
	begun() {
		[ -s child ] && return
		obeyed web u
		wait_until state_is web failed
		false
	}
	wait_until begun
	wait_until gone "$(cat child)"
	[ "$(sort -u events)" = start ]
}

@test "k reaches start, stop and finish; other signals reach run alone" {
	local name
	for name in start stop finish; do
		tell web/$name "trap 'echo signalled >>../events' HUP USR1 TERM ALRM" 'echo $$ >../pid.new; mv ../pid.new ../pid' \
			'while :; do sleep 0.02; done'
	done
	tell web/run 'exec sleep 100000'
	tell web/start
	setting web/timeout-finish 0 # no limit
	start web
	wait_until state_is web ready
	obeyed web d
	for name in finish stop; do
		wait_until test -e pid
		wait_until key_is web child $name
		state_is web finishing
		obeyed web h1tapc
		alive "$(cat pid)"
		rm pid
		obeyed web k
	done
	wait_until state_is web down
	run ! grep signalled events
	printf 'echo $$ >../pid\nexec sleep 100000\n' | script web/start
	obeyed web u
	wait_until test -e pid
	obeyed web h1tapc
	state_is web starting
	obeyed web k
	wait_until state_is web failed
}

# ---- finish and stop

@test "timeout-finish ends finish and stop with what they started, 5 seconds without a file" {
	tell_all web
	tell web/finish 'sleep 100001 & echo $! >>../children' 'sleep 100002'
	cp web/finish web/stop
	sed -i 's/^echo.*/echo stop >>..\/events/' web/stop
	start web
	# On a loaded machine the time may be too short for one of them to begin: then once more.
	both_ended() {
		local pid
		: >children
		obeyed web u
		wait_until state_is web ready
		obeyed web d
		wait_until state_is web down
		[ "$(lines children)" = 2 ] || return 1
		for pid in $(cat children); do
			wait_until gone "$pid"
		done
	}
	setting web/timeout-finish 200
	wait_until both_ended
	rm web/timeout-finish
	wait_until both_ended
}

@test "exit 125 of finish: stop, then failed; other codes, and 125 of others, mean nothing" {
	tell_all web
	tell web/finish 'exit $(cat ../code)'
	tell web/stop 'exit 125'
	echo 124 >code
	setting web/backoff '0 1'
	start web
	wait_until state_is web ready
	wait_until happened run 1
	obeyed web t
	wait_until happened run 2
	echo 125 >code
	obeyed web t
	wait_until state_is web failed
	[ "$(cut -d' ' -f1 events | tail -2 | tr '\n' ' ')" = "finish stop " ]
	key_is web want up
	echo 0 >code
	obeyed web u # start and all that belongs to it
	wait_until happened run 3
	happened start 2
	wait_until state_is web ready
	# Brought down by hand it is down, not failed.
	echo 125 >code
	obeyed web d
	wait_until state_is web down
}

@test "u takes back what finish said while it has not ended in failed" {
	make_service web
	tell web/finish 'exit 125'
	tell web/stop 'while [ ! -e ../go ]; do sleep 0.02; done'
	setting web/timeout-finish 600000
	start web
	wait_until state_is web ready
	obeyed web t
	wait_until happened stop 1
	wait_until key_is web doomed 1
	obeyed web u
	wait_until key_is web doomed 0
	: >go
	wait_until state_is web ready
}

@test "a run that cannot be executed has no finish, is no death, and owes a stop" {
	tell_all web
	chmod -x web/run
	start web
	wait_until said 'unable to start web/run: access denied' 1
	wait_until state_is web backoff
	key_is web deaths 0
	chmod +x web/run
	wait_until events_are 'start run'
	chmod -x web/run
	obeyed web t
	wait_until said 'unable to start web/run: access denied' 2
	wait_until state_is web backoff
	obeyed web d
	wait_until state_is web down
	[ "$(cut -d' ' -f1 events | tr '\n' ' ')" = "start run finish stop " ]
}

@test "a start, finish or stop that cannot be executed: said once, counts as one that failed" {
	local name
	tell_all web
	for name in finish stop; do
		echo '#!/nonexistent/interpreter' >web/$name
	done
	setting web/backoff '0 1'
	start web
	wait_until state_is web ready
	wait_until happened run 1
	for name in 1 2 3; do
		obeyed web t
		wait_until happened run $((name + 1))
	done
	obeyed web d
	wait_until state_is web down
	said 'supervise: fatal: unable to start web/finish: file does not exist' 1
	said 'supervise: fatal: unable to start web/stop: file does not exist' 1
	chmod -x web/start
	obeyed web u
	wait_until state_is web failed
	said 'supervise: fatal: unable to start web/start: access denied' 1
	[ "$(lines err)" = 3 ]
}

@test "scripts that are directories or FIFOs are none, and said to be so" {
	make_service web
	mkdir web/start web/check
	mkfifo web/finish web/stop web/notify
	start web
	wait_until state_is web ready
	obeyed web d
	wait_until state_is web down
	said 'supervise: warning: unable to use web/start: is a directory' 1
	said 'supervise: warning: unable to use web/check: is a directory' 1
	said 'supervise: warning: unable to use web/finish: not a regular file' 1
	said 'supervise: warning: unable to use web/stop: not a regular file' 1
	said 'web/notify: not a regular file' 1
	[ "$(lines err)" = 5 ]
}

# ---- Oneshots

@test "a oneshot: done when start has succeeded, and up for all who wait; d runs stop, r both" {
	tell job/start 'sleep 0.1'
	tell job/stop
	start job
	wait_until state_is job 'done'
	events_are start
	key_is job starts 1
	[[ $(key job ready_since) == @* ]]
	key_is job pid ''
	obeyed job u
	obeyed job o
	obeyed job pck
	state_is job 'done'
	events_are start
	obeyed job u
	obeyed job r
	wait_until events_are 'start stop start'
	wait_until state_is job 'done'
	obeyed job d
	wait_until state_is job down
	events_are 'start stop start stop'
	obeyed job o
	wait_until state_is job 'done'
	svc -x job # alone: the teardown is not run
	wait_until gone $supervisor
	events_are 'start stop start stop start'
}

@test "a oneshot that fails is failed and runs no stop; one that is down is not run" {
	tell job/start 'exit 3'
	tell job/stop
	: >job/down
	start job
	wait_until state_is job down
	obeyed job u
	wait_until state_is job failed
	obeyed job d
	wait_until state_is job down
	svc -dx job
	wait_until gone $supervisor
	events_are start
}

@test "neither run nor start: said once, tried again, obeyed" {
	mkdir web
	start web
	wait_until said 'unable to start web/run: file does not exist' 1
	wait_until state_is web backoff
	obeyed web d
	wait_until state_is web down
	make_service web
	obeyed web u
	wait_until state_is web ready
}
