#!/bin/bash
# logs.sh: what a logger costs, in seconds of processor time for each GB, beside the peers that are
# installed or in build/peers (Debian: daemontools runit s6), cat, and the least program that copies.
# All take turns in one run, and the best of ROUNDS counts; nothing is asserted. BYTES is how much each
# one gets, WORK the directory to write in. SPDX-License-Identifier: ISC

set -u
ROUNDS=${ROUNDS:-3}
BYTES=${BYTES:-200000000}
top=$(cd "$(dirname "$0")/../.." && pwd)
bin=${UPKEEP_BIN:-$top/build/${VARIANT:-static}/bin}
peers=$top/build/peers
work=$(mktemp -d "${WORK:-/tmp}/logs.XXXXXX") || exit 111
trap 'rm -rf "$work"' EXIT
cc -O2 -o "$work/pipe" "$top/tests/bench/pipe.c" || exit 111
export LD_LIBRARY_PATH=$peers/usr/lib/x86_64-linux-gnu:$peers/lib/x86_64-linux-gnu
TIMEFORMAT='%U %S'

# peer NAME: where Debian's program is; nothing if it is not there.
peer() {
	local place
	for place in "$peers/usr/bin" "$peers/bin" /usr/bin /bin; do
		[ -x "$place/$1" ] && echo "$place/$1" && return
	done
}

# cost LENGTH COMMAND...: seconds for each GB of lines of that length.
cost() {
	local length=$1
	shift
	rm -rf "$work/log"
	mkdir "$work/log"
	rm -f "$work/in"
	mkfifo "$work/in"
	"$work/pipe" write "$length" "$BYTES" >"$work/in" &
	{ time "$@" <"$work/in" >"$work/out" 2>/dev/null; } 2>&1 |
		awk -v bytes="$BYTES" '{ printf "%.3f\n", ($1 + $2) * 1e9 / bytes }'
	wait
}

# row NAME LENGTH: the commands are in $who and $what, side by side.
row() {
	local name=$1 length=$2 i round best=() seconds
	for ((round = 0; round < ROUNDS; round++)); do
		for i in "${!who[@]}"; do
			seconds=$(eval "cost $length ${what[i]}")
			best[i]=$(printf '%s\n' "$seconds" ${best[i]:-} | sort -g | head -n 1)
		done
	done
	for i in "${!who[@]}"; do
		printf '%-24s %-12s %8s\n' "$name" "${who[i]}" "${best[i]}"
	done
}

# contenders OURS MULTILOG S6 SVLOGD LIMIT: their arguments; empty = it cannot do that.
contenders() {
	local m s v
	m=$(peer multilog) s=$(peer s6-log) v=$(peer svlogd)
	who=(upkeep) what=("$bin/multilog $1")
	[ -z "$m" ] || { who+=(daemontools) what+=("$m $2"); }
	[ -z "$s" ] || [ -z "$3" ] || { who+=(s6-log) what+=("$s $3"); }
	[ -z "$v" ] || [ -z "$4" ] || { who+=(svlogd) what+=("$v $4"); }
	[ "$5" = t ] || { who+=(cat) what+=(cat); }
	who+=(limit) what+=("$work/pipe copy $5")
}

printf '%-24s %-12s %8s\n' "CPU s/GB" program best
log=$work/log
printf 's16000000\nn5\n' >"$work/config"
contenders "s16000000 n5 $log" "s16000000 n5 $log" "n5 s16000000 $log" "-l 20000 -b 65536 $log" ''
row "plain, 100 bytes" 100
row "plain, 20 bytes" 20
contenders "t s16000000 n5 $log" "t s16000000 n5 $log" "t n5 s16000000 $log" "-t -l 20000 -b 65536 $log" t
row "t, 100 bytes" 100
row "t, 20 bytes" 20
contenders "'-*debug*' s16000000 n5 $log" "'-*debug*' s16000000 n5 $log" "-- n5 s16000000 -debug $log" '' ''
row "-*debug*, 100 bytes" 100
