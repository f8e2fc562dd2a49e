#!/bin/sh
# facts.sh: about the machine that the figures are of, and the versions of who took part, in Markdown.
# Expects MISSING (contenders that were not found) and TIMES (seconds by section). SPDX-License-Identifier: ISC

set -u
top=$(cd "$(dirname "$0")/../.." && pwd)

model=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)
memory=$(awk '/^MemTotal:/ { printf "%.0f GB", $2 / 1e6 }' /proc/meminfo)
# shellcheck disable=SC1091
system=$(. /etc/os-release 2>/dev/null && echo "$PRETTY_NAME")
read -r load _ </proc/loadavg

echo "- machine: $(nproc) processors (${model:-unknown}), $memory, Linux $(uname -r), ${system:-unknown}"
echo "- upkeep $(cat "$top/package/version"), commit $(git -C "$top" rev-parse --short HEAD 2>/dev/null || echo unknown)"
echo "- load at the end: $load; $(date -u +%F)"
[ -z "${TIMES:-}" ] || echo "- seconds by section; the first one about trees measures all trees:$TIMES"
for package in daemontools runit s6 supervisor tini dumb-init catatonit; do
	for file in "$top"/build/peers/"$package"_*.deb; do
		[ ! -e "$file" ] || version=$(basename "$file" | cut -d _ -f 2)
		[ ! -e "$file" ] || echo "- $package $(echo "$version" | sed 's/%3a/:/'), Debian's"
	done
done
version=$(/lib/systemd/systemd --version 2>/dev/null | sed -n '1s/.*(\(.*\))/\1/p')
[ -z "$version" ] || echo "- systemd $version, this machine's"
[ -z "${MISSING:-}" ] || echo "- not found, and so not here:$MISSING"
