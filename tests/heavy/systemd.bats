# upkeep.service under systemd itself, in a container whose process 1 it is: Debian's package is
# installed, services run, and all ends in order.

load ../helper
load ../podman
load ../deb

setup_file() {
	begin_podman dpkg-buildpackage dh mmdebstrap make || return 0
	DEB_BUILD_OPTIONS=nocheck build_in "$BATS_FILE_TMPDIR/tree"
	mmdebstrap --quiet --variant=minbase --include=systemd,systemd-sysv \
		--customize-hook="copy-in $(echo "$BATS_FILE_TMPDIR"/tree/build/deb/upkeep_*.deb) /root" \
		bookworm "$PODMAN/debian.tar"
	podman import -q "$PODMAN/debian.tar" machine >/dev/null
	rm "$PODMAN/debian.tar"
}

teardown_file() {
	end_podman
}

setup() {
	need_podman
	cd "$BATS_TEST_TMPDIR"
	podman run -d --name box --systemd=always --cgroupns=private machine /sbin/init >/dev/null 3>&- 4>&-
	wait_until reached multi-user.target
	inside sh -c 'dpkg -i /root/upkeep_*.deb'
}

teardown() {
	[ -n "$LACKS" ] || remove_box box || true
	end_all
}

inside() {
	podman exec box "$@"
}

reached() {
	[ "$(inside systemctl is-active "$1")" = active ]
}

# shows PROPERTY: what systemd knows of our unit.
shows() {
	inside systemctl show -P "$1" upkeep
}

# journal: what svscan has said.
journal() {
	inside journalctl -q -o cat -u upkeep
}

# make_pair: db, which takes a moment to end, has a log and a teardown; and web, which needs it.
make_pair() {
	podman exec -i box sh -e <<-'X'
	for name in db/log web; do mkdir -p "/etc/sv/$name"; done
	cat >/etc/sv/db/run <<'END'
	#!/bin/sh
	trap 'sleep 1; echo closed; exit' TERM
	echo open
	while :; do sleep 1000000 & wait $!; done
	END
	printf '#!/bin/sh\nexec multilog t ./main\n' >/etc/sv/db/log/run
	printf '#!/bin/sh\nexec sleep 1000000\n' >/etc/sv/web/run
	echo db >/etc/sv/web/needs
	chmod +x /etc/sv/db/run /etc/sv/db/log/run /etc/sv/web/run
	ln -s /etc/sv/db /etc/sv/web /service/
	X
	inside svwait -a -T $((LIMIT * 1000)) ready db db/log web
}

db_said() {
	inside svlog db | grep -oE '(open|closed)$' | tr '\n' ,
}

nothing_runs() {
	[ -z "$(inside sh -c 'cat /proc/[0-9]*/comm' | grep -xE 'svscan|supervise|multilog|sleep')" ]
}

@test "the package starts the unit; links are services; systemctl stop ends all in order, restart begins anew" {
	[ "$(shows ActiveState)/$(shows SubState)" = active/running ]
	[ "$(shows KillMode)" = mixed ]
	make_pair
	[ "$(inside cat "/proc/$(shows MainPID)/comm")" = svscan ]

	inside systemctl stop upkeep
	[ "$(shows ActiveState)/$(shows Result)" = inactive/success ]
	nothing_runs
	journal >said
	cat said
	[ "$(sed -n 's/^svscan: \(.*\) ended after .*/\1/p' said | tr '\n' ,)" = "web,db,logger of db," ]
	run ! grep killing said
	[ "$(db_said 2>&1)" = open,closed, ]

	inside systemctl start upkeep
	inside svwait -a -T $((LIMIT * 1000)) ready db web
	inside systemctl restart upkeep
	inside svwait -a -T $((LIMIT * 1000)) ready db web db/log
	[ "$(db_said)" = open,closed,open,closed,open, ]
}

@test "a killed svscan is back with all services" {
	local old
	make_pair
	old=$(shows MainPID)
	inside sh -c "kill -KILL $old"
	new_one() {
		local now
		now=$(shows MainPID)
		[ "$now" != 0 ] && [ "$now" != "$old" ]
	}
	wait_until new_one
	inside svwait -a -T $((LIMIT * 1000)) ready db web
	[ "$(shows NRestarts)" = 1 ]
}

@test "the shutdown of the machine is an orderly stop, too" {
	make_pair
	podman stop --time $((LIMIT)) box >/dev/null
	[ "$(podman inspect -f '{{.State.ExitCode}}' box)" != 137 ]
	podman cp box:/etc/sv/db/log/main/current current
	[ "$(grep -oE '(open|closed)$' current | tr '\n' ,)" = open,closed, ]
}

@test "removed while it runs: services have ended, and systemd knows no such unit" {
	make_pair
	inside dpkg --purge upkeep
	nothing_runs
	inside test ! -e /service
	[ "$(shows LoadState)" = not-found ]
}
