# finish and stop when there is no room for them, or they cannot be executed just now: tried again, but
# not for ever; the same for what is wanted once; what svwhy says meanwhile, and a supervise that is
# killed meanwhile. A file that somebody has open for writing stands for all reasons that may pass.

load helper
load service
load life

setup() {
	cd "$BATS_TEST_TMPDIR"
	tell_all web
}

# busy FILE, idle: as long as it is held, it cannot be executed.
busy() {
	background sh -c 'exec 9>>"$1" && exec sleep 100000' held "$1"
	holder=$!
	is_held() { [ "/proc/$holder/fd/9" -ef "$1" ]; }
	wait_until is_held "$1"
}

idle() {
	kill "$holder"
	wait_until gone "$holder"
}

words() { cut -d' ' -f1 events 2>/dev/null | tr '\n' ' ' | sed 's/ $//'; }
words_are() { [ "$(words)" = "$1" ]; }

# runs: web is ready, and has come to say that it ran.
runs() { state_is web ready && happened run 1; }

# answers TEXT: svwhy says so of web.
answers() { [[ $(svwhy ./web) == *"$1"* ]]; }

# Stopped where no child is just about to become the script, and the end of the last one that was has been
# told: a killed one may take that for the end of the script.
between_tries() {
	kill -STOP "$supervisor"
	stopped() { [[ $(sed 's/.*) //' "/proc/$supervisor/stat") == T* ]]; }
	wait_until stopped
	[ -z "$(pgrep -P "$supervisor")" ] && contains web/supervise/record "pid=$(key web buried_pid) " && return
	kill -CONT "$supervisor"
	return 1
}

# succeed: a new supervise takes over from a killed one.
succeed() {
	murder
	start web
	wait_until is_ours web
}

@test "a stop that stays busy is left out in the end: svc -dx ends, and svwhy tells what it waits for" {
	busy web/stop
	start web
	wait_until runs
	svc -dx web
	wait_until answers 'web has ended, but ./stop, which comes next, cannot be executed (text busy)'
	answers 'left out after 16 times'
	[[ $(key web trouble) == stop/exec/* ]]
	wait_until gone "$supervisor"
	words_are 'start run finish'
	said 'supervise: fatal: unable to start web/stop: text busy' 1
	said 'supervise: warning: unable to start web/stop, going on without: text busy' 1
}

@test "a finish that is busy for a while comes before the next run" {
	setting web/backoff '0 1'
	busy web/finish
	start web
	wait_until runs
	svc -t web
	wait_until answers './finish, which comes next, cannot be executed'
	words_are 'start run'
	idle
	wait_until words_are 'start run finish run'
	wait_until key_is web trouble ''
}

@test "why a service has failed is not forgotten over a stop that is busy" {
	tell web/finish 'exit 125'
	setting web/backoff '0 1'
	busy web/stop
	start web
	wait_until runs
	svc -t web
	wait_until answers './stop, which comes next, cannot be executed'
	idle
	wait_until state_is web failed
	key_is web trouble finish/exit/125
	said 'supervise: warning: web failed: finish exited with 125 after' 1
}

@test "what is wanted once is tried until it can be executed" {
	: >web/down
	busy web/run
	start web
	wait_until svok web
	svc -o web
	wait_until answers 'since ./run cannot be executed (text busy)'
	key_is web want once
	idle
	wait_until words_are 'start run'
	svc -t web
	wait_until state_is web down
	words_are 'start run finish stop'
}

@test "svwhy tells that start cannot be executed just now, and that needs cannot be read" {
	busy web/start
	start web
	wait_until answers 'since ./start cannot be executed (text busy)'
	idle
	wait_until words_are 'start run'
	wait_until key_is web trouble ''
	svc -dx web
	wait_until gone "$supervisor"
	command -v strace >/dev/null || skip "needs strace"
	echo db >web/needs
	start web strace -D -qq -o /dev/null -P needs -e inject=openat:error=EIO
	wait_until answers 'the files that say how to start it cannot be read'
	answers 'it is tried again every second at the latest'
	state_is web waiting
}

# owe_stop: web is wanted up again while its stop cannot be executed, and no try is on its way.
owe_stop() {
	busy web/stop
	start web
	wait_until runs
	svc -d web
	wait_until answers './stop, which comes next, cannot be executed'
	obeyed web u
	wait_until between_tries
}

@test "wanted up again while stop waits, and supervise killed: stop is not passed over" {
	owe_stop
	succeed
	state_is web finishing
	key_is web child stop
	words_are 'start run finish'
	idle
	wait_until words_are 'start run finish stop start run'
}

@test "two supervises killed one after the other do not pass over stop, nor say that it is down" {
	command -v strace >/dev/null || skip "needs strace"
	owe_stop
	murder
	# When it has written its first state.
	start web strace -D -qq -o /dev/null -P ok -e trace=openat -e inject=openat:signal=KILL
	wait_until gone "$supervisor"
	is_ours web
	state_is web finishing
	words_are 'start run finish'
	start web
	wait_until is_ours web
	idle
	wait_until words_are 'start run finish stop start run'
}

@test "a finish that is busy when its supervise is killed comes before the next run, once, and knows of which death" {
	tell web/run 'echo $$ >../led' 'exec sleep 100000'
	setting web/backoff '0 1'
	busy web/finish
	start web
	wait_until runs
	local led
	wait_until test -s led
	led=$(cat led)
	svc -k web
	for again in 1 2; do
		wait_until answers './finish, which comes next, cannot be executed'
		wait_until between_tries
		succeed
		state_is web finishing
		key_is web deaths 1
		words_are 'start run'
	done
	idle
	wait_until words_are 'start run finish run'
	[ "$(sed -n 3p events)" = "finish 256 9 web $led" ]
	svc -dx web
	wait_until gone "$supervisor"
	words_are 'start run finish run finish stop'
}

# A oneshot whose stop kills its supervise; each change of its state takes two seconds by then.
killed_by_stop() {
	command -v strace >/dev/null || skip "needs strace"
	rm web/run web/finish
	tell web/stop '[ -e ../killed ] || kill -KILL $PPID' ': >../killed' 'while [ ! -e ../go ]; do sleep 0.02; done'
	: >web/down
	start web
	wait_until svok web
	svc "-$1" web
	wait_until state_is web done
	background strace -qq -o /dev/null -e trace=rename,renameat,renameat2 \
		-e inject=rename,renameat,renameat2:delay_enter=2000000 -p "$supervisor"
	is_traced() { grep -qE '^TracerPid:.[1-9]' "/proc/$supervisor/status"; }
	wait_until is_traced
	svc "-$2" web
	wait_until gone "$supervisor"
	wait "$supervisor" || true
	start web
	wait_until is_ours web
	key_is web child stop
	: >go
}

@test "a supervise that is killed as soon as stop is made has told why: r" {
	killed_by_stop o r
	wait_until words_are 'start stop start'
	wait_until state_is web done
}

@test "a supervise that is killed as soon as stop is made has told why: d" {
	killed_by_stop u d
	wait_until state_is web down
	key_is web want down
	words_are 'start stop'
}
