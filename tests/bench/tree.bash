# Sections start, stop, memory and idle: trees of services, of all sizes, without and with logs. One round
# gives figures for all four, of which those count that were asked for.
# SPDX-License-Identifier: ISC
# shellcheck shell=bash

section_start() { once_for_all; }
section_stop() { once_for_all; }
section_memory() {
	once_for_all
	small_trees
}
section_idle() {
	once_for_all
	small_trees
}

# The first of these sections does the work of all.
once_for_all() {
	[ -z "${trees_done:-}" ] || return
	trees_done=yes
	trees
}

# tree_round NAME N LOG: one tree, from its start to its end.
tree_round() {
	local name=$1 n=$2 log=$3 kind="$2" words=$2 before began up used
	[ -z "$log" ] || kind="$n with logs"
	[ "$log" != service ] || [ "$name" = supervisor ] || words=$((n * 2))
	plant "$n" "$log"
	ready "$name"
	before=$("$tools/gauge" usage)
	began=$("$tools/yard" clock)
	launch "$name"
	up=$("$tools/yard" await "$words" "$LIMIT") || return
	used=$("$tools/gauge" settled)
	note_for start "$kind: CPU ms per service" "$name" "$(us_ms "$before" "$used" "$n")"
	note_for start "$kind: ms until all run" "$name" "$(ms "$began" "${up% *}")"
	look_at_rest "$name" "$n" "$log"
	tree_stop "$name" "$n" "$kind"
}

tree_stop() {
	local before began gone
	before=$("$tools/gauge" usage)
	began=$("$tools/yard" clock)
	(eval "$(the "$1" stop)") 2>/dev/null
	gone=$("$tools/yard" gone "$LIMIT") || return
	note_for stop "$3: CPU ms per service" "$1" "$(us_ms "$before" "$("$tools/gauge" usage)" "$2")"
	note_for stop "$3: ms until all are gone" "$1" "$(ms "$began" "$gone")"
}

# look_at_rest NAME N LOG: the figures of a tree in which nothing happens.
look_at_rest() {
	local program count dirty tables all=0 kind=$2
	[ -z "$3" ] || kind="$2 with logs"
	for program in program supervisor; do
		read -r count dirty tables < <("$tools/gauge" memory "$(the "$1" $program | cut -c 1-15)")
		all=$((all + dirty))
		((count > 0)) || continue
		note_for memory "$kind: kB private dirty, ${program/program/scanner}" "$1" "$(per "$dirty" "$count")"
		note_for memory "$kind: kB page tables, ${program/program/scanner}" "$1" "$(per "$tables" "$count")"
	done
	note_for memory "$kind: kB private dirty of the suite for each service" "$1" "$(per "$all" "$2")"
	[ "$2" != 1000 ] || [ -n "$3" ] || watch_idle "$1" "$kind"
}

# watch_idle NAME KIND: once for each contender but those of which it tells nothing: it takes its time, and
# comes out the same. Those who look every five seconds have done so before: the first look may be longer.
watch_idle() {
	local scanner others scanner_us others_us
	[[ $wanted == *" idle "* ]] && [[ "$1" != @(upkeep-dynamic|limit) ]] && [ ! -e "$work/watched-$2-$1" ] || return 0
	: >"$work/watched-$2-$1"
	sleep 6
	read -r scanner scanner_us others others_us \
		< <("$tools/gauge" idle "$BENCH_IDLE_MS" "$(the "$1" program | cut -c 1-15)")
	note_for idle "$2: wakeups per minute, scanner" "$1" "$(per "$((scanner * 60000))" "$BENCH_IDLE_MS")"
	note_for idle "$2: wakeups per minute, all others" "$1" "$(per "$((others * 60000))" "$BENCH_IDLE_MS")"
	note_for idle "$2: CPU ms per minute, scanner" "$1" "$(per "$((scanner_us * 60))" "$BENCH_IDLE_MS")"
	note_for idle "$2: CPU ms per minute, all others" "$1" "$(per "$((others_us * 60))" "$BENCH_IDLE_MS")"
}

# small_trees: 50 services with the loggers that each suite brings.
small_trees() {
	local round name
	[ -z "${small_done:-}" ] || return
	small_done=yes
	for ((round = 0; round < BENCH_ROUNDS && round < 2; round++)); do
		for name in "${CONTENDERS[@]}"; do
			[ -z "$(the "$name" log)" ] || arena logger_round "$name" 50
		done
	done
}

# logger_round NAME N: what an idle logger has, after a line.
logger_round() {
	local count dirty tables
	plant "$2" "$(the "$1" log)"
	export BENCH_LINE=yes
	ready "$1"
	launch "$1"
	"$tools/yard" await "$2" "$LIMIT" >/dev/null || return
	await "a line in each log" have_lines "$2"
	read -r count dirty tables < <("$tools/gauge" memory "$(the "$1" logger)")
	note_for memory "kB private dirty, idle logger" "$1" "$(per "$dirty" "$count")"
	note_for memory "kB page tables, idle logger" "$1" "$(per "$tables" "$count")"
	watch_idle "$1" "$2 with loggers"
}

have_lines() { [ "$(find -L sv -name current -size +0 2>/dev/null | wc -l)" = "$1" ]; }

# trees: all sizes, rounds and contenders, in turns, without and with logs.
trees() {
	local n kind round name log
	for n in $BENCH_SERVICES; do
		for kind in services logged; do
			log=
			[ $kind = services ] || log=service
			((n <= BENCH_LOGGED)) || [ $kind = services ] || continue
			for ((round = 0; round < $(rounds "$n"); round++)); do
				for name in "${CONTENDERS[@]}"; do
					! fits "$name" "$n" $kind || arena tree_round "$name" "$n" "$log"
				done
			done
		done
	done
}
