# The place where one contender is measured, and what is the same for all of them there.
# SPDX-License-Identifier: ISC
# shellcheck shell=bash

# note METRIC CONTENDER VALUE: one measurement of this section.
note() { printf '%s\t%s\t%s\t%s\n' "$section" "$1" "$2" "$3" >>"$raw"; }

# rounds N: how often something of that size is measured.
rounds() {
	local count=$((3000 / ($1 + 1)))
	((count < BENCH_ROUNDS)) || count=$BENCH_ROUNDS
	echo $((count < 1 ? 1 : count))
}

# arena FUNCTION NAME ARGUMENTS...: measures contender NAME in a PID namespace, in an empty directory of
# its own on a tmpfs. What it starts ends with it, and has ended when this returns. Whoever fails, or takes
# too long, is named below the table of the section, and left out of the rounds that follow.
declare -A failed
arena() {
	[ -z "${failed[$*]:-}" ] || return 0
	rm -f "$work/reaped"
	unshare --pid --mount --fork --kill-child --mount-proc "$tools/yard" init $((LIMIT * 2)) \
		bash "$here/run.sh" --inside "$section" "$@" 2>"$work/said" && return
	failed[$*]=yes
	blame "${*:2}"
}

# blame WHAT: there is no figure of it, as it has said.
blame() { printf '%s\t%s: %s\n' "$section" "$1" "$(tr '\n' ' ' <"$work/said")" | tee -a "$results/failed" >&2; }

# enter SECTION FUNCTION ARGUMENTS...: the other side of that.
enter() {
	section=$1
	mount -t tmpfs tmpfs "$work/arena" && cd "$work/arena" && mkdir sv scan && mkfifo up || exit
	exec 0<>up # those who tell must not find it without a reader
	"${@:2}"
}

# note_for SECTION METRIC CONTENDER VALUE: in another section, if that was asked for, too.
note_for() {
	local section=$1
	[[ $wanted != *" $1 "* ]] || note "${@:2}"
}

# fits NAME SERVICES KIND: whether it can hold so many; KIND is services or logged.
fits() { (($2 <= ${of[$1,$3]:-0})); }

# ---- Inside of an arena --------------------------------------------------------------------------

# plant N [LOG]: N service directories in ./sv, linked in ./scan. Their run is tools/service. LOG is
# nothing, "service" for loggers that are the same tiny program, or the text of their run.
plant() {
	ln "$work/service" . 2>/dev/null || cp "$tools/service" .
	perl -e '
		my ($count, $log) = @ARGV;
		for my $i (1 .. $count) {
			my $name = sprintf "s%05d", $i;
			mkdir "sv/$name" and link "service", "sv/$name/run" or die;
			symlink "../sv/$name", "scan/$name" or die;
			next if $log eq "";
			mkdir "sv/$name/log" or die;
			link "service", "sv/$name/log/run" or die if $log eq "service";
			next if $log eq "service";
			open my $run, ">", "sv/$name/log/run" or die;
			print $run "#!/bin/sh\n$log\n";
			chmod 0755, "sv/$name/log/run";
		}' "$1" "${2:-}"
}

# await WHAT COMMAND...: until COMMAND succeeds. Leaves the arena if that takes too long.
await() {
	local deadline=$((SECONDS + LIMIT))
	until "${@:2}"; do
		((SECONDS < deadline)) || { echo "waited in vain for $1 $(cat said 2>/dev/null)" >&2; exit 1; }
		sleep 0.001
	done
}

# in_background NAME KEY: that command of NAME, as a child of process 1. In a copy of this shell: another
# one would cost more than some services.
in_background() { (eval "$(the "$1" "$2")" </dev/null >/dev/null 2>>said &); }

# find_root NAME: the process of its scanner, as $root.
find_root() { root=$(pgrep -o -x "$(the "$1" program | cut -c 1-15)"); }

# ready NAME: does what does not count as a start of services.
ready() {
	local prepare
	prepare=$(the "$1" prepare)
	[ -z "$prepare" ] || "$prepare" >conf
	PATH=$(the "$1" in):$PATH
	[ -n "$(the "$1" boot)" ] || return 0
	in_background "$1" boot
	await "$1" find_root "$1"
	await "$1" eval "$(the "$1" booted)"
	"$tools/gauge" settled >/dev/null
}

# launch NAME: starts the tree.
launch() {
	in_background "$1" start
	await "$1" find_root "$1"
}

# ms FROM TO [BY]: nanoseconds as milliseconds, divided by BY.
ms() { awk -v a="$1" -v b="$2" -v by="${3:-1}" 'BEGIN { printf "%.4f\n", (b - a) / 1e6 / by }'; }

# us_ms FROM TO [BY]: the same of microseconds.
us_ms() { awk -v a="$1" -v b="$2" -v by="${3:-1}" 'BEGIN { printf "%.4f\n", (b - a) / 1e3 / by }'; }

# per SUM COUNT
per() { awk -v sum="$1" -v count="$2" 'BEGIN { printf "%.4f\n", sum / count }'; }
