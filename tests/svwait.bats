# svwait: that it sees what it waits for, whenever that comes, sleeps until then, and gives up only
# where nothing can come any more.

load helper
load peers
load service

STATES='down waiting starting up ready stopping finishing backoff done failed'

setup() {
	cd "$BATS_TEST_TMPDIR"
}

# looked_or_ended PID: it sleeps, or is over. Without another process, for the sake of time.
looked_or_ended() {
	local stat=
	read -r stat <"/proc/$1/stat" || true
	[[ $stat == "$1 (svwait) S "* || $stat == "$1 ("*") Z "* || $stat == "" ]]
} 2>/dev/null

# in_time GOAL FILE COMMAND...: what COMMAND makes of web is a failure for `svwait GOAL web`, whose number
# is in $!. It has looked when ./kept becomes web/supervise/FILE, which ends the failure before it counts.
# That is after a quarter of a second: if the machine took longer, all of it is done again.
in_time() {
	local goal=$1 file=$2 begun tries=0
	shift 2
	until
		"$@"
		cp kept next
		begun=${EPOCHREALTIME/./}
		client svwait "$goal" web
		wait_until looked_or_ended $!
		mv next "web/supervise/$file"
		((${EPOCHREALTIME/./} - begun < 200000))
	do
		((++tries < 300)) || skip "too slow a machine to see it"
		kill $! 2>/dev/null || true
		wait $! 2>/dev/null || true
	done
}

@test "each goal in each state: it holds, is waited for, or is hopeless" {
	local goal state expected
	pretend web
	for goal in up:'up ready done' ready:'ready done' down:'down failed' done:done; do
		for state in $STATES; do
			tell web "state=$state"
			expected=99
			[[ " ${goal#*:} " != *" $state "* ]] || expected=0
			run -$expected svwait -T 0 "${goal%%:*}" web
			[ $expected = 0 ] || [ "$output" = \
				"svwait: warning: web: not ${goal%%:*}: timed out, state $state" ]
		done
	done
	tell web state=failed
	for goal in up ready done; do
		run -1 svwait -T 100000 "$goal" web
		[ "$output" = "svwait: warning: web: not $goal: state failed" ]
	done
}

@test "it sleeps until it is told, and is told at once" {
	local word count
	pretend web
	for word in up ready down done; do
		tell web state=starting
		client svwait "$word" web
		wait_until asleep svwait $!
		count=$(naps $!)
		tell web state=stopping
		wait_until asleep_again svwait $! "$count"
		tell web "state=$word"
		ends 0 $!
		[ ! -s said ]
	done
}

@test "while nothing changes it sleeps without a limit" {
	command -v strace >/dev/null || skip "needs strace"
	pretend web
	tell web state=starting
	client env ASAN_OPTIONS=detect_leaks=0 strace -o trace svwait ready web
	wait_until grep -q '^ppoll(.*NULL, NULL' trace
	tell web state=ready
	ends 0 $!
}

@test "who cannot write its state just now, or has not come to it, has not said that it writes none" {
	local begun
	command -v strace >/dev/null || skip "needs strace"
	pretend web
	tell web state=ready
	mv web/supervise/state kept
	: >web/supervise/record
	# It gives up after three seconds: if the machine stood still for so long, this is done again.
	until
		begun=${EPOCHREALTIME/./} # microseconds
		client env ASAN_OPTIONS=detect_leaks=0 strace -o trace svwait ready web
		wait_until grep -q '^ppoll(.*tv_sec=[1-9]' trace || return 1
		cp kept next
		mv next web/supervise/state
		((${EPOCHREALTIME/./} - begun < 2500000))
	do
		wait $! || true
		rm web/supervise/state trace
	done
	ends 0 $!
	# A text of another moment, whose writer lives: a test, say.
	tell web state=ready since=@400000ff6b02296331c055f4 supervise_pid=$$ \
		supervise_ticks="$(sed 's/.*) //' /proc/$$/stat | cut -d' ' -f20)"
	client env ASAN_OPTIONS=detect_leaks=0 strace -o trace svwait ready web
	wait_until grep -q '^ppoll(.*NULL, NULL' trace
	tell web state=ready
	ends 0 $!
	tell web state=ready since=@400000ff6b02296331c055f4
	run -111 svwait ready web
	[ "$output" = "svwait: warning: web: not ready: its supervise writes no supervise/state" ]
}

@test "a change between the watch and the look, and between the look and the sleep, is not missed" {
	local when
	command -v strace >/dev/null || skip "needs strace"
	export ASAN_OPTIONS=detect_leaks=0
	pretend web
	# Held up for two seconds before it opens state, and before it sleeps.
	for when in openat ppoll; do
		tell web state=starting
		rm -f trace
		client strace -o trace -e trace=fcntl,openat,ppoll \
			-e "inject=$when:delay_enter=2000000:when=$([ $when = ppoll ] && echo 1 || echo 20+)" \
			svwait ready web
		if [ $when = ppoll ]; then
			wait_until grep -q '"state"' trace
		else
			wait_until grep -q F_NOTIFY trace
		fi
		tell web state=ready
		ends 0 $!
	done
}

@test "where no change is told it looks four times a second" {
	command -v strace >/dev/null || skip "needs strace"
	pretend web
	tell web state=starting
	client env ASAN_OPTIONS=detect_leaks=0 strace -o trace -e trace=ppoll,fcntl -e inject=fcntl:error=EINVAL \
		svwait ready web
	wait_until grep -q '^ppoll(.*Timeout' trace
	# What passes before the call is taken off.
	wait_until grep -qE '^ppoll\(.*tv_nsec=2[0-9]{8}}' trace
	run ! grep -vE '\{tv_sec=0, tv_nsec=(2[0-4]|1?[0-9])?[0-9]{7}}|=250000000}|=0}' <(grep '^ppoll' trace)
	tell web state=ready
	ends 0 $!
}

@test "who may not read supervise/ waits all the same" {
	need_root
	chmod 755 .
	pretend web
	chmod 755 web
	chmod 711 web/supervise
	chmod 622 web/supervise/ok
	tell web state=starting
	client setpriv --reuid 65534 --regid 65534 --clear-groups "$BIN/svwait" ready web
	wait_until asleep svwait $!
	tell web state=ready
	ends 0 $!
}

@test "all of them, or one of them" {
	pretend a
	tell a state=ready
	exec {keep}<&8
	pretend b
	tell b state=starting
	run -0 svwait -o -T 0 ready a b
	[ "$output" = "" ]
	run -99 svwait -a -T 0 ready a b
	[ "$output" = "svwait: warning: b: not ready: timed out, state starting" ]
	tell b state=failed
	run -1 svwait ready a b
	[ "$output" = "svwait: warning: b: not ready: state failed" ]
	run -0 svwait -o ready b a
	[ "$output" = "" ]
	# One that is hopeless decides for all; what is still open is not to blame.
	tell a state=starting
	run -1 svwait ready a b
	[ "$output" = "svwait: warning: b: not ready: state failed" ]
	run -1 svwait -o -T 1000 ready a b
	[ "${lines[0]}" = "svwait: warning: a: not ready: timed out, state starting" ]
	[ "${lines[1]}" = "svwait: warning: b: not ready: state failed" ]
	tell b state=ready
	tell a state=ready
	run -0 svwait ready a b
}

@test "a failure counts when it lasts: the command that ends it may be on its way" {
	pretend web
	tell web state=starting
	cp web/supervise/state kept
	in_time ready state tell web state=failed
	tell web state=ready
	ends 0 $!
}

@test "it waits for a supervise to come, also where none ever was" {
	make_service web
	client svwait ready web
	wait_until asleep svwait $!
	local waiting=$!
	background supervise web
	ends 0 $waiting
	svc -w -dx web
	run -99 svwait -T 0 ready web
	[ "$output" = "svwait: warning: web: not ready: timed out, supervise not running" ]
}

# made_anew DIR KEY=VALUE...: pretends another one. It says so first: where somebody is who says nothing,
# svwait does not wait for long.
made_anew() {
	mkdir "$1/supervise"
	tell "$@"
	pretend "$1"
}

@test "a supervise that dies and comes back, even with another directory" {
	local count
	pretend web
	tell web state=starting
	client svwait ready web
	wait_until asleep svwait $!
	rm -rf web/supervise
	die_pretended
	made_anew web state=ready
	ends 0 $!
	# So fast that nobody has seen it.
	tell web state=starting
	client svwait ready web
	wait_until asleep svwait $!
	kill -STOP $!
	rm -rf web/supervise
	die_pretended
	pretend web
	tell web state=up
	count=$(naps $!)
	kill -CONT $!
	wait_until asleep_again svwait $! "$count"
	tell web state=ready
	ends 0 $!
}

# watches_new_one PID: it has the ok FIFO open that is there now.
watches_new_one() {
	readlink "/proc/$1/fd"/* | grep -qx "$PWD/web/supervise/ok"
}

@test "a directory supervise that is taken away from a living supervise, and a new one" {
	pretend web
	tell web state=starting
	client svwait ready web
	wait_until asleep svwait $!
	exec {keep}<&8
	rm -rf web/supervise
	made_anew web state=up
	wait_until watches_new_one $!
	wait_until asleep svwait $!
	tell web state=ready
	ends 0 $!
}

@test "down: also without a supervise, but not while what a killed one has left behind runs" {
	mkdir none
	run -0 svwait -T 0 down none
	make_service web
	background supervise web
	local first=$!
	wait_until is_up svstat web
	kill -KILL $first
	wait_until gone $first
	run -99 svwait -T 0 down web
	[ "$output" = "svwait: warning: web: not down: timed out, supervise not running" ]
	client svwait down web
	local waiting=$!
	kill -KILL "$(sed -n 's/^run pid=\([0-9]*\) .*/\1/p' web/supervise/record)"
	ends 0 $waiting
	background supervise web
	wait_until is_up svstat web
	client svwait down web
	waiting=$!
	svc -dx web
	ends 0 $waiting
	run -0 svwait -T 0 down web
}

@test "a supervise of 0.76 tells up and down, but nothing of readiness" {
	need_peer
	make_service web
	# What one of ours has left behind does not count.
	background supervise web
	run -0 svwait ready web
	svc -w -dx web
	background "$PEER/supervise" web
	run -0 svwait -T "${LIMIT}000" up web
	run -111 svwait ready web
	[ "$output" = "svwait: warning: web: not ready: its supervise writes no supervise/state" ]
	client svwait down web
	local waiting=$!
	svc -d web
	ends 0 $waiting
	client svwait up web
	waiting=$!
	svc -u web
	ends 0 $waiting
	svc -dx web
}

@test "what cannot be read is an error if it lasts" {
	mkdir -p web/supervise
	touch web/supervise/ok
	run -111 svwait up web
	[ "$output" = "svwait: warning: web: not up: unable to open supervise/ok: not a FIFO" ]
	rm web/supervise/ok
	pretend web
	run -111 svwait up web
	[ "$output" = "svwait: warning: web: not up: unable to read supervise/status: file does not exist" ]
	tell web state=up
	mv web/supervise/status kept
	in_time up status rm -f web/supervise/status
	ends 0 $!
	run -111 svwait up nosuch
	[ "$output" = "svwait: fatal: unable to chdir to nosuch: file does not exist" ]
}

# bats test_tags=crowd
@test "a thousand wait for one service, and all see the change" {
	local i pids=() code
	pretend web
	tell web state=starting
	for ((i = 0; i < 1000; i++)); do
		client svwait ready web
		pids+=($!)
	done
	for i in "${pids[@]}"; do
		wait_until asleep svwait "$i"
	done
	tell web state=ready
	for i in "${pids[@]}"; do
		code=0
		wait "$i" || code=$?
		[ $code = 0 ]
	done
}

@test "options" {
	local line='svwait: usage: svwait [-aoV] [-T ms] up|ready|down|done service ...' arguments
	pretend web
	tell web state=up
	for arguments in '' up 'web web' 'starting web' '-T x up web' '-T -1 up web' '-T 1s up web'; do
		run -100 svwait $arguments
		[ "$output" = "$line" ]
	done
	run -100 svwait -z up web
	[ "${lines[0]}" = "svwait: illegal option -- z" ]
	run -100 svwait -T
	[ "${lines[0]}" = "svwait: option requires an argument -- T" ]
	[ "${lines[1]}" = "$line" ]
	run -0 svwait -V
	[ "$output" = "svwait $(cat "$TOP/package/version")" ]
	mkdir elsewhere
	cd elsewhere
	SVDIR=.. run -0 svwait -T 0 up web
}
