# Section calls: what is the same on every machine: system calls of all programs for the start of a
# service, and of a logger for each MB; instructions of a logger for each line, and from its start to its
# end without any. SPDX-License-Identifier: ISC
# shellcheck shell=bash

. "$here/log.bash" # for what loggers have to be told

section_calls() {
	local name
	for name in "${CONTENDERS[@]}"; do
		! needs strace || [ "$(the "$name" supervisor)" = none ] || arena calls_round "$name"
		[ -n "${LOGGERS[plain,$name]:-}" ] || continue
		! needs strace || {
			arena lines_round "$name" plain
			arena lines_round "$name" stamped
		}
		! needs valgrind || arena instructions_round "$name"
	done
}

# needs PROGRAM: whether it is there; who lacks is told once.
needs() {
	command -v "$1" >/dev/null && return
	echo "needs $1" >"$work/said"
	[ -n "${failed[$1]:-}" ] || blame "that sort"
	failed["$1"]=yes
	return 1
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

# lines_round NAME KIND: 10 MB of lines of 100 bytes.
lines_round() {
	local command=${LOGGERS[$2,$1]//@/./log}
	PATH=$(the "$1" in):$PATH:$tools
	set -f # patterns are for the logger
	mkdir log
	# shellcheck disable=SC2086 # words
	"$tools/pipe" write 100 10000000 | strace -f -c -o counts $command >/dev/null 2>&1
	note "$2, 100 bytes a line: system calls per MB" "$1" "$(per "$(calls_of counts)" 10)"
}

# instructions BYTES COMMAND...: of the program alone, which gets lines of 100 bytes.
instructions() {
	rm -rf log && mkdir log
	"$tools/pipe" write 100 "$1" |
		valgrind --tool=callgrind --callgrind-out-file=/dev/null "${@:2}" 2>&1 >/dev/null |
		sed -n 's/,//g; s/.*Collected : *//p'
}

# instructions_round NAME: the difference between none and 1 MB. pipe writes whole pieces of 65,500 bytes.
instructions_round() {
	local kind few many
	PATH=$(the "$1" in):$PATH:$tools
	set -f
	for kind in plain stamped; do
		# shellcheck disable=SC2086
		set -- "$1" ${LOGGERS[$kind,$1]//@/./log}
		few=$(instructions 0 "${@:2}")
		many=$(instructions 1048000 "${@:2}")
		[ -n "$few" ] && [ -n "$many" ] || return
		note "$kind, 100 bytes a line: instructions for each" "$1" "$(per $((many - few)) 10480)"
	done
	note "a logger's start and end: instructions" "$1" "$few"
}
