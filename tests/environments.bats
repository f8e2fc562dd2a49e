# Works anywhere, with no setting: one row for each environment, the same promises in all of them. A
# service with a logger comes up and is controlled, from outside and as root, too; orphans are reaped;
# TERM ends all of it within the limit and with code 0; the code of a command passes.

load helper

setup_file() {
	sh "$BATS_TEST_DIRNAME/tools/build" "$BATS_FILE_TMPDIR"
}

setup() {
	cd "$BATS_TEST_TMPDIR"
	TOOLS=$BATS_FILE_TMPDIR
	owner= as= user_namespace=
	make_world world "$BIN"
	[ "${VARIANT:-release}" != asan ] || export ASAN_OPTIONS=detect_leaks=0 # that needs /proc
}

# ---- The world: what there is in every environment

# make_world DIR PROGRAMS: a service with a logger, the programs, and data/ for the log, which is all
# that anybody has to be able to write to.
make_world() {
	local name
	mkdir -p "$1/bin" "$1/scan" "$1/sv/web/log" "$1/data" "$1/proc"
	for name in svscan supervise multilog svc svstat svok svup; do cp "$2/$name" "$1/bin/"; done
	cp "$TOOLS/actor" "$TOOLS/refuse" "$1/bin/"
	ln "$1/bin/actor" "$1/sv/web/run"
	ln "$1/bin/actor" "$1/sv/web/log/run"
	echo 100 100 >"$1/sv/web/backoff"
	ln -s ../sv/web "$1/scan/web"
	chmod 755 "$1"
	chmod 777 "$1/data"
}

# furnish WORD... -- COMMAND...: the world on /mnt, and what the words say, in a mount namespace of
# its own. Run in the world.
furnish() {
	set -e
	mount -c --bind . /mnt # whose path not everybody may search
	mount -c --bind data /mnt/data
	mount -t tmpfs -o mode=1777 shm /dev/shm
	mount -t tmpfs -o ro run /run
	while [ "$1" != -- ]; do
		case $1 in
		readonly) mount -o remount,bind,ro /mnt && mount -o remount,bind,ro / ;;
		run) mount -t tmpfs -o mode=0775,noexec,nosuid run /run ;;
		no-shm) mount -o remount,ro /dev/shm ;;
		no-proc) mount -t tmpfs -o ro proc /proc ;;
		esac
		shift
	done
	shift
	cd /
	exec "$@"
}

USER='setpriv --reuid 12345 --regid 0 --clear-groups' # who has no line in passwd
NO_CAPABILITIES='--bounding-set=-all --inh-caps=-all --ambient-caps=-all --no-new-privs'

# ---- One environment: how it begins, and how one gets into it

# beside [COMMAND...]: nothing but what COMMAND, which gets svscan as its arguments, makes of it.
beside() {
	AT=$PWD/world
	before=("$@")
	join=()
}

# contained [WORD...] [-- COMMAND...]: as the first process, or what COMMAND starts.
contained() {
	local words=()
	[ -n "$user_namespace" ] || need_root
	while [ $# != 0 ] && [ "$1" != -- ]; do
		words+=("$1")
		shift
	done
	[ $# = 0 ] || shift
	AT=/mnt
	before=(unshare --mount --pid --fork --mount-proc --kill-child
		bash -c "$(declare -f furnish); cd world && furnish \"\$@\"" furnish "${words[@]}" -- "$@")
	join=(nsenter --mount --pid)
}

# launch [ARGUMENT...]: svscan in the environment; what was started is $outer, svscan is $scanner.
launch() {
	local place=$AT
	background env PATH="$place/bin:/usr/sbin:/usr/bin:/sbin:/bin" ACTOR_LOG="$place/data/web" \
		"${before[@]}" "$place/bin/svscan" -t 600000 "$place/scan" "$@" 2>>err
	outer=$!
}

# enter PROGRAM ARGUMENT...: one of ours, in the environment, with / as its working directory.
# [as=COMMAND] enter PROGRAM...: by somebody else
enter() {
	local program=$AT/bin/$1 target=()
	shift
	[ ${#join[@]} = 0 ] || target=("${join[@]}" --target "$scanner" --)
	(cd / && env PATH="$PATH" "${target[@]}" $as "$program" "$@")
}

# ---- The promises

is_up() { enter svup "$AT/sv/web" "$AT/sv/web/log"; }
is_down() { [[ $(enter svstat "$AT/sv/web") == "$AT/sv/web: down "* ]]; }
pid_of() { enter svstat "$AT/sv/web" | sed -n 's/.*: up (pid \([0-9]*\)).*/\1/p'; }
other_pid() { [ -n "$(pid_of)" ] && [ "$(pid_of)" != "$1" ]; }
logged() { [ "$(grep -cxF "$2" world/data/web/current)" = "$1" ]; }

# no_zombie: neither below svscan nor below anything else of ours.
no_zombie() {
	local ours
	ours=$(started_by_us | tr '\n' ' ')
	! sed 's/^\([0-9]*\) (.*) \(.\) \([0-9]*\) .*/\3 \2/' /proc/[0-9]*/stat 2>/dev/null |
		awk -v ours="$ours" 'BEGIN { n = split(ours, list, " "); while (n) is[list[n--]] = 1 }
			$2 == "Z" && is[$1] { exit found = 1 } END { exit !found }'
}

nothing_left() { [ -z "$(started_by_us)" ]; }

# ends CODE: what was started, with all that belongs to it.
ends() {
	local code=0
	wait_until gone "$outer" || { cat err >&2; false; }
	wait "$outer" || code=$?
	[ "$code" = "$1" ] || { echo "exit code $code"; cat err; } >&2
	[ "$code" = "$1" ]
	wait_until nothing_left
}

# obeys: the service, whoever [as=COMMAND] says so.
obeys() {
	local pid
	enter svok "$AT/sv/web"
	pid=$(pid_of)
	[ -n "$pid" ]
	enter svc -t "$AT/sv/web"
	wait_until other_pid "$pid"
	enter svc -d "$AT/sv/web"
	wait_until is_down
	run -1 is_up
	enter svc -u "$AT/sv/web"
	wait_until is_up
}

# stops [PID]: at TERM, also to PID, all ends well.
stops() {
	kill -TERM "${1:-$scanner}"
	ends 0
	[[ $(tail -n 1 err) =~ ^'svscan: stopped after '([0-9]+)' ms'$ ]]
	((BASH_REMATCH[1] < 8000))
	run ! grep -e warning -e fatal -e killed err
	[ "$(tail -n 1 world/data/web/current)" = ends ]
}

# begins: the tree, which reaps and writes from the start.
begins() {
	launch
	wait_until svscan_found || { cat err >&2; false; }
	wait_until is_up
	wait_until logged "${1:-1}" serves
	wait_until no_zombie
}

# commanded: the code of a command passes.
commanded() {
	launch -- actor exit 7
	ends 7
}

# end_at_once: as a container is killed; what was logged goes.
end_at_once() {
	kill -KILL "$outer"
	wait_until nothing_left
	find world/data/web -mindepth 1 -delete # .record, too
}

promises() {
	begins
	obeys
	# Whoever runs the test has been obeyed; now it is the user whose services these are.
	[ -z "$owner" ] || as=$owner obeys
	wait_until no_zombie
	stops
	commanded
}

# ---- Environments

@test "beside other processes, as whoever runs this test" {
	beside
	promises
}

@test "as process 1" {
	contained
	promises
}

@test "a user and group without names" {
	owner=$USER
	contained -- $USER
	promises
}

@test "a read-only root: the state is in /dev/shm" {
	contained readonly
	promises
}

@test "a read-only root and a user without a name: the state is in /dev/shm, also for root" {
	owner=$USER
	contained readonly -- $USER
	promises
}

@test "a read-only root, nothing but a noexec /run: the state is there" {
	contained run readonly no-shm
	promises
}

@test "the same with a user without a name" {
	owner=$USER
	contained run readonly no-shm -- $USER
	promises
}

@test "a read-only root with a state left in it by somebody else" {
	contained
	begins
	end_at_once
	contained readonly
	promises
}

@test "no new privileges, all capabilities dropped, as root" {
	contained -- setpriv $NO_CAPABILITIES
	promises
}

@test "what Kubernetes calls restricted: no name, no capability, no new privileges, a read-only root" {
	owner=$USER
	contained readonly -- $USER $NO_CAPABILITIES
	promises
}

@test "no /proc" {
	[ "${VARIANT:-release}" != asan ] || skip "the address sanitizer needs /proc"
	contained no-proc
	promises
}

@test "a seccomp filter that answers EPERM to newer system calls" {
	beside "$TOOLS/refuse" 1
	promises
}

@test "a seccomp filter that answers ENOSYS to newer system calls" {
	beside "$TOOLS/refuse" 38
	promises
}

@test "an empty root, with our static programs and nothing else" {
	need_root
	command -v musl-gcc >/dev/null || skip "needs musl-gcc"
	make_static
	rm -r world
	make_world world "$TOP/build/static/bin"
	rmdir world/proc
	AT=
	before=(unshare --mount --pid --fork --kill-child --root=world)
	join=(nsenter --mount --pid --root)
	promises
}

@test "under an init of the engine: tini" {
	local tini=$TOP/build/peers/usr/bin/tini
	need_root
	[ -x "$tini" ] || skip "needs usr/bin/tini in build/peers, where package/check puts it"
	contained -- "$tini" --
	promises
}

@test "in a PID namespace shared with others, whose process 1 reaps nothing" {
	local -x UPKEEP_TEST=$UPKEEP_TEST # what is started below has another mark
	contained
	background "${before[@]}" sleep 100000
	is_asleep() { pause=$(pgrep -P "$outer") && [ "$(cat "/proc/$pause/comm")" = sleep ]; }
	outer=$!
	wait_until is_asleep
	before=(nsenter --mount --pid --target "$pause" --)
	UPKEEP_TEST+=/inside
	promises
}

@test "a user namespace" {
	local user=$USER keep=
	# An ordinary user is root in there as he is; root has to become that.
	[ "$(id -u)" = 0 ] || user='' keep=--preserve-credentials
	user_namespace=yes
	contained
	before=($user unshare --user --map-root-user "${before[@]:1}")
	join=(nsenter --user $keep "${join[@]:1}")
	promises
}

@test "a container that was killed and starts again: the old state, and the same numbers" {
	local round
	contained
	for round in 1 2; do
		begins
		end_at_once
	done
	promises
}

@test "no place for the state at all: it is said what is missing, and a command runs" {
	contained readonly no-shm
	launch
	wait_until svscan_found
	wait_until contains err 'supervise: fatal: unable to acquire web/supervise/lock: read-only file system'
	contains err 'supervise: warning: unable to keep the state of web in /run/upkeep: read-only file system'
	contains err 'supervise: warning: unable to keep the state of web in /dev/shm/upkeep-0: read-only file system'
	kill -TERM "$scanner"
	ends 0
	launch -- actor say hello "$AT/bin/actor" exit 7 >out
	ends 7
	[ "$(cat out)" = hello ]
}

# calls LIMIT: how many system calls about descriptors that are not there it takes to start and stop all
# of it; of all calls most are looks at the processes of the machine.
calls() {
	before=(prlimit --nofile="$1:$1" strace -f -qq -o trace)
	commanded
	grep -c EBADF trace || true
}

@test "a large limit of descriptors costs no system call: nothing loops over them" {
	command -v strace >/dev/null || skip "needs strace"
	local few many limit
	limit=$(ulimit -Hn)
	((limit >= 4096))
	beside
	few=$(calls 256)
	many=$(calls "$limit")
	# How many there are depends on who is faster, by some hundreds.
	((many - few < limit / 4)) || echo "$few and $many calls"
	((many - few < limit / 4))
}
