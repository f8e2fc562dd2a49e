# Every command letter in every state, on real processes: the state that follows, and the wish. Each
# state holds still, since every script waits until it is let go; so order decides, not time.

load helper
load service
load life

setup() {
	cd "$BATS_TEST_TMPDIR"
}

# patient FILE: a script that ignores TERM and waits for ./go.
patient() {
	tell "$1" 'trap "" TERM' 'while [ ! -e ../go ]; do sleep 0.02; done' "${@:2}"
}

# reach STATE: a service web in that state, wanted up but for down.
reach() {
	rm -rf web events go
	patient web/start
	patient web/finish
	patient web/stop
	tell web/run 'trap "" TERM' 'while :; do sleep 0.02; done'
	setting web/leftovers keep
	setting web/timeout-finish 600000
	case $1 in
	down) : >web/down ;;
	waiting)
		rm web/start web/finish
		setting web/backoff '1 1'
		;;
	up | ready | stopping | finishing) rm web/start ;;
	backoff)
		rm web/start web/finish
		tell web/run 'exit 1'
		setting web/backoff '100000 100000'
		;;
	'done')
		rm web/run
		tell web/start
		;;
	failed) tell web/start '[ -e ../failed ] && while [ ! -e ../go ]; do sleep 0.02; done; : >../failed; exit 1' ;;
	esac
	rm -f failed
	[ "$1" != up ] || setting web/notification-fd 3
	start web
	case $1 in
	waiting)
		wait_until happened run 1
		wait_until state_is web ready
		setting web/needs nosuch
		obeyed web k
		;;
	stopping)
		wait_until happened run 1
		obeyed web r
		;;
	finishing)
		wait_until happened run 1
		wait_until state_is web ready
		obeyed web k
		;;
	esac
	wait_until state_is web "$1"
	case $1 in
	starting) wait_until happened 'start.*' 1 ;;
	up | ready) wait_until happened run 1 ;; # it has its trap
	finishing) wait_until happened 'finish .*' 1 ;;
	esac
}

leave() {
	: >go
	kill -KILL "$supervisor" 2>/dev/null || true
	end_all
	wait "$supervisor" 2>/dev/null || true
}

# The page's matrix: supervise(8).
matrix() {
	cat <<-'X'
	state      u         d          o         O          x          r
	down       waiting   =          waiting   =          exit       =
	waiting    =         finishing  =         finishing  finishing  =
	starting   =         stopping   =         =          =          =
	up         =         stopping   =         =          =          stopping
	ready      =         stopping   =         =          =          stopping
	stopping   =         =          =         =          =          =
	finishing  =         =          =         =          =          =
	backoff    waiting   finishing  waiting   finishing  finishing  waiting
	done       =         finishing  =         =          exit       finishing
	failed     waiting   down       waiting   =          exit       =
	X
}

# wish LETTER BEFORE: what is wanted after it.
wish() {
	case $1 in
	u) echo up ;;
	d) echo down ;;
	o | O) echo once ;;
	*) echo "$2" ;;
	esac
}

# walk STATE: all its commands.
walk() {
	local letter next before
	for letter in u d o O x r; do
		next=$(matrix | awk -v state="$1" -v letter=$letter \
			'NR == 1 { for (i = 1; i <= NF; i++) if ($i == letter) column = i } $1 == state { print $column }')
		# Where there is nothing to wait for, the state is not seen.
		[ "$1 $next" = 'waiting waiting' ] || next=${next/waiting/starting}
		reach "$1"
		before=$(key web want)
		if [ "$next" = exit ]; then
			obeyed web $letter
			wait_until gone "$supervisor"
			key_is web left 1
		elif [ "$1 $next" = 'backoff starting' ]; then
			obeyed web $letter
			wait_until happened run 2 # and dies again
		else
			obeyed web $letter
			[ "$next" != = ] || next=$1
			wait_until state_is web "$next"
		fi
		if [ "$next" != exit ]; then
			[ "$(key web want)" = "$(wish $letter "$before")" ]
		fi
		echo "$1 $letter: $next"
		leave
	done
}

@test "commands while it is down" {
	walk down
}

@test "commands while it waits for what it needs" {
	walk waiting
}

@test "commands while start runs" {
	walk starting
}

@test "commands while it is up" {
	walk up
}

@test "commands while it is ready" {
	walk ready
}

@test "commands while it was told to end" {
	walk stopping
}

@test "commands while finish runs" {
	walk finishing
}

@test "commands in the pause before the next start" {
	walk backoff
}

@test "commands when a oneshot is done" {
	walk 'done'
}

@test "commands when it has failed" {
	walk failed
}

@test "the matrix here is the one of the table" {
	command -v make >/dev/null && [ -w "$TOP/build" ] || skip "cannot make"
	make -s -C "$TOP" "build/${VARIANT:-release}/unit/machine_test"
	diff <(matrix | tail -n +2 | tr -s ' ') \
		<("$TOP/build/${VARIANT:-release}/unit/machine_test" --matrix | sed '1,/^ *u  *d /d' | tr -s ' ' | sed 's/ $//')
}

@test "pause, continue and signals leave each state as it is" {
	local state letter
	for state in down waiting starting up ready stopping finishing backoff 'done' failed; do
		reach "$state"
		for letter in p c h a 1 2 y +h; do
			obeyed web "$letter"
		done
		state_is web "$state" || [ "$state" = up -o "$state" = ready -o "$state" = stopping ]
		leave
	done
}

# ---- What became of it

@test "commands while finish runs are kept: d stays down, u comes back, o once more, x leaves" {
	local letters starts
	for letters in d u o x du ud xu; do
		reach finishing
		obeyed web "$letters" # before finish ends
		: >go
		case $letters in
		u | o | du) wait_until happened run 2 ;;
		d | ud) wait_until state_is web down ;;
		x | xu) wait_until gone "$supervisor" ;;
		esac
		case $letters in
		d | ud | x | xu) happened run 1 && happened stop 1 ;;
		*) happened stop 0 ;;
		esac
		echo "$letters: $(events)"
		leave
	done
}

@test "commands while stop runs: u starts all of it again, o too, d and O do not" {
	local letter
	for letter in u o d O; do
		reach finishing
		rm web/finish
		obeyed web d
		obeyed web k
		wait_until happened stop 1
		obeyed web "$letter" # before stop ends
		: >go
		case $letter in
		u | o) wait_until happened run 2 ;;
		*)
			wait_until state_is web down
			happened run 1
			;;
		esac
		leave
	done
}

@test "x while start runs: the run is made and supervised, then supervise leaves" {
	reach starting
	svc -x web
	: >go
	wait_until happened run 1
	wait_until state_is web ready
	alive "$supervisor"
	obeyed web k
	wait_until gone "$supervisor"
	[ "$(cut -d' ' -f1 events | tr '\n' ' ')" = "start run finish stop " ]
}

@test "TERM to supervise in each state: down, teardown included, and gone" {
	local state expected
	for state in down waiting starting up ready stopping finishing backoff 'done' failed; do
		reach "$state"
		kill -TERM "$supervisor"
		case $state in up | ready | stopping)
			wait_until state_is web stopping
			svc -k web ;;
		esac
		: >go
		wait_until gone "$supervisor"
		case $state in
		down) expected='' ;;
		starting) expected='start stop' ;;
		up | ready | stopping | finishing) expected='run finish stop' ;;
		waiting | backoff) expected='run stop' ;;
		'done') expected='start stop' ;;
		failed) expected=start ;;
		esac
		[ "$(cut -d' ' -f1 events 2>/dev/null | tr '\n' ' ' | sed 's/ $//')" = "$expected" ]
		leave
	done
}

# ---- No room for processes

@test "when no process can be made, nothing is left out: start, run, finish, stop are tried again" {
	command -v strace >/dev/null || skip "needs strace"
	tell_all web
	# Every other fork fails.
	start web strace -qq -o /dev/null -e trace=clone,fork,vfork,clone3 \
		-e inject=clone,fork,vfork,clone3:error=EAGAIN:when=1+2
	wait_until state_is web ready
	wait_until happened run 1
	obeyed web d
	wait_until state_is web down
	[ "$(cut -d' ' -f1 events | tr '\n' ' ')" = "start run finish stop " ]
	said 'supervise: warning: unable to fork for web: temporary failure' 4
	[ "$(lines err)" = 4 ]
}

@test "commands are obeyed while finish and stop wait for room" {
	command -v strace >/dev/null || skip "needs strace"
	tell web/run 'exec sleep 100000'
	tell web/finish
	tell web/stop
	start web
	wait_until happened run 1
	wait_until state_is web ready
	# There is no room until strace is told to go.
	background strace -qq -o /dev/null -e trace=clone,fork,vfork,clone3 \
		-e inject=clone,fork,vfork,clone3:error=EAGAIN -p "$supervisor"
	local tracer=$!
	traced() { grep -q "^TracerPid:.$tracer$" "/proc/$supervisor/status"; }
	wait_until traced
	obeyed web k
	wait_until said 'unable to fork' 1
	obeyed web dk # KILL reaches nobody
	obeyed web u
	kill -TERM "$tracer"
	wait_until happened run 2
	[ "$(cut -d' ' -f1 events | tr '\n' ' ')" = "run finish run " ]
}
