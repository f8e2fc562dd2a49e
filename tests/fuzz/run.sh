#!/bin/sh
# run.sh SECONDS NAME...: runs each fuzzer that long, JOBS at a time, from its seeds and from what
# earlier runs have found in build/fuzz/corpus, and prints what it did. A crash is left in
# build/fuzz/NAME-*, and named. SPDX-License-Identifier: ISC

set -u
cd "$(dirname "$0")/../.." || exit 111
BIN=build/fuzz/bin
# For the fuzzer that makes files, which leaves them when it crashes.
memory=/dev/shm
[ -w "$memory" ] || memory=build/fuzz

# fuzz NAME SECONDS: one fuzzer, one line.
fuzz() {
	corpus=build/fuzz/corpus/$1
	seeds=tests/fuzz/seeds/$1
	log=build/fuzz/$1.log
	mkdir -p "$corpus"
	TMPDIR=$(mktemp -d "$memory/fuzz.XXXXXX") || return
	export TMPDIR
	if "$BIN/fuzz-$1" -max_total_time="$2" -timeout=10 -rss_limit_mb=1024 -print_final_stats=1 \
		-artifact_prefix="build/fuzz/$1-" "$corpus" "$seeds" >"$log" 2>&1; then
		result=ok
	else
		result='not ok'
	fi
	rm -rf "$TMPDIR"
	awk -v name="$1" -v result="$result" '
		/ cov: / { edges = $4; features = $6 }
		/stat::number_of_executed_units/ { runs = $2 }
		END {
			printf "%s fuzz-%s: %d executions, %d edges, %d features\n",
			    result, name, runs, edges, features
		}' "$log"
	[ "$result" = ok ] || grep -E 'broken:|ERROR|runtime error|SUMMARY|Test unit written' "$log"
	[ "$result" = ok ]
}

if [ "$1" = one ]; then
	fuzz "$3" "$2"
	exit
fi
seconds=$1
shift
printf '%s\n' "$@" | xargs -P "${JOBS:-1}" -n 1 sh tests/fuzz/run.sh one "$seconds"
