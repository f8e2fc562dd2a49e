# A machine of its own, for programs that know absolute paths: what is installed here, over it the
# packages that package/check has unpacked into build/peers, over these our programs in /usr/bin.
# It has its own network, shared memory and processes, of which the first one is svscan on
# /etc/service, or what the test wants; all changes under /usr, /etc, /var and /run go away with it.

PEERS=$TOP/build/peers
PLAIN_PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

# need_packages FILE...: that Debian's packages have brought.
need_packages() {
	local file
	need_root
	command -v ip >/dev/null || skip "needs ip"
	command -v apt-get >/dev/null || skip "needs Debian's packages"
	for file; do
		[ -e "$PEERS/$file" ] || skip "needs $file in build/peers, where package/check puts it"
	done
}

# furnish PEERS BIN DIRECTORY COMMAND...: run inside, as process 1. A tmpfs holds the upper layers,
# because an overlay cannot be the upper layer of another.
furnish() {
	local dir lower
	set -e
	mount -t tmpfs tmpfs "$3"
	for dir in usr etc var; do
		mkdir -p "$3/$dir/upper" "$3/$dir/work"
		lower=/$dir
		[ ! -d "$1/$dir" ] || lower=$1/$dir:/$dir
		mount -t overlay overlay -o "lowerdir=$lower,upperdir=$3/$dir/upper,workdir=$3/$dir/work" "/$dir"
	done
	mount -t tmpfs tmpfs /run
	mount -t tmpfs tmpfs /dev/shm
	cp "$2"/* /usr/bin/
	rm -rf /etc/service
	mkdir /etc/service
	ip link set lo up
	cd /
	shift 3
	exec "$@"
}

# start_machine [COMMAND...]: its first process is $machine, svscan on /etc/service without a COMMAND;
# what that and the services say is in ./err.
start_machine() {
	# With a limit that only what hangs comes to.
	[ $# != 0 ] || set -- svscan -g "${LIMIT}000" /etc/service
	mkdir -p layers
	background unshare --mount --net --ipc --pid --fork --mount-proc --kill-child \
		env "PATH=$PLAIN_PATH" \
		bash -c "$(declare -f furnish); furnish \"\$@\"" furnish "$PEERS" "$BIN" "$PWD/layers" "$@" 2>err
	outer=$!
	wait_until furnished
}

# furnished: notes the first process when it is none of ours any more.
furnished() {
	machine=$(tr -d ' ' <"/proc/$outer/task/$outer/children")
	[ -n "$machine" ] && [[ $(cat "/proc/$machine/comm") != @(unshare|env|bash) ]]
}

# stop_machine: in good order, which the exit code tells.
stop_machine() {
	kill -TERM "$machine"
	wait "$outer"
}

# inside COMMAND...: in the machine, in its root directory.
inside() {
	nsenter --target "$machine" --mount --net --ipc --pid -- \
		env "PATH=$PLAIN_PATH" "$@"
}

# pid_inside DIR: nothing if it is down.
pid_inside() {
	inside svstat "$1" | sed -n 's/.*(pid \([0-9]*\)).*/\1/p'
}

# other_pid_inside DIR OLD: it is up under another number.
other_pid_inside() {
	local pid
	pid=$(pid_inside "$1")
	[ -n "$pid" ] && [ "$pid" != "$2" ]
}

is_up_inside() {
	[[ $(inside svstat "$1") == "$1: up "* ]]
}

is_down_inside() {
	[[ $(inside svstat "$1") == "$1: down "* ]]
}

# has_left DIR...: no supervise has any of them.
has_left() {
	local dir
	for dir; do
		[ "$(inside svstat "$dir")" = "$dir: supervise not running" ] || return 1
	done
}
