#!/bin/sh
# lint.sh: what can be found without running a program. Fails if anything is found, or if a tool is
# missing, which it names. SPDX-License-Identifier: ISC

set -u
cd "$(dirname "$0")/.." || exit 111
bad=0

# run TOOL ARGUMENTS...: one tool; a missing one is a finding.
run() {
	echo "lint: $1"
	if ! command -v "$1" >/dev/null 2>&1; then
		echo "lint: $1 is not installed, so it was not run" >&2
		bad=1
		return
	fi
	"$@" || bad=1
}

# scripts FILE...: those that are shell scripts, as their first line says.
scripts() {
	for file; do
		[ -f "$file" ] && head -n 1 "$file" | grep '^#!/bin/sh' >/dev/null && echo "$file"
	done
}

# Left out: checks of taste, two that dislike the C library as it is, and three that are wrong here:
# va_list through a macro, labels without a NUL, arrays of pointers.
TIDY='-*,clang-analyzer-*,bugprone-*,-bugprone-easily-swappable-parameters
	-bugprone-reserved-identifier,-clang-analyzer-security.insecureAPI.*
	-clang-analyzer-valist.Uninitialized,-bugprone-not-null-terminated-result
	-bugprone-sizeof-expression,-clang-analyzer-optin.performance.Padding'
TIDY=$(echo "$TIDY" | tr -s '\t\n' ',,')
FOLDERS='lib svscan supervise multilog svc'
# shellcheck disable=SC2086 # words
SOURCES=$(find $FOLDERS package/containers tests/tools -name '*.c')

# The lists are words.
# shellcheck disable=SC2046,SC2086
{
	run sh tests/floors.sh
	run clang-format --dry-run -Werror tests/*.c \
		$(find $FOLDERS package/containers tests/unit tests/fuzz tests/tools tests/bench -name '*.[ch]')
	run cppcheck -q --std=c11 --enable=warning,portability,performance --inline-suppr \
		--error-exitcode=1 -D_GNU_SOURCE '-DVERSION="x"' -Ilib $FOLDERS \
		package/containers
	run clang-tidy -quiet -checks="$TIDY" -warnings-as-errors='*' $SOURCES -- \
		-std=c11 -D_GNU_SOURCE '-DVERSION="x"' -Ilib 2>/dev/null
	run shellcheck -x $(scripts package/* .ci/run tests/*.sh tests/*/*.sh tests/tools/build)
	# Some read a file that only the service makes.
	run shellcheck -e SC1091 $(scripts $(find package/*/ -type f))
	run shellcheck -s bash -e SC2013,SC2034,SC2086,SC2154,SC2317 tests/*.bash tests/faults/*.bash
	run shellcheck -s bash -e SC1091,SC2016,SC2034,SC2154 tests/bench/run.sh tests/bench/*.bash
	run mandoc -Tlint -W warning $(find $FOLDERS package -name '*.[1-8]')
}

[ "$bad" = 0 ] && echo "lint: nothing found"
exit "$bad"
