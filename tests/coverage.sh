#!/bin/sh
# coverage.sh: which part of all branches the tests take. A branch counts as soon as anything has
# gone that way (gcov's "taken at least once"), in a unit test or in a bats file; those of a source
# that several objects contain are one; nothing is excluded, neither by marks nor by file.
#
#   coverage.sh            build, run everything below, report (`make coverage`)
#   coverage.sh report     only the report of what has been counted so far
#   coverage.sh FILE       the branches of a source that nothing has taken, with their lines
#
# SPDX-License-Identifier: ISC

set -u
cd "$(dirname "$0")/.." || exit 111
OBJ=$PWD/build/coverage/obj
counts=build/coverage/branches

# Left out, because what they do is not counted: they SIGKILL at each system call, or count the calls
# that they let fail, of which gcov's would be some (sweeps, faults); run our programs where these
# files are not (containers, clients, environments); measure sizes and speed, or repeat what others
# do until it hurts (footprint, growth, torture, storm, reaping); read documents; compare the same
# ways with those of other programs (contract, database, postgresql, recipes, needs-chain).
LEFT_OUT='*-sweep *-faults *-lasting *torture containers clients environments footprint growth storm
	reaping docs database postgresql recipes needs-chain'

# Tests change their user, and each may count.
prepare() {
	make -s -j"$(nproc)" VARIANT=coverage all
	# shellcheck disable=SC2046 # words
	make -s -j"$(nproc)" VARIANT=coverage \
		$(find tests/unit -name '*_test.c' | sed 's,.*/\(.*\)\.c,build/coverage/unit/\1,') || exit
	find "$OBJ" -name '*.gcno' | sed 's/gcno$/gcda/' | while read -r file; do
		: >"$file" && chmod 666 "$file" || exit
	done
}

chosen() {
	for file in tests/*.bats; do
		name=${file##*/}
		for pattern in $LEFT_OUT; do
			# shellcheck disable=SC2254 # a pattern
			case ${name%.bats} in $pattern) continue 2 ;; esac
		done
		echo "$file"
	done
}

run() {
	for test in build/coverage/unit/*_test; do
		"$test" >/dev/null || echo "not ok ${test##*/}"
	done
	# A failure is shown, but it does not change what has been counted.
	# shellcheck disable=SC2046 # words
	VARIANT=coverage bats --tap --jobs "$(nproc)" $(chosen) >build/coverage/tap 2>&1
	grep '^not ok' build/coverage/tap
	echo "$(grep -c '^ok' build/coverage/tap) tests have passed"
}

# SOURCE:LINE:BRANCH COUNT, one line for each branch, from all objects.
collect() {
	find "$OBJ" -name '*.gcda' ! -size 0 | while read -r file; do
		gcov -b -c -r -t "$file" 2>/dev/null
	done | awk '
		/^ *-: *0:Source:/ { sub(/.*Source:/, ""); source = $0; next }
		/^branch/ {
			key = source ":" line ":" $2
			taken[key] += $3 == "taken" ? $4 : 0
			next
		}
		/^ *[^:]*: *[0-9]+:/ { split($0, part, ":"); line = part[2] + 0 }
		END { for (key in taken) print key, taken[key] }' |
		sed 's,[a-z]*/\.\./,,g' | grep -v '^tests/' | sort -t: -k1,1 -k2,2n -k3,3n >"$counts"
}

# The parts that decide, without system calls.
PURE='supervise/machine supervise/policy svscan/map svscan/order svscan/orphan svscan/plan svscan/scan
	svscan/shutdown multilog/batch multilog/calendar multilog/glob multilog/lines multilog/match
	multilog/merge multilog/pattern multilog/period multilog/rotate multilog/script multilog/stamp
	multilog/trouble multilog/when svc/goal svc/header svc/names'

# GOALs are in percent.
report() {
	awk -v pure="$PURE" '
		function say(name, goal) {
			share = all[name] == 0 ? 0 : 100 * good[name] / all[name]
			printf "%-10s %5.1f %% of %5d branches, goal %d %%\n", name, share, all[name], goal
			bad += share < goal
		}
		BEGIN { split(pure, list); for (i in list) is_pure[list[i] ".c"] = 1 }
		{
			source = $1; sub(/:.*/, "", source)
			folder = source; sub(/\/.*/, "", folder)
			taken = $2 > 0
			all["overall"]++; good["overall"] += taken
			file_all[source]++; file_good[source] += taken
			if (folder == "lib") { all["lib"]++; good["lib"] += taken }
			if (source in is_pure) { all["pure parts"]++; good["pure parts"] += taken }
		}
		END {
			for (source in file_all)
				printf "%5.1f %% of %4d %s, %d not taken\n",
				    100 * file_good[source] / file_all[source], file_all[source], source,
				    file_all[source] - file_good[source] | "sort -n | head -n 25"
			close("sort -n | head -n 25")
			say("pure parts", 90); say("lib", 90); say("overall", 80)
			exit bad > 0
		}' "$counts"
}

# missing SOURCE: its lines that have branches which nothing has taken, and how many.
missing() {
	awk -F'[: ]' -v source="$1" '$1 == source && $4 == 0 { left[$2]++ }
		END { for (line in left) print line, left[line] }' "$counts" | sort -n |
		while read -r line left; do
			printf '%5d: %d: %s\n' "$line" "$left" "$(sed -n "${line}p" "$1")"
		done
}

case ${1:-} in
'') prepare && run && collect && report ;;
report) collect && report ;;
*) missing "$1" ;;
esac
