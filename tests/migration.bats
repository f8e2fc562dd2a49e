# migration(7): every example is typed as it stands there, is free of what svlint would find, and runs;
# what was there before is what the page says it is.

load helper
load guide

setup() {
	# Others than root have to get to the program.
	HERE=$(mktemp -d "${TMPDIR:-/tmp}/upkeep-guide.XXXXXX")
	chmod 755 "$HERE"
	PLACES=('/service service' '/etc/sv sv' '/etc/service service' '/etc/s6 s6' '/etc/my_init.d my_init.d'
		'/usr/local/bin bin' '/run/web run/web' '/srv/web srv/web' '/var/log log')
	begin_guide package/migration.7
	mkdir -p bin run srv/web log/web s6 my_init.d
	# The program of all examples: it tells how it was called, and ends well by QUIT.
	cat >bin/webserver <<-X
	#!/bin/sh
	case \$1 in
	--ask) exec test -e "$HERE/answers" ;;
	--db) touch "$HERE/answers" ;;
	--ready-fd) echo >&3 ;;
	esac
	trap 'echo drained; exit 0' QUIT
	echo "serving (\$*) as \$(id -u) with \$(ulimit -n) in \$(pwd) for \${COMPANY-nobody}"
	while [ ! -e "$HERE/end" ]; do sleep 0.1; done
	exit 7
	X
	chmod +x bin/webserver
	PATH=$HERE/bin:$PATH
	USER_ID=65534
	[ "$(id -u)" = 0 ] || USER_ID=$(id -u)
}

teardown() {
	end_all
	rm -rf "$HERE"
}

# example NAME: as it is typed; who is not root runs everything as oneself.
example() {
	if [ "$(id -u)" = 0 ]; then
		block "$1"
	else
		block "$1" | sed -E 's/(setuidgid|-[uo]) nobody //g'
	fi
}

# carry_out NAME: the example, by a shell; what it says is in ./said.
carry_out() {
	example "$1" >script
	[ -s script ]
	sh -e script >said 2>&1 || { cat script said >&2; return 1; }
}

scan() {
	background svscan "$HERE/service" 2>>"$HERE/err"
	scanner=$!
}

enable() {
	ln -s "../sv/$1" "$HERE/service/"
}

key() { sed -n "s/^$2=//p" "$HERE/sv/$1/supervise/state" 2>/dev/null; }
key_is() { [[ $(key "$1" "$2") == "$3" ]]; }

logged() {
	contains "$HERE/sv/web/log/main/current" "$1"
}

# foreign SUITE: what svlint knows of that suite's files.
foreign() {
	sed -n "s/^    {\"\(.*\)\", \"$1\", .*/\1/p" "$TOP/svc/names.c"
}

@test "every example of the page is tried, and every file that svlint knows of runit and s6 is on it" {
	cases | grep -v '^[a-z0-9]*before$' | sort >names
	[ "$(lines names)" = 7 ]
	sed -n 's/^	\(try\|carry_out\) \([a-z0-9]*\).*/\2/p' "$BATS_TEST_FILENAME" | sort -u | grep -v 'before$' | diff names -
	local name
	for name in $(cases); do
		[ "$name" = daemontools ] || [[ $name == s[cuy]*before ]] || block "$name" | sh -n
	done
	for name in $(foreign runit) $(foreign s6) $(foreign s6-rc); do
		grep -qw -e "$name" "$GUIDE" || { echo "$name"; false; }
	done
}

@test "daemontools 0.76: its services go on under ours" {
	local old=$TOP/build/peers/usr/bin
	[ -x "$old/svscan" ] || skip "needs Debian's packages"
	mkdir -p sv/web/log
	printf '#!/bin/sh\nexec webserver\n' >sv/web/run
	printf '#!/bin/sh\nexec multilog t ./main\n' >sv/web/log/run
	chmod +x sv/web/run sv/web/log/run
	enable web
	PATH=$old:$PATH background "$old/svscan" "$HERE/service"
	wait_until logged serving
	try daemontools
	# What 0.76 has logged is there, too.
	twice() { [ "$(svlog web | grep -c serving)" = 2 ]; }
	wait_until twice
	key_is web state ready
}

@test "runit: as it is with runit's programs, and without them" {
	local old=$TOP/build/peers/usr/bin
	carry_out runitbefore
	svlint "$HERE/sv/web" >said || true
	contains said "/control: "
	enable web
	mkdir -p run/web
	touch run/web/answers
	if [ -x "$old/chpst" ]; then
		PATH=$PATH:$old
		scan
		wait_until logged "serving () as $USER_ID with 1024 in $HERE/sv/web for acme"
		svwait -T $((LIMIT * 1000)) ready web
		kill "$scanner"
		wait "$scanner"
	fi
	carry_out runitafter
	[ "$(cat said)" = "" ]
	scan
	svwait -T $((LIMIT * 1000)) ready web
	svc -w -k web
	wait_until logged "killed by signal 9"
	svwait -T $((LIMIT * 1000)) ready web
	serves() { [ "$(svlog web | grep -c "serving () as $USER_ID with 1024 in $HERE/sv/web for acme")" -ge 2 ]; }
	wait_until serves
	svc -wd web
	wait_until logged drained
}

@test "s6-rc: a service that says when it is ready, its log, and a oneshot before it" {
	carry_out s6before
	svlint "$HERE/s6/web" "$HERE/s6/dirs" >said || true
	contains said "/dependencies.d: "
	contains said "/up: "
	[ "$(id -u)" != 0 ] || chown 65534 log/web
	carry_out s6after
	# needs is looked for beside the directory, as it will be when all are enabled.
	[ "$(cat said)" = "" ]
	enable web
	enable dirs
	scan
	svwait -T $((LIMIT * 1000)) ready web
	[ -d run/web ]
	[ -n "$(key web ready_since)" ]
	wait_until contains log/web/current "serving (--ready-fd 3) as $USER_ID"
	svc -wd web
	wait_until contains log/web/current drained
	svc -wd dirs
	[ ! -e run/web ]
}

@test "supervisord: what the section says is what the directory does" {
	local value
	block supervisordbefore >section
	carry_out supervisordafter
	[ "$(cat said)" = "ln -s $HERE/sv/web $HERE/service/" ] # new-service's word
	value=$(sed -n 's/^command=//p' section)
	grep -qF "$value" sv/web/run
	[ "$(cat sv/web/down-signal)" = "$(sed -n 's/^stopsignal=//p' section)" ]
	[ "$(cat sv/web/timeout-kill)" = "$(sed -n 's/^stopwaitsecs=//p' section)000" ]
	[ "$(cut -d' ' -f1 sv/web/max-deaths)" = "$(sed -n 's/^startretries=//p' section)" ]
	scan
	wait_until logged "serving (--port 8000) as $USER_ID"
	wait_until logged "in $HERE/srv/web for us & them"
	# The code that is expected is no reason to start it again; others are, three times.
	kill -QUIT "$(key web pid)"
	wait_until key_is web state failed
	[ "$(key web deaths)" = 1 ]
	touch end
	svc -u web
	wait_until key_is web exit 7
	wait_until key_is web state failed
}

@test "systemd: what the unit says is what the directory does" {
	local value
	block systemdbefore >web.service
	mkdir sv/db
	printf '#!/bin/sh\nexec sleep 100000\n' >sv/db/run
	chmod +x sv/db/run
	carry_out systemdafter
	[ "$(cat said)" = "" ]
	value=$(sed -n 's/^ExecStart=//p' web.service)
	grep -qF "softlimit -o 1024 $value" sv/web/run
	[ "SIG$(cat sv/web/down-signal)" = "$(sed -n 's/^KillSignal=//p' web.service)" ]
	[ "$(cat sv/web/timeout-kill)" = "$(sed -n 's/^TimeoutStopSec=//p' web.service)000" ]
	[ "$(cat sv/web/backoff)" = "$(sed -n 's/^RestartSec=\(.*\)/\1000 \1000/p' web.service)" ]
	enable db
	enable web
	scan
	wait_until logged "serving (--port 8000) as $USER_ID with 1024 in $HERE/srv/web for acme"
	[ -d run/web ]
	svc -wd web
	wait_until logged drained
	[ ! -e run/web ]
}

@test "a shell script: the first that ends, ends the other, and gives the exit code" {
	block scriptbefore >before.sh
	[ "$(grep -c '&$' before.sh)" = 2 ]
	carry_out scriptafter
	[ "$(cat said)" = "" ]
	scan
	svwait -T $((LIMIT * 1000)) ready db web
	touch end
	local code=0
	wait "$scanner" || code=$?
	[ "$code" = 7 ]
}

@test "my_init: its scripts are one job, and everything else waits for it" {
	mkdir -p service/web
	printf '#!/bin/sh\ntest -e "%s/prepared" || exit 1\nexec webserver\n' "$HERE" >service/web/run
	printf '#!/bin/sh\necho done >"%s/prepared"\n' "$HERE" >my_init.d/10_prepare
	chmod +x service/web/run my_init.d/10_prepare
	carry_out myinitafter
	[ "$(cat said)" = "" ]
	scan
	svwait -T $((LIMIT * 1000)) ready boot web
	[ "$(svstat -o deaths web)" = 0 ]
}
