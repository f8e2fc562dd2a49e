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
	for ((round = 0; round < BENCH_ROUNDS && round < 2; round++)); do
		for name in "${CONTENDERS[@]}"; do
			[ -z "$(the "$name" list)" ] || ! fits "$name" 1000 services || arena list_round "$name"
		done
	done
}

# took METRIC NAME WHAT ARGUMENT COMMAND...: ms from COMMAND until WHAT.
took() {
	local ns
	ns=$("$tools/yard" until "${@:3}") || { echo "in: $1" >&2; return 1; }
	note "$1, ms" "$2" "$(ms 0 "$ns")"
}

# cost METRIC NAME TIMES COMMAND...: what COMMAND uses.
cost() {
	local us
	us=$("$tools/gauge" run "${@:3}") || { echo "in: $1" >&2; return 1; }
	note "CPU ms of $1" "$2" "$(us_ms 0 "$us")"
}

# service_pid: the process of the service, which is the only one.
service_pid() { pgrep -o -x run; }

# long_lived: from now on a restart is not held back by the pace of a second.
long_lived() { sleep 1.2; }

latency_round() {
	plant 1
	mv scan/s00001 scan/web
	ready "$1"
	launch "$1"
	"$tools/yard" await 1 "$LIMIT" >/dev/null && commands "$1" && links "$1" && murder "$1"
}

commands() {
	local name=$1
	long_lived
	# shellcheck disable=SC2046,SC2086 # the commands are words
	took "restart after SIGKILL" "$name" start - kill 9 "$(service_pid)" && long_lived &&
		took "svc -t until the next run" "$name" start - $(the "$name" restart) && long_lived &&
		took "svc -d until it has ended" "$name" end "$(service_pid)" $(the "$name" down) &&
		took "svc -u until it runs" "$name" start - $(the "$name" up) || return
	# Supervisor's client is a Python program of a quarter of a second.
	# shellcheck disable=SC2046
	if [ "$name" = supervisor ]; then
		cost "one status" "$name" 3 $(the "$name" status)
	else
		cost "one status" "$name" 20 $(the "$name" status) &&
			cost "one svc -u" "$name" 20 $(the "$name" up)
	fi
}

links() {
	[ -n "$(the "$1" enable)" ] || return 0
	mkdir sv/new && ln service sv/new/run
	took "ln -s until it runs" "$1" start - sh -c "$(the "$1" enable)" enable new
}

# murder NAME: at last, since the next supervise of a peer starts a second copy of the service.
murder() {
	[ -z "$(the "$1" control)" ] || took "SIGKILL of supervise until one obeys" "$1" \
		reader "scan/web/$(the "$1" control)" kill 9 "$(pgrep -o -x "$(the "$1" supervisor)")"
}

list_round() {
	plant 1000
	ready "$1"
	launch "$1"
	"$tools/yard" await 1000 "$LIMIT" >/dev/null || return
	cd scan && cost "the status of 1000" "$1" 3 sh -c "$(the "$1" list)"
}
