# What make release publishes: whole, the same bytes each time, and programs for the machine that the
# name tells. It builds everything four times, and fetches musl for arm64.

load ../helper

setup_file() {
	export LACKS="" # bats 1.8 cannot skip here
	local tool
	for tool in make musl-gcc aarch64-linux-gnu-gcc qemu-aarch64-static apt-get dpkg-deb; do
		command -v "$tool" >/dev/null && continue
		LACKS="needs $tool"
		return
	done
	[ "$(uname -m)" = x86_64 ] || LACKS="needs amd64"
	[ -n "$LACKS" ] || release_in "$BATS_FILE_TMPDIR/one"
}

setup() {
	[ -z "$LACKS" ] || skip "$LACKS"
	cd "$BATS_FILE_TMPDIR/one/build/dist"
	VERSION=$(cat "$TOP/package/version")
}

# release_in DIR: from a copy of the tree; the date is that of the tree's last commit.
release_in() {
	mkdir -p "$1"
	tar -C "$TOP" -cf - --exclude=./.git --exclude=./build . | tar -xf - -C "$1"
	SOURCE_DATE_EPOCH=$(git -C "$TOP" log -1 --format=%ct 2>/dev/null || echo 0) \
		sh "$1/package/release" 3>&- 4>&-
}

@test "three archives and their sums" {
	[ "$(ls)" = $'SHA256SUMS\n'"upkeep-$VERSION.tar.gz"$'\nupkeep-linux-amd64.tar.gz\nupkeep-linux-arm64.tar.gz' ]
	sha256sum -c SHA256SUMS
	[ "$(lines SHA256SUMS)" = 3 ]
}

@test "the same bytes when it is made elsewhere, later, by another hand" {
	local other=$BATS_TEST_TMPDIR/quite/another-place
	(
		umask 077
		TZ=Asia/Tokyo CFLAGS=-O0 MAKEFLAGS=VARIANT=debug release_in "$other"
	)
	diff -r . "$other/build/dist"
	rm -rf "$other"
}

@test "both have all programs, static, for their machine, which run" {
	local machine program
	for machine in amd64 arm64; do
		mkdir "$BATS_TEST_TMPDIR/$machine"
		tar -xzf "upkeep-linux-$machine.tar.gz" -C "$BATS_TEST_TMPDIR/$machine"
	done
	cd "$BATS_TEST_TMPDIR"
	[ "$(ls amd64/usr/bin)" = "$(ls "$BIN")" ]
	[ "$(ls arm64/usr/bin)" = "$(ls "$BIN")" ]
	for program in $(ls "$BIN"); do
		[ "$(head -c 2 "amd64/usr/bin/$program")" != '#!' ] || continue
		readelf -h "amd64/usr/bin/$program" | grep -q 'Machine: .*X86-64'
		readelf -h "arm64/usr/bin/$program" | grep -q 'Machine: .*AArch64'
		run ! grep -q INTERP <(readelf -l "amd64/usr/bin/$program" "arm64/usr/bin/$program")
	done
	[ "$(amd64/usr/bin/svc -V)" = "svc $VERSION" ]
	[ "$(qemu-aarch64-static arm64/usr/bin/svc -V)" = "svc $VERSION" ]
	echo hello | qemu-aarch64-static arm64/usr/bin/multilog t ./log
	tai64nlocal <log/current | grep -q ' hello$'
}

@test "no program tells where it was built" {
	local machine
	for machine in amd64 arm64; do
		tar -xzOf "upkeep-linux-$machine.tar.gz" >"$BATS_TEST_TMPDIR/all"
		run ! grep -a -e "$BATS_FILE_TMPDIR" -e build/dist "$BATS_TEST_TMPDIR/all"
	done
}
