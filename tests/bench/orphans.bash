# Section orphans: what process 1 uses for each orphan that it reaps, one by one and by the thousand, and
# how long the dead are there after the last one has died. SPDX-License-Identifier: ISC
# shellcheck shell=bash

ORPHANS=10000
declare -gA FIRST=(
	[upkeep]="$top/build/static/bin svscan scan"
	[daemontools]="/usr/bin svscan scan"
	[runit]="/usr/bin runsvdir scan"
	[s6]="/usr/bin s6-svscan scan"
	[s6-static]="$top/build/bench/s6 s6-svscan scan"
	[tini]="/usr/bin tini -- ./service"
	[dumb-init]="/usr/bin dumb-init -- ./service"
	[catatonit]="/usr/bin catatonit -- ./service"
	[limit]="$tools limit-scan"
)
FIRST_NAMES="upkeep daemontools runit s6 s6-static tini dumb-init catatonit limit"

section_orphans() {
	local round name
	for ((round = 0; round < BENCH_ROUNDS && round < 2; round++)); do
		for name in $FIRST_NAMES; do
			# shellcheck disable=SC2086 # words
			set -- ${FIRST[$name]}
			[ ! -x "$1/$2" ] || arena orphans_round "$name" "$@"
		done
	done
}

# orphans_round NAME DIRECTORY COMMAND...: COMMAND is process 1 of another namespace, into which orphans
# come from outside.
orphans_round() {
	local name=$1 first
	PATH=$2:$PATH
	plant 1
	[ "$name" != limit ] || cd scan || return
	unshare --pid --fork --mount-proc --kill-child "${@:3}" </dev/null >/dev/null 2>&1 &
	"$tools/yard" await 1 "$LIMIT" >/dev/null || return
	first=$(pgrep -P $!)
	storm "one by one" "$name" "$first" 1
	storm "2,000 at once" "$name" "$first" 2000
}

# storm HOW NAME PID BATCH
storm() {
	local before began
	before=$("$tools/gauge" own "$3")
	nsenter --target "$3" --pid -- "$tools/actor" orphans "$ORPHANS" "$4" </dev/null || return
	began=$("$tools/yard" clock)
	await "the last to be reaped" none_dead "$3"
	note "$1: ms until the last is reaped" "$2" "$(ms "$began" "$("$tools/yard" clock)")"
	note "$1: CPU us for each" "$2" "$(awk -v a="$before" -v b="$("$tools/gauge" own "$3")" -v by="$ORPHANS" \
		'BEGIN { printf "%.3f\n", (b - a) / by }')"
}

# none_dead PID: it has reaped all of its children.
none_dead() { ! grep -q "^[0-9]* ([^)]*) Z $1 " /proc/[0-9]*/stat 2>/dev/null; }
