# A user owns a log directory in which root's multilog writes and root's svlog and svwhy read: whatever
# he puts there, they touch nothing of root's, and end when they are told to.

load ../helper
load ../service
load ../hostile

setup() {
	need_root
	cd "$BATS_TEST_TMPDIR"
	export ASAN_OPTIONS=detect_leaks=0
	OUTSIDE=$PWD/outside
	export SVDIR=$PWD
	make_service web
	make_service web/log
	printf '#!/bin/sh\nexec multilog t s4096 n2 ./main\n' >web/log/run
	seq -f 'line %05g of the log of a service' 1 600 >lines
}

# directory: a new one, with an archive and a predecessor's record, of which all is the user's.
directory() {
	rm -rf web/log/main
	head -n 200 lines | multilog t s4096 n2 ./web/log/main
	chown -R "$USER" web/log/main
}

# Ways of writing: lines through a spool, bytes straight from the pipe, and a processor.
WAYS=('t s4096 n2' 's4096 n2' 't s4096 n2 !cat')

# idle PID: it has ended, or sleeps for what it cannot use, and its child with it.
idle() {
	gone "$1" || asleep multilog "$1"
}

# begin WAY: a multilog that reads what is written to descriptor 6.
begin() {
	rm -f feed
	mkfifo feed
	exec 6<>feed
	# The shell would give it no other input by itself.
	background sh -c 'exec multilog "$@" ./web/log/main <feed 6>&-' begin $1 2>>err
	logger=$!
}

# finish: it comes to its end, or, if it is stuck, ends when it is told to.
finish() {
	exec 6>&-
	wait_until idle "$logger"
	kill -TERM "$logger" 2>/dev/null || true
	wait_until gone "$logger"
}

@test "in place of what multilog uses, before it starts" {
	local i j names n=0
	guard
	for i in "${!KINDS[@]}"; do
		for names in lock current 'previous processed state newstate' .record .spool; do
			directory
			(cd web/log/main && plant "$i" $names) || continue 2
			# Each kind is met in each way, but not in each place.
			begin "${WAYS[n++ % 3]}"
			cat lines >&6
			finish
		done
		told svlog -n 5 web
		told svwhy ./web
		told svlint ./web
		untouched "${KINDS[i]%|*}"
	done
	unguard
}

@test "in place of what svlog reads: archives, and files on their way there" {
	local i
	guard
	# Of one that does not run svwhy shows the last lines.
	printf '#!/bin/sh\nexit 1\n' >web/run
	echo 600000 600000 >web/backoff
	start web
	wait_until key_is web state backoff
	directory
	told svwhy ./web
	grep -q 'of the log of a service' said
	for i in "${!KINDS[@]}"; do
		directory
		(cd web/log/main && plant "$i" @400000006b0301fe281b1124.s \
			@400000006b0301fe281b1125.u processed previous current) || continue
		# A terabyte without a newline is read to its end, and that takes its time.
		if [[ ${KINDS[i]} != *'1 TB'* ]]; then
			told svlog -n 5 web
			told svlog -g line web
		fi
		told svwhy ./web
		untouched "${KINDS[i]%|*}"
	done
	svc -dx web
	wait_until gone "$supervisor"
	unguard
}

@test "in place of what multilog is writing" {
	local i
	guard
	for i in "${!KINDS[@]}"; do
		directory
		begin 't s4096 n2'
		echo it has begun >&6
		wait_until grep -rqsF 'it has begun' web/log/main
		(cd web/log/main && plant "$i" previous current .record .spool lock) || {
			finish
			continue
		}
		cat lines >&6
		finish
		untouched "${KINDS[i]%|*}"
	done
	unguard
}

@test "the processor of a root's multilog is given no file of root's" {
	guard
	directory
	printf '#!/bin/sh\ntee seen\n' >processor
	chmod 755 processor
	begin "s4096 n2 !$PWD/processor"
	wait_until test -e web/log/main/.record
	(
		cd web/log/main
		rm -f state newstate processed
		ln "$OUTSIDE/secret" state
		ln -s "$OUTSIDE/tool" newstate
		ln -s "$OUTSIDE/new" processed
	)
	cat lines >&6
	finish
	# But for the link itself.
	run find web/log/main -type f -links 1 -exec grep -l secret {} +
	[ "$output" = "" ]
	unguard
}

@test "a hostile line reaches no terminal as anything but text" {
	directory
	printf 'x\033]0;owned\007\033[2J\r\233\n' | multilog t ./web/log/main
	told script -qec 'svlog web; svwhy ./web' /dev/null
	grep -q owned said
	# Its own colours are its own.
	run ! grep -aqE $'\033\\]|\033\\[2J|\007' said
}

@test "what the state says reaches no terminal as anything but text" {
	local client
	make_service db
	start db
	wait_until is_up svstat db
	sed -i -e $'s/^\(waiting\|needs\|signal\|version\|child\|trouble\|death_by\)=.*/\\1=\033[2J\007\r/' \
		db/supervise/state
	for client in svstat 'svstat -v' 'svstat -j' 'svstat -o needs,waiting,version,child,signal' svwhy; do
		told $client ./db
		run ! grep -aq $'[\033\007\r]' said
	done
	svc -dx db
	wait_until gone "$supervisor"
}
