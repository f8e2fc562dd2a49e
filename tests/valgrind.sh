#!/bin/sh
# valgrind.sh [FILE...]: the bats files FILE, or those below, with our programs under valgrind. They are
# clean if nothing is reported: no read of what nobody has written, no memory lost for good, and no
# descriptor open at the end of a program that it has not inherited, but for those named here.
# SPDX-License-Identifier: ISC

set -u
cd "$(dirname "$0")/.." || exit 111
top=$PWD
work=$top/build/valgrind

# Time is stretched here more than tenfold, and a program goes by valgrind's name in /proc. So what a
# test finds is judged in all other runs, here only what valgrind says. Left out, because nothing of
# that is said there: programs in machines, containers and roots of their own (clients, containers,
# environments, database, postgresql, recipes, needs-chain, system, statedir, svscanboot), sizes,
# sleep and speed (footprint, growth, storm, reaping, torture), calls that strace counts (sweeps,
# faults, command's), limits of a second (order, stop, needs, svscan-ready), names and titles
# (readproctitle), and pages (docs); and tests with the tag crowd, since each valgrind takes 50 MB.
FILES='chain essential life life-adoption life-commands life-leftovers life-notify life-owed
	life-policy life-ready life-settings multilog multilog-actions supervise svc
	svlint svlog svok svscan svscan-adoption svscan-ownlog svstat svup svwait svwhy tai64n verdict'

# PROGRAM FUNCTION WHAT: a function in which, or below which, it opens what it has until its end. That this
# does not grow is for growth.bats.
OPEN=$top/tests/valgrind-open

# Each program is a script that runs the one of the variant. What valgrind says goes to a number that
# nobody else uses, and nobody has to be able to write it. dash knows only one digit.
make_programs() {
	# What valgrind knows of debugging information is older than compilers are.
	make -s -j"$(nproc)" VARIANT=debug B="${work#"$top"/}/debug" CFLAGS=-gdwarf-4 all || exit
	rm -rf "${work:?}/bin" "${work:?}/log"
	mkdir -p "$work/bin" "$work/log" || exit
	chmod 1777 "$work/log"
	for program in "$work"/debug/bin/*; do
		name=${program##*/}
		if [ "$name" = svscanboot ]; then
			cp "$program" "$work/bin"
			continue
		fi
		cat >"$work/bin/$name" <<-E
			#!/bin/bash
			exec 200>>"$work/log/\$\$.$name" || exit
			exec valgrind -q --log-fd=200 --vgdb=no --num-callers=40 --track-fds=yes --leak-check=full \\
				--show-leak-kinds=definite --errors-for-leak-kinds=definite \\
				--child-silent-after-fork=yes "$program" "\$@"
		E
		chmod 755 "$work/bin/$name"
	done
}

# What has been said of PROGRAM, less what is as it should be; each once. A process that a signal has
# ended had no chance to close anything, and is asked for crashes only.
# shellcheck disable=SC2016 # the fields are those of awk
judge() {
	find "$work/log" -name "*.$1" -size +0 -print0 | xargs -0r awk -v program="$1" -v list="$OPEN" '
		function end_process(  chain) {
			for (chain in left)
				if (!ended && !said[chain]++)
					print program ": left open:" chain
			split("", left)
			ended = inside = 0
		}
		BEGIN {
			while ((getline line < list) > 0) {
				split(line, word)
				if (word[1] == program)
					known[word[2]] = 1
			}
		}
		FNR == 1 { end_process() }
		/^--[0-9]+-- / { next } # calls that it does not know fail, as in an old kernel
		{ sub(/^==[0-9]+== ?/, "") }
		/^FILE DESCRIPTORS/ || /^ *$/ && !inside { next }
		/^Open (file descriptor|AF_)/ { chain = ""; expected = 0; inside = 1; next }
		inside && /inherited from parent/ { inside = 0; next }
		inside && /^ +(at|by) 0x/ {
			expected = expected || ($3 in known)
			chain = chain " < " $3
			next
		}
		inside {
			inside = 0
			if (!expected)
				left[substr(chain, 3)] = 1
			next
		}
		/^Process terminating with default action of signal/ {
			ended = 1
			if (!/\((SIGSEGV|SIGBUS|SIGILL|SIGFPE)\)/)
				next
		}
		ended && /^ +(at|by) 0x/ { next }
		!said[$0]++ { print program ": " $0 }
		END { end_process() }'
}

make_programs
# shellcheck disable=SC2046,SC2086 # words
[ $# != 0 ] || set -- $(printf 'tests/%s.bats\n' $FILES)
UPKEEP_BIN=$work/bin UPKEEP_TEST_LIMIT=${UPKEEP_TEST_LIMIT:-180} \
	bats --tap --filter-tags '!crowd' --jobs "$(nproc)" "$@" >"$work/tap" 2>&1
for program in "$work"/bin/*; do
	judge "${program##*/}"
done >"$work/found"
echo "$(grep -c '^ok' "$work/tap") of $(sed -n 's/^1\.\.//p' "$work/tap") tests have passed," \
	"$(find "$work/log" -type f | wc -l) processes were looked at"
cat "$work/found"
[ ! -s "$work/found" ]
