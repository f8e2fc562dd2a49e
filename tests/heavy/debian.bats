# Debian's package in a fresh Debian, which comes from its archive: it installs, runs services, takes
# the place of Debian's own daemontools, and leaves nothing.

load ../helper
load ../deb
load ../rootfs

setup_file() {
	export LACKS="needs root" # bats 1.8 cannot skip here
	[ "$(id -u)" = 0 ] || return 0
	local tool
	for tool in dpkg-buildpackage dh lintian mmdebstrap unshare make; do
		LACKS="needs $tool"
		command -v "$tool" >/dev/null || return 0
	done
	LACKS=
	build_in "$BATS_FILE_TMPDIR/one"
	mmdebstrap --quiet --variant=minbase --include=daemontools-run bookworm "$BATS_FILE_TMPDIR/old.tar"
	mmdebstrap --quiet --variant=minbase bookworm "$BATS_FILE_TMPDIR/new.tar"
}

setup() {
	[ -z "$LACKS" ] || skip "$LACKS"
	cd "$BATS_TEST_TMPDIR"
	DEB=$(echo "$BATS_FILE_TMPDIR"/one/build/deb/upkeep_*.deb)
	init=
}

teardown() {
	end_all
	rm -rf "$BATS_TEST_TMPDIR/root"
}

# boot_with_package TAR: a system without a network, and the package in its /tmp.
boot_with_package() {
	boot "$1" --net
	cp "$DEB" root/tmp/upkeep.deb
}

# everything: the names in the machine, but for what dpkg notes about itself.
everything() {
	inside find / -xdev ! -path '/var/lib/dpkg/*' ! -path '/var/log/*' ! -path /run ! -path '/tmp/*' \
		! -path /etc/ld.so.cache ! -path '/var/cache/ldconfig/*' -printf '%p %y %m %l\n' | LC_ALL=C sort
}

# processes: how many run in the machine beside the first one and those that ask.
processes() {
	inside sh -c 'ls /proc' | grep -cx '[0-9]*'
}

@test "the package has no faults, and the same bytes when it is built elsewhere, later, by another hand" {
	run -0 lintian -EIL +pedantic --fail-on error,warning "$BATS_FILE_TMPDIR"/one/build/deb/*.changes
	echo "$output"
	run ! grep '^[EW]:' <<<"$output"
	# dpkg-buildflags hides no path with blanks from the compiler.
	local other=$BATS_TEST_TMPDIR/quite/another-place file
	(
		umask 077
		TZ=Asia/Tokyo LC_ALL=C build_in "$other"
	)
	for file in "$BATS_FILE_TMPDIR"/one/build/deb/*.{deb,dsc,gz,xz}; do
		cmp "$file" "$other/build/deb/${file##*/}"
	done
}

@test "installed, a link starts a service; removed, services have ended and nothing is left" {
	boot_with_package new.tar
	everything >before
	local alone
	alone=$(processes)
	inside dpkg -i /tmp/upkeep.deb
	[ "$(inside readlink /service)" = etc/service ]
	[ "$(inside svc -V)" = "svc $(cat "$TOP/package/version")" ]
	# As the line of the shipped inittab does it.
	[ "$(inside sh -c 'sed -n "s/^SV:.*:respawn://p" /usr/share/doc/upkeep/examples/inittab')" = /usr/bin/svscanboot ]
	background nsenter --target "$init" --mount --pid --net --ipc --uts --root --wd env -i \
		UPKEEP_TEST="$UPKEEP_TEST" /usr/bin/svscanboot
	make_clock /etc/sv/clock
	inside ln -s /etc/sv/clock /service/
	wait_until says_up /service/clock
	wait_until says_up /service/clock/log
	logged() { [ -n "$(inside svlog -n 1 clock)" ]; }
	wait_until logged
	inside dpkg --remove upkeep
	wait_until quiet "$alone"
	[ "$(inside tail -c 1 /etc/sv/clock/log/main/current)" = "" ] # no torn line
	# What is its owner's, stays: the service and the link; and until the purge, that the unit is enabled.
	everything | diff before - | sed -n 's/^> \([^ ]*\) .*/\1/p' >left
	cat left
	[ "$(grep -vE '^/etc/sv(/clock(/.*)?)?$|/upkeep\.service(\.dsh-also)?$' left)" = $'/etc/service\n/etc/service/clock' ]
	inside rm -rf /etc/sv /etc/service/clock
	inside dpkg --purge upkeep
	everything | diff before -
}

quiet() {
	[ "$(processes)" = "$1" ]
}

@test "the services of Debian's daemontools go on under ours, which takes its place" {
	boot_with_package old.tar
	make_clock /etc/sv/clock
	inside ln -s /etc/sv/clock /etc/service/
	background nsenter --target "$init" --mount --pid --net --ipc --uts --root --wd env -i \
		UPKEEP_TEST="$UPKEEP_TEST" /usr/bin/svscanboot
	wait_until says_up /etc/service/clock
	# As apt does it: it looks for who conflicts.
	inside dpkg --auto-deconfigure -B -i /tmp/upkeep.deb
	[ "$(inside dpkg-query -W -f '${db:Status-Abbrev}' upkeep)" = "ii " ]
	run ! inside sh -c 'dpkg-query -W -f "\${db:Status-Abbrev}" daemontools | grep ^ii'
	[ "$(inside svc -V)" = "svc $(cat "$TOP/package/version")" ]
	wait_until says_up /service/clock
}

@test "a /service of somebody else's is used, and stays" {
	boot_with_package new.tar
	inside mkdir -m 750 /service
	everything >before
	inside dpkg -i /tmp/upkeep.deb
	[ "$(inside stat -c '%a %F' /service)" = "750 directory" ]
	inside dpkg --purge upkeep
	everything | diff before -
}
