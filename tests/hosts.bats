# hosts(7) and package/hosts: svscan as other process 1 start it, with the lines and files as they
# stand there, but for the places of programs and services.

load helper
load machine
load recipes

HOSTS=$TOP/package/hosts

setup() {
	cd "$BATS_TEST_TMPDIR"
	command -v mandoc >/dev/null || skip "needs mandoc"
}

# line_of PATTERN: the first line of the page that begins so, for the places of the machine.
line_of() {
	mandoc -O width=200 "$TOP/package/hosts.7" | sed -n "s/^ *\($1\)/\1/p" | head -n 1 |
		sed 's|/usr/local/bin|/usr/bin|; s|svscan /service|svscan /etc/service|'
}

# host COMMAND...: a machine with it as process 1, and a service that tells of its orderly end.
host() {
	export SVDIR=/etc/service STOPPED=$PWD/stopped
	start_machine bash -c "$(declare -f furnish_host); furnish_host; exec \"\$@\"" bash "$@"
	ROOT=/proc/$machine/root
}

furnish_host() {
	mkdir -p /etc/sv/watch
	printf '#!/bin/sh\nexec sleep 100000\n' >/etc/sv/watch/run
	printf '#!/bin/sh\necho stopped >%s\n' "$STOPPED" >/etc/sv/watch/stop
	# stop belongs to a service that has been prepared.
	printf '#!/bin/sh\n' >/etc/sv/watch/start
	chmod +x /etc/sv/watch/*
	ln -s /etc/sv/watch /etc/service/
}

# taken_over OLD: by another svscan, which has looked at all of the scan directory.
taken_over() {
	wait_until new_scanner "$1"
	inside sh -c 'mkdir /etc/sv/newer && cp /etc/sv/watch/run /etc/sv/newer/ && ln -s /etc/sv/newer /etc/service/'
	wait_until state_is newer ready
}

scanners() {
	processes '^(/usr/bin/)?svscan (/etc/)?service'
}

# new_scanner OLD: there is one, and it is not OLD.
new_scanner() {
	local now
	now=$(scanners)
	[ -n "$now" ] && [ "$now" != "$1" ]
}


@test "sysvinit: runs and respawns svscan, and ends it in order" {
	need_packages sbin/init
	local line pid old
	line=$(line_of SV:)
	[ -n "$line" ]
	export CONSOLE=/dev/null
	host bash -c 'printf "id:2:initdefault:\n%s\n" "$1" >/etc/inittab; exec "$2"' bash \
		"$line" "$PEERS/sbin/init"
	wait_until state_is watch ready
	pid=$(key watch pid)
	old=$(scanners)
	inside kill -KILL "$old"
	taken_over "$old"
	[ "$(key watch pid)" = "$pid" ]
	# Its usual 3 seconds are too few for a loaded machine.
	inside timeout "$LIMIT" "$PEERS/sbin/telinit" -t "$LIMIT" 0
	wait_until has_left /etc/sv/watch
	[ "$(cat stopped)" = stopped ]
}

@test "busybox init: runs and respawns svscan, and waits until it has ended everything" {
	need_packages bin/busybox
	local lines pid old
	lines=$(line_of ::respawn:)$'\n'$(line_of ::shutdown:)
	export CONSOLE=/dev/null
	host bash -c 'printf "%s\n" "$1" >/etc/inittab; exec "$2" init' bash "$lines" "$PEERS/bin/busybox"
	wait_until state_is watch ready
	pid=$(key watch pid)
	old=$(scanners)
	inside kill -KILL "$old"
	taken_over "$old"
	[ "$(key watch pid)" = "$pid" ]
	# More than busybox's own second.
	sed -i "1a sleep 2" "$ROOT/etc/sv/watch/stop"
	kill -USR1 "$machine"
	wait_until gone "$machine"
	[ "$(cat stopped)" = stopped ]
}

@test "OpenRC: start, status, a killed svscan, and an orderly stop" {
	need_packages sbin/openrc-run lib/rc
	host svscan /run # an init that reaps
	inside sh -e -c 'cp -R "$1"/lib/. /usr/lib/ && cp "$1"/sbin/*rc* "$1"/sbin/supervise-daemon /usr/sbin/
		cp "$2" /etc/init.d/upkeep
		sed -i "s|/usr/local/bin|/usr/bin|g; s|=/service|=/etc/service|" /etc/init.d/upkeep
		# What its boot would have made.
		cd /etc && touch insserv.conf && mkdir -p insserv.conf.d runlevels/boot runlevels/default
		mkdir /run/openrc && cd /run/openrc && touch softlevel && mkdir daemons exclusive failed \
			hotplugged inactive init.d options scheduled started starting stopping tmp wasinactive' \
		sh "$PEERS" "$HOSTS/upkeep.openrc"
	inside timeout "$LIMIT" rc-service upkeep start
	wait_until state_is watch ready
	inside timeout "$LIMIT" rc-service upkeep status
	local pid old
	pid=$(key watch pid)
	old=$(scanners)
	inside kill -KILL "$old"
	taken_over "$old"
	[ "$(key watch pid)" = "$pid" ]
	inside timeout "$LIMIT" rc-service upkeep stop
	has_left /etc/sv/watch
	[ "$(cat stopped)" = stopped ]
	[ -z "$(scanners)" ]
}

@test "cron: a tree of services for a user, started at boot without root" {
	need_packages usr/sbin/cron
	local line
	line=$(line_of @reboot)
	[ -n "$line" ]
	begin_machine
	inside sh -e -c 'rm -f /etc/cron.d/* /etc/crontab
		mkdir -p /var/spool/cron/crontabs /var/home/service
		sed -i "s|^\(nobody:.*\):/nonexistent:.*|\1:/var/home:/bin/sh|" /etc/passwd
		printf "%s\n" "$1" >/var/spool/cron/crontabs/nobody
		chmod 600 /var/spool/cron/crontabs/nobody
		cp -R "$2/demo-services/clock" /var/home/
		ln -s ../clock /var/home/service/
		cp -R "$2/services/cron" /etc/sv/
		chown -R nobody /var/spool/cron/crontabs/nobody /var/home
		ln -s /etc/sv/cron /etc/service/' sh "$line" "$TOP/package"
	local clock=$ROOT/var/home/clock
	logs() { [ -s "$clock/log/main/current" ]; }
	wait_until logs
	local own
	own=$(processes '^svscan service')
	[ "$(inside stat -c %U "/proc/$own")" = nobody ]
	# Its commands find it by name.
	inside env SVDIR=/var/home/service setuidgid nobody svc -w -T $((LIMIT * 1000)) -t clock
	inside kill -TERM "$own"
	wait_until has_left /var/home/clock /var/home/clock/log
	stop_machine
}

@test "systemd: nothing is wrong with the units" {
	command -v systemd-analyze >/dev/null || skip "needs systemd-analyze"
	local unit
	export XDG_RUNTIME_DIR=$PWD
	for unit in upkeep upkeep-user; do
		# It would look for the programs and pages of this machine.
		sed "s|^ExecStart=svscan|ExecStart=$BIN/svscan|; /^Documentation=/d" "$HOSTS/$unit.service" \
			>$unit.service
		contains $unit.service "$BIN/svscan"
	done
	# What it says of other units of this machine is not about ours.
	run -0 systemd-analyze verify ./upkeep.service
	[[ $output != *upkeep* ]]
	run -0 systemd-analyze --user verify ./upkeep-user.service
	[[ $output != *upkeep* ]]
	contains "$TOP/package/hosts.7" "hosts/upkeep-user.service"
}
