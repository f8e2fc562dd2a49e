# svscan: what starts, what is restarted, what ends, and in which order.
# Not here: what one supervise does (supervise.bats), real services under it (system.bats).

load helper

setup() {
	cd "$BATS_TEST_TMPDIR"
	mkdir scan sv
	# So that only what hangs is killed, however slow everything is.
	export SVSCAN_GRACE=$((LIMIT * 1000))
	if [ "$(id -u)" = 0 ]; then
		namespace=(unshare --pid --fork --mount-proc --kill-child)
	else
		namespace=(unshare --user --map-root-user --pid --fork --mount-proc --kill-child)
	fi
}

# ---- Words for the tests

# service NAME: sv/NAME, its run from standard input; sleeps without one.
service() {
	mkdir -p "sv/$1"
	{
		echo '#!/bin/sh'
		if [ -t 0 ] || [ "${2-}" = sleeps ]; then echo 'exec sleep 100000'; else cat; fi
	} >"sv/$1/run"
	chmod +x "sv/$1/run"
}

sleeper() {
	service "$1" sleeps
}

# logged NAME: gives it a log directory that ends up in sv/NAME/log/main/current.
logged() {
	mkdir -p "sv/$1/log"
	printf '#!/bin/sh\nexec multilog ./main\n' >"sv/$1/log/run"
	chmod +x "sv/$1/log/run"
}

# enable NAME...
enable() {
	local name
	for name; do ln -s "$PWD/sv/$name" "scan/$name"; done
}

# scanner [OPTION...]: svscan on ./scan, its messages in ./err, its number in $scanner.
scanner() {
	background svscan "$@" scan 2>>err
	scanner=$!
}

# first [OPTION...]: the same as PID 1 of a PID namespace; $scanner is its number out here.
first() {
	background "${namespace[@]}" "$BIN/svscan" "$@" scan 2>>err
	outer=$!
	wait_until has_child "$outer"
	scanner=$(children "$outer")
}

# rests: svscan sleeps, with nothing left to be done.
rests() {
	[[ $(cat "/proc/$scanner/stat") == *") S "* ]]
}

children() {
	tr -d ' ' <"/proc/$1/task/$1/children"
}

has_child() {
	[ -n "$(children "$1")" ]
}

# ended PID: waits for our child and sets $status.
ended() {
	status=0
	wait_until gone "$1"
	wait "$1" || status=$?
}

is_up() {
	local name
	for name; do [[ $(svstat "$name") == "$name: up "* ]] || return 1; done
}

unsupervised() {
	local name
	for name; do [[ $(svstat "$name") == "$name: supervise not running" ]] || return 1; done
}

pid_of() {
	svstat "$1" | sed -n 's/.*(pid \([0-9]*\)).*/\1/p'
}


count() {
	grep -cFe "$2" -- "$1" || true
}

counts() {
	[ "$(count "$1" "$2")" = "$3" ]
}

# cpu_ticks PID: processor time used, in clock ticks (10 ms).
cpu_ticks() {
	local stat
	stat=$(cat "/proc/$1/stat")
	set -- ${stat##*) }
	echo $((${12} + ${13}))
}

need() {
	command -v "$1" >/dev/null || skip "needs $1"
}

milliseconds() {
	date +%s%3N
}

# ---- Command line

@test "misuse: one clear line, exit 100; a directory that is not there: 111" {
	run -100 svscan -x
	[ "${lines[0]}" = "svscan: illegal option -- x" ]
	[ "${lines[1]}" = "svscan: usage: svscan [-d fd] [-e code] [-g ms] [-k] [-t ms] [-V] [dir [-- command ...]]" ]
	run -100 svscan -g
	[ "${lines[0]}" = "svscan: option requires an argument -- g" ]
	run -100 svscan -g 1x scan
	[ "$output" = 'svscan: fatal: -g takes milliseconds from 0 to 2147483647, not "1x"' ]
	run -100 svscan -t 0 scan
	[ "$output" = 'svscan: fatal: -t takes milliseconds from 1 to 2147483647, not "0"' ]
	run -100 env SVSCAN_GRACE=-1 svscan scan
	[ "$output" = 'svscan: fatal: $SVSCAN_GRACE takes milliseconds from 0 to 2147483647, not "-1"' ]
	run -111 svscan nosuch
	[ "$output" = "svscan: fatal: unable to chdir to nosuch: file does not exist" ]
	run -111 svscan err/or
	run -0 svscan -V
	[ "$output" = "svscan $(cat "$TOP/package/version")" ]
}

@test "the usage line is the synopsis of the page" {
	run -100 svscan -x
	local svscan=${lines[1]#svscan: usage: }
	ln -s "$BIN/svscan" init
	run -100 ./init -x
	[ "$svscan ${lines[1]#svscan: usage: }" = "$(man_synopsis)" ]
}

man_synopsis() {
	need mandoc
	mandoc -T ascii "$TOP/svscan/svscan.8" | col -b |
		sed -n '/^SYNOPSIS/,/^DESCRIPTION/{/^ /p}' | tr -s ' \n' ' ' | sed 's/^ //; s/ $//'
}

@test "without a directory it is the current one; further operands are ignored" {
	sleeper a
	enable a
	cd scan
	background svscan 2>>../err
	scanner=$!
	wait_until is_up a
	kill -TERM "$scanner"
	ended "$scanner"
	[ "$status" = 0 ]
	cd ..
	background svscan scan -x more 2>>err
	wait_until is_up scan/a
}

# ---- What starts

@test "a link starts at once, without a poll; a second link to it starts nothing" {
	sleeper a
	sleeper b
	enable a
	scanner -t 600000
	wait_until is_up scan/a
	enable b
	wait_until is_up scan/b
	ln -s "$PWD/sv/a" scan/again
	sleeper c
	enable c
	wait_until is_up scan/c
	mv scan/a scan/moved
	sleeper d
	enable d
	wait_until is_up scan/d
	[ "$(pgrep -c -P "$scanner")" = 4 ]
}

@test "supervise gets the name, its own group, svscan's environment and descriptors" {
	service a <<-'END'
		echo "$GREETING $(ulimit -n)" >seen
		exec sleep 100000
	END
	logged a
	enable a
	(
		ulimit -S -n 123
		export GREETING=hello
		scanner
		echo "$scanner" >number
	)
	scanner=$(cat number)
	wait_until is_up sv/a sv/a/log
	wait_until test -s sv/a/seen
	[ "$(cat sv/a/seen)" = "hello 123" ]
	local pid=$(pgrep -P "$scanner" -f '^supervise a$')
	[ "$(ps -o pgid= -p "$pid" | tr -d ' ')" = "$pid" ]
	pid=$(pgrep -P "$scanner" -f '^supervise log$')
	[ "$(readlink "/proc/$pid/cwd")" = "$PWD/sv/a/log" ]
	[[ $(readlink "/proc/$pid/fd/0") == pipe:* ]]
	# Nothing but its own lock and FIFOs, and the pipe.
	[ "$(readlink "/proc/$pid/fd/1")" = "$(readlink "/proc/$scanner/fd/1")" ]
	[ "$(grep SigBlk "/proc/$(pid_of sv/a)/status")" = "$(grep SigBlk /proc/self/status)" ]
	# It raised the limit for itself.
	[ "$(awk '/open files/ {print $4}' "/proc/$scanner/limits")" = "$(ulimit -H -n)" ]
}

@test "1,100 services in one scan directory all run, also with few descriptors to begin with" {
	[ "$(ulimit -H -n)" = unlimited ] || [ "$(ulimit -H -n)" -ge 4000 ] || skip "needs 4000 descriptors"
	local i
	sleeper template
	for i in $(seq 1100); do
		mkdir "sv/$i"
		ln -s ../template/run "sv/$i/run"
		ln -s "../sv/$i" "scan/$i"
	done
	(
		ulimit -S -n 64
		scanner -g 180000 -t 600000
		echo "$scanner" >number
	)
	scanner=$(cat number)
	LIMIT=180 wait_until test -e sv/1100/supervise/ok
	all_up() { [ "$(svstat sv/[0-9]* | grep -c ': up ')" = 1100 ]; }
	LIMIT=180 wait_until all_up
	sleeper more
	enable more
	wait_until is_up scan/more
	kill -TERM "$scanner"
	LIMIT=180 wait_until gone "$scanner"
	contains err "stopped after"
	[ "$(count err ' ended after ')" = 1101 ]
}

@test "a directory built in place starts when it is complete, not before" {
	scanner -t 600000
	wait_until has_inotify
	mkdir scan/a
	local i
	for i in 1 2 3 4 5 6 7 8; do
		echo "$i" >"scan/a/part$i"
		sleep 0.02
	done
	# However slow this was: without run it is not complete.
	sleeper ready
	[ ! -e scan/a/supervise ]
	mv sv/ready/run scan/a/run
	wait_until is_up scan/a
	# Moved in, it is complete as it is; without run nothing happens until there is one.
	sleeper b
	mv sv/b scan/b
	wait_until is_up scan/b
	mkdir scan/c
	sleeper d
	enable d
	wait_until is_up scan/d
	[ ! -e scan/c/supervise ]
	cp scan/b/run scan/c/run
	wait_until is_up scan/c
	run ! grep warning err
}

has_inotify() {
	ls -l "/proc/$scanner/fd" | grep -q inotify
}

@test "an empty directory (lost+found) is reported once, when it stays so" {
	mkdir scan/lost+found
	scanner -t 50
	wait_until contains err "svscan: warning: unable to supervise lost+found: it has neither run nor start"
	sleeper a
	enable a
	wait_until is_up scan/a
	kill -HUP "$scanner"
	sleep 0.3 # several looks
	counts err lost+found 1
}

@test "junk with strange names harms nothing and causes one message each" {
	local long=$(printf 'x%.0s' $(seq 250)) name names=0
	for name in file 'two words' $'new\nline' '%s%n%d' -x "$long"; do
		: >"scan/$name"
	done
	mkfifo scan/fifo
	ln -s nowhere scan/dangling
	ln -s loop scan/loop
	ln -s file/below scan/below
	: >scan/.hidden
	sleeper a
	enable a
	scanner -t 50
	wait_until is_up scan/a
	# The safety look repairs what no event tells of; by then there were several.
	mkdir nowhere_yet
	local i
	for i in 1 2 3; do
		sleeper "b$i"
		enable "b$i"
		wait_until is_up "scan/b$i"
		kill -HUP "$scanner"
		sleep 0.15
	done
	[ "$(count err 'unable to supervise')" = 7 ]
	[ "$(count err 'unable to stat')" = 3 ]
	[ "$(wc -l <err)" = 10 ]
	contains err "svscan: warning: unable to supervise new?line: not a directory"
	contains err "svscan: warning: unable to supervise %s%n%d: not a directory"
	contains err "svscan: warning: unable to stat loop: symbolic link loop"
	contains err "svscan: warning: unable to stat dangling: file does not exist"
	# Gone and back again is news.
	again() {
		counts err "unable to supervise file" 2 && return
		rm -f scan/file
		sleep 0.15 # a look, where there is time for one
		: >scan/file
		sleep 0.15
		false
	}
	wait_until again
	# What the link leads to may appear without an event in the scan directory.
	sleeper late
	mv sv/late scan/../late
	ln -sfn ../late scan/dangling
	wait_until is_up late
}

@test "services with strange names run" {
	local name
	for name in 'two words' $'new\nline' '%s%n%d' -x; do
		sleeper "$name"
		ln -s "../sv/$name" "scan/$name"
	done
	scanner
	for name in 'two words' $'new\nline' '%s%n%d' -x; do
		wait_until svok "sv/$name"
	done
}

@test "a dangling link whose target appears starts with the next safety look" {
	ln -s ../sv/late scan/late
	scanner -t 50
	wait_until contains err "unable to stat late"
	sleeper late
	wait_until is_up sv/late
}

@test "a directory replaced behind its link is noticed" {
	sleeper a
	enable a
	scanner -t 20
	wait_until is_up sv/a
	mv sv/a sv/old
	sleeper a
	wait_until is_up sv/a
	wait_until unsupervised sv/old
}

@test "without inotify a look every second does the same" {
	need strace
	sleeper a
	background strace -f -qq -o /dev/null -e trace=inotify_init1 \
		-e inject=inotify_init1:error=EMFILE svscan scan 2>>err
	enable a
	wait_until is_up scan/a
	rm scan/a
	wait_until unsupervised sv/a
	mkdir scan/b
	cp sv/a/run scan/b
	wait_until is_up scan/b
}

# ---- What is restarted

@test "a supervise that leaves is started again" {
	local old
	supervisor() { sed -n 's/^supervise_pid=//p' "sv/$1/supervise/state"; }
	sleeper a
	enable a
	scanner -t 600000
	wait_until is_up sv/a
	old=$(supervisor a)
	svc -dx sv/a
	renewed() { [ "$(supervisor a)" != "$old" ] && is_up sv/a; }
	wait_until renewed
}

@test "a logger that dies costs no line, nor does its supervise" {
	service a <<-'END'
		for i in $(seq 2000); do echo "line $i"; [ $((i % 100)) != 0 ] || sleep 0.1; done
		touch done
		exec sleep 100000
	END
	logged a
	enable a
	scanner -t 600000
	wait_until is_up sv/a/log
	while [ ! -e sv/a/done ]; do
		svc -t sv/a/log
		sleep 0.1
		svc -dx sv/a/log
		sleep 0.1
	done
	wait_until contains sv/a/log/main/current "line 2000"
	cat sv/a/log/main/@* sv/a/log/main/current 2>/dev/null | sort -u >got
	[ "$(wc -l <got)" = 2000 ]
}

@test "supervise missing from PATH is said once, and retried" {
	sleeper a
	logged a
	enable a
	mkdir bin
	background env PATH="$PWD/bin:/nowhere" "$BIN/svscan" scan 2>>err
	scanner=$!
	wait_until contains err "svscan: warning: unable to start supervise a: file does not exist"
	wait_until contains err "svscan: warning: unable to start supervise a/log: file does not exist"
	sleep 1.2 # the next attempt
	[ "$(wc -l <err)" = 2 ]
	ln -s "$BIN/supervise" bin
	wait_until svok sv/a
	wait_until svok sv/a/log
}

@test "supervise is looked for where it was found before, and elsewhere when it is not there" {
	case ${VARIANT:-release} in release | static) ;; *) skip "not in this variant" ;; esac
	# Else the child is a copy, and what it learns is lost with it.
	[ "$(printf '%s\n' 5.9 "$(uname -r)" | sort -V | head -n 1)" = 5.9 ] || skip "needs Linux 5.9"
	mkdir early late
	ln -s "$BIN/supervise" late
	sleeper a
	enable a
	background env PATH="$PWD/early:$PWD/late:$PATH" "$BIN/svscan" scan 2>>err
	scanner=$!
	wait_until svok sv/a
	# A file system that hangs; here what stands there says so.
	printf '#!/bin/sh\n: >../asked\nexec sleep 100000\n' >early/supervise
	chmod +x early/supervise
	sleeper b
	enable b
	wait_until svok sv/b
	[ ! -e asked ]
	rm late/supervise
	sleeper c
	enable c
	wait_until [ -e asked ]
}

@test "a fork that fails is reported and retried" {
	need strace
	sleeper a
	enable a
	background strace -f -qq -o /dev/null -e trace=clone,clone3,fork,vfork \
		-e inject=clone,clone3,fork,vfork:error=EAGAIN:when=1..2 svscan scan 2>>err
	wait_until is_up sv/a
	contains err "svscan: warning: unable to fork for a: temporary failure"
	counts err "svscan: warning: unable to fork" 1
}

# copies FAULT...: starts four services under a svscan with this fault, traced; each is up.
copies() {
	local name
	for name in a b c d; do
		sleeper $name
		[ "$name" = d ] || logged $name
		enable $name
	done
	# A descriptor that we were given goes on to them, whatever its number is.
	background strace -D -qq -o trace -e trace=clone,clone3,fork,vfork,close_range "$@" \
		svscan scan 2>>err 77<"$0"
	scanner=$!
	wait_until is_up sv/a sv/b sv/c sv/d sv/a/log
	[ ! -s err ]
	[ "$(readlink "/proc/$(pid_of sv/c)/fd/77")" = "$(readlink -f "$0")" ]
	kill -TERM $scanner
	wait_until gone $scanner
}

# What watches the memory of a program follows no child that borrows it.
@test "supervises are made without a copy of memory and descriptors, unless that is refused" {
	need strace
	case ${VARIANT:-release} in release | static) ;; *) skip "not in this variant" ;; esac
	export ASAN_OPTIONS=detect_leaks=0
	copies -f
	grep -q "^$scanner .*CLONE_FILES" trace
	run ! grep -E "^$scanner .*(fork\(|CLONE_CHILD)" trace
	rm -r scan sv trace err && mkdir scan sv

	copies -f -e inject=close_range:error=ENOSYS
	[ "$(grep -c "close_range" trace)" = 1 ]
	[ "$(grep -cE "^$scanner .*(fork\(|CLONE_CHILD)" trace)" = 7 ]
	rm -r scan sv trace err && mkdir scan sv

	copies -e inject=clone:error=EPERM:when=1
	[ "$(grep -cE "CLONE_FILES" trace)" = 1 ]
}

@test "out of descriptors: said, the rest runs, and what is there can still be removed and stopped" {
	local i
	for i in $(seq 40); do
		sleeper "$i"
		enable "$i"
	done
	(
		ulimit -n 40
		scanner -t 100
		echo "$scanner" >number
	)
	scanner=$(cat number)
	wait_until contains err "process cannot open more files"
	has_room() { [ "$(svstat sv/* | grep -c ': up ')" -ge 10 ]; }
	wait_until has_room
	run ! grep 'read directory' err
	# All that are up now: not those that come up meanwhile, since some have to be left.
	for i in $(svstat sv/* | sed -n 's,^sv/\([0-9]*\): up .*,\1,p'); do rm "scan/$i"; done
	all_others() { [ "$(svstat sv/* | grep -c ': up ')" -ge 10 ] && ! contains err stopped; }
	wait_until all_others
	kill -TERM "$scanner"
	wait_until gone "$scanner"
	contains err "stopped after"
}

# ---- What ends

@test "rm of the link brings the service down; its logger reads everything, then ends" {
	service a <<-'END'
		trap 'for i in $(seq 3000); do echo "last words $i"; done; exit' TERM
		echo started
		while :; do sleep 0.05; done
	END
	logged a
	printf '#!/bin/sh\nsleep 0.5\nexec multilog ./main\n' >sv/a/log/run
	enable a
	scanner -t 600000
	wait_until contains sv/a/log/main/current started
	wait_until is_up sv/a sv/a/log
	wait_until rests
	local fds=$(ls "/proc/$scanner/fd" | wc -l)
	rm scan/a
	wait_until unsupervised sv/a sv/a/log
	[ "$(tail -n 1 sv/a/log/main/current)" = "last words 3000" ]
	[ "$(count sv/a/log/main/current 'last words')" = 3000 ]
	forgotten() { [ "$(ls "/proc/$scanner/fd" | wc -l)" = $((fds - 3)) ]; }
	wait_until forgotten
	[ ! -s err ]
}

@test "linked again while its logger drains, it goes on with the same pipe" {
	service a <<-'END'
		trap 'echo bye; exit' TERM
		echo hello
		while :; do sleep 0.05; done
	END
	logged a
	# Holds the pipe open after the service has ended, so that the logger cannot end.
	printf '#!/bin/sh\nsetsid sleep 100000 &\nexec ./main\n' >sv/a/first
	mv sv/a/run sv/a/main
	mv sv/a/first sv/a/run
	chmod +x sv/a/run
	enable a
	scanner -t 600000
	wait_until contains sv/a/log/main/current hello
	wait_until is_up sv/a/log
	local logger=$(pid_of sv/a/log)
	rm scan/a
	wait_until unsupervised sv/a
	is_up sv/a/log
	enable a
	wait_until is_up sv/a
	wait_until counts sv/a/log/main/current hello 2
	[ "$(pid_of sv/a/log)" = "$logger" ]
	counts sv/a/log/main/current bye 1
}

@test "-k leaves a service alone whose link is removed, as 0.76 does" {
	sleeper a
	sleeper b
	enable a b
	scanner -k -t 50
	wait_until is_up sv/a sv/b
	local pid=$(pid_of sv/a)
	rm scan/a
	sleep 0.5 # many looks
	[ "$(pid_of sv/a)" = "$pid" ]
	svc -dx sv/a
	wait_until unsupervised sv/a
	sleep 1.2 # longer than the pace of restarts
	unsupervised sv/a
	is_up sv/b
}

@test "a real directory is deleted with all in it: nothing of it stays" {
	sleeper a
	logged a
	mv sv/a scan/a
	scanner -t 600000
	wait_until is_up scan/a scan/a/log
	# As often as it takes: until they know of it, both supervises and multilog make files there.
	is_deleted() { rm -rf scan/a 2>/dev/null; [ ! -e scan/a ]; }
	wait_until is_deleted
	nobody() { ! pgrep -P "$scanner" >/dev/null; }
	wait_until nobody
}

@test "log/ that comes later counts from the next start; a log that is no directory is reported" {
	service a <<-'END'
		echo "from $$"
		exec sleep 100000
	END
	sleeper b
	: >sv/b/log
	enable a b
	scanner -t 600000 >/dev/null
	wait_until is_up sv/a sv/b
	contains err "svscan: warning: unable to supervise b/log: not a directory"
	logged a
	svc -dx sv/a
	wait_until contains sv/a/log/main/current from
}

# ---- The stop

@test "stop: services, then loggers by the end of their input; exit 0, and nothing is killed" {
	service a <<-'END'
		trap 'echo last line; exit' TERM
		echo ready
		while :; do sleep 0.02; done
	END
	logged a
	sleeper b
	enable a b
	scanner
	wait_until contains sv/a/log/main/current ready
	wait_until is_up sv/b
	kill -TERM "$scanner"
	ended "$scanner"
	[ "$status" = 0 ]
	counts err killing 0
	[ "$(tail -n 1 sv/a/log/main/current)" = "last line" ]
	[ "$(stat -c %a sv/a/log/main/current)" = 744 ] # closed cleanly
	grep -n 'ended after' err | grep -A 9 ' a ended' | grep -q 'logger of a ended'
	grep -q "^svscan: got SIGTERM: stopping within $SVSCAN_GRACE ms" err
	[[ $(tail -n 1 err) == "svscan: stopped after "* ]]
	[ -z "$(started_by_us)" ]
}

@test "stop: the limit is 8 s where nothing else is said" {
	background env -u SVSCAN_GRACE svscan scan 2>>err
	scanner=$!
	wait_until takes_term svscan "$scanner"
	kill -TERM "$scanner"
	ended "$scanner"
	[ "$status" = 0 ]
	contains err "got SIGTERM: stopping within 8000 ms"
}

@test "INT, QUIT, PWR and RTMIN+3 stop it as well; other signals do nothing" {
	local signal
	sleeper a
	enable a
	for signal in INT QUIT PWR RTMIN+3; do
		scanner
		wait_until is_up sv/a
		kill -USR1 "$scanner"
		kill -ALRM "$scanner"
		kill -PIPE "$scanner"
		kill -WINCH "$scanner"
		kill -TSTP "$scanner"
		kill -RTMIN+5 "$scanner"
		kill -HUP "$scanner"
		kill "-$signal" "$scanner"
		ended "$scanner"
		[ "$status" = 0 ]
		contains err "got SIG$signal"
		unsupervised sv/a
	done
}

@test "stop: a service that ignores TERM is killed inside the limit, with its group, and named" {
	service rude <<-'END'
		trap '' TERM
		touch ignores
		sleep 100001 &
		exec sleep 100000
	END
	sleeper polite
	logged polite
	enable rude polite
	scanner -g 6000
	wait_until test -e sv/rude/ignores
	wait_until is_up sv/rude sv/polite sv/polite/log
	local begin=$(milliseconds)
	kill -TERM "$scanner"
	ended "$scanner"
	[ "$status" = 0 ]
	local took=$(($(milliseconds) - begin))
	[ "$took" -ge 4200 ]
	grep -q 'polite ended after' err
	grep -q 'killing rude, which did not end within' err
	[ -z "$(started_by_us)" ]
}

@test "stop: a stray that holds a log pipe and ignores TERM is killed, and no line is lost" {
	service a <<-'END'
		trap 'echo last line; exit' TERM
		setsid sh -c 'trap "" TERM; echo stray >&2; touch stray; while :; do sleep 0.01; done' &
		while :; do sleep 0.02; done
	END
	logged a
	enable a
	scanner -g 16000 # an eighth of it is for the logger
	wait_until test -e sv/a/stray
	wait_until is_up sv/a/log
	kill -TERM "$scanner"
	ended "$scanner"
	[ "$status" = 0 ]
	grep -q 'killing left-over process [0-9]* (sh)' err
	[ "$(tail -n 1 sv/a/log/main/current)" = "last line" ]
	[ "$(stat -c %a sv/a/log/main/current)" = 744 ]
	[ -z "$(started_by_us)" ]
}

# line TEXT: the number of its first line in ./err.
line() {
	grep -nFm 1 -e "$1" err | cut -d: -f1
}

@test "stop: what a busy service has left gets its TERM, then KILL; what it runs is killed at once" {
	service a <<-'END'
		trap 'echo service >>../../asked' TERM
		setsid sh -c 'trap "echo stray >>../../asked" TERM; touch stray; while :; do sleep 0.02; done' &
		(trap "" TERM; touch member; while :; do sleep 0.02; done) &
		while :; do sleep 0.02; done
	END
	printf '#!/bin/sh\ntrap "" TERM\ntouch checked\nwhile :; do sleep 0.02; done\n' >sv/a/check
	chmod +x sv/a/check
	logged a
	enable a
	# The stray and the logger have an eighth of it each.
	scanner -g 24000
	wait_until test -e sv/a/stray
	wait_until test -e sv/a/member
	wait_until test -e sv/a/checked
	wait_until is_up sv/a/log
	kill -TERM "$scanner"
	ended "$scanner"
	[ "$status" = 0 ]
	[ "$(cat asked)" = "service
stray" ]
	[ "$(line 'killing a, which')" -lt "$(line 'ending left-over process')" ]
	[ "$(line 'ending left-over process')" -lt "$(line 'killing left-over process')" ]
	grep -q 'ending left-over process [0-9]* (sh)' err
	grep -q 'killing left-over process [0-9]* (sh)' err
	run ! grep -e '(run)' -e '(check)' err
	run ! grep 'killing the logger' err
	[ -z "$(started_by_us)" ]
}

# hanging NAME: a service none of whose scripts ends by itself, or by TERM.
hanging() {
	local name
	service "$1" <<-'END'
		trap "" TERM
		touch started.run
		while :; do sleep 0.02; done
	END
	for name in finish stop; do
		printf '#!/bin/sh\ntrap "" TERM\ntouch started.%s\nwhile :; do sleep 0.02; done\n' \
			"$name" >"sv/$1/$name"
		chmod +x "sv/$1/$name"
		echo 3600000 >"sv/$1/timeout-finish"
	done
}

@test "stop: finish and stop that hang are over within the limit, whichever runs" {
	local name
	for name in run finish stop; do
		hanging "$name"
		enable "$name"
	done
	sleeper log # with a helper that hangs
	printf '#!/bin/sh\ntrap "" TERM\ntouch notified\nwhile :; do sleep 0.02; done\n' >sv/log/notify
	chmod +x sv/log/notify
	enable log
	scanner -g 2000
	for name in run finish stop; do
		wait_until test -e "sv/$name/started.run" # from now on it ignores TERM
		wait_until is_up "sv/$name"
	done
	wait_until test -e sv/log/notified
	svc -d sv/finish sv/stop
	svc -k sv/finish sv/stop
	wait_until test -e sv/finish/started.finish
	wait_until test -e sv/stop/started.finish
	svc -k sv/stop
	wait_until test -e sv/stop/started.stop
	kill -TERM "$scanner"
	ended "$scanner"
	[ "$status" = 0 ]
	for name in run finish stop; do contains err "killing $name, which"; done
	run ! grep -e '(run)' -e '(finish)' -e '(stop)' err # they are no strays
	[ ! -e sv/run/started.finish ]
	[ ! -e sv/finish/started.stop ]
	[ -z "$(started_by_us)" ]
}

@test "stop without /proc: each script that hangs is killed in its turn" {
	local tries
	need_root
	hanging a
	enable a
	# What is killed ten times a second may not have come to say that it began: then once more.
	for tries in 1 2 3 4 5; do
		rm -f sv/a/started.*
		background unshare --mount sh -c 'mount -t tmpfs none /proc; exec svscan -g 16000 scan' 2>err
		scanner=$! # all three have a quarter of the limit
		wait_until test -e sv/a/started.run
		kill -TERM "$scanner"
		ended "$scanner" # the leak checker of gcc fails without /proc, so no status is asked for
		contains err "svscan: stopped after"
		contains err "svscan: a ended after"
		[ -z "$(started_by_us)" ]
		[ ! -e sv/a/started.stop ] || return 0
	done
	false
}

@test "stop: polite strays end by TERM at once" {
	service a <<-'END'
		setsid sh -c 'echo $$ >stray; exec sleep 100000' &
		exec sleep 100000
	END
	enable a
	scanner -g 60000
	wait_until test -s sv/a/stray
	sleeps() { [ "$(cat "/proc/$(cat sv/a/stray)/comm")" = sleep ]; }
	wait_until sleeps
	wait_until is_up sv/a
	kill -TERM "$scanner"
	ended "$scanner"
	[ "$status" = 0 ]
	grep -q 'ending left-over process [0-9]* (sleep)' err
	run ! grep killing err
	[ -z "$(started_by_us)" ]
}

@test "stop at any moment of the start ends everything" {
	local i round
	# The CONT that goes to loggers may catch the leak check, which stops its process, at the exit.
	export ASAN_OPTIONS=detect_leaks=0
	for i in 1 2 3 4 5; do
		sleeper "$i"
		logged "$i"
		enable "$i"
	done
	for round in $(seq 20); do
		scanner
		sleep "0.00$((round / 2))"
		wait_until takes_term svscan "$scanner"
		kill -TERM "$scanner"
		ended "$scanner"
		[ "$status" = 0 ]
		[ -z "$(started_by_us)" ]
	done
	if grep -q killing err; then grep -n -B14 killing err >&2; false; fi
}

@test "stop: a supervise that does not answer is killed with its service" {
	sleeper a
	enable a
	scanner -g 400
	wait_until is_up sv/a
	kill -STOP "$(pgrep -P "$scanner" -f '^supervise a$')"
	kill -TERM "$scanner"
	ended "$scanner"
	[ "$status" = 0 ]
	grep -q 'killing a, which' err
	[ -z "$(started_by_us)" ]
}

@test "stop: the service of a killed supervise does not outlive it" {
	service a <<-'END'
		trap '' TERM
		touch started
		while :; do sleep 0.02; done
	END
	enable a
	scanner -g 1500
	wait_until test -e sv/a/started
	wait_until is_up sv/a
	local supervisor
	supervisor=$(pgrep -P "$scanner" -f '^supervise a$')
	kill -TERM "$scanner"
	kill -KILL "$supervisor" 2>/dev/null || gone "$supervisor" # after a second it leaves by itself
	ended "$scanner"
	[ "$status" = 0 ]
	[ -z "$(started_by_us)" ]
}

@test "stop: a logger that never ends is killed at the limit" {
	sleeper a
	mkdir sv/a/log
	printf '#!/bin/sh\ntrap "" TERM\nwhile :; do sleep 0.02; done\n' >sv/a/log/run
	chmod +x sv/a/log/run
	enable a
	scanner -g 400
	wait_until is_up sv/a sv/a/log
	kill -TERM "$scanner"
	ended "$scanner"
	[ "$status" = 0 ]
	grep -q 'killing the logger of a, which' err
	[ -z "$(started_by_us)" ]
}

@test "stop: a paused logger still reads everything" {
	service a <<-'END'
		trap 'echo last; exit 0' TERM
		echo first
		while :; do sleep 0.02; done
	END
	logged a
	enable a
	scanner
	wait_until contains sv/a/log/main/current first
	svc -p sv/a/log
	paused() { grep -qx paused=1 sv/a/log/supervise/state; }
	wait_until paused
	kill -TERM "$scanner"
	ended "$scanner"
	[ "$status" = 0 ]
	contains sv/a/log/main/current last
	[ "$(stat -c %a sv/a/log/main/current)" = 744 ]
	if grep -q killing err; then false; fi
}

@test "a supervise that cannot start is tried less and less often; a HUP, and it is tried at once" {
	sleeper a
	mkdir sv/a/supervise
	touch sv/a/supervise/control
	enable a
	scanner
	says() { [ "$(count err "supervise: fatal: unable to read a/supervise/control: not a FIFO")" -ge "$1" ]; }
	wait_until says 3 # after 0, 1 and 3 seconds
	rm sv/a/supervise/control
	kill -HUP "$scanner"
	wait_until is_up sv/a
	[ "$(count err "not a FIFO")" -le 4 ]
}

@test "a second signal kills at once" {
	service rude <<-'END'
		trap '' TERM
		touch started
		while :; do sleep 0.02; done
	END
	logged rude
	enable rude
	scanner -g 600000
	wait_until test -e sv/rude/started
	wait_until is_up sv/rude/log
	kill -TERM "$scanner"
	wait_until contains err "got SIGTERM: stopping"
	kill -INT "$scanner"
	ended "$scanner"
	[ "$status" = 0 ]
	contains err "got SIGINT again"
	[ -z "$(started_by_us)" ]
}

@test "-g 0 and SVSCAN_GRACE=0 do not wait at all" {
	service rude <<-'END'
		trap '' TERM
		touch started
		while :; do sleep 0.02; done
	END
	enable rude
	SVSCAN_GRACE=0 scanner
	wait_until test -e sv/rude/started
	kill -TERM "$scanner"
	ended "$scanner"
	[ "$status" = 0 ]
	contains err "within 0 ms"
	nothing_left() { [ -z "$(started_by_us)" ]; }
	wait_until nothing_left
}

@test "messages nobody reads do not delay anything" {
	local i
	for i in $(seq 30); do
		sleeper "$i"
		enable "$i"
		: >"scan/$(printf "%s$i" "$(printf 'j%.0s' $(seq 200))")"
	done
	mkfifo unread
	exec 9<>unread
	head -c 65536 /dev/zero >&9 # full
	background svscan scan 2>unread 9>&-
	scanner=$!
	all_up() { [ "$(svstat sv/* | grep -c ': up ')" = 30 ]; }
	wait_until all_up
	kill -TERM "$scanner"
	ended "$scanner"
	[ "$status" = 0 ]
	exec 9>&-
}

@test "Ctrl-C on a terminal is one orderly stop" {
	need script
	service a <<-'END'
		trap 'echo last line; exit' TERM
		trap 'echo interrupted; exit' INT
		echo ready
		while :; do sleep 0.02; done
	END
	logged a
	enable a
	mkfifo keys
	exec 9<>keys
	# Not by background(): an asynchronous command that is not redirected itself reads /dev/null.
	script -fqec "svscan scan; echo status \$?" typescript <keys >/dev/null 3>&- 4>&- 9>&- &
	local session=$!
	wait_until contains sv/a/log/main/current ready
	wait_until is_up sv/a/log
	printf '\003' >&9
	wait_until contains typescript "stopped after"
	wait_until gone "$session"
	exec 9>&-
	contains typescript "got SIGINT"
	run ! grep again typescript
	contains typescript "status 0"
	[ "$(tail -n 1 sv/a/log/main/current)" = "last line" ]
	run ! grep interrupted sv/a/log/main/current
}

# ---- PID 1, and kill -1

need_namespace() {
	"${namespace[@]}" true 2>/dev/null || skip "needs PID namespaces"
}

@test "as PID 1: TERM from outside stops all, exit 0; WINCH too without a terminal" {
	need_namespace
	local signal
	sleeper a
	logged a
	enable a
	for signal in TERM WINCH; do
		first </dev/null
		wait_until is_up sv/a sv/a/log
		kill "-$signal" "$scanner"
		ended "$outer"
		[ "$status" = 0 ]
		contains err "got SIG$signal"
		[[ $(tail -n 1 err) == "svscan: stopped after "* ]]
	done
}

@test "orphans are adopted and reaped at once, as PID 1 and as any other process" {
	need_namespace
	service a <<-'END'
		i=0
		while [ $i -lt 200 ]; do (sleep 0.01 &) ; i=$((i + 1)); done
		touch done
		exec sleep 100000
	END
	enable a
	local start
	for start in first scanner; do
		rm -f sv/a/done
		"$start"
		wait_until test -e sv/a/done
		no_zombies() { ! ps -o stat= --ppid "$scanner" | grep -q Z; }
		wait_until no_zombies
		kill -TERM "$scanner"
		wait_until gone "$scanner"
	done
}

# A writer that numbers its lines over all its lives, and says which number comes next only after
# the line was written.
writer() {
	service "$1" <<-'END'
		n=$(cat next 2>/dev/null || echo 1)
		trap 'exit' TERM
		while :; do
			echo "line $n"
			n=$((n + 1))
			echo $n >next
			sleep 0.005
		done
	END
	logged "$1"
}

# no_gap NAME: all lines from 1 on are in its log, in order (one at the end of a life may be twice).
no_gap() {
	cat "sv/$1"/log/main/@* "sv/$1/log/main/current" 2>/dev/null |
		awk '{ if ($2 != last && $2 != last + 1) exit 1; last = $2 } END { exit NR < 10 }'
}

@test "kill -TERM -1 as PID 1: supervises and loggers are started anew, no line is lost" {
	need_namespace
	writer a
	enable a
	first
	wait_until contains sv/a/log/main/current "line 50"
	local before=$(pid_of sv/a) round
	for round in 1 2 3; do
		# A service sends the signal: it reaches all but itself and PID 1. Its own supervise
		# then sends it TERM, too.
		printf '#!/bin/sh\ntrap : TERM\nkill -TERM -1\ntouch ../../sent%s\n' "$round" >sv/killer
		mkdir -p "sv/k$round"
		mv sv/killer "sv/k$round/run"
		chmod +x "sv/k$round/run"
		: >"sv/k$round/down"
		enable "k$round"
		wait_until svok "sv/k$round"
		svc -o "sv/k$round"
		wait_until test -e "sent$round"
		anew() { is_up sv/a sv/a/log && [ "$(pid_of sv/a)" != "$before" ]; }
		wait_until anew
		before=$(pid_of sv/a)
		local reached=$(cat sv/a/next)
		wait_until contains sv/a/log/main/current "line $((reached + 20))"
	done
	run ! grep got err
	kill -TERM "$scanner"
	ended "$outer"
	[ "$status" = 0 ]
	no_gap a
	[ "$(tail -n 1 sv/a/log/main/current)" = "line $(($(cat sv/a/next) - 1))" ] ||
		[ "$(tail -n 1 sv/a/log/main/current)" = "line $(cat sv/a/next)" ]
}

@test "kill -TERM -1 when it is not PID 1: one orderly stop, no line is lost" {
	need_namespace
	local i
	for i in 1 2 3; do
		writer "$i"
		enable "$i"
	done
	cat >parent <<-'END'
		trap : TERM
		svscan scan 2>>err &
		read -r go <go
		kill -TERM -1
		wait $!
		wait $!
		echo "status $?" >>err
	END
	mkfifo go
	background "${namespace[@]}" bash parent
	local outer=$!
	for i in 1 2 3; do wait_until contains "sv/$i/log/main/current" "line 50"; done
	echo now >go
	ended "$outer"
	contains err "got SIGTERM: stopping"
	contains err "stopped after"
	contains err "status 0"
	run ! grep -e again -e killing err
	for i in 1 2 3; do
		no_gap "$i"
		[ "$(tail -n 1 "sv/$i/log/main/current")" = "line $(($(cat "sv/$i/next") - 1))" ] ||
			[ "$(tail -n 1 "sv/$i/log/main/current")" = "line $(cat "sv/$i/next")" ]
	done
}

# ---- At rest

@test "at rest only the safety look wakes it, with one system call" {
	need strace
	local i
	for i in 1 2 3; do
		sleeper "$i"
		logged "$i"
		enable "$i"
	done
	: >scan/junk
	scanner -t 200
	for i in 1 2 3; do wait_until is_up "sv/$i" "sv/$i/log"; done
	sleep 0.5 # until the stamp of the scan directory is trusted
	background strace -qq -o trace -p "$scanner"
	local tracer=$!
	enough() { [ -e trace ] && [ "$(grep -c ppoll trace)" -ge 8 ]; }
	wait_until enough
	kill -INT "$tracer"
	wait "$tracer" || true
	# The whole look that comes now and then reads the directory; nothing else is ever done.
	local look='^(ppoll|newfstatat|fstat|stat|statx|openat|getdents64|close|brk|fcntl|restart_syscall)\('
	run ! grep -vE "$look" trace
	# Between two waits there is one call, but for the whole look that comes now and then.
	awk '/ppoll/ { if (n == 1) one++; else if (seen) more++; n = 0; seen = 1; next } { n++ }
		END { exit !(one >= 5 && more <= 2 + (one + more) / 12) }' trace
}
