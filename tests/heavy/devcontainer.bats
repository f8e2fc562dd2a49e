# The container of package/containers/dev: its services as they stand there, as process 1 of podman,
# with code-server and difit from npm. In place of an image its root is this machine's, below an overlay
# with Debian's packages from build/peers; so the lines of the Containerfile that install them are not
# run. Takes three minutes for npm, once: they stay in build/npm.

load ../helper
load ../podman

PEERS=$TOP/build/peers
NPM=$TOP/build/npm
SERVICES='prepare code-server difit django postgresql preview cron'

setup_file() {
	begin_podman node npm g++ make git musl-gcc || return 0
	[ -e "$PEERS/usr/lib/postgresql/15/bin/postgres" ] || {
		LACKS="needs PostgreSQL in build/peers, where package/check puts it"
		return 0
	}
	sh "$BATS_TEST_DIRNAME/npm.sh" "$NPM" >"$BATS_FILE_TMPDIR/npm.log" 2>&1
	make_root
}

teardown_file() {
	end_podman
}

setup() {
	need_podman
	cd "$BATS_TEST_TMPDIR"
}

teardown() {
	[ -n "$LACKS" ] || remove_box dev || true
	end_all
}

# make_root: what the Containerfile makes, in $PODMAN/box.
make_root() {
	local layers=$PODMAN/layers box=$PODMAN/box folder
	mkdir -p "$layers" "$box"
	mount -t tmpfs tmpfs "$layers"
	mkdir "$layers/upper" "$layers/work" "$layers/peers"
	# Where the packages have a directory lib, the machine has a link.
	for folder in usr etc var; do cp -a "$PEERS/$folder" "$layers/peers/"; done
	mount -t overlay overlay -o "lowerdir=$layers/peers:/,upperdir=$layers/upper,workdir=$layers/work" "$box"
	rm -rf "$box/service" "$box/etc/cron.d" "$box/etc/crontab"
	mkdir -p "$box/etc/cron.d" "$box/var/spool/cron/crontabs" "$box/workspace" "$box/opt/npm"
	archive_into "$PODMAN"
	tar -xzf "$PODMAN"/upkeep-linux-*.tar.gz -C "$box"
	cp -R "$TOP"/package/containers/dev/service/. "$box/service"
	# The job of the crontab, but not so late.
	sed 's|^\*/5|*|' "$TOP/package/containers/dev/crontab" >"$box/etc/cron.d/dev"
	program code-server code-server/node_modules/code-server/out/node/entry.js
	program difit difit/node_modules/difit/dist/cli/index.js
	account postgres
	account dev
	install -d -o "$(id_of dev)" "$box/home/dev"
}

# program NAME FILE: npm's command of that name.
program() {
	printf '#!/bin/sh\nexec node /opt/npm/%s "$@"\n' "$2" >"$box/usr/bin/$1"
	chmod +x "$box/usr/bin/$1"
}

# account NAME: as its package, or useradd, would have made it.
account() {
	grep -q "^$1:" "$box/etc/passwd" || chroot "$box" useradd --home-dir "/home/$1" --shell /bin/sh "$1"
}

id_of() {
	sed -n "s/^$1:[^:]*:\([0-9]*\):.*/\1/p" "$box/etc/passwd"
}

# make_workspace: of somebody outside, with something to be seen in each of the programs.
make_workspace() {
	mkdir workspace
	cat >workspace/manage.py <<-'X'
	import sys
	from django.conf import settings
	settings.configure(DEBUG=True, SECRET_KEY="x", ALLOWED_HOSTS=["*"], ROOT_URLCONF=__name__,
	    DATABASES={"default": {"ENGINE": "django.db.backends.postgresql", "NAME": "dev", "USER": "dev",
	        "HOST": "/run/postgresql", "PORT": "8037"}})
	from django.core.management import execute_from_command_line
	from django.db import connection
	from django.http import HttpResponse
	from django.urls import path
	def ask(request):
	    with connection.cursor() as cursor:
	        cursor.execute("SELECT current_user")
	        return HttpResponse("the database knows me as %s" % cursor.fetchone()[0])
	urlpatterns = [path("", ask)]
	execute_from_command_line(sys.argv)
	X
	(
		cd workspace
		git init -q
		git add .
		git -c user.name=x -c user.email=x@localhost commit -qm first
		echo "# changed since" >>manage.py
	)
	chown -R 12345 workspace
}

inside() {
	podman exec dev "$@"
}

answers() {
	inside curl -sL --max-time 10 "http://127.0.0.1:$1" | grep -qF "$2"
}

pids() {
	inside svstat -o pid "$@" | tr '\n' ' '
}

@test "editor, difference, Django, PostgreSQL, cron and files: one dies, the others and the container do not" {
	make_workspace
	podman run -d --name dev --tmpfs /run:notmpcopyup --tmpfs /tmp:notmpcopyup -e PASSWORD=secret -v "$NPM:/opt/npm:ro" \
		-v "$PWD/workspace:/workspace" --rootfs "$PODMAN/box" /init >/dev/null 3>&- 4>&-
	inside svwait -a -T $((LIMIT * 2000)) ready $SERVICES || { inside svwhy; inside svlog; false; }

	# The job that comes first, as root, has made us the owner of what is ours.
	[ "$(inside id -u dev)" = 12345 ]
	inside svlog prepare | grep 'dev is uid=12345(dev)'
	[ "$(inside svstat -o state prepare)" = 'done' ]

	wait_until answers 4035/login "code-server"
	answers 8035/api/diff "changed since"
	answers 8036/ "the database knows me as dev"
	answers 8038/ manage.py
	inside psql -h 127.0.0.1 -p 8037 -U dev -w dev -c '' 2>&1 | grep password # it is there, and wants one

	# Whose they are.
	local name
	for name in code-server difit django preview; do
		[ "$(inside stat -c %u "/proc/$(pids $name | tr -d ' ')")" = 12345 ]
	done

	local editor others
	editor=$(pids code-server)
	others=$(pids difit django postgresql preview cron)
	inside sh -c "kill -9 $editor"
	back() { [ "$(pids code-server)" != "$editor" ] && inside svup -r code-server; }
	wait_until back
	answers 4035/login "code-server"
	[ "$(pids difit django postgresql preview cron)" = "$others" ]
	[ "$(podman inspect -f '{{.State.Status}} {{.RestartCount}}' dev)" = "running 0" ]

	# All logs in one place, that of cron's job, too.
	fetched() { inside svlog cron | grep -q fetched; }
	LIMIT=100 wait_until fetched
	[ "$(inside svlog | cut -d' ' -f1 | sort -u | tr '\n' ' ')" = "code-server cron difit django postgresql prepare preview " ]

	podman stop --time 15 dev >/dev/null
	[ "$(podman inspect -f '{{.State.ExitCode}}' dev)" = 0 ]
	podman logs dev >said 2>&1
	run ! grep -i -e kill -e 'given up' said
	contains said "svscan: stopped after"
	grep -q 'database system is shut down' "$PODMAN/box/service/postgresql/log/main/current"
	[ "$(sed -n 's/^svscan: \(.*\) ended after.*/\1/p' said | grep -n -e '^django$' -e '^postgresql$' -e '^prepare$' | cut -d: -f2 | tr '\n' ' ')" = "django postgresql prepare " ]
}
