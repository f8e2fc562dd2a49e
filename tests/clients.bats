# Programs written for daemontools, run for real: they find ours in its place and notice nothing.
# Ansible and Puppet are in heavy/.

load helper
load service
load machine

setup() {
	cd "$BATS_TEST_TMPDIR"
}

@test "monit starts, stops and restarts a service, and starts one that went down" {
	need_packages usr/bin/monit
	start_machine
	inside sh -e <<-'X'
	mkdir -p /etc/sv/web
	printf '#!/bin/sh\nexec sleep 987654\n' >/etc/sv/web/run
	chmod +x /etc/sv/web/run
	ln -s /etc/sv/web /etc/service
	X
	cat >monitrc <<-X
	set daemon 1
	set httpd port 2812 and use address 127.0.0.1 allow localhost
	set pidfile $PWD/monit.pid
	set idfile $PWD/monit.id
	set statefile $PWD/monit.state
	check process web matching "^sleep 987654"
	  start program = "/usr/bin/svc -u /etc/service/web"
	  stop program = "/usr/bin/svc -d /etc/service/web"
	X
	chmod 600 monitrc
	wait_until is_up_inside /etc/service/web
	background inside monit -I -c "$PWD/monitrc" >monit.log 2>&1
	wait_until monit_says OK

	inside monit -c "$PWD/monitrc" stop web
	wait_until is_down_inside /etc/service/web
	wait_until monit_says "Not monitored"
	inside monit -c "$PWD/monitrc" start web
	wait_until is_up_inside /etc/service/web
	wait_until monit_says OK

	local pid
	pid=$(pid_inside /etc/service/web)
	inside monit -c "$PWD/monitrc" restart web
	wait_until other_pid_inside /etc/service/web "$pid"
	wait_until monit_says OK

	pid=$(pid_inside /etc/service/web)
	inside svc -d /etc/service/web
	wait_until other_pid_inside /etc/service/web "$pid"
	contains monit.log "'web' process is not running"
	if grep -i failed monit.log; then false; fi
	stop_machine
}

monit_says() {
	inside monit -c "$PWD/monitrc" summary 2>/dev/null | grep -q " web  *$1 .*Process"
}

@test "what tinydns-conf writes runs unmodified: envuidgid, envdir, softlimit, setuidgid, multilog" {
	need_packages usr/sbin/tinydns usr/sbin/tinydns-conf usr/bin/dnsq
	start_machine
	inside tinydns-conf nobody nobody /etc/tinydns 127.0.0.2
	inside sh -e <<-'X'
	cd /etc/tinydns/root
	./add-ns example.test 127.0.0.2
	./add-host www.example.test 10.1.2.3
	make -s
	ln -s /etc/tinydns /etc/service
	X
	wait_until answers
	# It runs as nobody, with the limit, and so does its logger.
	local pid
	pid=$(pid_inside /etc/tinydns)
	[ "$(inside stat -c %U "/proc/$pid")" = nobody ]
	inside grep -qE '^Max data size +400000 ' "/proc/$pid/limits"
	[ "$(inside stat -c %U "/proc/$(pid_inside /etc/tinydns/log)")" = nobody ]
	wait_until logged
	stop_machine
}

answers() {
	inside dnsq a www.example.test 127.0.0.2 | grep -q '^answer: www.example.test .* A 10.1.2.3$'
}

logged() {
	inside grep -qE '^@[0-9a-f]{24} 7f000001:.* [+] 0001 www.example.test$' /etc/tinydns/log/main/current
}

@test "one of Debian's /etc/sv directories starts: its supervise is a link that leads nowhere" {
	need_packages etc/sv/mini-httpd/run usr/sbin/mini_httpd usr/bin/chpst
	start_machine
	# What installing the packages would have done, and a page.
	inside sh -e <<-'X'
	echo '_runit-log:x:990:990::/nonexistent:/bin/false' >>/etc/passwd
	echo '_runit-log:x:990:' >>/etc/group
	mkdir -p /var/www/html
	echo well >/var/www/html/index.html
	X
	local dir=/etc/sv/mini-httpd
	[ "$(inside readlink $dir/supervise)" = /run/runit/supervise/mini-httpd ]
	inside test ! -e /run/runit
	inside ln -s $dir /etc/service
	wait_until serves
	wait_until is_up_inside $dir
	wait_until is_up_inside $dir/log
	inside test -p /run/runit/supervise/mini-httpd/control
	inside test -p /run/runit/supervise/mini-httpd.log/control
	wait_until inside grep -q '"GET / HTTP' /var/log/runit/mini-httpd/current
	inside rm /etc/service/mini-httpd
	wait_until has_left $dir $dir/log
	stop_machine
}

serves() {
	[ "$(inside bash -c 'exec 5<>/dev/tcp/localhost/80 && printf "GET / HTTP/1.0\r\n\r\n" >&5 &&
		tail -n 1 <&5' 2>/dev/null)" = well ]
}

@test "daemontools-encore's svc does no harm: it puts an l before its commands" {
	make_service web
	background supervise web 2>err
	local supervise=$! pid
	wait_until is_up svstat web
	pid=$(pid_of svstat web)
	printf ld >web/supervise/control
	wait_until is_down svstat web
	printf lu >web/supervise/control
	wait_until other_pid "$pid"
	pid=$(pid_of svstat web)
	printf lt >web/supervise/control
	wait_until other_pid "$pid"
	printf ldx >web/supervise/control
	wait $supervise
	[ ! -s err ]
}

other_pid() {
	local pid
	pid=$(pid_of svstat web)
	[ -n "$pid" ] && [ "$pid" != "$1" ]
}

@test "removing a service the way of 0.76, rm and then svc -dx, ends it without a complaint" {
	mkdir scan
	make_service web
	mkdir web/log
	printf '#!/bin/sh\nexec multilog t ./main\n' >web/log/run
	chmod +x web/log/run
	background svscan -g "${LIMIT}000" scan 2>err
	local scanner=$!
	ln -s ../web scan/
	# From then on svscan replaces a supervise at once.
	wait_until says svstat web 'up \(pid [0-9]+\) ([2-9]|[0-9]{2,}) seconds'
	rm scan/web
	svc -dx web web/log
	wait_until not_supervised web
	wait_until not_supervised web/log
	kill -TERM $scanner
	wait $scanner
	# One that has left may not be reaped yet when the stop begins.
	if grep -v '^svscan: \(got SIGTERM\|stopped\|web ended\|logger of web ended\)' err; then false; fi
}

not_supervised() {
	run svok "$1"
	[ "$status" = 100 ]
}
