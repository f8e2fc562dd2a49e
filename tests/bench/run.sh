#!/bin/bash
# run.sh [SECTION...]: measures upkeep beside all peers that are found, in turns, and prints Markdown:
# the facts of the machine, and for each section a table. Nothing is asserted, installed, or left.
#
#   BENCH_SERVICES  sizes of trees ("100 1000 3000 10000")        BENCH_LOGGED  the largest with logs
#   BENCH_ROUNDS    at most so many of each measurement (3)       BENCH_ONLY    contenders (all)
#   BENCH_IDLE_MS   how long trees are watched at rest (10000)    BENCH_BYTES   what a logger gets
#   BENCH_FETCH=no  takes build/peers as it is                    BENCH_KEEP    adds to what is there
#   BENCH_RESULTS   where the figures go (build/bench)
#
# Everything runs in PID and mount namespaces: their end ends whatever was started, and a tmpfs goes
# with it. Needs root. SPDX-License-Identifier: ISC

set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
here=$top/tests/bench
results=${BENCH_RESULTS:-$top/build/bench}
tools=$top/build/bench/bin
raw=$results/raw
SECTIONS="log memory start stop idle latency boot orphans calls size"
BENCH_SERVICES=${BENCH_SERVICES:-100 1000 3000 10000}
BENCH_LOGGED=${BENCH_LOGGED:-3000}
BENCH_ROUNDS=${BENCH_ROUNDS:-3}
BENCH_IDLE_MS=${BENCH_IDLE_MS:-10000}
BENCH_BYTES=${BENCH_BYTES:-100000000}
LIMIT=${BENCH_LIMIT:-60} # seconds for a tree to come up, or to go; one measurement may take twice that

# build_tools: static where that is possible, so that what is measured is not the tools' own cost.
build_tools() {
	local program compiler=cc static=
	mkdir -p "$tools" "$results" || return
	! command -v musl-gcc >/dev/null || { compiler=musl-gcc static=-static; }
	for program in yard gauge service limit boot pipe; do
		# shellcheck disable=SC2046,SC2086 # words
		$compiler -std=c11 -D_GNU_SOURCE -O2 $static -s -o "$tools/$program" "$here/$program.c" \
			$(case $program in yard | gauge) echo "$here/others.c" ;; esac) || return
	done
	ln -sf limit "$tools/limit-scan" && ln -sf limit "$tools/limit-keep" &&
		sh "$top/tests/tools/build" "$tools"
}

# What a section consists of; those about trees are one.
source_section() {
	# shellcheck disable=SC1090
	case $1 in
	start | stop | memory | idle) . "$here/tree.bash" ;;
	*) . "$here/$1.bash" ;;
	esac
}

work=${BENCH_WORK:-}
if [ "${1:-}" = --inside ]; then
	. "$here/contenders.bash"
	. "$here/arena.bash"
	source_section "$2"
	enter "${@:2}"
	exit
fi

[ "$(id -u)" = 0 ] || { echo "run.sh: needs root, for namespaces" >&2; exit 111; }
if [ -z "${BENCH_WORK:-}" ]; then
	# shellcheck disable=SC2086 # words
	[ $# -gt 0 ] || set -- $SECTIONS
	build_tools || exit 111
	[ "${BENCH_FETCH:-}" = no ] || sh "$here/peers.sh" >"$results/peers.log" 2>&1
	BENCH_WORK=$(mktemp -d) || exit 111
	trap 'rmdir "$BENCH_WORK"' EXIT
	export BENCH_WORK
	unshare --mount --propagation private bash "$here/run.sh" "$@"
	exit
fi

# Some suites know their programs by absolute paths: the unpacked packages lie over /usr.
mount -t tmpfs tmpfs "$work" && mkdir "$work/arena" "$work/cgroup" || exit 111
mount -t cgroup2 cgroup2 "$work/cgroup" 2>/dev/null # for systemd, which is left out without it
[ ! -d "$top/build/peers/usr" ] || mount -t overlay -o "lowerdir=$top/build/peers/usr:/usr" overlay /usr || exit
export BENCH_FIFO=$work/arena/up BENCH_REAPED=$work/reaped
export top tools raw results LIMIT BENCH_IDLE_MS BENCH_ROUNDS BENCH_BYTES
. "$here/contenders.bash"
. "$here/arena.bash"
trap remove_group EXIT
[ -n "${BENCH_KEEP:-}" ] || : >"$raw"
: >"$results/failed"
wanted=" $* " # what is measured on the way counts only then
export wanted
times=
# What the machine remembers of names that others have looked for makes each look for a name longer: with a
# million of them a start cost a quarter more. Where that cannot be dropped it counts for all alike.
forget_names() { (echo 2 >/proc/sys/vm/drop_caches) 2>/dev/null || :; }
for section; do
	[[ " $SECTIONS " == *" $section "* ]] || { echo "run.sh: no section $section" >&2; exit 100; }
	began=$SECONDS
	forget_names
	source_section "$section"
	"section_$section"
	times+=" $section $((SECONDS - began))"
done
MISSING=$MISSING TIMES=$times sh "$here/facts.sh"
for section; do
	awk -f "$here/tables.awk" -v section="$section" -v json="$results/$section.json" \
		-v names="$(names_of_all)" "$here/goals" "$results/failed" "$raw"
done
