# The experiment that svscan as process 1 is for: PostgreSQL and Django in one container, and the
# engine asks it to end. Started by a shell script, also below tini and dumb-init, the database is
# killed, and recovers when it is started next; under svscan it is shut down. The services are the
# same everywhere, and so are the data.

load helper
load machine
load recipes

BINARIES=usr/lib/postgresql/15/bin
DJANGO=usr/lib/python3/dist-packages/django/__init__.py
DATA=/var/lib/postgresql/data

setup() {
	cd "$BATS_TEST_TMPDIR"
	need_packages $BINARIES/postgres $BINARIES/psql $DJANGO \
		usr/lib/python3/dist-packages/psycopg2/__init__.py usr/bin/tini usr/bin/dumb-init
	command -v gunicorn >versions || skip "needs gunicorn"
	command -v mandoc >/dev/null || skip "needs mandoc"
	export SVDIR=/etc/service
	mkdir data sv
	recipe postgresql >postgresql.sh
	[ -s postgresql.sh ]
	{
		echo cd /etc/sv/postgresql
		recipe log
	} >>postgresql.sh
	write_site
	write_entry
	write_container
}

# ---- What is in the container

# A site whose one worker keeps its connection.
write_site() {
	mkdir -p sv/site/log
	cat >sv/site/site_of_test.py <<-'X'
	from django.conf import settings
	settings.configure(SECRET_KEY="x", ALLOWED_HOSTS=["*"], ROOT_URLCONF=__name__,
	    DATABASES={"default": {"ENGINE": "django.db.backends.postgresql", "NAME": "postgres",
	        "USER": "postgres", "HOST": "/run/postgresql", "CONN_MAX_AGE": None}})
	from django.core.wsgi import get_wsgi_application
	from django.db import connection
	from django.http import HttpResponse
	from django.urls import path
	def words(_):
	    with connection.cursor() as cursor:
	        cursor.execute("create table if not exists words (word text)")
	        cursor.execute("insert into words values ('kept')")
	        cursor.execute("select count(*) from words")
	        return HttpResponse("%d words\n" % cursor.fetchone()[0])
	urlpatterns = [path("", words)]
	application = get_wsgi_application()
	X
	cat >sv/site/run <<-'X'
	#!/bin/sh
	exec 2>&1
	cd /etc/sv/site
	exec setuidgid postgres /usr/bin/gunicorn -b 127.0.0.1:8000 --worker-tmp-dir /dev/shm \
	    site_of_test:application
	X
	echo postgresql >sv/site/needs
	printf '#!/bin/sh\nexec multilog t ./main\n' >sv/site/log/run
	chmod +x sv/site/run sv/site/log/run
}

# The script that so many images have: it begins all, and ends when the first of them does.
write_entry() {
	cat >entry <<-'X'
	#!/bin/bash
	cd /etc/sv/postgresql
	./start
	./run >>/var/lib/postgresql/log &
	/etc/sv/site/run >>/var/lib/postgresql/log &
	wait -n
	exit $?
	X
	chmod +x entry
}

# What is there before the first process: the account, and the volumes.
write_container() {
	cat >container <<-X
	#!/bin/sh -e
	grep -q ^postgres: /etc/group || echo postgres:x:60001: >>/etc/group
	grep -q ^postgres: /etc/passwd || echo postgres:x:60001:60001::/:/bin/sh >>/etc/passwd
	mkdir -p /etc/sv /var/lib/postgresql
	mount --bind $PWD/sv /etc/sv
	mount --bind $PWD/data /var/lib/postgresql
	[ -e /etc/sv/postgresql/run ] || sh -e $PWD/postgresql.sh
	exec "\$@"
	X
	chmod +x container
}

# ---- What the engine does

# run_container COMMAND...: as its first process, until the site has written into the database.
run_container() {
	# Its number may be that of another process by now.
	rm -f data/data/postmaster.pid
	start_machine "$PWD/container" "$@"
	wait_until answers_with http://127.0.0.1:8000/ words
}

# stop_container PATIENCE: TERM, and KILL to whoever takes more than so many seconds.
stop_container() {
	local deadline=$((SECONDS + $1))
	kill -TERM "$machine"
	until gone "$outer" || ((SECONDS >= deadline)); do sleep 0.02; done
	kill -KILL "$machine" 2>/dev/null || true
	wait_until gone "$outer"
	code=0
	wait "$outer" || code=$?
}

# said TEXT, in the log of the script.
said() {
	contains data/log "$1"
}

recovered() {
	said 'database system was not properly shut down; automatic recovery in progress'
}

# ---- The experiment

@test "a shell script, tini and dumb-init: the database recovers at its next start" {
	local first_process expected patience=2
	run_container "$PWD/entry"
	run ! recovered
	for first_process in 'tini -g --' dumb-init "$PWD/entry"; do
		stop_container $patience
		[ "$code" = "${expected-$code}" ]
		# After the script the next two end by themselves, without the engine.
		expected=143 patience=$LIMIT
		run ! said 'database system is shut down'
		rm data/log
		run_container $first_process "$PWD/entry"
		wait_until recovered
	done
	stop_container 0
}

@test "the same script as the command of svscan: the database is shut down" {
	run_container svscan -g "${LIMIT}000" -t 600000 /etc/service -- "$PWD/entry"
	stop_container 60
	[ "$code" = 143 ] # the script is not careful; its container is
	said 'database system is shut down'
	run ! grep killing err
	rm data/log
	run_container svscan -t 600000 /etc/service -- "$PWD/entry"
	said 'database system was shut down at'
	run ! recovered
	stop_container 60
}

# services: both are enabled, before svscan begins.
services() {
	mkdir -p service
	ln -sfn /etc/sv/postgresql service/postgresql
	ln -sfn /etc/sv/site service/site
	sed -i "\$i mount --bind $PWD/service /etc/service" container
}

# idle_client: stays connected, from a shell that somebody has in the container.
idle_client() {
	background inside setpriv --reuid postgres --clear-groups bash -c '
		{ echo "select 1;"; exec sleep 100000; } | "$1" -XAtq -d postgres' \
		bash "/$BINARIES/psql" >client 2>&1
	wait_until test -s client
}

# count_words: in the database, with one more than before.
count_words() {
	inside curl -s http://127.0.0.1:8000/ | cut -d' ' -f1
}

@test "services of svscan: shut down within the limit, after the site, in spite of an idle client" {
	services
	run_container svscan -g "${LIMIT}000" -t 600000 /etc/service
	idle_client
	local words
	words=$(count_words)
	stop_container 60
	[ "$code" = 0 ]
	contains sv/postgresql/log/main/current 'received fast shutdown request'
	contains sv/postgresql/log/main/current 'database system is shut down'
	contains sv/site/log/main/current 'Shutting down: Master'
	run ! grep -e killing -e 'given up' err
	grep -A 9 'svscan: site ended after' err | grep -q 'svscan: asking postgresql to end after'
	mv sv/postgresql/log/main/current before
	run_container svscan -t 600000 /etc/service
	wait_until contains sv/postgresql/log/main/current 'database system was shut down at'
	run ! grep -e 'not properly' -e 'recovery' sv/postgresql/log/main/current
	(($(count_words) > words + 1))
	stop_container 60
	[ "$code" = 0 ]
}
