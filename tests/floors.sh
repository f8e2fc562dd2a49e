#!/bin/sh
# floors.sh [TOP]: fails, naming the place, when a source includes what it must not see:
#   a file in lib/ anything but lib/, or a higher floor of it;
#   a file in lib/musl/ anything of ours;
#   a program anything but lib/ and its own folder.
# The floors are drawn in lib/README.md. SPDX-License-Identifier: ISC

set -u
cd "${1:-$(dirname "$0")/..}" || exit 111

FLOOR1='arg entries fmt msg fd file num utf8 output signame digest sigfd clock pause proc spawn'
FLOOR2='svproto svstate statedir servicedir inventory scandir logdir tai64n account chain watch script logtail'

# is_in WORD LIST...
is_in() {
	word=$1
	shift
	for one; do
		[ "$one" = "$word" ] && return 0
	done
	return 1
}

# allowed HEADER FILE FOLDER: whether FILE, in FOLDER, may include "HEADER".
allowed() {
	name=${1%.h}
	case $name in
	*/*) return 1 ;; # no way out of a folder, and none into a subfolder
	esac
	[ "$3" != lib/musl ] || return 1
	if [ "$3" = lib ]; then
		self=${2##*/}
		# shellcheck disable=SC2086 # lists of words
		if is_in "${self%.?}" $FLOOR1; then
			is_in "$name" $FLOOR1
		else
			is_in "$name" $FLOOR1 $FLOOR2
		fi
	else
		# shellcheck disable=SC2086
		is_in "$name" $FLOOR1 $FLOOR2 || [ -e "$3/$1" ]
	fi
}

bad=0
complain() {
	echo "floors: $*" >&2
	bad=1
}

for folder in lib lib/musl svscan supervise multilog svc; do
	for file in "$folder"/*.[ch]; do
		[ -e "$file" ] || continue
		# shellcheck disable=SC2013 # no blanks in them
		for header in $(sed -n 's/^[ 	]*#[ 	]*include[ 	]*"\(.*\)".*/\1/p' "$file"); do
			allowed "$header" "$file" "$folder" || complain "$file includes \"$header\""
		done
	done
done

# Every file of lib/ stands on a floor.
for file in lib/*.[ch]; do
	self=${file##*/}
	# shellcheck disable=SC2086
	is_in "${self%.?}" $FLOOR1 $FLOOR2 || complain "$file is on no floor"
done

exit "$bad"
