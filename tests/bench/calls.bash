# Section calls: system calls, which are the same on every machine: of all programs for the start of a
# service, and of a logger for each MB. SPDX-License-Identifier: ISC
# shellcheck shell=bash

. "$here/log.bash" # for what loggers have to be told

section_calls() {
	local name
	command -v strace >/dev/null || { echo "calls: needs strace" >&2; return; }
	for name in "${CONTENDERS[@]}"; do
		[ "$name" = supervisor ] || arena calls_round "$name"
		[ -z "${LOGGERS[plain,$name]:-}" ] || {
			arena lines_round plain "$name"
			arena lines_round stamped "$name"
		}
	done
}

# calls_of FILE: the sum of what strace -c has counted.
calls_of() { awk '$NF == "total" { print $4 }' "$1"; }

# calls_for NAME N: those of a tree of N services, the service's own included, until it is killed, which is
# none.
calls_for() {
	local tracer program
	rm -rf sv scan && mkdir sv scan && plant "$2"
	strace -f -c -o counts bash -c "$(the "$1" start)" </dev/null >/dev/null 2>&1 &
	tracer=$!
	"$tools/yard" await "$2" "$LIMIT" >/dev/null || return
	"$tools/gauge" settled >/dev/null
	for program in program supervisor; do
		pkill -KILL -x "$(the "$1" $program | cut -c 1-15)"
	done
	pkill -KILL -x run
	wait "$tracer"
	calls_of counts
}

# calls_round NAME: the difference between two trees leaves out what is done once.
calls_round() {
	local few many
	PATH=$(the "$1" in):$PATH
	few=$(calls_for "$1" 10)
	many=$(calls_for "$1" 60)
	note "start of a service: system calls" "$1" "$(per $((many - few)) 50)"
}

# lines_round KIND NAME: 10 MB of lines of 100 bytes.
lines_round() {
	local command=${LOGGERS[$1,$2]//@/./log}
	PATH=$(the "$2" in):$PATH:$tools
	set -f
	mkdir log
	# shellcheck disable=SC2086 # words
	"$tools/pipe" write 100 10000000 | strace -f -c -o counts $command >/dev/null 2>&1
	note "$1, 100 bytes a line: system calls per MB" "$2" "$(per "$(calls_of counts)" 10)"
}
