# A system of its own for a test: a root unpacked from an archive, with its own mounts and processes; its
# first process does nothing, and no systemd runs.

# boot TAR [OPTION...]: of unshare(1), beside those that every one has. The root is ./root.
boot() {
	local tar=$1
	shift
	mkdir root
	tar -xpf "$BATS_FILE_TMPDIR/$tar" -C root
	background unshare --mount --pid --ipc --uts "$@" --fork --kill-child \
		sh -c 'mount --bind root root && mount -t proc proc root/proc &&
			mount -t tmpfs tmpfs root/run && exec chroot root sleep 1000000'
	outer=$!
	wait_until booted
}

booted() {
	init=$(tr -d ' ' <"/proc/$outer/task/$outer/children")
	[ -n "$init" ] && [ "$(cat "/proc/$init/comm")" = sleep ]
}

# inside COMMAND...: in that system; no variable but these reaches it.
inside() {
	nsenter --target "$init" --mount --pid --net --ipc --uts --root --wd \
		env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin UPKEEP_TEST="$UPKEEP_TEST" \
		HOME=/root DEBIAN_FRONTEND=noninteractive "$@" 3>&- 4>&-
}
