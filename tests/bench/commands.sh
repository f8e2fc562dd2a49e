#!/bin/bash
# commands.sh: how long it takes from a command until the service does what it says, beside the peers
# that are installed (Debian: daemontools runit s6). Median and worst of ROUNDS in milliseconds; nothing
# is asserted. SPDX-License-Identifier: ISC

set -u
ROUNDS=${ROUNDS:-15}
top=$(cd "$(dirname "$0")/../.." && pwd)
bin=${UPKEEP_BIN:-$top/build/${VARIANT:-release}/bin}
peers=$top/build/peers
work=$(mktemp -d) || exit 111
supervisor=

finish() {
	[ -z "$supervisor" ] || kill -KILL "$supervisor" 2>/dev/null
	pkill -KILL -f "$work/service" 2>/dev/null
	rm -rf "$work"
}
trap finish EXIT

# The service says when it was started, then sleeps, or dies at once if there is a file `fleeting`.
make_service() {
	rm -rf "$work/service"
	mkdir -p "$work/service"
	[ -p "$work/started" ] || mkfifo "$work/started"
	cat >"$work/service/run" <<-X
		#!/bin/bash
		echo "\$EPOCHREALTIME" >$work/started
		[ ! -e $work/fleeting ] || exit 0
		exec -a $work/service sleep 100000
	X
	chmod +x "$work/service/run"
}

# start_time: waits for the next start; its time in microseconds.
start_time() {
	local at
	read -r -t 20 at <"$work/started" || at=0.0
	echo $((10#${at/./}))
}

now() { echo $((10#${EPOCHREALTIME/./})); }

# report NAME PEER MICROSECONDS...
report() {
	local name=$1 peer=$2 sorted
	shift 2
	mapfile -t sorted < <(printf '%s\n' "$@" | sort -n)
	awk -v n="$name" -v p="$peer" -v m="${sorted[$((${#sorted[@]} / 2))]}" -v w="${sorted[-1]}" \
		'BEGIN { printf "%-34s %-12s %9.1f %9.1f\n", n, p, m / 1000, w / 1000 }'
}

# measure NAME PEER COMMAND PREPARATION: PREPARATION, then the time from COMMAND to the next start.
measure() {
	local name=$1 peer=$2 command=$3 preparation=$4 times=() from
	for ((round = 0; round < ROUNDS; round++)); do
		$preparation
		from=$(now)
		$command "$work/service" >/dev/null 2>&1
		times+=($(($(start_time) - from)))
	done
	report "$name" "$peer" "${times[@]}"
}

# Long enough that a restart is not held back.
live() { sleep 1.1; }

# It has just been started and has died.
in_pause() {
	touch "$work/fleeting"
	sleep 1.1
	$restart "$work/service" >/dev/null 2>&1
	start_time >/dev/null
	rm "$work/fleeting"
	sleep 0.1
}

# bench PEER SUPERVISE RESTART UP DOWN
bench() {
	local peer=$1 supervise=$2 up=$4 down=$5
	restart=$3
	make_service
	$supervise "$work/service" >/dev/null 2>&1 &
	supervisor=$!
	disown
	start_time >/dev/null
	go_down() { sleep 1.1; $down "$work/service"; sleep 0.3; }
	measure "restart of a running service" "$peer" "$restart" live
	measure "down, then up" "$peer" "$up" go_down
	measure "up in the pause after a death" "$peer" "$up" in_pause
	kill -KILL "$supervisor"
	pkill -KILL -f "$work/service"
	supervisor=
}

printf '%-34s %-12s %9s %9s\n' "from the command to the start" program "median ms" "worst ms"
bench upkeep "$bin/supervise" "$bin/svc -t" "$bin/svc -u" "$bin/svc -d"
for dt in "$peers/usr/bin" /usr/bin; do
	[ -x "$dt/svc" ] || continue
	bench daemontools "$dt/supervise" "$dt/svc -t" "$dt/svc -u" "$dt/svc -d"
	break
done
for rv in "$peers/usr/bin" /usr/bin; do
	[ -x "$rv/runsv" ] || continue
	bench runit "$rv/runsv" "$rv/sv -w 0 term" "$rv/sv -w 0 up" "$rv/sv -w 0 down"
	break
done
if command -v s6-supervise >/dev/null; then
	bench s6 s6-supervise "s6-svc -t" "s6-svc -u" "s6-svc -d"
fi
