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
section_idle() { once_for_all; }

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
	local program count dirty tables kind=$2
	[ -z "$3" ] || kind="$2 with logs"
	for program in program supervisor; do
		read -r count dirty tables < <("$tools/gauge" memory "$(the "$1" $program | cut -c 1-15)")
		((count > 0)) || continue
		note_for memory "$kind: kB private dirty, ${program/program/scanner}" "$1" "$(per "$dirty" "$count")"
		note_for memory "$kind: kB page tables, ${program/program/scanner}" "$1" "$(per "$tables" "$count")"
	done
	# Once for each contender: it takes its time, and comes out the same.
	[ "$2" = 1000 ] && [ -z "$3" ] && [ ! -e "$work/watched-$1" ] && [[ $wanted == *" idle "* ]] || return 0
	: >"$work/watched-$1"
	watch_idle "$1" "$kind"
}

# watch_idle NAME KIND
watch_idle() {
	local wakeups us
	read -r wakeups us < <("$tools/gauge" idle "$BENCH_IDLE_MS")
	note_for idle "$2: wakeups per minute" "$1" "$(per "$((wakeups * 60000))" "$BENCH_IDLE_MS")"
	note_for idle "$2: CPU ms per minute" "$1" "$(per "$((us * 60))" "$BENCH_IDLE_MS")"
}

# small_trees: 50 services with the loggers that each suite brings.
small_trees() {
	local round name
	for ((round = 0; round < BENCH_ROUNDS; round++)); do
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
	launch "$1"
	"$tools/yard" await "$2" "$LIMIT" >/dev/null || return
	until [ "$(find -L sv -name current -size +0 2>/dev/null | wc -l)" = "$2" ]; do sleep 0.05; done
	read -r count dirty tables < <("$tools/gauge" memory "$(the "$1" logger)")
	note_for memory "kB private dirty, idle logger" "$1" "$(per "$dirty" "$count")"
	note_for memory "kB page tables, idle logger" "$1" "$(per "$tables" "$count")"
}

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
