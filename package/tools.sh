# tools.sh: what the README's two commands need, and how each system calls it. Sourced by demo and
# check; the current directory is the top of the sources. SPDX-License-Identifier: ISC
# shellcheck shell=sh

# tool        | apt-get         | apk         | dnf
TOOLS='
cc            | gcc libc6-dev   | gcc musl-dev linux-headers | gcc glibc-devel
make          | make            | make        | make
bash          | bash            | bash        | bash
bats          | bats            | bats        | bats
parallel      | parallel        | parallel    | parallel
perl          | perl            | perl        | perl
setpriv       | util-linux      | setpriv     | util-linux
unshare       | util-linux      | util-linux-misc | util-linux
ip            | iproute2        | iproute2    | iproute
script        | bsdutils        | util-linux-misc | util-linux-script
strace        | strace          | strace      | strace
valgrind      | valgrind        | valgrind    | valgrind
mandoc        | mandoc          | mandoc      | mandoc
musl-gcc      | musl-tools      | musl-dev    | musl-gcc
aarch64-linux-gnu-gcc | gcc-aarch64-linux-gnu | gcc-aarch64-none-elf | gcc-aarch64-linux-gnu
qemu-aarch64-static | qemu-user-static | qemu-aarch64 | qemu-user-static-aarch64
qemu-system-x86_64 | qemu-system-x86 | qemu-system-x86_64 | qemu-system-x86
mke2fs        | e2fsprogs   | e2fsprogs   | e2fsprogs
dh            | debhelper build-essential | debhelper | debhelper
lintian       | lintian     | lintian     | lintian
nginx         | nginx-light     | nginx       | nginx
redis-server  | redis-server    | redis       | redis
curl          | curl            | curl        | curl
gunicorn      | gunicorn        | py3-gunicorn | python3-gunicorn
podman        | podman          | podman      | podman
runc          | runc            | runc        | runc
catatonit     | catatonit       | catatonit   | catatonit
podman-compose | podman-compose | podman-compose | podman-compose
mmdebstrap    | mmdebstrap      | mmdebstrap  | mmdebstrap
ansible       | ansible         | ansible     | ansible
clang         | clang libclang-rt-14-dev | clang compiler-rt | clang compiler-rt
zsh           | zsh         | zsh         | zsh
fish          | fish        | fish        | fish
puppet        | puppet-agent    | puppet      | puppet
'

# has TOOL: a compiler counts only if it can find its headers; clang, if it can link a fuzzer.
has() {
	command -v "$1" >/dev/null 2>&1 || return 1
	case $1 in
	cc) echo '#include <stdio.h>' | cc -E - >/dev/null 2>&1 ;;
	clang)
		echo 'int LLVMFuzzerTestOneInput(const char *a, long b) { return !a && b; }' |
			clang -fsanitize=fuzzer,address,undefined -xc -o /dev/null - >/dev/null 2>&1
		;;
	esac
}

# package_manager: prints the command that installs, or nothing.
package_manager() {
	if command -v apt-get >/dev/null; then
		echo "apt-get install -y --no-install-recommends"
	elif command -v apk >/dev/null; then
		echo "apk add"
	elif command -v dnf >/dev/null; then
		echo "dnf install -y"
	fi
}

# package_of TOOL COLUMN: the packages of that tool.
package_of() {
	echo "$TOOLS" | awk -F'|' -v tool="$1" -v column="$2" '
		{ name = $1; gsub(/ /, "", name) }
		name == tool { gsub(/^ +| +$/, "", $column); print $column }'
}

# Packages of daemons start them on Debian; while this file says no they do not.
forbid_daemons() {
	policy=
	# One that is there already says what its owner wants, and stays.
	[ ! -e /usr/sbin/policy-rc.d ] && [ -d /usr/sbin ] || return 0
	policy=/usr/sbin/policy-rc.d
	printf '#!/bin/sh\nexit 101\n' >"$policy"
	chmod 755 "$policy"
	trap 'rm -f "$policy"' EXIT
}

allow_daemons() {
	[ -z "${policy:-}" ] || rm -f "$policy"
	trap - EXIT
}

# need TOOL...: installs those that are missing. Without root, or if that fails, says what to
# install and exits 111.
need() {
	packages=
	command=$(package_manager)
	case $command in
	apt-get*) column=2 ;;
	apk*) column=3 ;;
	*) column=4 ;;
	esac
	absent=
	for tool; do
		has "$tool" && continue
		absent="$absent $tool"
		packages="$packages $(package_of "$tool" $column)"
	done
	[ -n "$absent" ] || return 0
	echo "missing:$absent"
	if [ -z "$command" ]; then
		echo "no apt-get, apk or dnf here: install$absent with the means of this system" >&2
		exit 111
	fi
	if [ "$(id -u)" != 0 ]; then
		echo "run this as root, then try again: $command$packages" >&2
		exit 111
	fi
	echo "installing:$packages ($command)"
	install_packages || {
		echo "unable to install; run this as root, then try again: $command$packages" >&2
		exit 111
	}
}

# The lists of apt-get may be missing or old.
# shellcheck disable=SC2086 # words are meant
install_packages() {
	forbid_daemons
	export DEBIAN_FRONTEND=noninteractive
	if ! $command $packages >build/install.log 2>&1; then
		case $command in
		apt-get*) apt-get update >>build/install.log 2>&1 ;;
		esac
		$command $packages >>build/install.log 2>&1 || {
			tail -20 build/install.log >&2
			allow_daemons
			return 1
		}
	fi
	allow_daemons
}
