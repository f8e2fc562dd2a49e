# Nothing grows: after many commands, restarts, rotations and links a daemon has the memory and the
# descriptors that it had after the first few. GROWTH=n sets how many hundredths of 100,000 commands,
# 5,000 restarts, 20,000 rotations and 10,000 links there are (1; check-all has 100).

load helper
load service
load scanner
load life

GROWTH=${GROWTH:-1}

setup() {
	[ -r /proc/self/smaps_rollup ] || skip "needs /proc/PID/smaps_rollup" # Linux 4.14
	cd "$BATS_TEST_TMPDIR"
}

# anonymous PID: kilobytes of its memory that are no part of a file.
anonymous() { awk '/^Anonymous:/ { print $2 }' "/proc/$1/smaps_rollup"; }
descriptors() { ls "/proc/$1/fd" | wc -l; }

# measure PID: how it is now that it has done everything once.
measure() {
	memory=$(anonymous "$1")
	count=$(descriptors "$1")
}

# Two pages: what happens late for the first time may touch one that was not needed before.
SLACK_KB=8

# AddressSanitizer keeps what was freed.
is_as_it_was() {
	[ "$(descriptors "$1")" -le "$count" ] || return 1
	[ "$VARIANT" = asan ] || [ "$(anonymous "$1")" -le $((memory + SLACK_KB)) ]
}

# no_more PID: it is as it was, as soon as the last step is done.
no_more() {
	wait_until is_as_it_was "$1" || {
		echo "$(anonymous "$1") KB after $memory KB, $(descriptors "$1") descriptors after $count"
		return 1
	}
}

@test "commands" {
	tell web/run 'trap "" HUP ALRM INT QUIT USR1 USR2 WINCH' 'exec sleep 100000'
	tell web/check
	start web
	wait_until happened run 1
	wait_until state_is web ready
	local letters='pcuo1+2hayOiwqLlZ+cu' rounds=$((GROWTH * 1000 / 20)) i
	has_read() { [ "$(key web commands)" = "$1" ]; }
	printf '%s' "$letters" >web/supervise/control
	wait_until has_read ${#letters}
	measure "$supervisor"
	for ((i = 0; i < rounds; i++)); do printf '%s' "$letters"; done >web/supervise/control
	LIMIT=$((LIMIT * (GROWTH / 10 + 1))) wait_until has_read $((${#letters} * (rounds + 1)))
	no_more "$supervisor"
	happened run 1
}

# Down, so that nothing is going on.
rest() {
	svc -d web
	wait_until state_is web down
}

restarted() { [ "$(key web starts)" -ge "$1" ]; }

@test "restarts" {
	local name
	for name in run finish check notify; do echo : | script web/$name; done
	setting web/backoff '0 1'
	setting web/check-interval 1
	setting web/max-deaths '100 1'
	start web
	wait_until restarted 20
	rest
	measure "$supervisor"
	svc -u web
	LIMIT=$((LIMIT * (GROWTH / 10 + 1))) wait_until restarted $((20 + GROWTH * 50))
	rest
	no_more "$supervisor"
}

# numbered FIRST LAST: lines of 64 bytes. logged DIR NUMBER: that one has come.
numbered() { seq -f 'this is line %012.0f of those that are written into the log' "$1" "$2"; }
logged() { cat "$1"/current "$1"/@* 2>/dev/null | grep -F "$(printf %012d "$2")" >/dev/null; }

# rotations DIR COUNT SCRIPT...: a multilog writes so many files of 4 KB there.
rotations() {
	local dir=$1 lines=$(($2 * 4096 / 64))
	shift 2
	mkfifo input
	exec 9<>input
	multilog "$@" "$dir" <input 3>&- 4>&- 9>&- &
	local logger=$!
	printf half >&9 # which is kept apart until its line is whole
	wait_until test -e "$dir/.spool"
	echo " a line" >&9
	numbered 1 2000 >&9
	wait_until logged "$dir" 2000
	measure $logger
	numbered 2001 $((2000 + lines)) >&9
	LIMIT=$((LIMIT * (GROWTH / 10 + 1))) wait_until logged "$dir" $((2000 + lines))
	no_more $logger
	exec 9>&-
	ends 0 $logger
	rm input
}

@test "rotations" {
	rotations ./straight $((GROWTH * 100)) s4096 n5
	rotations ./spooled $((GROWTH * 80)) t -x* s4096 n5
	rotations ./processed $((GROWTH * 20)) s4096 n5 '!cat'
}

children() { cat "/proc/$1/task/$1/children"; }
childless() { [ -z "$(children "$1")" ]; }

# come_and_go FIRST LAST: links to those services are made, all of them run, and they are removed.
come_and_go() {
	local i
	for ((i = $1; i <= $2; i++)); do ln -s "../sv/$i" scan/; done
	for ((i = $1; i <= $2; i++)); do wait_until is_up svstat "sv/$i"; done
	rm scan/*
	wait_until childless "$scanner"
}

@test "links" {
	local i
	mkdir scan
	for i in {1..20}; do make_service sv/$i; done
	for i in 5 10 15 20; do echo 'exec cat' | script sv/$i/log/run; done
	scanner
	come_and_go 1 20
	come_and_go 1 20
	measure "$scanner"
	for ((i = 0; i < GROWTH * 5; i++)); do come_and_go 1 20; done
	no_more "$scanner"
}
