#!/usr/bin/env bats
# The log of svscan itself: the logger in .svscan/log of the scan directory.

load helper
load service

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	mkdir -p scan/.svscan/log sv
	# So that only what hangs is killed, however slow everything is.
	export SVSCAN_GRACE=$((LIMIT * 1000))
	printf '#!/bin/sh\nexec multilog ./main\n' >scan/.svscan/log/run
	chmod +x scan/.svscan/log/run
	own=scan/.svscan/log/main/current
}

# make NAME SCRIPT: a service in sv that says something and stays.
make_talker() {
	mkdir -p "sv/$1"
	printf '#!/bin/sh\n%s\nexec sleep 100000\n' "$2" >"sv/$1/run"
	chmod +x "sv/$1/run"
}

# add_logger NAME SCRIPT
add_logger() {
	mkdir -p "sv/$1/log"
	printf '#!/bin/sh\n%s\n' "$2" >"sv/$1/log/run"
	chmod +x "sv/$1/log/run"
}

enable() {
	local name
	for name; do ln -s "../sv/$name" scan/; done
}

scan() {
	background svscan "$@" scan >>out 2>>err
	scanner=$!
}

stop() {
	kill -TERM "$scanner"
	wait_until gone "$scanner"
	run -0 wait "$scanner"
}

is_gone() {
	run ! "$@"
}

# joined: all that it has logged.
joined() {
	cat scan/.svscan/log/main/@* scan/.svscan/log/main/current 2>/dev/null
}

# logged TEXT: it has.
logged() {
	joined | grep -qF -e "$1"
}

@test "it has svscan's messages, stderr of all, and stdout of services without a logger" {
	make_talker plain 'echo plain to stdout; echo plain to stderr >&2'
	make_talker web 'echo web to stdout; echo web to stderr >&2'
	add_logger web 'echo logger to stderr >&2; exec multilog pweb:\  1 ./main'
	touch scan/junk
	enable plain web
	scan
	for text in 'plain to stdout' 'plain to stderr' 'web to stderr' 'logger to stderr' \
		'svscan: warning: unable to supervise junk: not a directory'; do
		wait_until logged "$text"
	done
	wait_until contains sv/web/log/main/current 'web to stdout'
	wait_until contains out 'web: web to stdout'
	wait_until is_up svstat scan/.svscan/log
	stop
	run ! logged 'web to stdout'
	[ "$(cat out)" = 'web: web to stdout' ]
}

@test "it ends as the last one, and has all of the stop but its own end" {
	make_talker web 'exec 2>&1; trap "echo web ends; exit" TERM; while :; do sleep 1000 & wait; done'
	add_logger web 'trap "" TERM; cat >all; echo logger ends >&2'
	make_talker plain 'trap "echo plain ends >&2; exit" TERM; echo up; while :; do sleep 1000 & wait; done'
	enable web plain
	scan
	wait_until logged up
	wait_until is_up svstat sv/web
	wait_until is_up svstat sv/web/log
	stop
	logged 'plain ends'
	logged 'logger ends'
	logged 'svscan: got SIGTERM: stopping within '"$SVSCAN_GRACE"' ms (services: 2, loggers: 2)'
	logged 'svscan: logger of web ended after '
	sed 's/[0-9][0-9]* ms/N ms/' err | diff - <(printf 'svscan: %s after N ms\n' 'logger of .svscan ended' stopped)
	[ "$(stat -c %a $own)" = 744 ]
	[ -z "$(started_by_us | grep -vxF -e "$$" -e "$BASHPID")" ]
}

@test "a killed logger, a killed supervise of it and a killed svscan lose nothing" {
	cat >writer <<'E'
n=0
while [ ! -e stop ]; do n=$((n + 1)); echo "line $n" >&2; [ $((n % 100)) != 0 ] || sleep 0.01; done
echo "$n" >count
E
	make_talker web "$(cat writer)"
	enable web
	scan
	wait_until logged 'line 100'
	for round in 1 2 3; do
		old=$(key scan/.svscan/log supervise_pid)
		kill -KILL "$old"
		another() { [ "$(key scan/.svscan/log supervise_pid)" != "$old" ] && is_up svstat scan/.svscan/log; }
		wait_until another
		seen=$(joined | wc -l)
		more() { (($(joined | wc -l) > seen)); }
		wait_until more
		kill -KILL "$(pid_of svstat scan/.svscan/log)"
		seen=$(joined | wc -l)
		wait_until more
		kill -KILL "$scanner"
		wait_until gone "$scanner"
		scan
		adopted() { [ "$(joined | grep -c 'svscan: adopted web (supervise')" = $round ]; }
		wait_until adopted
	done
	touch sv/web/stop
	wait_until test -s sv/web/count
	stop
	joined | grep '^line' | diff - <(seq -f 'line %g' "$(cat sv/web/count)")
	run ! grep -q 'adopted web' err
}

@test "what keeps it from running is said outside, and the rest is not lost" {
	make_talker web 'echo hello >&2; : >said'
	enable web
	mv scan/.svscan/log/run kept
	scan
	wait_until contains err 'supervise: fatal: unable to start log/run: file does not exist'
	mv kept scan/.svscan/log/run
	wait_until logged hello
	stop
	# If nobody ever reads it, it is seen at the end.
	mv scan/.svscan/log/run kept
	rm -r scan/.svscan/log/main err sv/web/said
	scan -g 6000 # most of it is for web, since all of it will pass
	wait_until test -e sv/web/said
	wait_until is_up svstat sv/web
	wait_until contains err 'supervise: fatal: unable to start log/run: file does not exist'
	stop
	contains err hello
	contains err 'svscan: got SIGTERM'
	contains err 'svscan: web ended after'
	rm -f err
	mkdir empty
	background env PATH="$PWD/empty" "$(command -v svscan)" scan 2>err
	scanner=$!
	wait_until contains err 'unable to start supervise .svscan/log: file does not exist'
	wait_until asleep svscan "$scanner" # it has tried everything
	stop
	contains err 'unable to start supervise web: file does not exist'
}

@test "it counts from the start on, is no service, and cannot end by losing its name" {
	rm -r scan/.svscan/log
	make_talker web 'echo hello >&2'
	enable web
	mkfifo ready
	background svscan scan 2>err
	scanner=$!
	wait_until contains err hello
	mkdir scan/.svscan/log
	printf '#!/bin/sh\nexec multilog ./main\n' >scan/.svscan/log/run
	chmod +x scan/.svscan/log/run
	kill -HUP "$scanner"
	stop
	[ ! -e scan/.svscan/log/supervise ]
	# -d does not wait for it, and a second name changes nothing.
	ln -s .svscan scan/second
	cat ready >said 3>&- 4>&- &
	reader=$!
	background svscan -d 9 scan 9>ready 2>err
	scanner=$!
	wait_until gone "$reader"
	[ "$(wc -c <said)" = 1 ]
	wait_until logged hello
	wait_until is_up svstat scan/.svscan/log
	pid=$(pid_of svstat scan/.svscan/log)
	rm scan/second scan/web
	# When svscan knows that the one has lost its name, it knows it of the other as well.
	wait_until is_gone svok sv/web
	[ "$(pid_of svstat scan/.svscan/log)" = "$pid" ]
	stop
	logged 'svscan: got SIGTERM'
	run ! logged 'svscan: logger of .svscan'
}

@test "the last lines of an essential service without a logger are those before the stop" {
	local i code round
	for i in 1 2 3 4 5 6 7 8 9 10 11 12; do # whose ends are told in the same log
		make_talker s$i :
		enable s$i
	done
	make_talker vital 'echo last words; exit 5'
	echo 0 >sv/vital/max-deaths
	touch sv/vital/essential
	enable vital
	for round in first second; do # which finds the end of the first in the log
		sed -i "s/last .*;/last words, $round;/" sv/vital/run
		code=0
		svscan scan 2>err || code=$?
		[ "$code" = 5 ]
		sed '1,/^svscan: the last lines of/d' err >told
		cat told
		contains told "last words, $round"
		tail -n 1 told | grep 'supervise: warning: vital failed: '
	done
	contains err 'svscan: the last lines of .svscan/log/main/current:'
}

@test "the command keeps the standard error that svscan was given; the reason is told there, too" {
	make_talker plain 'echo plain >&2'
	enable plain
	local code=0
	svscan scan -- sh -c 'until grep -q plain "$0"; do sleep 0.02; done; echo command >&2; exit 3' \
		"$PWD/$own" >>out 2>>err || code=$?
	[ "$code" = 3 ]
	contains err command
	contains err "command sh ended (exit code 3)"
	run ! contains err plain
}
