# What every bats file loads: our programs in the PATH, waiting for conditions, and a teardown that
# ends exactly what the test started.

bats_require_minimum_version 1.5.0

TOP=$BATS_TEST_DIRNAME
until [ -e "$TOP/package/version" ] || [ -z "$TOP" ]; do TOP=${TOP%/*}; done
BIN=${UPKEEP_BIN:-$TOP/build/${VARIANT:-release}/bin}
[ -d "$BIN" ] || {
	echo "no programs in $BIN: make them first" >&2 # the system's would be tested instead
	exit 1
}
PATH=$BIN:$PATH
LIMIT=${UPKEEP_TEST_LIMIT:-60} # seconds that a condition may take on a loaded machine

# Every process that the test starts inherits this variable, whatever it does with its parent,
# group or session; that is how teardown finds it.
export UPKEEP_TEST=$BATS_TEST_TMPDIR

# wait_until COMMAND...: until it succeeds; fails the test, saying what it waited for, after $LIMIT.
wait_until() {
	local deadline=$((SECONDS + LIMIT))
	until "$@"; do
		if ((SECONDS >= deadline)); then
			echo "waited $LIMIT s in vain for: $*" >&2
			return 1
		fi
		sleep 0.02
	done
}

# background COMMAND...: starts it without bats's own descriptors; its number is in $!.
background() {
	"$@" 3>&- 4>&- &
}

# alive PID: it exists and is no zombie.
alive() {
	local stat
	stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
	stat=${stat##*) }
	[[ ${stat%% *} != [ZX] ]]
}

gone() {
	! alive "$1"
}

# takes_term PROGRAM PID: it has been executed, and TERM is blocked, which here means that it is read
# (bit 14 of SigBlk). Before it executes, bash blocks it for a moment.
takes_term() {
	[[ $(readlink "/proc/$2/exe") == */"$1" ]] || return 1
	local mask
	mask=$(sed -n 's/^SigBlk:\t//p' "/proc/$2/status")
	((0x$mask >> 14 & 1))
}

# contains FILE TEXT: the file exists and holds the fixed text.
contains() {
	grep -qFe "$2" -- "$1" 2>/dev/null
}

# lines FILE: how many lines it has.
lines() {
	wc -l <"$1"
}

# started_by_us: the numbers of all live processes of this test. The shells that run it are not among
# them: what the kernel shows is the environment from before they set the variable.
started_by_us() {
	local file pid
	# A case inside of a test may have a directory of its own below.
	for file in $(grep -lzxE "UPKEEP_TEST=$UPKEEP_TEST(/.*)?" /proc/[0-9]*/environ 2>/dev/null); do
		pid=${file#/proc/}
		pid=${pid%/environ}
		[ "$pid" != "$BASHPID" ] && alive "$pid" && echo "$pid"
	done
	return 0
}

# svscan_found: notes in $scanner the svscan below what was started, when it is there.
svscan_found() {
	local pid
	for pid in $(started_by_us); do
		[ "$(cat "/proc/$pid/comm" 2>/dev/null)" = svscan ] && scanner=$pid && return 0
	done
	return 1
}

# count_all: our programs end by SYS, by which those of the coverage variant write what they have
# counted (tools/counts.c); one that does not, because it is just being executed, loses that.
count_all() {
	local pid pids=()
	for pid in $(started_by_us); do
		[[ $(readlink "/proc/$pid/exe") == "$BIN"/* ]] && pids+=("$pid")
	done
	((${#pids[@]} > 0)) || return 0
	kill -SYS "${pids[@]}" 2>/dev/null
	kill -CONT "${pids[@]}" 2>/dev/null
	LIMIT=3 wait_until all_gone "${pids[@]}" 2>/dev/null
}

all_gone() {
	local pid
	for pid; do gone "$pid" || return 1; done
}

# end_all: SIGKILL to what is left, until nothing is.
end_all() {
	[ "${VARIANT:-}" != coverage ] || count_all || true
	# Some tests have a shorter limit.
	LIMIT=${UPKEEP_TEST_LIMIT:-60} wait_until nothing_is_left || {
		started_by_us | xargs -r ps -o pid=,stat=,args= -p >&2
		return 1
	}
}

nothing_is_left() {
	local pids
	pids=$(started_by_us)
	[ -z "$pids" ] && return 0
	kill -KILL $pids 2>/dev/null || true # they may have ended by themselves by now
	return 1
}

need_root() {
	[ "$(id -u)" = 0 ] || skip "needs root"
}

# said_at_last: what a failed test did not show: the last command that was run, and the programs'
# messages.
said_at_last() {
	[ -z "${output:-}" ] || printf 'output: %s\n' "$output" | tail -n 20
	[ -z "${stderr:-}" ] || printf 'stderr: %s\n' "$stderr" | tail -n 20
	[ ! -s err ] || tail -n 20 err | sed 's/^/err: /'
}

teardown() {
	[ -n "${BATS_TEST_COMPLETED:-}" ] || said_at_last
	end_all
}

# make_static: the static variant, for tests about it; for setup_file. One at a time, since two would
# spoil each other's files, and without what a make above us was told: it may be about another compiler.
make_static() {
	command -v musl-gcc >/dev/null || return 0 # bats 1.8 cannot skip here
	[ "${VARIANT:-release}" = static ] ||
		flock "$TOP/build" env -u MAKEFLAGS make -s -C "$TOP" VARIANT=static >/dev/null
}
