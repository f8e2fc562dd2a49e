# systemd as it is in a container: process 1 of namespaces of its own, with a private /run, control group
# and network, and with no units but those that it is given. Nothing of the machine's systemd is touched.
# SPDX-License-Identifier: ISC
# shellcheck shell=bash

# systemd_lacks: why it cannot take part; nothing if it can. run.sh has mounted $work/cgroup.
systemd_lacks() {
	[ -x /lib/systemd/systemd ] || { echo "not installed"; return; }
	mkdir -p "$work/cgroup/$SYSTEMD_GROUP" 2>/dev/null && [ -e "$work/cgroup/$SYSTEMD_GROUP/cgroup.procs" ] ||
		echo "no control groups"
}
SYSTEMD_GROUP=upkeep-bench-$(basename "$work")

# remove_group: with what systemd has made in it.
remove_group() {
	[ ! -d "$work/cgroup/$SYSTEMD_GROUP" ] ||
		find "$work/cgroup/$SYSTEMD_GROUP" -depth -type d -exec rmdir {} + 2>/dev/null
}

# write_units [TARGET]: ./scan in its language; TARGET (all) wants all of them. halt.target is what its own
# signal to halt asks for.
write_units() {
	local name names='' directory
	mkdir units generators
	for directory in scan/*; do
		name=${directory#scan/}
		names+=" $name.service"
		unit "$name.service" Conflicts=shutdown.target Before=shutdown.target '[Service]' Restart=always \
			"WorkingDirectory=$PWD/$directory" "ExecStart=$PWD/$directory/run" StandardOutput=null \
			StandardError=null "Environment=BENCH_FIFO=$BENCH_FIFO BOOT_FIFO=${BOOT_FIFO:-}"
	done
	for name in basic sysinit shutdown default; do
		unit "$name.target"
	done
	unit "${1:-all}.target" "Wants=$names"
	unit halt.target Requires=halt.service After=halt.service
	unit halt.service Requires=shutdown.target After=shutdown.target SuccessAction=exit-force
}

# unit NAME LINE...
unit() { printf '%s\n' '[Unit]' DefaultDependencies=no "${@:2}" >"units/$1"; }

# as_container FLAGS COMMAND...: becomes COMMAND where systemd can be process 1, or what makes it that.
# /proc/sys, which belongs to the machine, is read-only.
as_container() {
	remove_group
	mkdir -p "$work/cgroup/$SYSTEMD_GROUP" && echo "$BASHPID" >"$work/cgroup/$SYSTEMD_GROUP/cgroup.procs" || return
	export container=podman SYSTEMD_UNIT_PATH=$PWD/units SYSTEMD_GENERATOR_PATH=$PWD/generators \
		SYSTEMD_ENVIRONMENT_GENERATOR_PATH=$PWD/generators SYSTEMD_LOG_TARGET=null
	# shellcheck disable=SC2086 # words
	exec unshare --cgroup --mount --uts --ipc --net $1 sh -c '
		mount -t tmpfs tmpfs /run && mount -t cgroup2 cgroup2 /sys/fs/cgroup &&
		mount --bind /proc/sys /proc/sys && mount -o remount,bind,ro /proc/sys && exec "$@"' box "${@:2}"
}

boot_systemd() {
	as_container '--pid --fork --kill-child --mount-proc' /lib/systemd/systemd --system --show-status=no
}

# tell_systemd WORDS...: systemctl, where it is.
tell_systemd() { nsenter --target "$root" --mount --pid --cgroup -- systemctl "$@"; }
