# svc: the letters that arrive, the warnings, that it cannot be held up, and waiting.
# Not here: what supervise makes of the letters.

load helper
load peers
load service

WORDS='svc options: u up, d down, o once, x exit, p pause, c continue, h hup, a alarm, i interrupt, t term, k kill'

setup() {
	cd "$BATS_TEST_TMPDIR"
}

@test "the options become letters in their order, each once, a group prefix being part of its letter" {
	pretend web
	svc -uudtthh web
	[ "$(received 4)" = udth ]
	svc -t -u -o -t web
	[ "$(received 3)" = tuo ]
	svc -+t -t+t-u web 2>/dev/null || true
	received 0
	svc -t+t+tt+kk web
	[ "$(received 6)" = t+t+kk ]
}

@test "all letters are written at once" {
	command -v strace >/dev/null || skip "needs strace"
	pretend web
	ASAN_OPTIONS=detect_leaks=0 strace -o trace -e trace=write svc -uot+h2 web
	[ "$(grep -c '^write(' trace)" = 1 ]
	grep -q '^write([0-9]*, "uot+h2", 6)' trace
}

@test "every option of the options line sends itself, and the line begins as in 0.76" {
	local letter count=0
	pretend web
	run -100 svc -z web
	[ "${lines[0]}" = "svc: illegal option -- z" ]
	[[ ${lines[1]} == "$WORDS, "* ]]
	for letter in $(tr , '\n' <<<"${lines[1]#svc options: }" | sed -E 's/^ *(.) .*/\1/'); do
		[[ $letter != [ewTV] ]] || continue
		[ "$letter" = + ] && letter=+t
		svc -- web
		svc "-$letter" web
		[ "$(received ${#letter})" = "$letter" ]
		count=$((count + 1))
	done
	((count >= 20))
}

@test "what exists only in the FIFO, a group prefix without a signal, and nonsense are refused" {
	local option
	pretend web
	for option in -l -L -0 -z -+ -+u -++t -+r -t+d -u+; do
		run -100 svc "$option" web
		[[ ${lines[0]} == "svc: illegal option -- "? ]]
		[ ${#lines[@]} = 2 ]
	done
	received 0
}

@test "failures are warnings, exit 0, and the other services get their commands" {
	mkdir -p none gone plain
	pretend gone
	pretend good
	echo precious >file
	mkdir plain/supervise
	echo precious >plain/supervise/control
	run -0 svc -u nosuch file none gone plain good
	[ "${lines[0]}" = "svc: warning: unable to chdir to nosuch: file does not exist" ]
	[ "${lines[1]}" = "svc: warning: unable to chdir to file: not a directory" ]
	[ "${lines[2]}" = "svc: warning: unable to control none: file does not exist" ]
	[ "${lines[3]}" = "svc: warning: unable to control gone: supervise not running" ]
	[ "${lines[4]}" = "svc: warning: unable to control plain: not a FIFO" ]
	[ ${#lines[@]} = 5 ]
	[ "$(received 1)" = u ]
	[ "$(cat plain/supervise/control)" = precious ]
}

@test "a link planted as control is not followed" {
	pretend web
	mkdir -p trap/supervise
	ln -s "$PWD/web/supervise/control" trap/supervise/control
	run -0 svc -u trap
	[ "$output" = "svc: warning: unable to control trap: symbolic link loop" ]
	received 0
}

@test "who may not enter or write is told so" {
	need_root
	mkdir -p closed
	chmod 700 closed
	chmod 755 .
	pretend web
	chmod 755 web web/supervise
	chmod 600 web/supervise/control
	run -0 setpriv --reuid 65534 --regid 65534 --clear-groups "$BIN/svc" -u closed web
	[ "${lines[0]}" = "svc: warning: unable to chdir to closed: access denied" ]
	[ "${lines[1]}" = "svc: warning: unable to control web: access denied" ]
	received 0
}

@test "no options write nothing, no services are no error, -V tells the version" {
	pretend web
	run -0 svc web
	[ "$output" = "" ]
	received 0
	run -0 svc -u
	[ "$output" = "" ]
	run -0 svc -V
	[ "$output" = "svc $(cat "$TOP/package/version")" ]
}

@test "a bare name is looked up in SVDIR, but a directory here comes first" {
	export SVDIR=$PWD/scan
	mkdir -p scan here
	cd here
	pretend "$SVDIR/web/log"
	svc -t web/log
	[ "$(received 1)" = t ]
	pretend "$SVDIR/web"
	svc -u web
	[ "$(received 1)" = u ]
	run -0 svc -u ./web
	[ "$output" = "svc: warning: unable to chdir to ./web: file does not exist" ]
	run -0 svc -u other
	[ "$output" = "svc: warning: unable to chdir to other: file does not exist" ]
	mkdir web
	run -0 svc -u web
	[ "$output" = "svc: warning: unable to control web: file does not exist" ]
	received 0
}

@test "a supervise that reads nothing holds svc up for a moment only" {
	pretend stuck
	# Filled up through a description of its own, so that ours stays blocking.
	dd if=/dev/zero of=stuck/supervise/control bs=4096 count=64 oflag=nonblock 2>/dev/null || true
	run -0 svc -u stuck
	[ "$output" = "svc: warning: error writing commands to stuck: timed out" ]
}

@test "-e: exit codes that tell, without waiting" {
	mkdir -p none gone plain/supervise
	pretend gone
	pretend good
	touch plain/supervise/control
	run -0 svc -eu good
	[ "$output" = "" ]
	run -102 svc -ue good none
	[ "$output" = "svc: warning: unable to control none: file does not exist" ]
	run -102 svc -u -e gone
	run -111 svc -eu nosuch
	run -111 svc -eu none plain good
	[ "$(received 3)" = uuu ]
	run -0 svc -e good
}

@test "-w: what is misuse" {
	local options
	pretend web
	for options in -w -T1 '-u -T 1' '-uwT' '-uwT -1' '-uwT 1s' '-uw -T 99999999999999999999' '-ew' \
		'-w+'; do
		run -100 svc $options web
		[[ ${lines[-1]} == "svc options: "* ]]
	done
	received 0
}

# goes LETTERS CODE TEXT...: svc -w with these letters goes on waiting while the service goes through
# the texts (words separated by commas), and ends with CODE at the last one.
goes() {
	local letters=$1 code=$2 waiting count
	shift 2
	tell web state=up
	client svc -w "-$letters" web
	waiting=$!
	[ "$(received ${#letters})" = "$letters" ]
	wait_until asleep svc $waiting
	while [ $# -gt 1 ]; do
		count=$(naps $waiting)
		tell web ${1//,/ }
		wait_until asleep_again svc $waiting "$count"
		shift
	done
	tell web ${1//,/ }
	ends "$code" $waiting
}

@test "-w waits for the goal of the last letter" {
	pretend web
	# The count of commands was 5, that of starts 1.
	goes u 0 state=ready,commands=6
	goes U 0 state=ready state=starting,commands=6 state=done,commands=6
	[ ! -s said ]
	goes u 1 state=failed,commands=6
	[ "$(cat said)" = "svc: warning: web: not ready: state failed" ]
	goes d 0 state=down state=stopping,commands=6 state=finishing,commands=6 state=down,commands=6
	goes D 0 state=down,commands=6
	goes tud 0 state=down,commands=7 state=down,commands=8
	goes o 0 state=starting,commands=6 state=down,starts=2,commands=6
	goes o 0 state=up,commands=6
	goes o 1 state=starting,commands=6 state=down,commands=6
	goes r 0 state=ready,commands=6 state=stopping,commands=6 state=up,starts=2,commands=6 \
		state=ready,starts=2,commands=6
	goes r 1 state=stopping,commands=6 state=down,commands=6
	goes O 0 state=backoff,commands=6
	goes t 0 state=ready,commands=5 state=starting,commands=6
	goes uk 0 state=ready,commands=6 state=stopping,commands=7
	goes +t 0 state=ready,commands=6 state=ready,commands=7
	goes x 0 state=down,commands=6 state=up,commands=0,supervise_pid=78
	goes d 0 state=stopping,commands=0,supervise_pid=78 state=down,commands=0,supervise_pid=78
}

@test "-w does not take somebody else's commands for its own" {
	pretend web
	tell web state=failed
	client svc -w -u web
	local waiting=$!
	wait_until asleep svc $waiting
	# Somebody's letter is obeyed, ours still waits to be read.
	tell web state=failed commands=6
	tell web state=ready commands=6
	wait_until asleep svc $waiting
	[ "$(received 1)" = u ]
	tell web state=ready commands=7
	ends 0 $waiting
}

@test "-w: a supervise that dies takes the goal with it, unless another one comes" {
	pretend web
	tell web state=up
	client svc -w -x web
	wait_until asleep svc $!
	die_pretended
	ends 0 $!
	pretend web
	client svc -w -u web
	wait_until asleep svc $!
	die_pretended
	ends 102 $!
	[ "$(cat said)" = "svc: warning: web: not ready: supervise not running" ]
	pretend web
	tell web state=up
	client svc -w -d web
	wait_until asleep svc $!
	# Nothing is recorded that could still run.
	die_pretended
	ends 0 $!
	pretend web
	tell web state=ready supervise_pid=78 commands=0
	cp web/supervise/state next
	tell web state=up
	client svc -w -u web
	wait_until asleep svc $!
	# Quickly: after three seconds without a supervise it gives up.
	exec 8>&- # letters that nobody has read stay in the FIFO
	mv next web/supervise/state
	exec 8<>web/supervise/ok
	wait_until asleep svc $!
	[ "$(received 1)" = u ]
	tell web state=ready supervise_pid=78 commands=1
	ends 0 $!
}

@test "-w: several services, the worst tells, and one limit for all" {
	mkdir none
	pretend a
	tell a state=starting
	exec {keep}<&8 {keep_too}<&7
	pretend b
	tell b state=failed
	client svc -w -u -T "${LIMIT}000" a none b nosuch
	local waiting=$!
	wait_until asleep svc $waiting
	[ "$(received 1)" = u ]
	tell b state=failed commands=6
	read -r -N 1 -t "$LIMIT" -u "$keep_too"
	tell a state=ready commands=6
	ends 111 $waiting
	[ "$(cat said)" = "svc: warning: unable to control none: file does not exist
svc: warning: unable to chdir to nosuch: file does not exist
svc: warning: b: not ready: state failed" ]
	run -102 svc -w -u -T 0 a none
	[ "${lines[1]}" = "svc: warning: a: not ready: timed out, state ready" ]
	run -99 svc -w -u -T 0 a
}

# script FILE LINE...: an executable shell script.
script() {
	local file=$1
	shift
	printf '%s\n' '#!/bin/sh' "$@" >"$file"
	chmod +x "$file"
}

# state_is STATE: of web, as the state text says now, without waiting.
state_is() {
	[ "$(svstat -o state web)" = "$1" ] || {
		svstat -v web >&2
		return 1
	}
}

@test "-w with a service that says when it is ready, and that tears down" {
	mkdir web
	echo 3 >web/notification-fd
	script web/run 'exec 2>&1' 'until [ -e go ]; do sleep 0.02; done' 'echo >&3' 'exec sleep 100000'
	script web/finish ': >finishing' 'until [ -e over ]; do sleep 0.02; done'
	touch web/down
	background supervise web
	local supervise=$! pid
	wait_until key_is web state down # before it has begun, svwait would call it down, too
	# Each waits until the service goes on, and returns to find the goal.
	client svc -w -u web
	wait_until is_up svstat web
	wait_until asleep svc $!
	run -99 svc -w -u -T 0 web
	touch web/go
	ends 0 $!
	state_is ready
	svc -w -u web
	pid=$(pid_of svstat web)
	svc -w -p web
	[ "$(svstat -o paused web)" = 1 ]
	svc -w -c web
	[ "$(svstat -o paused web)" = 0 ]
	rm web/go
	client svc -w -r web
	wait_until test -e web/finishing
	wait_until asleep svc $!
	touch web/over
	wait_until says svstat web 'up .*'
	wait_until asleep svc $!
	touch web/go
	ends 0 $!
	state_is ready
	[ "$(pid_of svstat web)" != "$pid" ]
	rm web/over web/finishing
	client svc -w -d web
	wait_until test -e web/finishing
	wait_until asleep svc $!
	state_is finishing
	touch web/over
	ends 0 $!
	state_is down
	svc -w -d web
	svc -w -o web
	svc -w -O web
	svc -w -dx web
	wait_until gone $supervise
	run -102 svc -w -x web
	[ "$output" = "svc: warning: unable to control web: supervise not running" ]
}

@test "-w with a service that fails for good, and a oneshot" {
	mkdir web
	touch web/down
	script web/start 'exit "$(cat code)"'
	echo 3 >web/code
	background supervise web
	wait_until key_is web state down
	local letter
	for letter in u o; do
		run -1 svc -w -$letter web
		[[ $output =~ ^"svc: warning: web: not "(ready|run)": state failed"$ ]]
	done
	run -1 svc -w -r web
	echo 0 >web/code
	svc -w -u web
	state_is done
	local starts
	starts=$(svstat -o starts web)
	svc -w -r web
	[ "$(svstat -o state,starts web)" = "done $((starts + 1))" ]
	svc -w -d web
	state_is down
	run -1 svc -w -r web
	[ "$output" = "svc: warning: web: not restarted: state down" ]
	svc -w -D web
	svc -w -U web
	state_is done
	[ ! -e web/down ]
	svc -w -x web
}

@test "-w: many commands after one another, each has its effect when svc returns" {
	local i
	make_service web
	background supervise web
	svwait up web
	for ((i = 0; i < 50; i++)); do
		svc -w -d web
		state_is down
		svc -w -o web
		[ "$(svstat -o want web)" = once ]
		svc -w -u web
		state_is ready
	done
	svc -w -dx web
}

@test "-w while another client commands, too" {
	make_service web
	background supervise web
	svwait up web
	touch stay
	# Nothing that ends it, since after O it would not start again. A shell of its own, which teardown finds.
	background bash -c 'while [ -e stay ]; do svc -cO web; done'
	local i noisy=$!
	for ((i = 0; i < 30; i++)); do
		svc -w -d -T 60000 web
		state_is down
		svc -w -u -T 60000 web
		svwait -T 60000 up web
	done
	rm stay
	wait $noisy
}

@test "-w: supervise is killed, and svscan's new one goes on" {
	mkdir scan web
	echo 3 >web/notification-fd
	script web/run 'until [ -e go ]; do sleep 0.02; done' 'echo >&3' 'exec sleep 100000'
	ln -s ../web scan
	background svscan scan
	svwait up web
	client svc -w -u web
	wait_until asleep svc $!
	local waiting=$! old
	old=$(svstat -o supervise_pid web)
	kill -KILL "$old"
	another() { [[ $(svstat -o supervise_pid web) != @(-|"$old") ]]; }
	wait_until another
	svwait up web
	touch web/go
	ends 0 $waiting
	old=$(svstat -o supervise_pid web)
	svc -w -dx web
	wait_until another
}

@test "-w: a supervise of another suite gets the command, and the caller is told" {
	need_peer
	make_service web
	background "$PEER/supervise" web
	wait_until is_up svstat web
	run -111 svc -w -d web
	[ "$output" = "svc: warning: web: not down: its supervise writes no supervise/state" ]
	wait_until is_down svstat web
	run -0 svc -w -x web
}

@test "what 0.76 does, ours does: output and exit code" {
	need_peer
	local arguments
	mkdir -p none gone
	pretend gone
	pretend web
	for arguments in "" "-u" "web" "--" "-u -- web" "-" "-d nosuch none gone web" "-udopchaitk" \
		"-ux web -t" "web -z" "-u nosuch/below"; do
		# shellcheck disable=SC2086 # words are meant
		run "$PEER/svc" $arguments
		local expected="$status $output" bytes=""
		echo >&7 # behind the letters, which are there already
		IFS= read -r -t "$LIMIT" -u 7 bytes
		# shellcheck disable=SC2086
		run svc $arguments
		[ "$status $output" = "$expected" ]
		[ "$(received ${#bytes})" = "$bytes" ]
	done
}

@test "ours commands their supervise" {
	need_peer
	make_service web
	background "$PEER/supervise" web
	wait_until is_up svstat web
	local first
	first=$(pid_of svstat web)
	svc -t web
	wait_until gone "$first"
	wait_until is_up svstat web
	svc -d web
	wait_until is_down svstat web
	svc -x web
	wait_until gone "$!"
}

@test "theirs commands our supervise" {
	need_peer
	make_service web
	background supervise web
	wait_until is_up svstat web
	local first
	first=$(pid_of svstat web)
	"$PEER/svc" -t web
	wait_until gone "$first"
	wait_until is_up svstat web
	"$PEER/svc" -dx web
	wait_until gone "$!"
}
