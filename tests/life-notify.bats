# What ./notify is told, and that a service at rest costs nothing.

load helper
load service
load life

setup() {
	cd "$BATS_TEST_TMPDIR"
}

# ---- notify

# told STATE TEXT: that is what the last notify of STATE was told. Several run at once, and end in any order.
told() { [ "$(cat "told.$1" 2>/dev/null)" = "$2" ]; }

@test "notify is told name, state, pid and how the last run ended, at each change" {
	tell_all web
	tell web/stop 'exit 1'
	printf 'printf "<%%s>" "$@" >../told.$2.new; mv ../told.$2.new ../told.$2; ls -l /proc/$$/fd >/dev/null\n' | script web/notify
	setting web/notification-fd 3
	setting web/backoff '200 200'
	script web/run <<-'X'
	while [ ! -e ../go ]; do sleep 0.02; done
	echo >&3
	exec sleep 100000
	X
	start web
	wait_until state_is web up
	local pid
	pid=$(key web pid)
	wait_until told starting "<web><starting><><>"
	wait_until told up "<web><up><$pid><>"
	: >go
	wait_until told ready "<web><ready><$pid><>"
	obeyed web k
	wait_until told backoff "<web><backoff><><KILL>"
	wait_until told finishing "<web><finishing><><KILL>"
	wait_until state_is web ready
	pid=$(key web pid)
	wait_until told starting "<web><starting><><KILL>"
	wait_until told up "<web><up><$pid><KILL>"
	wait_until told ready "<web><ready><$pid><KILL>"
	obeyed web d
	wait_until told down "<web><down><><TERM>"
	wait_until told stopping "<web><stopping><$pid><KILL>"
	wait_until told finishing "<web><finishing><><TERM>"
	printf 'exit 7\n' | script web/run
	setting web/max-deaths 0
	obeyed web u
	wait_until told failed "<web><failed><><7>"
	wait_until told starting "<web><starting><><TERM>"
	rm web/run
	tell web/start
	obeyed web u
	wait_until told 'done' "<web><done><><7>"
	[ "$(lines err)" = 1 ] # that it failed
}

@test "a state that stays is told once; the first one is not" {
	tell web/run 'trap "" HUP' 'echo armed >>../events' 'exec sleep 100000'
	: >web/down
	tell web/notify
	start web
	wait_until state_is web down
	obeyed web dp
	obeyed web u
	wait_until state_is web ready
	wait_until happened armed 1
	obeyed web upch
	obeyed web d
	wait_until state_is web down
	wait_until happened 'notify web down .*' 1
	wait_until happened 'notify web starting .*' 1
	wait_until happened 'notify web ready .*' 1
	happened 'notify web up .*' 0
}

@test "a notify that hangs, forks or ignores signals holds nothing up and is no stray" {
	tell_all web
	setting web/leftovers tree
	tell web/notify 'trap "" TERM HUP' 'sleep 100001 & echo $! >>../hanging' 'sleep 100002'
	start web
	wait_until state_is web ready
	wait_until happened run 1
	# While processes come and go all over the machine, that a tree is empty is seen late.
	obeyed web t
	LIMIT=300 wait_until happened run 2
	wait_until state_is web ready
	obeyed web d
	LIMIT=300 wait_until state_is web down
	wait_until test -s hanging
	key_is web strays 0
	alive "$(head -1 hanging)"
	svc -x web
	wait_until gone "$supervisor"
}

@test "a notify that cannot be executed is said once" {
	make_service web
	printf '#!/bin/sh\n' >web/notify
	start web
	wait_until state_is web ready
	obeyed web d
	wait_until state_is web down
	wait_until said 'supervise: warning: unable to start web/notify: access denied' 1
	obeyed web p # a turn
	[ "$(lines err)" = 1 ]
}

@test "notify and check without their interpreter are told of, and do no harm" {
	make_service web
	printf '#!/nonexistent\n' >web/notify
	cp web/notify web/check
	chmod +x web/notify web/check
	setting web/check-interval 20
	start web
	wait_until said 'supervise: warning: unable to start web/notify: file does not exist' 1
	wait_until said 'supervise: warning: unable to start web/check: file does not exist' 1
	wait_until key_is web state up # nobody can say that it is ready
	mv web/notify broken
	tell new/check
	mv new/check web/check # whole, at any moment
	wait_until state_is web ready
	mv broken web/check
	wait_until said 'unable to start web/check' 2
	key_is web state ready
	key_is web deaths 0
	obeyed web d
	wait_until state_is web down
	[ "$(lines err)" = 3 ]
}

@test "of a notify that hangs at most 32 run: the oldest is killed, and that is said once" {
	local n
	make_service web
	tell web/notify 'echo $$ >>../hanging' 'exec sleep 100000'
	start web
	for n in {1..12}; do
		wait_until state_is web ready
		obeyed web d
		wait_until state_is web down
		obeyed web u
	done
	wait_until state_is web ready
	# Each start is told of last, when all before it were.
	wait_until happened 'notify web ready .*' 13
	living() {
		local pid count=0
		for pid in $(cat hanging); do
			if alive "$pid"; then count=$((count + 1)); fi
		done
		echo "$count"
	}
	all_living() { [ "$(living)" = 32 ]; }
	wait_until gone "$(head -n 1 hanging)"
	wait_until all_living # some have not written yet, or are not dead yet
	said 'supervise: warning: web/notify: 32 of them run, killing the oldest' 1
	obeyed web t
	wait_until key_is web deaths 13
	wait_until key_is web strays 0
	kill $(cat hanging) 2>/dev/null || true
}

# ---- At rest

@test "whatever is configured, a service that is ready wakes nobody up" {
	command -v strace >/dev/null || skip "needs strace"
	tell_all web
	tell web/notify
	tell web/check
	setting web/timeout-start 60000
	setting web/timeout-finish 60000
	setting web/timeout-kill 60000
	setting web/backoff '300 600'
	setting web/max-deaths '3 1000'
	setting web/leftovers tree
	start web
	wait_until state_is web ready
	wait_until happened 'notify web ready .*' 1
	quiet() {
		timeout 2 strace -qq -o trace -p "$supervisor" 2>/dev/null
		# It waits when strace comes, and waits still when it goes.
		[ "$(grep -vc detached trace)" -le 1 ]
	}
	wait_until quiet
}
