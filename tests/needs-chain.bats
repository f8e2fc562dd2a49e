# needs on a real chain: nginx needs gunicorn with a Django site, that needs the schema, which a job
# makes with Django's migrate, and that needs PostgreSQL. Each counts only when it really answers.
# Who begins too early fails: the job and the site without a database, which their deaths would show.

load helper
load machine
load recipes

BINARIES=usr/lib/postgresql/15/bin
DJANGO=usr/lib/python3/dist-packages/django/__init__.py
CHAIN='postgresql schema site nginx'
ROUNDS=${NEEDS_ROUNDS:-3}

setup() {
	cd "$BATS_TEST_TMPDIR"
	begin_machine $BINARIES/postgres $DJANGO usr/lib/python3/dist-packages/psycopg2/__init__.py
	command -v gunicorn >versions || skip "needs gunicorn"
	command -v nginx >>versions || skip "needs nginx"
	account postgres
	account www-data
	make_recipe postgresql
	inside sh -e <<-'X'
	mkdir -p /etc/sv/schema /etc/sv/site /etc/sv/nginx
	cat >/etc/sv/site/site_of_test.py <<'END'
	import sys
	import django
	from django.conf import settings
	settings.configure(SECRET_KEY="x", ALLOWED_HOSTS=["*"], ROOT_URLCONF=__name__,
	    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth"],
	    DATABASES={"default": {"ENGINE": "django.db.backends.postgresql", "NAME": "postgres",
	        "USER": "postgres", "HOST": "/run/postgresql"}})
	django.setup()
	from django.core.management import execute_from_command_line
	from django.core.wsgi import get_wsgi_application
	from django.http import HttpResponse
	from django.urls import path
	urlpatterns = []
	if __name__ == "__main__":
	    execute_from_command_line(sys.argv)
	else:
	    from django.contrib.auth.models import User
	    print("it finds", User.objects.count(), "users", flush=True)
	    urlpatterns.append(path("", lambda _: HttpResponse("%d users" % User.objects.count())))
	    application = get_wsgi_application()
	END
	cat >/etc/sv/schema/start <<'END'
	#!/bin/sh
	exec 2>&1
	cd ../site
	setuidgid postgres /usr/bin/python3 site_of_test.py migrate --no-color || exit
	sleep "$(cat ../schema/delay)"
	echo migrated
	END
	cat >/etc/sv/site/run <<'END'
	#!/bin/sh
	exec 2>&1
	exec setuidgid postgres /usr/bin/gunicorn --preload -w 2 -b 127.0.0.1:8000 \
	    --worker-tmp-dir /dev/shm site_of_test:application
	END
	cat >/etc/sv/nginx/conf <<'END'
	daemon off;
	pid /run/nginx.pid;
	error_log stderr notice;
	events {}
	http {
	    access_log off;
	    server { listen 127.0.0.1:80; location / { proxy_pass http://127.0.0.1:8000; } }
	}
	END
	cat >/etc/sv/nginx/run <<'END'
	#!/bin/sh
	exec 2>&1
	exec nginx -c "$PWD/conf"
	END
	for name in site:8000 nginx:80; do
	    printf '#!/bin/sh\nexec curl -sf -o /dev/null http://127.0.0.1:%s/\n' ${name#*:} \
	        >/etc/sv/${name%:*}/check
	done
	echo postgresql >/etc/sv/schema/needs
	echo schema >/etc/sv/site/needs
	echo site >/etc/sv/nginx/needs
	chmod +x /etc/sv/*/run /etc/sv/*/start /etc/sv/*/check
	# Who is asked is not ready before its delay is over.
	for name in postgresql site nginx; do
	    sed -i '1a [ -e ready ] || { sleep "$(cat delay)"; : >ready; }' /etc/sv/$name/check
	done
	X
	local name
	for name in schema site nginx; do
		add_log $name
	done
}

# first NAME TEXT: the label of the first line with TEXT in its log.
first() {
	grep -m 1 -F -e "$2" "$ROOT/etc/sv/$1/log/main/current" | cut -d' ' -f1
}

# right_order: as they have said it themselves.
right_order() {
	{
		first postgresql 'ready to accept connections'
		first schema 'Running migrations'
		first schema migrated
		first site 'it finds 0 users'
		first site 'Booting worker'
		first nginx 'start worker process'
	} >labels
	[ "$(lines labels)" = 6 ] && sort -c labels # says what is not in its place
}

# begin_all: links in random order, each with a delay of its own.
begin_all() {
	local name
	for name in $CHAIN; do
		inside sh -c "cd /etc/sv/$name && rm -rf ready log/main && echo 0.$((RANDOM % 6)) >delay"
	done
	for name in $(shuf -e $CHAIN); do
		enable $name
	done
	wait_until state_is nginx ready
	answers_with http://127.0.0.1/ '0 users'
}

end_all_services() {
	local name links=
	for name in $CHAIN; do
		links+=" /etc/service/$name"
	done
	inside rm $links
	wait_until has_left $(printf '/etc/sv/%s\n' $CHAIN) $(printf '/etc/sv/%s/log\n' $CHAIN)
}

@test "PostgreSQL, a schema, Django, nginx: in order, whatever the order of the links ($ROUNDS rounds)" {
	local round name
	for ((round = 1; round <= ROUNDS; round++)); do
		begin_all
		wait_until right_order # the loggers may have something to read still
		for name in $CHAIN; do
			[ "$(key $name deaths)" = 0 ]
			[ "$(key $name commands)" = 0 ]
		done
		((round == ROUNDS)) || end_all_services
	done
	# What dies, or is stopped, is nobody else's business.
	local database site nginx
	database=$(key postgresql pid)
	site=$(key site pid)
	nginx=$(key nginx pid)
	inside kill -KILL "$database"
	wait_until new_run postgresql "$database"
	wait_until answers_with http://127.0.0.1/ '0 users'
	inside svc -wd postgresql
	[ "$(key site pid) $(key nginx pid)" = "$site $nginx" ]
	state_is schema 'done'
	# But a start waits.
	inside svc -wd schema
	inside svc -t site
	wait_until state_is site waiting
	inside svc -u schema
	wait_until state_is schema waiting
	inside svc -wu postgresql
	wait_until state_is site ready
	[ "$(key nginx pid)" = "$nginx" ]
	answers_with http://127.0.0.1/ '0 users'
	stop_machine
}

# one_log: from now on they write into one file, whose order is that of their writes.
one_log() {
	inside sed -i 's|^exec 2>&1$|exec >>/etc/sv/lines 2>\&1|' /etc/sv/postgresql/run \
		/etc/sv/schema/start /etc/sv/site/run /etc/sv/nginx/run
	inside grep -c '^exec >>/etc/sv/lines' /etc/sv/nginx/run /etc/sv/site/run /etc/sv/postgresql/run
}

# follow_each_other FILE TEXT...: each TEXT is in the file, only behind the one before.
follow_each_other() {
	local file=$1 text last=0 first
	shift
	for text; do
		first=$(grep -nFe "$text" "$file" | head -n 1 | cut -d: -f1)
		[ -n "$first" ] && ((first > last)) || { echo "not in its place: $text" >&2; cat "$file" >&2; return 1; }
		last=$(grep -nFe "$text" "$file" | tail -n 1 | cut -d: -f1)
	done
}

@test "nginx, Django, PostgreSQL: the stop is the exact reverse" {
	one_log
	begin_all
	exec 5<"$ROOT/etc/sv/lines" # outlives the machine
	stop_machine
	cat <&5 >lines
	exec 5<&-
	follow_each_other lines 'ready to accept connections' 'Running migrations' migrated \
		'it finds 0 users' 'start worker process' ': exit' \
		'Handling signal: term' 'Shutting down: Master' 'received fast shutdown request' \
		'database system is shut down'
	run ! grep -e killing -e 'given up' err
}
