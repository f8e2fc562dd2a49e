# Section latency: from a command, a link or a death until a service does what follows from it, in
# milliseconds; and what the commands themselves use. SPDX-License-Identifier: ISC
# shellcheck shell=bash

section_latency() {
	local round name
	for ((round = 0; round < BENCH_ROUNDS; round++)); do
		for name in "${CONTENDERS[@]}"; do
			[ -z "$(the "$name" status)" ] || arena latency_round "$name"
		done
	done
	for ((round = 0; round < BENCH_ROUNDS && round < 3; round++)); do
		for name in "${CONTENDERS[@]}"; do
			[ -z "$(the "$name" list)" ] || ! fits "$name" 1000 services || arena list_round "$name"
		done
	done
}

# took METRIC NAME WHAT ARGUMENT COMMAND...: ms from COMMAND until WHAT.
took() {
	local ns
	ns=$("$tools/yard" until "${@:3}") && note "$1, ms" "$2" "$(ms 0 "$ns")"
}


# service_pid: the process of the service, which is the only one.
service_pid() { pgrep -o -x run; }

# long_lived: from now on a restart is not held back by the pace of a second.
long_lived() { sleep 1.2; }

latency_round() {
	local name=$1 pid
	plant 1
	mv scan/s00001 scan/web
	launch "$name"
	"$tools/yard" await 1 "$LIMIT" >/dev/null || return
	long_lived
	# shellcheck disable=SC2046,SC2086 # the commands are words
	{
		took "restart after SIGKILL" "$name" start - kill 9 "$(service_pid)"
		long_lived
		took "svc -t until the next run" "$name" start - $(the "$name" restart)
		long_lived
		pid=$(service_pid)
		took "svc -d until it has ended" "$name" end "$pid" $(the "$name" down)
		long_lived
		took "svc -u until it runs" "$name" start - $(the "$name" up)
		note "CPU ms of one status" "$name" "$("$tools/gauge" run 20 $(the "$name" status) | awk '{ print $1 / 1000 }')"
		[ "$name" = supervisor ] || note "CPU ms of one svc -u" "$name" \
			"$("$tools/gauge" run 20 $(the "$name" up) | awk '{ print $1 / 1000 }')"
	}
	[ -z "$(the "$name" control)" ] || took "SIGKILL of supervise until one obeys" "$name" \
		reader "scan/web/$(the "$name" control)" kill 9 "$(pgrep -o -x "$(the "$name" supervisor)")"
	[ -n "$(the "$name" enable)" ] || return 0
	mkdir sv/new && ln service sv/new/run
	took "ln -s until it runs" "$name" start - sh -c "$(the "$name" enable)" enable new
}

list_round() {
	plant 1000
	launch "$1"
	"$tools/yard" await 1000 "$LIMIT" >/dev/null || return
	cd scan || return
	note "CPU ms of the status of 1000" "$1" \
		"$("$tools/gauge" run 3 sh -c "$(the "$1" list)" | awk '{ print $1 / 1000 }')"
}
