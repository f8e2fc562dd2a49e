#!/bin/sh
# fork.sh: how long it takes until all is back after no process could be made for 6 s: what supervise,
# svscan and multilog had to start meanwhile, over ROUNDS of tests/faults/fork.bats. Least, median and
# most in milliseconds; nothing is asserted but what that test does. As root, with a control group too.
# SPDX-License-Identifier: ISC

top=$(cd "$(dirname "$0")/../.." && pwd)
round=0
while [ "$round" -lt "${ROUNDS:-10}" ]; do
	bats --tap "$top/tests/faults/fork.bats" | sed -n 's/^# \(.*\) is back after \([0-9]*\) ms$/\1:\2/p'
	round=$((round + 1))
done | sort -t: -k1,2 -k3n | awk -F: '
	function tell() { printf "%-40s %6d %6d %6d ms of %d\n", what, times[1], times[int((n + 1) / 2)], times[n], n }
	{ now = $1 ":" $2 }
	now != what { if (n) tell(); n = 0; what = now }
	{ times[++n] = $3 }
	END { if (n) tell() }'
