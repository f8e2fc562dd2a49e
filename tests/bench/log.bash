# Section log: what a logger costs, in seconds of processor time for each GB, and what cat costs. The limit
# is the least program that copies, or stamps each line (pipe.c). BENCH_BYTES is how much each one gets.
# SPDX-License-Identifier: ISC
# shellcheck shell=bash

# What each logger has to be told, by kind; none where it cannot do that. @ is the log directory.
declare -gA LOGGERS=(
	[plain,upkeep]='multilog s16000000 n5 @'
	[plain,daemontools]='multilog s16000000 n5 @'
	[plain,runit]='svlogd -l 20000 -b 65536 @'
	[plain,s6]='s6-log n5 s16000000 @'
	[plain,s6-static]='s6-log n5 s16000000 @'
	[plain,cat]='cat'
	[plain,limit]='pipe copy'
	[stamped,upkeep]='multilog t s16000000 n5 @'
	[stamped,daemontools]='multilog t s16000000 n5 @'
	[stamped,runit]='svlogd -t -l 20000 -b 65536 @'
	[stamped,s6]='s6-log t n5 s16000000 @'
	[stamped,s6-static]='s6-log t n5 s16000000 @'
	[stamped,limit]='pipe copy t'
	[filtered,upkeep]="multilog -*debug* s16000000 n5 @"
	[filtered,daemontools]="multilog -*debug* s16000000 n5 @"
	[filtered,s6]='s6-log -- -debug n5 s16000000 @'
	[filtered,s6-static]='s6-log -- -debug n5 s16000000 @'
)

section_log() {
	local round kind length name
	for ((round = 0; round < BENCH_ROUNDS && round < 2; round++)); do
		for kind in plain stamped filtered; do
			for length in 20 100 1000; do
				[ $kind != filtered ] || [ $length = 100 ] || continue
				for name in "${CONTENDERS[@]}" cat; do
					[ -z "${LOGGERS[$kind,$name]:-}" ] || arena log_round "$name" $kind $length
				done
			done
		done
	done
}

# log_round NAME KIND LENGTH
log_round() {
	local command=${LOGGERS[$2,$1]//@/./log} before
	PATH=$(the "$1" in):$PATH:$tools
	set -f # patterns are for the logger
	mkdir log
	mkfifo in
	before=$("$tools/gauge" usage)
	"$tools/pipe" write "$3" "$BENCH_BYTES" >in &
	# As an orphan, so that process 1 learns what it has used; /dev/null has what cat and pipe copy.
	# shellcheck disable=SC2086 # words
	($command <in >/dev/null 2>&1 &)
	wait
	"$tools/yard" gone "$LIMIT" >/dev/null || return
	note "$2, $3 bytes a line: CPU s/GB" "$1" \
		"$(per "$((($("$tools/gauge" usage) - before) * 1000))" "$BENCH_BYTES")"
}
