# The setting files of servicedir(5): what each does, what it is without one, and what a malformed
# one leads to. The values themselves: unit/servicedir_test.c.

load helper
load service
load life

VALUES='backoff check-interval down-signal leftovers max-deaths notification-fd timeout-check timeout-finish timeout-kill timeout-start'
MARKERS='essential log-stderr no-setsid'

setup() {
	cd "$BATS_TEST_TMPDIR"
	make_service web
	printf '#!/bin/sh\nexit 1\n' >web/check # never asked while notification-fd and interval are wrong
}

# defaults: the service runs and behaves as if there was no setting at all.
defaults() {
	wait_until state_is web ready
	key_is web backoff 1000
	key_is web essential 0
	rm -f web/check
	local round pid
	for round in 1 2; do # starting it again repeats no warning
		pid=$(key web pid)
		obeyed web r
		wait_until key_is web deaths $round
		key_is web signal TERM
		obeyed web u
		wait_until state_is web ready
	done
}

# malformed SHOWN: all values are; one warning for each, with the file and what is SHOWN of it.
malformed() {
	rm web/check
	start web
	defaults
	local name
	for name in $VALUES; do
		grep -F "supervise: warning: web/$name: \"$1\" is not " err
		said "web/$name" 1
	done
	[ "$(lines err)" = 10 ]
	grep -qxF "supervise: warning: web/down-signal: \"$1\" is not the name or number of a signal; using TERM" err
}

# unreadable REASON [NAME...]: the same for files that are no files.
unreadable() {
	local reason=$1 name
	shift
	defaults
	for name in "$@"; do
		grep -qxF "supervise: warning: unable to read web/$name, using the default: $reason" err
	done
	[ "$(lines err)" = $# ]
}

@test "an empty file, an empty line, blanks" {
	local name text
	for text in '' '\n' ' \t \n' '\nTERM\n'; do
		rm -rf web err
		setup
		for name in $VALUES; do
			printf "$text" >web/$name
		done
		malformed ''
		svc -dx web
		wait_until gone $supervisor
	done
}

@test "negative, not a number, a number and something, beyond all numbers, quoted" {
	local name text
	for text in -1 abc 5000x 1000000000000000000000000000000 '"5"' +5 0x10 5.5 '5 x 7'; do
		rm -rf web err
		setup
		for name in $VALUES; do
			setting web/$name "$text"
		done
		malformed "$text"
		svc -dx web
		wait_until gone $supervisor
	done
}

@test "lines that end as in DOS are malformed, and shown so that nobody is fooled" {
	local name
	for name in $VALUES; do
		printf '3000\r\n' >web/$name
	done
	printf 'TERM\r\n' >web/down-signal
	printf 'tree\r\n' >web/leftovers
	printf '1 2\r\n' | tee web/backoff >web/max-deaths
	rm web/check
	start web
	defaults
	for name in $VALUES; do
		grep -E "^supervise: warning: web/$name: \"[^\"]*.\" is not " err
	done
	[ "$(lines err)" = 10 ]
	run ! grep -q "$(printf '\r')" err
}

@test "a NUL byte, and a first line that is too long" {
	local name
	for name in $VALUES; do
		printf '5\0\n' >web/$name
	done
	malformed ...
	svc -dx web
	wait_until gone $supervisor
	rm -r web err
	setup
	for name in $VALUES; do
		{ printf '%0300d\n' 5; } >web/$name
	done
	malformed ...
}

@test "a directory: no value, and no marker either" {
	local name
	for name in $VALUES $MARKERS; do
		mkdir web/$name
	done
	rm web/check
	start web
	unreadable 'is a directory' $VALUES $MARKERS
	mapfile -t ids < <(ps -o sid= -o pid= -p "$(key web pid)" | tr -s ' ' '\n' | grep .)
	[ "${ids[0]}" = "${ids[1]}" ] # so no-setsid does not count
}

@test "a FIFO and a socket hold nothing up; a dangling link is as good as no file" {
	local name
	for name in $VALUES $MARKERS; do
		mkfifo web/$name
	done
	rm web/check
	start web
	unreadable 'not a regular file' $VALUES $MARKERS
	svc -dx web
	wait_until gone $supervisor
	rm -r web err
	setup
	rm web/check
	for name in $VALUES $MARKERS; do
		ln -s nowhere web/$name
	done
	start web
	defaults
	[ ! -s err ]
}

@test "a file that may not be read: the default; a marker needs not to be read" {
	local as='' name
	for name in $VALUES $MARKERS; do
		setting web/$name 1
		chmod 0 web/$name
	done
	rm web/check web/no-setsid web/essential
	if [ "$(id -u)" = 0 ]; then
		chown -R nobody web
		chmod 755 "$BATS_TEST_TMPDIR"
		as="setpriv --reuid nobody --regid nogroup --clear-groups"
		$as test -x web/run || skip "nobody cannot reach $PWD"
	fi
	start web $as
	unreadable 'access denied' $VALUES
}

@test "a setting that is mended counts from the next start, and going wrong again is news" {
	setting web/backoff 5
	setting web/down-signal nonsense
	rm web/check
	start web
	wait_until state_is web ready
	said 'warning:' 2
	setting web/backoff '20 40'
	setting web/down-signal KILL
	obeyed web t
	wait_until key_is web deaths 1
	wait_until state_is web ready
	key_is web backoff 20
	said 'warning:' 2
	obeyed web r
	wait_until key_is web deaths 2
	key_is web signal KILL
	wait_until state_is web ready
	setting web/backoff none
	obeyed web t
	wait_until key_is web deaths 3
	wait_until state_is web ready
	wait_until said 'web/backoff: "none"' 1
	said 'warning:' 3
	key_is web backoff 1000
	setting web/backoff some # another mistake, at once
	obeyed web r
	wait_until said 'web/backoff: "some"' 1
	said 'warning:' 4
}

@test "a start reads each setting once; what the script start has changed counts for run" {
	command -v strace >/dev/null || skip "needs strace"
	export ASAN_OPTIONS=detect_leaks=0 # that cannot be looked for under strace
	rm web/check
	echo 5000 >web/timeout-kill
	rm -f web/timeout-finish
	start web strace -D -qq -o trace -e trace=file
	wait_until state_is web ready
	[ "$(grep -c 'open.*"timeout-kill"' trace)" = 1 ]
	run ! grep '"timeout-finish"' trace # nor is looked for what is not there
	svc -w -d web
	script web/start <<<$'echo KILL >down-signal'
	svc -w -u web
	wait_until state_is web ready
	svc -w -d web
	key_is web signal KILL
}

@test "what ./run has made is there when it has died, however soon that is" {
	command -v strace >/dev/null || skip "needs strace"
	export ASAN_OPTIONS=detect_leaks=0 # that cannot be looked for under strace
	rm -f web/check web/finish
	: >web/down
	script web/start <<<''
	script web/run <<<$'printf \'#!/bin/sh\\n: >../finished\\n\' >finish\nchmod +x finish'
	# It writes its state so slowly that both have died when it looks for the first.
	start web strace -D -qq -o /dev/null -e inject=rename,renameat,renameat2:delay_exit=150000
	wait_until svok web
	svc -o web
	wait_until [ -e finished ]
}

@test "only the first line counts, without blanks at its ends; a link is followed" {
	printf '  USR1 \t\nKILL\n' >signal
	ln -s ../signal web/down-signal
	printf '50\t 70\n\n' >web/backoff
	rm web/check
	start web
	wait_until state_is web ready
	key_is web backoff 50
	obeyed web d
	wait_until state_is web down
	key_is web signal USR1
	[ ! -s err ]
}

@test "down-signal by name, with SIG, by number, realtime; CONT follows it" {
	local value
	script web/run <<-'X'
	for s in HUP USR1 USR2 WINCH 35; do trap "echo $s >>../events; exit" $s; done
	echo armed >>../events
	while :; do sleep 0.02; done
	X
	rm web/check
	start web
	for value in HUP SIGUSR2 10 WINCH RTMIN+1; do
		wait_until happened armed 1
		wait_until state_is web ready
		obeyed web d
		wait_until state_is web down
		rm events
		setting web/down-signal $value
		obeyed web u
		wait_until happened armed 1
		obeyed web p # it is stopped, and hears all the same
		wait_until key_is web paused 1
		obeyed web d
		wait_until state_is web down
		case $value in
		SIGUSR2) value=USR2 ;;
		10) value=USR1 ;;
		RTMIN+1) value=35 ;;
		esac
		events_are "armed $value"
		rm events
		obeyed web u
	done
}

@test "down-signal is not ignored, although the shell that started svscan has said so" {
	printf '#!/bin/sh\necho armed >>../events\nexec sleep 100000\n' >web/run
	setting web/down-signal INT
	rm web/check
	start web sh -c 'trap "" INT; exec "$@"' sh
	wait_until happened armed 1
	wait_until state_is web ready
	obeyed web d
	wait_until state_is web down
	key_is web signal INT
}

@test "timeout-kill: KILL to the one process that does not end, and again saying d wins it no time" {
	setting web/timeout-kill 700
	script web/run <<-'X'
	trap 'echo TERM >>../events' TERM
	echo armed >>../events
	while :; do sleep 0.02; done
	X
	rm web/check
	start web
	wait_until happened armed 1
	# As an impatient monitor does it.
	killed() {
		obeyed web d
		sleep 0.2
		state_is web down
	}
	wait_until killed
	key_is web signal KILL
	# Without the file nothing is killed: it is asked again and again.
	rm web/timeout-kill events
	obeyed web u
	wait_until happened armed 1
	obeyed web d
	wait_until happened TERM 1
	obeyed web d
	wait_until happened TERM 2
	state_is web stopping
	obeyed web k
	wait_until state_is web down
}

@test "timeout-kill ends what is restarted for its health and by r, too" {
	setting web/timeout-kill 100
	script web/run <<-'X'
	trap '' TERM
	echo armed >>../events
	while :; do sleep 0.02; done
	X
	rm web/check
	start web
	wait_until happened armed 1
	obeyed web r
	wait_until happened armed 2
	wait_until key_is web signal KILL
}

@test "no-setsid: in the session of supervise, in a group of its own; a session without it" {
	: >web/no-setsid
	script web/run <<-'X'
	ps -o pgid= -o sid= -p $$ | tr -s ' ' '\n' | grep . >../ids
	echo $$ >>../ids
	mv ../ids ../ids.done
	exec sleep 100000
	X
	rm web/check
	start web
	wait_until test -e ids.done
	mapfile -t ids <ids.done
	[ "${ids[0]}" = "${ids[2]}" ]
	[ "${ids[1]}" = "$(ps -o sid= -p $supervisor | tr -d ' ')" ]
	rm ids.done web/no-setsid
	obeyed web t
	wait_until test -e ids.done
	mapfile -t ids <ids.done
	[ "${ids[1]}" = "${ids[2]}" ]
}

@test "log-stderr: the errors of all scripts go where their output goes" {
	: >web/log-stderr
	local name
	for name in start stop finish run; do
		printf 'echo out-%s; echo err-%s >&2\n' $name $name | script web/$name
	done
	echo 'exec sleep 100000' >>web/run
	rm web/check
	background supervise web >out 2>err
	supervisor=$!
	wait_until contains out err-run
	obeyed web d
	wait_until state_is web down
	[ "$(tr '\n' ' ' <out)" = "out-start err-start out-run err-run out-finish err-finish out-stop err-stop " ]
	[ ! -s err ]
	rm web/log-stderr
	obeyed web u
	wait_until contains err err-run
	[ "$(grep -c err-run out)" = 1 ]
}

@test "settings are no scripts and no commands: 0.76's directories with such names work" {
	# Files that 0.76 would not look at, with the wildest content, change nothing but messages.
	{ printf x && head -c 100000 /dev/urandom; } >web/backoff
	cp web/backoff web/timeout-kill
	rm web/check
	start web
	defaults
	said 'web/backoff: ' 1
}
