# A podman of the test's own, for tests of real containers: its images, containers and settings are
# in the file's directory, and nothing of the host's is read or written. Images come from no registry.

# Where podman keeps what it has learned about layers; no setting moves it.
CACHE=/var/lib/containers/cache/blob-info-cache-v1.boltdb

# begin_podman TOOL...: once for a file, in setup_file, where bats 1.8 cannot skip; so it fails if one
# of these or something of its own is missing, and need_podman skips each test.
begin_podman() {
	local tool
	export LACKS="needs root"
	[ "$(id -u)" = 0 ] || return
	for tool in podman runc catatonit "$@"; do
		LACKS="needs $tool"
		command -v "$tool" >/dev/null || return
	done
	LACKS=
	export PODMAN=$BATS_FILE_TMPDIR/podman
	export CONTAINERS_CONF=$PODMAN/containers.conf CONTAINERS_STORAGE_CONF=$PODMAN/storage.conf
	export TMPDIR=$PODMAN/tmp
	mkdir -p "$PODMAN/tmp"
	[ ! -e "$CACHE" ] || touch "$PODMAN/had-cache"
	# podman asks for more than a machine without CAP_SYS_RESOURCE may give, and kube play wants soft
	# and hard to be equal.
	cat >"$CONTAINERS_CONF" <<-X
	[containers]
	default_ulimits = ["nofile=4096:4096", "nproc=4096:4096"]
	netns = "none"
	log_driver = "k8s-file"
	[engine]
	cgroup_manager = "cgroupfs"
	events_logger = "file"
	runtime = "runc"
	tmp_dir = "$PODMAN/libpod"
	volume_path = "$PODMAN/volumes"
	lock_type = "file"
	[network]
	network_config_dir = "$PODMAN/networks"
	X
	cat >"$CONTAINERS_STORAGE_CONF" <<-X
	[storage]
	driver = "overlay"
	graphroot = "$PODMAN/root"
	runroot = "$PODMAN/run"
	X
}

need_podman() {
	[ -z "$LACKS" ] || skip "$LACKS"
}

# remove_box NAME: ended, and gone. It may take a second attempt, as a container that starts at the same
# time has all mounts of the others for a moment.
remove_box() {
	wait_until podman rm --force --time 0 --ignore "$1" >/dev/null 2>&1
}

# end_podman: in teardown_file; what a failed test has left is ended, and nothing stays mounted.
end_podman() {
	local place
	[ -z "$LACKS" ] || return 0
	podman pod rm --all --force --time 0 >/dev/null 2>&1
	podman rm --all --force --time 0 >/dev/null 2>&1
	while read -r _ place _; do
		case $place in "$PODMAN"/*) umount -l "$place" ;; esac
	done </proc/mounts
	[ -e "$PODMAN/had-cache" ] || { rm -f "$CACHE" && rmdir "${CACHE%/*}"; } 2>/dev/null
	# Layers have modes that may keep even their owner out of them.
	wait_until rm -rf "$PODMAN" # what cleans up after the last container may still be writing there
}

# archive_into DIR: our static programs, as make dist-container packs them. What a make above us was told
# about variant and compiler does not count.
archive_into() {
	local made
	made=$(env -u MAKEFLAGS make -s -C "$TOP" dist-container | tail -n 1)
	cp "$TOP/$made" "$1/"
}

# stand_in NAME: an image under the name of a real one, which would have to come from a registry: the
# shell of this machine, a few tools, and what they need.
stand_in() {
	local root=$PODMAN/stand-in tool library
	mkdir -p "$root"/{usr/{bin,lib,lib64},etc,proc,dev,run,tmp,var}
	ln -s usr/bin usr/lib usr/lib64 "$root/"
	for tool in sh cat chmod chown date env id ls mkdir mv rm sleep stat touch; do
		cp -L "$(command -v "$tool")" "$root/usr/bin/"
	done
	for library in $(ldd "$root"/usr/bin/* | grep -oE '/[^ ]*\.so[^ ]*' | sort -u); do
		mkdir -p "$root/${library%/*}"
		cp -L "$library" "$root/$library"
	done
	echo 'root:x:0:0::/:/bin/sh' >"$root/etc/passwd"
	echo 'root:x:0:' >"$root/etc/group"
	chmod 1777 "$root/tmp"
	tar -C "$root" -cf - . | podman import -q - "$1"
	rm -rf "$root"
}
