# The service directories of package/services, with the real programs: each as it stands there. Those
# that are recipes of services(7), too, are in recipes.bats and postgresql.bats.

load helper
load machine
load recipes

READY=$TOP/package/services
BINARIES=usr/lib/postgresql/15/bin

setup() {
	cd "$BATS_TEST_TMPDIR"
}

# bring NAME...: into the machine, as the README there says but for the link.
bring() {
	local name
	for name; do
		inside cp -R "$READY/$name" /etc/sv/
	done
}

# own_dev: the machine has a /dev of its own, so that /dev/log is not the host's.
own_dev() {
	inside sh -ec 'cd "$1" && mkdir -p dev/upper dev/work
		mount -t overlay overlay -o "lowerdir=/dev,upperdir=$1/dev/upper,workdir=$1/dev/work" /dev
		rm -f /dev/log
		mount -t tmpfs tmpfs /dev/shm' sh "$PWD/layers"
}

# finds_nothing: svlint, in any of the machine's service directories.
finds_nothing() {
	run -0 inside sh -c 'svlint /etc/sv/*'
	[ -z "$output" ] || {
		echo "$output" >&2
		return 1
	}
}

@test "the list of what is there is complete; what the page makes is what is there" {
	command -v mandoc >/dev/null || skip "needs mandoc"
	local name names
	names=$(cd "$READY" && echo */)
	[ "$(sed -n 's/^| `\([a-z]*\)`.*/\1/p' "$READY/README.md" | sort | tr '\n' ' ')" = "${names//\//} " ]
	recipe log >log.sh
	mkdir sv cron.d
	for name in ${names//\//}; do
		[ -x "$READY/$name/log/run" ]
		contains "$TOP/package/services.7" "$name"
		recipe "$name" | sed "s|/etc/sv|$PWD/sv|; s|/etc/cron.d|$PWD/cron.d|" >make.sh
		[ -s make.sh ] || continue
		sh -e make.sh
		(cd "sv/$name" && sh -e "$BATS_TEST_TMPDIR/log.sh")
		sed -i "s|$PWD/sv|/etc/sv|" "sv/$name"/[!l]*
		diff -r "sv/$name" "$READY/$name"
		find "sv/$name" -type f -perm -100 -printf '%P\n' | sort >made
		(cd "$READY/$name" && find . -type f -perm -100 -printf '%P\n') | sort | diff made -
	done
	[ "$(ls sv | wc -l)" -ge 6 ]
}

@test "redis: under Debian's configuration, in the foreground; its data survive" {
	begin_machine
	account redis
	bring redis
	enable redis
	wait_until state_is redis ready
	inside redis-cli set a b
	[ "$(inside stat -c %U "/proc/$(key redis pid)")" = redis ]
	inside svc -w -r redis
	state_is redis ready
	[ "$(inside redis-cli get a)" = b ]
	[ "$(key redis starts) $(key redis exit)" = "2 0" ]
	wait_until logged redis "Ready to accept connections"
	# An answer that is an error, as while it reads its data, does not count.
	inside sh -c 'cd /etc/sv/redis && ./check'
	inside redis-cli config set requirepass word
	run ! inside sh -c 'cd /etc/sv/redis && ./check'
	inside svc -w -d redis
	none_of '^redis-server'
	run ! logged redis "Can't"
	stop_machine
}

@test "syslog: everything is in main, logins also in auth, across its death" {
	begin_machine usr/sbin/socklog
	own_dev
	bring syslog
	enable syslog
	wait_until state_is syslog ready
	inside logger -t tester -p daemon.notice "number one"
	wait_until logged syslog "daemon.notice: "
	local pid
	pid=$(key syslog pid)
	[ "$(inside stat -c %U "/proc/$pid")" = nobody ]
	inside kill -KILL "$pid"
	wait_until new_run syslog "$pid"
	wait_until sends_log
	inside logger -t login -p authpriv.info "number two"
	wait_until logged syslog "number two"
	local auth=$ROOT/etc/sv/syslog/log/auth/current
	wait_until contains "$auth" "number two"
	run ! contains "$auth" "number one"
	stop_machine
}

# sends_log: the new process has opened its socket.
sends_log() {
	inside logger -t tester again && logged syslog again
}

# ---- Sites

# make_shop: a project of Django as django-admin would begin it, without what it does not need.
make_shop() {
	inside sh -e <<-'X'
	mkdir -p /srv/shop/shop
	cd /srv/shop
	cat >manage.py <<'END'
	import sys
	from django.core.management import execute_from_command_line
	execute_from_command_line(sys.argv)
	END
	cat >shop/settings.py <<'END'
	SECRET_KEY = "x"
	ALLOWED_HOSTS = ["shop.example"]
	ROOT_URLCONF = "shop.urls"
	INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth"]
	DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", "NAME": "shop",
	    "HOST": "/run/postgresql"}}
	END
	cat >shop/urls.py <<'END'
	import os
	from django.contrib.auth.models import User
	from django.http import HttpResponse
	from django.urls import path
	def count(request):
	    return HttpResponse("%d users of %s" % (User.objects.count(), os.environ["OWNER"]))
	urlpatterns = [path("", count)]
	END
	cat >shop/wsgi.py <<'END'
	from django.core.wsgi import get_wsgi_application
	application = get_wsgi_application()
	END
	X
}

make_node_server() {
	inside sh -e <<-'X'
	mkdir -p /srv/node
	cat >/srv/node/server.js <<'END'
	const { NODE_ENV, PORT } = process.env
	require("http").createServer((request, response) => response.end(`in ${NODE_ENV}`)).listen(PORT)
	process.on("SIGTERM", () => { console.log("good bye"); process.exit() })
	END
	X
}

@test "node: its variables come from env, where check finds the port, too" {
	command -v node >/dev/null || skip "needs node"
	begin_machine
	account www-data
	inside mount -t tmpfs tmpfs /srv
	make_node_server
	bring node
	echo 3001 >"$ROOT/etc/sv/node/env/PORT"
	finds_nothing
	enable node
	wait_until state_is node ready
	answers_with http://127.0.0.1:3001/ "in production"
	[ "$(inside stat -c %U "/proc/$(key node pid)")" = www-data ]
	inside svc -w -d node
	wait_until logged node "good bye"
	stop_machine
}

# ---- All of them

says_ssh() {
	[[ $(inside bash -c 'exec 5<>/dev/tcp/127.0.0.1/22 && head -n 1 <&5' 2>/dev/null) == SSH-2.0* ]]
}

@test "all at once: svlint finds nothing, all get ready, each answers, and none has to be killed" {
	export SVSCAN_GRACE=$((LIMIT * 1000)) # so that only what hangs is killed
	begin_machine $BINARIES/postgres $BINARIES/psql usr/sbin/cron usr/sbin/sshd usr/sbin/socklog \
		usr/bin/snooze usr/lib/python3/dist-packages/{django,psycopg2}/__init__.py
	inside sh -c 'command -v nginx gunicorn curl redis-server'
	local name names='postgresql redis nginx cron sshd syslog django nightly prepare'
	for name in postgres redis www-data sshd; do
		account $name
	done
	own_dev
	inside sh -e <<-'X'
	mount -t tmpfs tmpfs /srv
	[ -e /etc/ssh/sshd_config ] || cp /usr/share/openssh/sshd_config /etc/ssh/
	mkdir -p /etc/cron.d /var/spool/cron/crontabs
	rm -f /etc/cron.d/* /etc/crontab
	echo '@reboot root /etc/sv/cron/job echo cron works' >/etc/cron.d/test
	echo nginx works >/var/www/html/index.html
	X
	make_shop
	bring $names
	echo somebody >"$ROOT/etc/sv/django/env/OWNER"
	# Not while the test runs, whenever that is.
	sed -i "s/-H 3 -M 15/-H $(inside date -d '12 hours ago' +%-H) -M 15/" "$ROOT/etc/sv/nightly/run"
	finds_nothing
	for name in $names; do
		enable $name
	done
	inside svwait -a -T $((LIMIT * 1000)) ready $names
	state_is prepare 'done'
	[ "$(inside redis-cli ping)" = PONG ]
	answers_with http://127.0.0.1/ "nginx works"
	[ "$(inside curl -s -H 'Host: shop.example' http://127.0.0.1:8000/)" = "0 users of somebody" ]
	wait_until says_ssh
	wait_until logged cron "cron works"
	wait_until sends_log
	[ "$(inside stat -c %U /var/lib/uploads)" = www-data ]
	for name in $names; do
		[ "$(key $name deaths)" = 0 ]
	done
	stop_machine
	run ! grep -i kill err
}
