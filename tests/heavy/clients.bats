# Ansible's and Puppet's modules for daemontools. make check-heavy installs them.

load ../helper
load ../machine

setup() {
	cd "$BATS_TEST_TMPDIR"
	need_root
	command -v ansible
	command -v puppet
	mkdir home
	start_machine
	inside sh -e <<-'X'
	mkdir -p /etc/sv/web/log
	cat >/etc/sv/web/run <<'Y'
	#!/bin/sh
	trap 'echo reloaded >>signals' USR1
	while :; do sleep 0.1; done
	Y
	printf '#!/bin/sh\nexec multilog t ./main\n' >/etc/sv/web/log/run
	chmod +x /etc/sv/web/run /etc/sv/web/log/run
	X
}

# web ARGUMENTS: what the module says is in ./said.
web() {
	inside env HOME="$PWD/home" ANSIBLE_REMOTE_TEMP="$PWD/home/tmp" ANSIBLE_NOCOLOR=1 ansible localhost -c local -i localhost, \
		-e ansible_python_interpreter=/usr/bin/python3 -m community.general.svc \
		-a "name=web service_dir=/etc/service service_src=/etc/sv $*" >said 2>&1 || {
		cat said
		return 1
	}
}

@test "Ansible's svc module enables, starts, stops, restarts, reloads and disables a service" {
	web enabled=true
	wait_until is_up_inside /etc/sv/web

	web state=started
	contains said "localhost | SUCCESS"
	contains said '"state": "started"'
	contains said '"enabled": true'

	web state=stopped
	contains said "localhost | CHANGED"
	wait_until is_down_inside /etc/sv/web
	web state=stopped
	contains said "localhost | SUCCESS"
	contains said '"state": "stopped"'

	web state=started
	wait_until is_up_inside /etc/sv/web
	local pid
	pid=$(pid_inside /etc/sv/web)
	web state=restarted
	wait_until other_pid_inside /etc/sv/web "$pid"
	pid=$(pid_inside /etc/sv/web)
	web state=killed
	wait_until other_pid_inside /etc/sv/web "$pid"
	pid=$(pid_inside /etc/sv/web)
	wait_until trapped "$pid"
	web state=reloaded
	wait_until inside grep -q reloaded /etc/sv/web/signals
	[ "$(pid_inside /etc/sv/web)" = "$pid" ]

	web downed=true
	inside test -e /etc/sv/web/down
	web downed=false
	contains said '"downed": true'
	inside test ! -e /etc/sv/web/down

	web enabled=false
	contains said "localhost | CHANGED"
	wait_until has_left /etc/sv/web /etc/sv/web/log
	inside test ! -e /etc/service/web
	stop_machine
	if grep supervise: err; then false; fi
}

# trapped PID: the service has set its trap (bit 9 is USR1).
trapped() {
	local caught
	caught=$(inside sed -n 's/^SigCgt:\t*//p' "/proc/$1/status")
	((0x$caught & 1 << 9))
}

# declare WANTED: exit code 0 if all was so already, 2 if something was changed, others for failures.
declare_web() {
	inside env HOME="$PWD/home" puppet apply --detailed-exitcodes --color=false \
		-e "service { 'web': provider => daemontools, path => '/etc/sv', $1 }"
}

@test "Puppet's daemontools provider enables, queries, stops, starts and disables a service" {
	run -2 declare_web "ensure => running, enable => true"
	wait_until is_up_inside /etc/service/web
	run -0 declare_web "ensure => running, enable => true"

	run -2 declare_web "ensure => stopped"
	wait_until is_down_inside /etc/service/web
	run -0 declare_web "ensure => stopped"

	run -2 declare_web "ensure => running"
	wait_until is_up_inside /etc/service/web
	local pid
	pid=$(pid_inside /etc/service/web)
	run -2 declare_web "ensure => running } exec { '/bin/true': notify => Service['web']"
	wait_until other_pid_inside /etc/service/web "$pid"

	run -2 declare_web "ensure => stopped, enable => false"
	inside test ! -e /etc/service/web
	wait_until has_left /etc/sv/web /etc/sv/web/log
	stop_machine
	if grep supervise: err; then false; fi
}
