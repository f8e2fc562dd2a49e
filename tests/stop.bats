# The stop as a table: who asks, whether there is a command, what resists. Not here: the order of
# services (order.bats), strays, loggers and scripts (svscan.bats), what the command hears and the
# codes that it ends with (command.bats).

load helper
load service
load scanner

setup() {
	cd "$BATS_TEST_TMPDIR"
	PATH=$BIN:/usr/bin:/bin # directories that everybody may search
	mkdir scan sv
}

# ---- Words for the tests

# stops CODE: svscan ends with it, and nothing is left.
stops() {
	local code=0
	wait_until gone "$scanner" || { cat err >&2; false; }
	wait "$scanner" || code=$?
	[ "$code" = "$1" ] || { echo "exit code $code"; cat err; } >&2
	[ "$code" = "$1" ]
	nothing_left() { [ -z "$(started_by_us)" ]; }
	wait_until nothing_left
}

# ---- What svscan itself has to stand

@test "a message that nobody can read any more costs the command nothing" {
	mkfifo unread
	exec 9<>unread
	background svscan -t 600000 scan -- \
		sh -c 'until [ -e enough ]; do sleep 0.02; done; exit 7' 2>unread 9>&-
	scanner=$!
	wait_until asleep svscan "$scanner"
	exec 9<&-
	local naps=$(naps "$scanner")
	touch scan/junk # said, in vain
	wait_until asleep_again svscan "$scanner" "$naps"
	touch enough
	stops 7
}

@test "signals without end keep nobody from the stop" {
	local flood stat
	scanner
	wait_until asleep svscan "$scanner"
	for flood in 1 2 3; do
		background perl -e '1 while kill "RTMIN", $ARGV[0]' "$scanner"
	done
	busy() {
		stat=$(cat "/proc/$scanner/stat")
		set -- ${stat##*) }
		((${12} + ${13} > 10)) # clock ticks
	}
	wait_until busy
	kill -TERM "$scanner"
	stops 0
}
