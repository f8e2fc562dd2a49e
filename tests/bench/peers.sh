#!/bin/sh
# peers.sh: fetches what the benchmarks compare with and what is not here yet: Debian's packages,
# unpacked into build/peers, and s6 built from Debian's sources, static with musl like ours, into
# build/bench/s6. Installs nothing; what cannot be had is left out. SPDX-License-Identifier: ISC

set -u
cd "$(dirname "$0")/../.." || exit 111
top=$PWD
PEERS='daemontools runit s6 libs6-2.11 libskarnet2.13 libexecline2.9 supervisor tini dumb-init catatonit'
SOURCES='skalibs execline s6' # in the order in which they are built
command -v apt-get >/dev/null || { echo "no apt-get here"; exit 0; }

fetch_packages() (
	mkdir -p build/peers && cd build/peers || exit
	for package in $PEERS; do
		ls "$package"_*.deb >/dev/null 2>&1 && continue
		apt-get download "$package" || { apt-get update && apt-get download "$package"; } || continue
		dpkg-deb --fsys-tarfile "$package"_*.deb | tar -xf -
	done
)

# fetch_sources: with lists of its own, since those of the system need not know sources.
fetch_sources() {
	mkdir -p lists/partial || return
	mirror=$(sed -n 's/^URIs: *\([^ ]*debian\)$/\1/p; s/^deb [^h]*\(http[^ ]*debian\) .*/\1/p' \
		/etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null | head -n 1)
	# shellcheck disable=SC1091
	release=$(. /etc/os-release && echo "$VERSION_CODENAME")
	echo "deb-src ${mirror:-http://deb.debian.org/debian} $release main" >sources.list
	set -- -o Dir::Etc::sourcelist="$PWD/sources.list" -o Dir::Etc::sourceparts=- -o Dir::State::lists="$PWD/lists"
	apt-get "$@" update || return
	# shellcheck disable=SC2086 # words
	apt-get "$@" --download-only --tar-only source $SOURCES
}

# build NAME OPTION...: its programs and libraries into ./root.
build() (
	name=$1
	shift
	mkdir "$name" && tar -xf "$name"_*.orig.tar.* -C "$name" --strip-components 1 && cd "$name" || exit
	CC=musl-gcc ./configure --prefix=/ --disable-shared --enable-static-libc \
		--with-include="$root/include" --with-lib="$root/lib" --with-lib="$root/lib/skalibs" \
		--with-lib="$root/lib/execline" --with-sysdeps="$root/lib/skalibs/sysdeps" "$@" || exit
	make -j2 && make DESTDIR="$root" install
)

build_s6() {
	work=$(mktemp -d) || return
	(
		cd "$work" && root=$work/root && mkdir root && fetch_sources || exit
		build skalibs && build execline && build s6 && mkdir -p "$top/build/bench/s6" &&
			cp root/bin/s6-* "$top/build/bench/s6/" && strip "$top"/build/bench/s6/*
	)
	rm -rf "$work"
}

fetch_packages
[ -x build/bench/s6/s6-svscan ] || ! command -v musl-gcc >/dev/null || build_s6
