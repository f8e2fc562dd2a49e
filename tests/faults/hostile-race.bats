# A user changes names between links to root's files, FIFOs, directories, files and nothing, while
# root's programs use them: a look and a use of a name are never about two different things.

load ../helper
load ../service
load ../hostile

SECONDS_EACH=${HOSTILE_SECONDS:-1} # for each name

setup() {
	need_root
	cd "$BATS_TEST_TMPDIR"
	export ASAN_OPTIONS=detect_leaks=0
	export SVDIR=$PWD
	mkdir -p web/supervise
	printf '#!/bin/sh\nexec sleep 100000\n' >web/run
	chmod 755 web/run
	echo 0 1 >web/backoff
	chown "$USER" web/supervise
}

# swapping DIR NAME...: from now on the user swaps them.
swapping() {
	local dir=$1
	shift
	background env -C "$dir" $AS_USER "$BATS_FILE_TMPDIR/swap" "$PWD"/outside/{secret,tool,dir,pipe,new} \
		-- "$@"
	swapper=$!
}

# for_a_while COMMAND...: again and again, for the seconds that a name has.
for_a_while() {
	local end=$((SECONDS + SECONDS_EACH + 1))
	while ((SECONDS < end)); do "$@" || return 1; done
}

hears() { gone "$supervisor" || takes_term supervise "$supervisor" 2>/dev/null; }

supervised() {
	start web
	told svstat ./web
	told svc -c ./web
	told svc -w -T 5 -t ./web
	told svwhy ./web
	wait_until hears # before, TERM would kill it
	kill -TERM "$supervisor" 2>/dev/null || true
	wait_until gone "$supervisor"
	wait "$supervisor" || [ $? = 111 ]
}

@test "names in supervise/" {
	local name
	guard
	for name in lock control ok 'status status.new' 'state state.new' 'record record.new'; do
		swapping web/supervise $name
		for_a_while supervised
		kill -KILL "$swapper"
		wait_until gone "$swapper"
		rm -rf web/supervise/*
		untouched "$name"
	done
	unguard
}

# TERM ends one that cannot go on, and a second later would be a failure.
logged() {
	local code=0
	timeout -k "$LIMIT" 0.2 multilog t s4096 n2 ./main <lines 2>>err || code=$?
	[ "$code" -lt 128 ] || return 1
	told svlog -n 2 ./main
}

@test "names in a log directory" {
	local name
	seq -f 'line %05g of the log of a service' 1 600 >lines
	mkdir main
	chown "$USER" main
	guard
	for name in lock current 'previous processed' .record .spool; do
		swapping main $name
		for_a_while logged
		kill -KILL "$swapper"
		wait_until gone "$swapper"
		rm -rf main/* main/.[!.]*
		untouched "$name"
	done
	unguard
}
