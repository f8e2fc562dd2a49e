# What a newcomer types in a fresh Debian, from its archive: the README's way from nothing to a logged,
# controlled service, its demonstration, its ways to install.

load ../helper
load ../blocks
load ../rootfs

setup_file() {
	export LACKS="needs root" # bats 1.8 cannot skip here
	[ "$(id -u)" = 0 ] || return 0
	local tool
	for tool in mmdebstrap unshare nsenter; do
		LACKS="needs $tool"
		command -v "$tool" >/dev/null || return 0
	done
	LACKS=
	mmdebstrap --quiet --variant=minbase bookworm "$BATS_FILE_TMPDIR/bare.tar"
	mmdebstrap --quiet --variant=minbase --include="$(needed | tr '\n ' ,)" bookworm "$BATS_FILE_TMPDIR/tools.tar"
}

setup() {
	[ -z "$LACKS" ] || skip "$LACKS"
	cd "$BATS_TEST_TMPDIR"
}

teardown() {
	end_all
	rm -rf "$BATS_TEST_TMPDIR/root"
}

# needed: the packages that the README asks for, first those for the first block, then those for all ways
# to install.
needed() {
	sed -n 's/.*Debian: `apt-get install \([a-z0-9 -]*\)`.*/\1/p' "$TOP/README.md"
}

# clone: the sources in the system, as somebody who fetches them has them.
clone() {
	mkdir root/root/upkeep
	tar -C "$TOP" -cf - --exclude=./.git --exclude=./build . | tar -xf - -C root/root/upkeep
}

# types: what comes from standard input, in the directory of the sources.
types() {
	inside bash -c 'cd ~/upkeep && exec bash -e'
}

@test "from nothing to a logged, controlled service, as the README says, in less than five minutes" {
	boot bare.tar
	cp /etc/resolv.conf root/etc/
	clone
	local begun=$SECONDS
	{
		echo "apt-get update"
		echo "apt-get install -y $(needed | head -n 1)"
	} | types >installed 2>&1
	{
		block README.md 'make -s && export PATH'
		echo 'wait $!' # an interactive shell would stay
	} | types >said 2>&1
	cat said
	echo "$((SECONDS - begun)) s"
	((SECONDS - begun < 300))
	grep -q '^clock: up (pid ' said
	grep -q '^clock/log: up (pid ' said
	grep -qE '^clock 20[0-9]{2}-[0-9]{2}-[0-9]{2} [0-9:.]+ ' said
	tail -n 1 said | grep -q '^svscan: stopped after '
}

@test "the README's demonstration installs what it lacks, makes its round and leaves nothing" {
	boot bare.tar
	cp /etc/resolv.conf root/etc/
	clone
	# The second command is package/check, which runs the tests.
	block README.md 'sh package/demo' | head -n 1 | types >said 2>&1
	cat said
	grep -q '^installing: gcc' said
	[ "$(tail -n 1 said)" = "Everything has ended, and nothing is left behind." ]
	[ "$(inside ls /root/upkeep)" = "$({ ls "$TOP"; echo build; } | LC_ALL=C sort -u)" ]
}

@test "each of the README's ways to install brings programs that run" {
	boot tools.tar --net
	clone
	block README.md 'make && make install' | cut -d '#' -f 1 >block
	[ "$(lines block)" = 4 ]
	sed -n 1p block | types
	[ "$(inside /usr/local/bin/svc -V)" = "svc $(cat "$TOP/package/version")" ]
	inside test -s /usr/local/share/man/man8/svc.8
	inside sh -c 'cd ~/upkeep && make -s uninstall'
	# Without root, in a home of one's own.
	inside sh -c 'mkdir /home/user && cp -R ~/upkeep /home/user && chown -R 65534:65534 /home/user'
	sed -n 2p block | inside setpriv --reuid 65534 --regid 65534 --clear-groups \
		env HOME=/home/user bash -c 'cd ~/upkeep && exec bash -e'
	inside /home/user/.local/bin/svc -V
	sed -n 3p block | types
	inside /tmp/image/usr/bin/svc -V
	run ! inside sh -c 'ldd /tmp/image/usr/bin/svc'
	sed -n 4p block | types
	[ "$(inside dpkg-query -W -f '${db:Status-Abbrev}' upkeep)" = "ii " ]
	inside /usr/bin/svc -V
}
