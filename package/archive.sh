# archive.sh: archives whose bytes depend on nothing but the tree. Sourced; the current directory is the
# top of the sources. SPDX-License-Identifier: ISC
# shellcheck shell=sh

# What is made on the way has the same modes for everybody, too.
umask 022

# source_date: the date of everything, in seconds: what a build from an archive is told, else that of
# the last commit, else 1970.
source_date() {
	if [ -n "${SOURCE_DATE_EPOCH:-}" ]; then
		echo "$SOURCE_DATE_EPOCH"
	elif [ -e .git ]; then
		git log -1 --format=%ct
	else
		echo 0
	fi
}

# pack NAME.tar OPTION...: makes NAME.tar.gz of the files named on standard input, sorted, owned by 0.
pack() {
	archive=$1
	shift
	LC_ALL=C sort | tar -cf "$archive" --format=ustar --owner=0 --group=0 --numeric-owner \
		--mtime="@$(source_date)" --no-recursion "$@" -T -
	gzip -nf9 "$archive"
	echo "$archive.gz"
}
