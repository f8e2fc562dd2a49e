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

# arena FUNCTION ARGUMENTS...: runs it in a PID namespace, in an empty directory of its own on a tmpfs.
# What it starts ends with it, also when it takes too long, which counts as no result.
arena() {
	rm -f "$work/reaped"
	timeout -s KILL "$((LIMIT * 2))" \
		unshare --pid --mount --fork --kill-child --mount-proc "$tools/yard" init \
		bash "$here/run.sh" --inside "$section" "$@" 2>"$work/said" && return
	echo "no result: $* ($(head -n 1 "$work/said"))" >&2
}

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

# launch NAME: starts it. Process 1 is its parent; its number is in $root. Leaves the arena if it does
# not come within $LIMIT seconds.
launch() {
	local prepare deadline=$((SECONDS + LIMIT))
	prepare=$(the "$1" prepare)
	[ -z "$prepare" ] || "$prepare" >conf
	PATH=$(the "$1" in):$PATH
	(bash -c "$(the "$1" start)" </dev/null >/dev/null 2>>said &)
	until root=$(pgrep -o -x "$(the "$1" program | cut -c 1-15)"); do
		((SECONDS < deadline)) || { echo "$1 did not start: $(cat said)" >&2; exit 1; }
		sleep 0.001
	done
}

# ms FROM TO [BY]: nanoseconds as milliseconds, divided by BY.
ms() { awk -v a="$1" -v b="$2" -v by="${3:-1}" 'BEGIN { printf "%.4f\n", (b - a) / 1e6 / by }'; }

# us_ms FROM TO [BY]: the same of microseconds.
us_ms() { awk -v a="$1" -v b="$2" -v by="${3:-1}" 'BEGIN { printf "%.4f\n", (b - a) / 1e3 / by }'; }

# per SUM COUNT
per() { awk -v sum="$1" -v count="$2" 'BEGIN { printf "%.4f\n", sum / count }'; }
