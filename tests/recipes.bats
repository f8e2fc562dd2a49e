# Every recipe of services(7), executed as it stands on the page, with the real programs.
# PostgreSQL's are in postgresql.bats.

load helper
load service
load machine
load recipes

setup() {
	cd "$BATS_TEST_TMPDIR"
}

@test "every recipe on the page is run by a test" {
	command -v mandoc >/dev/null || skip "needs mandoc"
	sed -n 's/^# recipe //p' "$TOP/package/services.7" | sort >names
	[ "$(lines names)" -ge 10 ]
	{
		echo log # goes with each of the others
		sed -n 's/^\tmake_recipe //p' "$BATS_TEST_DIRNAME"/{recipes,postgresql}.bats
	} | sort -u | diff names -
	local name
	for name in $(cat names); do
		recipe "$name" >script
		[ "$(tail -n 1 script)" = "# end" ]
		sh -n script
	done
}

# ---- nginx

nginx_machine() {
	begin_machine
	inside sh -c 'nginx -v && curl -V' >versions 2>&1
	account www-data
	make_recipe nginx
	echo well >"$ROOT/var/www/html/index.html"
}

nginx_workers() {
	processes '^nginx: worker process'
}

@test "nginx: a killed master takes its workers along, and the next one binds at its first attempt" {
	nginx_machine
	enable nginx
	wait_until state_is nginx ready
	answers_with http://127.0.0.1/ well
	local old master
	old=$(nginx_workers)
	[ -n "$old" ]
	# A client that holds on to a worker.
	background inside bash -c 'exec 5<>/dev/tcp/127.0.0.1/80; printf "GET / HTTP/1.1\r\nHost: x\r\n\r\n" >&5
		read -r line <&5; echo "$line" >&2; exec cat <&5' 2>client
	wait_until contains client "200 OK"
	master=$(key nginx pid)
	inside kill -KILL "$master"
	wait_until new_run nginx "$master"
	answers_with http://127.0.0.1/ well
	[ "$(key nginx signal)" = KILL ]
	[ "$(key nginx deaths) $(key nginx starts) $(key nginx strays)" = "1 2 0" ]
	[ -z "$(comm -12 <(sort <<<"$old") <(nginx_workers | sort))" ]
	run ! logged nginx 'bind()'
	run ! logged nginx emerg
	inside svc -d nginx
	wait_until state_is nginx down
	none_of '^nginx: '
	stop_machine
}

@test "nginx: a mistake in the configuration is told once, and svc -u tries again" {
	nginx_machine
	echo 'no such word;' >"$ROOT/etc/nginx/conf.d/mistake.conf"
	enable nginx
	wait_until state_is nginx failed
	wait_until logged nginx 'unknown directive "no"'
	[ "$(key nginx starts)" = 0 ]
	rm "$ROOT/etc/nginx/conf.d/mistake.conf"
	inside svc -u nginx
	wait_until state_is nginx ready
	[ "$(grep -c 'unknown directive' "$ROOT/etc/sv/nginx/log/main/current")" = 1 ]
	# A new configuration by HUP, without a new process.
	local pid
	pid=$(key nginx pid)
	echo 'server { listen 81; return 200 new; }' >"$ROOT/etc/nginx/conf.d/new.conf"
	inside svc -h nginx
	wait_until answers_with http://127.0.0.1:81/ new
	[ "$(key nginx pid)" = "$pid" ]
	stop_machine
}

# ---- gunicorn: not on the page, but it forks, too

@test "gunicorn: its workers end with it, by svc -d and when it is killed" {
	begin_machine
	command -v gunicorn >versions
	inside sh -e <<-'X'
	mkdir -p /etc/sv/gunicorn
	cd /etc/sv/gunicorn
	cat >run <<'END'
	#!/bin/sh
	exec 2>&1
	exec setuidgid nobody /usr/bin/gunicorn -w 3 -b 127.0.0.1:8000 --worker-tmp-dir /dev/shm app:app
	END
	cat >app.py <<'END'
	def app(environment, start):
	    start("200 OK", [])
	    return [b"served"]
	END
	printf '#!/bin/sh\nexec curl -s -o /dev/null http://127.0.0.1:8000/\n' >check
	chmod +x run check
	X
	add_log gunicorn
	enable gunicorn
	wait_until state_is gunicorn ready
	answers_with http://127.0.0.1:8000/ served
	workers_run() { [ "$(processes /usr/bin/gunicorn | wc -l)" = 4 ]; }
	wait_until workers_run
	local master
	master=$(key gunicorn pid)
	inside kill -KILL "$master"
	wait_until new_run gunicorn "$master"
	[ "$(key gunicorn starts)" = 2 ]
	run ! logged gunicorn "Address already in use"
	wait_until workers_run
	inside svc -d gunicorn
	wait_until state_is gunicorn down
	none_of /usr/bin/gunicorn
	stop_machine
}

# ---- A job before all

@test "a job before all: done once, what needs it comes up; failed, it does not; stop takes it back" {
	begin_machine
	account www-data
	make_recipe prepare
	inside sh -e <<-'X'
	mkdir /etc/sv/web
	printf '#!/bin/sh\nexec sleep 100000\n' >/etc/sv/web/run
	chmod +x /etc/sv/web/run
	echo prepare >>/etc/sv/web/needs
	ln -s /etc/sv/web /etc/service/
	touch /var/lib/uploads
	X
	wait_until state_is web waiting
	enable prepare # which fails: there is a file in the way
	wait_until state_is prepare failed
	state_is web waiting
	rm "$ROOT/var/lib/uploads"
	inside svc -u prepare
	wait_until state_is prepare "done"
	wait_until state_is web ready
	[ "$(stat -c %U "$ROOT/var/lib/uploads")" = www-data ]
	inside svc -d prepare
	wait_until state_is prepare down
	[ ! -e "$ROOT/var/lib/uploads" ]
	stop_machine
}

# ---- sshd

@test "sshd: a login outlives svc -t, a killed server and svc -d" {
	begin_machine usr/sbin/sshd usr/bin/ssh usr/bin/ssh-keygen
	account sshd
	inside sh -e <<-'X'
	[ -e /etc/ssh/sshd_config ] || cp /usr/share/openssh/sshd_config /etc/ssh/
	mkdir -p /etc/ssh/sshd_config.d
	echo 'AuthorizedKeysFile /etc/ssh/testkey.pub' >/etc/ssh/sshd_config.d/test.conf
	ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/testkey
	X
	make_recipe sshd
	enable sshd
	wait_until is_up_inside sshd
	wait_until listens 22
	mkfifo says
	exec 5<>says # for both, so that neither end waits for the other
	# In the background a command has no standard input but what it opens itself.
	background inside bash -c 'exec "$@" <"$0"' "$PWD/says" ssh -F none -i /etc/ssh/testkey \
		-o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null \
		root@127.0.0.1 'until [ "$word" = over ]; do read -r word; echo "<$word>"; done' >heard 2>ssh.err
	local client=$! pid
	talk one

	pid=$(key sshd pid)
	inside svc -t sshd
	wait_until new_run sshd "$pid"
	wait_until listens 22
	talk two
	has_strays() { [ "$(key sshd strays)" -ge 1 ]; }
	wait_until has_strays

	pid=$(key sshd pid)
	inside kill -KILL "$pid"
	wait_until new_run sshd "$pid"
	wait_until listens 22
	talk three
	[ "$(key sshd starts)" = 3 ]
	run ! logged sshd "Address already in use"

	inside svc -d sshd
	wait_until state_is sshd down
	run ! listens 22
	talk over
	wait_until gone "$client"
	[ "$(tr -d '\n' <heard)" = "<one><two><three><over>" ]
	# The login is over, and the count follows.
	no_strays() { [ "$(key sshd strays)" = 0 ]; }
	wait_until no_strays
	stop_machine
}

talk() {
	echo "$1" >&5
	wait_until contains heard "<$1>"
}

# listens PORT
listens() {
	inside bash -c "exec 5<>/dev/tcp/127.0.0.1/$1" 2>/dev/null
}

# ---- Jobs

# catches PID SIGNAL: it has a handler for it.
catches() {
	local mask
	mask=$(sed -n 's/^SigCgt:\t//p' "$ROOT/proc/$1/status")
	(((0x$mask >> ($2 - 1)) & 1))
}

@test "snooze: sleeps, does its job at svc -a in the environment of the container, and sleeps again" {
	export COMPANY="Smith & Sons"
	begin_machine usr/bin/snooze
	make_recipe nightly
	# At another time than now, whatever time that is.
	sed -i "s/-H 3 -M 15/-H $(inside date -d '12 hours ago' +%-H) -M 15/" "$ROOT/etc/sv/nightly/run"
	enable nightly
	wait_until state_is nightly ready
	local pid round
	for round in 1 2; do
		pid=$(key nightly pid)
		wait_until catches "$pid" 14
		inside svc -a nightly
		wait_until new_run nightly "$pid"
	done
	worked_twice() { [ "$(grep -c "working for Smith & Sons" "$ROOT/etc/sv/nightly/log/main/current")" = 2 ]; }
	wait_until worked_twice
	[ "$(key nightly exit)" = 0 ]
	inside svc -d nightly
	wait_until state_is nightly down
	none_of '^snooze'
	stop_machine
}

@test "cron: its jobs see the environment of the container, and the log of the service" {
	export COMPANY="Smith's
Sons"
	begin_machine usr/sbin/cron
	inside sh -c 'mkdir -p /etc/cron.d /var/spool/cron/crontabs; rm -f /etc/cron.d/* /etc/crontab'
	make_recipe cron
	# The job of the page, but not so late.
	sed -i 's/^17 3 \* \* \*/@reboot/' "$ROOT/etc/cron.d/example"
	enable cron
	wait_until logged cron "COMPANY=Smith's"
	wait_until logged cron "Sons"
	wait_until logged cron "SHELL=/bin/sh" # cron's own stays
	[ "$(stat -c %a "$ROOT/etc/sv/cron/environment")" = 600 ]
	inside svc -d cron
	wait_until state_is cron down
	none_of '^cron'
	stop_machine
}

# ---- Daemons that go into the background

pongs() {
	[ "$(inside redis-cli ping 2>/dev/null)" = PONG ]
}

# The same for both ways: ends, is started again, obeys.
background_daemon() {
	enable "$1"
	wait_until pongs
	local pid daemon
	is_alone() { daemon=$(processes '^redis-server') && [[ $daemon =~ ^[0-9]+$ ]]; }
	wait_until is_alone
	has_pid() { pid=$(key "$1" pid) && [ -n "$pid" ]; }
	wait_until has_pid "$1"
	[ "$daemon" != "$pid" ]
	inside kill -KILL "$daemon"
	wait_until new_run "$1" "$pid"
	wait_until pongs
	[ "$(key "$1" starts)" = 2 ]
	# It had time to save what it has.
	inside redis-cli set a b
	pid=$(key "$1" pid)
	inside svc -t "$1"
	wait_until new_run "$1" "$pid"
	wait_until pongs
	[ "$(inside redis-cli get a)" = b ]
	inside svc -d "$1"
	wait_until state_is "$1" down
	none_of '^redis-server'
	stop_machine
}

@test "a daemon in the background, held by fghack and ended by leftovers" {
	begin_machine
	make_recipe olddaemon
	background_daemon olddaemon
}

@test "a daemon in the background, known by its number in a file" {
	begin_machine
	make_recipe pidfile
	background_daemon pidfile
}

# ---- A vendor's entry point

vendor_machine() {
	export VENDOR_SECRET="a b" VENDOR_EXEC=$1 # become the program, or wait for it
	begin_machine
	account www-data
	inside sh -e <<-'X'
	mkdir -p /var/lib/vendor /usr/local/bin
	chown www-data /var/lib/vendor
	cat >/usr/local/bin/docker-entrypoint.sh <<'END'
	#!/bin/bash
	set -eo pipefail
	if [ "$1" = server ] && [ "$(id -u)" = 0 ]; then
		exec setpriv --reuid www-data --clear-groups "$BASH_SOURCE" "$@"
	fi
	: "${VENDOR_SECRET:?must be set}"
	[ -e prepared ] || touch prepared
	[ -z "$VENDOR_EXEC" ] || exec "$@"
	"$@"
	END
	cat >/usr/local/bin/server <<'END'
	#!/usr/bin/perl
	$| = 1;
	$SIG{$_} = sub { print "good bye at $_[0]\n"; exit } for 'QUIT', 'TERM';
	print getpwuid($<) . " with $ENV{VENDOR_SECRET}\n";
	open FILE, '>serving';
	sleep 1 while 1;
	END
	printf '#!/bin/sh\nexec test -e /var/lib/vendor/serving\n' >/usr/local/bin/healthcheck
	chmod +x /usr/local/bin/docker-entrypoint.sh /usr/local/bin/server /usr/local/bin/healthcheck
	X
	make_recipe vendor
	enable vendor
	wait_until state_is vendor ready
	wait_until logged vendor "www-data with a b"
	[ -e "$ROOT/var/lib/vendor/prepared" ]
	inside svc -d vendor
	wait_until state_is vendor down
	none_of '/usr/local/bin/(server|docker)'
	wait_until logged vendor "good bye at $2"
	stop_machine
}

@test "a vendor's entry point as run: environment, readiness, its signal" {
	vendor_machine yes QUIT
}

@test "a vendor's entry point that waits for its program instead of becoming it" {
	# The shell does not care for QUIT while it waits; its group is ended with it.
	vendor_machine "" TERM
}
