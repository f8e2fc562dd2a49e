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
	script run 'echo $$ >../pid; echo >&3; exec setlock -n ../single sleep 100000 2>>../doubles'
	script start ''
	script finish ''
	script stop ''
	ln -s /bin/true web/check
	echo 3 >web/notification-fd
	echo 100 >web/check-interval
	echo 20 20 >web/backoff
	echo db >web/needs
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

# right: what ran, ran in the order in which an undisturbed supervise does it; and all letters counted.
right() {
	[ ! -s doubles ] || broken "doubled: $(cat doubles)"
	[ "$(key web commands)" = $letters ] || broken "$(key web commands) of $letters commands"
	said_once err
	[ ! -e ../clean.order ] || cmp -s ../clean.order order ||
		broken "other order: $(tr '\n' ' ' <order)"
}

story() {
	letters=0
	make_web
	make_db
	phase start-up
	traced supervise web
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
}

@test "supervise: one failure of each call" {
	clean
	cp clean/order clean.order
	side_by_side "${FAULTS_WIDTH:-12}" fail_once < <(once_cases)
	report supervise 100
}
