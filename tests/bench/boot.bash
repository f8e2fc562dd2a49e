# Section boot: the processor time from the first instruction of process 1 of a container to that of its
# service, on one processor: ours on a scan directory with one service and with a command, inits that run
# a command, and suites. SPDX-License-Identifier: ISC
# shellcheck shell=bash

# What process 1 is, by contender: its directory, and the command in the scan directory.
declare -gA BOOT=(
	[upkeep]="$top/build/static/bin svscan ."
	[upkeep-command]="$top/build/static/bin svscan . -- @"
	[upkeep-dynamic]="$top/build/release/bin svscan ."
	[daemontools]="/usr/bin svscan ."
	[runit]="/usr/bin runsvdir ."
	[s6]="/usr/bin s6-svscan ."
	[s6-static]="$top/build/bench/s6 s6-svscan ."
	[tini]="/usr/bin tini -- @"
	[tini-static]="/usr/bin tini-static -- @"
	[dumb-init]="/usr/bin dumb-init -- @"
	[catatonit]="/usr/bin catatonit -- @"
	[limit]="$tools limit-scan"
	[systemd]="/lib/systemd systemd --system --show-status=no"
)
BOOT_NAMES="upkeep upkeep-command upkeep-dynamic daemontools runit s6 s6-static tini tini-static dumb-init catatonit limit"
[[ " ${CONTENDERS[*]} " != *" systemd "* ]] || BOOT_NAMES+=" systemd"

section_boot() {
	local round name
	for ((round = 0; round < BENCH_ROUNDS * 5; round++)); do
		for name in $BOOT_NAMES; do
			# shellcheck disable=SC2086 # words
			set -- ${BOOT[$name]}
			[ ! -x "$1/$2" ] || boot_round "$name" "$@"
		done
	done
}

# boot_round NAME DIRECTORY COMMAND...: in a fresh scan directory, with no state. boot.c makes the
# namespace.
boot_round() {
	local name=$1 command=${*:3} times scan=$work/boot
	[ -z "${failed[$name]:-}" ] || return 0
	rm -rf "$scan" && mkdir -p "$scan/web" && cp "$tools/boot" "$work/run" || return
	[[ $command == *@* ]] || ln "$work/run" "$scan/web/run"
	[ -p "$work/meet" ] || mkfifo "$work/meet"
	# shellcheck disable=SC2086
	times=$(cd "$scan" && BOOT_FIFO=$work/meet PATH=$2:$PATH SVDIR=$scan \
		boot "$name" ${command//@/$work/run} 2>"$work/said") ||
		{ blame "$name"; failed["$name"]=yes; return; }
	note "until the first service: CPU ms" "$name" "$(us_ms 0 "${times% *}")"
	note "until the first service: ms" "$name" "$(us_ms 0 "${times#* }")"
}

# boot NAME COMMAND...: becomes boot.c, for systemd in a container.
boot() {
	export BOOT_FIFO PATH SVDIR
	[ "$1" = systemd ] || exec "$tools/boot" "${@:2}"
	mkdir scan && mv web scan/ && write_units default && as_container '' "$tools/boot" "${@:2}"
}
