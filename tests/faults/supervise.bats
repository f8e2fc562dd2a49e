# Each system call of supervise fails, with each error of its page: after the start it does not end,
# get stuck or spin, obeys all commands, has one copy of the service, and is as it was afterwards.

load ../helper
load ../service
load sweep

setup() {
	need_faults
}

# script NAME TEXT: an executable of web, which notes that it ran.
script() {
	printf '#!/bin/sh\necho %s >>../order\n%s\n' "$1" "$2" >"web/$1"
	chmod +x "web/$1"
}

# make_web: a service with everything that makes supervise work. Two copies of it cannot both have
# the lock.
make_web() {
	mkdir web
	script run 'echo $$ >../pid; echo line; echo >&3; exec setlock -n ../single sleep 100000 2>>../doubles'
	script start ''
	script finish ''
	script stop ''
	ln -s /bin/true web/check
	echo 3 >web/notification-fd
	echo 300 >web/check-interval
	echo 20 20 >web/backoff
	echo db >web/needs
	mkdir -m 700 web/supervise
	: >web/supervise/status
	chmod 640 web/supervise/status # by its owner, who wants it to stay so
}

make_db() {
	mkdir db
	printf '#!/bin/sh\nexec sleep 100000\n' >db/run
	chmod +x db/run
	: >db/down
	background supervise db 2>/dev/null
	db=$!
	wait_until svok db
}

# told LETTERS: and it has had its effect.
told() {
	letters=$((letters + ${#1}))
	svc -wT $((LIMIT * 1000)) "-$1" web || broken "svc -w$1: exit $?"
}

is_ready() { svwait -T $((LIMIT * 1000)) ready web || broken "not ready: exit $?"; }

# died: it was killed, and another one runs.
died() {
	local before
	before=$(<pid)
	kill -KILL "$before"
	another() { [ "$(<pid)" != "$before" ]; }
	wait_until another
	is_ready
}

# right: no second copy, no letter was lost, no message was repeated.
right() {
	[ ! -s doubles ] || broken "doubled: $(cat doubles)"
	[ "$(key web commands)" = $letters ] || broken "$(key web commands) of $letters commands"
	said_once err
	[ "$(stat -c %a web/supervise/status)" = 640 ] || broken "mode of status"
}

# in_order: each run comes after start, each finish after a run, and stop is the last.
in_order() {
	awk '$1 == "start" { begun = 1 }
		$1 != "start" && !begun { bad = 1 }
		$1 == "finish" && last !~ /run|finish/ { bad = 1 } # a run may be killed before it writes that
		$1 == "run" && last == "run" { bad = 1 }
		$1 == "stop" { begun = 0; if (last != "finish") bad = 1 }
		{ last = $1 }
		END { exit bad || last != "stop" }' order || broken "other order: $(tr '\n' ' ' <order)"
}

life() {
	letters=0
	make_web
	make_db
	phase start-up
	traced supervise web >lines
	wait_until begun svok web
	if ended_at_start; then
		kill -KILL $db
		return 0
	fi
	phase waiting
	svc -wu db
	is_ready
	phase idle
	wait_until key_is web healthy 1
	phase commands
	told pc
	told r
	told d
	told u
	phase death
	died
	phase end
	told dx
	leaves 0
	svc -wdx db
	right
	[ "$(lines lines)" = "$(grep -c run order)" ] || broken "another log"
	[ ! -e ../clean.order ] || cmp -s ../clean.order order ||
		broken "other order: $(tr '\n' ' ' <order)"
}

# adopting: the service of a supervise that was killed is taken over, or that is left to the next one.
adopting() {
	local first before
	letters=0
	make_web
	rm web/needs
	background supervise web >lines 2>/dev/null
	first=$!
	is_ready
	before=$(<pid)
	kill -KILL $first
	wait_until gone $first
	phase adoption
	traced supervise web >>lines
	wait_until begun svok web
	if ended_at_start; then
		background supervise web >>lines 2>/dev/null
		traced=$!
		wait_until svok web
	fi
	phase adopted
	told c
	is_ready
	[ "$(<pid)" = "$before" ] || broken "not adopted: $before, now $(<pid)"
	told r
	died
	told dx
	leaves 0
	right
}

# logging: the supervise of a logger.
logging() {
	letters=0
	make_web
	mkdir web/log
	printf '#!/bin/sh\nexec cat\n' >web/log/run
	chmod +x web/log/run
	mkfifo in
	exec 9<>in
	phase start-up
	traced supervise web/log <&9
	wait_until begun svok web/log
	! ended_at_start || return 0
	phase commands
	svc -wrT 60000 web/log || broken "svc -wr: exit $?"
	svc -wdT 60000 web/log || broken "svc -wd: exit $?"
	phase end
	svc -wx web/log
	leaves 0
	said_once err
}

# lasting CALL [ERROR]: three seconds in which it is told things and the service is killed.
lasting() {
	letters=0
	make_web
	ln -s ../db .
	echo 1000 >web/check-interval # strace makes each child a matter of some milliseconds
	echo 200 200 >web/backoff
	background supervise web >lines 2>err
	traced=$!
	is_ready
	phase lasting
	local before=$(ticks $traced) begun=${EPOCHREALTIME/./} used
	attach $traced "$1" ${2:+"$2"}
	order t 1
	kill -KILL "$(<pid)" 2>/dev/null || true
	order d 0.5
	order u 1.5
	alive $traced || broken "gone: $(cat err)"
	used=$(($(ticks $traced) - before))
	detach
	[ "$1" = all ] || did_not_spin "$used" $((${EPOCHREALTIME/./} - begun))
	wait_until key_is web commands $letters # what it could not write it writes now
	wait_until svwait -T 5000 ready web
	died
	told dx
	leaves 0
	right
	in_order
}

# ends CALL [ERROR]: three seconds at the beginning, while it waits and what it needs comes, and three in
# which it is to end.
ends() {
	letters=0
	make_web
	make_db
	echo 1000 >web/check-interval # as above
	echo 200 200 >web/backoff
	background supervise web >lines 2>>err
	traced=$!
	wait_until key_is web state waiting
	phase waiting
	enduring "$@"
	svc -u db
	endured 3
	is_ready
	phase leaving
	enduring "$@"
	svc -dx web
	endured 3
	leaves 0
	svc -wdx db
	[ ! -s doubles ] || broken "doubled: $(cat doubles)"
	in_order
}

# enduring CALL [ERROR]: from now on it fails. endured SECONDS: it has failed for so long, and does no more;
# it is said once.
enduring() {
	failing=("$@") skipped=$(($(cat trace 2>/dev/null | wc -l) + 1))
	before=$(ticks $traced) begun=${EPOCHREALTIME/./}
	attach $traced "$@"
}

endured() {
	local used=0
	sleep "$1"
	# A zombie has them, too; but it may just be buried.
	[ ! -e "/proc/$traced/stat" ] || used=$(($(ticks $traced) - before)) || used=0
	detach
	[ "${failing[0]}" = all ] || did_not_spin "$used" $((${EPOCHREALTIME/./} - begun))
	said_once err
	: >err # what was well in between is said again
}

# did_not_spin TICKS MICROSECONDS: two of a hundred, and what the commands themselves and strace take;
# calls that fail or wait are no more than some in a second.
did_not_spin() {
	local calls
	# It looks at all processes of the machine now and then.
	calls=$(tail -n "+${skipped:-1}" trace | grep -vc '/proc/[0-9]' || true)
	echo "$1 $calls $PWD" >>../used
	(($1 * 10000 * 50 <= $2 + 10000000)) || broken "used $1 ticks"
	((calls * 3333 <= $2 + 2000000)) || broken "$calls calls: $(tail -n 3 trace)"
}

# order LETTER SECONDS: the time is the fault's, nothing is waited for.
order() {
	svc "-$1" web
	letters=$((letters + 1))
	sleep "$2"
}

@test "supervise: one failure of each call" {
	story() { life; }
	clean
	cp clean/order clean.order
	side_by_side "${FAULTS_WIDTH:-12}" fail_once < <(once_cases)
	report supervise 100
}

@test "supervise: one failure of each call while it takes a service over" {
	story() { adopting; }
	sweep_once "supervise, adopting" 40
}

@test "supervise: one failure of each call for a logger" {
	story() { logging; }
	sweep_once "supervise of a logger" 30
}

@test "supervise: each call fails for three seconds" {
	make_db
	svc -wu db
	story() { lasting "${fault[@]:-all}"; }
	clean
	side_by_side "${FAULTS_WIDTH:-24}" fail_lasting < <(lasting_cases)
	report "supervise, lasting" 15
}

@test "supervise: each call fails for three seconds before the start and at the end" {
	[ -n "${FAULTS_ALL:-}" ] || skip "only with FAULTS_ALL"
	story() { ends "${fault[@]:-all}"; }
	clean
	side_by_side "${FAULTS_WIDTH:-24}" fail_lasting < <(lasting_cases)
	report "supervise, lasting before and after" 10
}

# Letters that are thrown away when the FIFO cannot be read once: the sweep has to see that.
@test "a supervise that loses a command for one failure is noticed" {
	command -v cc >/dev/null || skip "needs a compiler"
	mkdir tree
	cp -R "$TOP/Makefile" "$TOP/lib" "$TOP/supervise" "$TOP/package" tree
	sed -i 's/^\t\tput_off(service, errno);/\t\tput_off(service, read(service->control, letters, sizeof letters) > 0 ? EIO : errno);/' \
		tree/supervise/control.c
	run ! cmp -s tree/supervise/control.c "$TOP/supervise/control.c"
	env -u MAKEFLAGS -u VARIANT make -s -C tree build/release/bin/supervise
	PATH=$PWD/tree/build/release/bin:$PATH
	story() { life; }
	clean
	LIMIT=15 # for what does not come
	side_by_side 12 fail_once < <(awk '$1 == "read" && $3 == "commands" && ++count <= 40 {
			print "read EIO", $2 }' points)
	[[ $(cat problems) == *'read.EIO.'*': timed out, '* ]]
	[ "$(lines problems)" -lt "$cases" ] # but for that it works
}
