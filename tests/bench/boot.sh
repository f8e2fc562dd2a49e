#!/bin/bash
# boot.sh: the processor time from the first instruction of process 1 of a container to that of its
# service: ours, as init on a scan directory with one service, beside inits that run a command (tini,
# dumb-init) and suites (s6, runit, daemontools), interleaved. Median, least and most of ROUNDS in
# milliseconds; nothing is asserted. On a tmpfs, or with BOOT_ON_DISK=yes in $TMPDIR. Needs root.
# SPDX-License-Identifier: ISC

set -u
ROUNDS=${ROUNDS:-40}
top=$(cd "$(dirname "$0")/../.." && pwd)
peers=$top/build/peers
# Some suites know their programs by absolute paths: the unpacked packages lie over /usr.
if [ -z "${BOOT_INSIDE:-}" ]; then
	BOOT_INSIDE=yes exec unshare --mount bash "$top/tests/bench/boot.sh"
fi
[ ! -d "$peers/usr" ] || mount -t overlay -o "lowerdir=$peers/usr:/usr" overlay /usr || exit
work=$(mktemp -d) || exit 111
trap 'rm -rf "$work"/* && { umount "$work" 2>/dev/null; rmdir "$work"; }' EXIT
# Else much of it is the file system's: ext4 takes its time if inodes were deleted a moment ago.
[ -n "${BOOT_ON_DISK:-}" ] || mount -t tmpfs tmpfs "$work" || exit
export BOOT_FIFO=$work/fifo
mkfifo "$BOOT_FIFO"
musl-gcc -std=c11 -D_GNU_SOURCE -O1 -static -o "$work/boot" "$top/tests/bench/boot.c" || exit
cp "$work/boot" "$work/run" # by its name it is known

# fresh: a scan directory as an image brings it, without any state.
fresh() {
	scan=$work/scan$((++scans))
	mkdir -p "$scan/web"
	ln "$work/run" "$scan/web/run"
}

# candidate NAME DIRECTORY COMMAND...: it is measured if its program is in DIRECTORY.
names=() scans=0
declare -A directories commands times
candidate() {
	[ -x "$2/${3##*/}" ] || return 0
	names+=("$1")
	directories[$1]=$2
	commands[$1]=${*:3}
}

for variant in release static; do
	[ -d "$top/build/$variant/bin" ] || continue
	mkdir -p "$work/$variant"
	cp "$top/build/$variant/bin/"{svscan,supervise} "$work/$variant/"
	ln "$work/$variant/svscan" "$work/$variant/init"
	candidate "upkeep, $variant" "$work/$variant" init
	candidate "upkeep, $variant, command" "$work/$variant" init "$work/run"
done
candidate tini /usr/bin tini -- "$work/run"
candidate tini-static /usr/bin tini-static -- "$work/run"
candidate dumb-init /usr/bin dumb-init -- "$work/run"
candidate s6-svscan /usr/bin s6-svscan .
candidate runsvdir /usr/bin runsvdir .
candidate 'daemontools svscan' /usr/bin svscan .

for ((round = 0; round < ROUNDS; round++)); do
	for name in "${names[@]}"; do
		fresh
		[[ $name != *command ]] || rm "$scan/web/run"
		# shellcheck disable=SC2086 # words
		time=$(cd "$scan" && PATH=${directories[$name]}:$PATH SVDIR=$scan \
			"$work/boot" ${commands[$name]} 2>"$work/said") ||
			{ cat "$work/said" >&2; continue; }
		times[$name]+=" $time"
	done
done

printf '%-28s %9s %9s %9s\n' 'ms of processor time' median least most
for name in "${names[@]}"; do
	# shellcheck disable=SC2086
	printf '%s\n' ${times[$name]} | sort -n | awk -v name="$name" '
		{ time[NR] = $1 / 1000 }
		END { printf "%-28s %9.2f %9.2f %9.2f\n", name, time[int((NR + 1) / 2)], time[1], time[NR] }'
done
