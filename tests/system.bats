# The whole tree on real input: nginx and redis with a logger each under svscan as PID 1, and a
# tree without any privilege. Needs nothing of the system but the two daemons: own PID, mount and
# network namespaces.

load helper
load service

setup() {
	cd "$BATS_TEST_TMPDIR"
	mkdir scan sv
	export SVDIR=$PWD/scan
	# So that only what hangs is killed, however slow everything is.
	export SVSCAN_GRACE=$((LIMIT * 1000))
}

# script FILE: an executable shell script from standard input.
script() {
	mkdir -p "$(dirname "$1")"
	{
		echo '#!/bin/sh'
		cat
	} >"$1"
	chmod +x "$1"
}

nginx_service() {
	mkdir -p sv/nginx/data
	cat >sv/nginx/data/nginx.conf <<-X
	worker_processes 2;
	pid data/nginx.pid;
	error_log stderr warn;
	events {}
	http {
		log_format request '\$request_uri';
		access_log /dev/stdout request;
		client_body_temp_path data/1; proxy_temp_path data/2; fastcgi_temp_path data/3;
		uwsgi_temp_path data/4; scgi_temp_path data/5;
		server { listen 127.0.0.1:80; location / { return 200 "well\n"; } }
	}
	X
	script sv/nginx/run <<-'X'
	exec 2>&1
	exec nginx -p . -c data/nginx.conf -e stderr -g 'daemon off;'
	X
	# Everything into `all`; the same into `few`, of which old files are deleted.
	script sv/nginx/log/run <<<'exec multilog t s4096 n1000 ./all n4 ./few'
}

redis_service() {
	mkdir -p sv/redis
	script sv/redis/run <<<'exec redis-server --port 6379 --daemonize no --save "" --logfile "" --dir .'
	script sv/redis/log/run <<<'exec multilog t ./main'
}

# inside COMMAND...: in the network and PID namespace of the tree.
inside() {
	nsenter --target "$scanner" --net --pid --mount -- "$@"
}

# request PATH: true if nginx answers it well.
request() {
	inside bash -c 'exec 5<>/dev/tcp/127.0.0.1/80 && printf "GET %s HTTP/1.0\r\n\r\n" "$1" >&5 &&
		grep -q "^well" <&5' bash "$1" 2>/dev/null
}

pongs() {
	[ "$(inside redis-cli ping 2>/dev/null)" = PONG ]
}

has_child() {
	[ -n "$(cat "/proc/$1/task/$1/children")" ]
}

# other_pid NAME OLD: it is up under another number.
other_pid() {
	local pid
	pid=$(pid_of svstat "$1")
	[ -n "$pid" ] && [ "$pid" != "$2" ]
}

logs_of() {
	cat sv/nginx/log/"$1"/@* sv/nginx/log/"$1"/current 2>/dev/null # none yet, at first
}

# numbers DIRECTORY: the numbered requests in it, in order.
numbers() {
	logs_of "$1" | sed -n 's,^@[0-9a-f]* /n\([0-9]*\)$,\1,p'
}

@test "nginx and redis under svscan as PID 1: restart, down and up, rotation, a clean stop" {
	need_root
	local tool
	for tool in nginx redis-server redis-cli ip; do
		command -v $tool >/dev/null || skip "needs $tool"
	done
	nginx_service
	redis_service
	background unshare --pid --net --fork --mount-proc --kill-child \
		sh -c 'ip link set lo up; exec "$0" scan' "$BIN/svscan" 2>err
	local outer=$! pid i
	wait_until has_child $outer
	scanner=$(tr -d ' ' <"/proc/$outer/task/$outer/children")
	ln -s "$PWD/sv/nginx" "$PWD/sv/redis" scan/
	wait_until pongs
	wait_until request /first

	# A restart by svc -t: a new process, and it answers again.
	pid=$(pid_of svstat nginx)
	svc -t nginx
	wait_until other_pid nginx "$pid"
	wait_until request /after-t

	# A crash of redis.
	pid=$(pid_of svstat redis)
	inside kill -KILL "$pid"
	wait_until other_pid redis "$pid"
	wait_until pongs
	[ "$(sed -n 's/^signal=//p' sv/redis/supervise/state)" = KILL ]

	# Down and up.
	svc -d redis
	wait_until is_down svstat redis
	if pongs; then false; fi
	svc -u redis
	wait_until pongs

	# Enough requests for many rotations, in a known order.
	inside bash -c 'for ((i = 1; i <= 600; i++)); do
		exec 5<>/dev/tcp/127.0.0.1/80 && printf "GET /n%d HTTP/1.0\r\n\r\n" $i >&5 && cat <&5 >/dev/null
	done'
	written() { [ "$(numbers all | wc -l)" = 600 ]; }
	wait_until written
	numbers all | cmp - <(seq 600)

	# Files end at the first newline at or past S - 2000, as 0.76 has it when lines come singly.
	stat -c %s sv/nginx/log/all/@*.s >sizes
	logs_of all | awk '{ bytes += length($0) + 1 } bytes >= 4096 - 2000 { print bytes; bytes = 0 }' |
		cmp - sizes
	[ "$(wc -l <sizes)" -ge 8 ]
	# n4 keeps three old files, the newest.
	[ "$(ls sv/nginx/log/few | grep -c '^@.*\.s$')" = 3 ]
	[ "$(stat -c %a sv/nginx/log/few/@* | sort -u)" = 744 ]
	cmp <(logs_of few) <(logs_of all | tail -c "$(logs_of few | wc -c)")

	# Labels that people can read.
	tai64nlocal <sv/nginx/log/all/current | grep -qE "^$(date +%Y)-[0-9]{2}-[0-9]{2} [0-9:.]{18} /n600$"

	# The stop: exit 0, the last words are on disk, the logs are closed cleanly.
	request /last
	kill -TERM "$scanner"
	wait $outer
	[ "$(logs_of all | grep -c ' /last$')" = 1 ]
	contains sv/redis/log/main/current "Redis is now ready to exit"
	[ "$(stat -c %a sv/nginx/log/{all,few}/current sv/redis/log/main/current | sort -u)" = 744 ]
	contains err "svscan: got SIGTERM: stopping"
	if grep -i kill err; then false; fi
}

@test "a tree without privilege: from ln -s to rotated logs, under the control of svc" {
	script sv/clock/run <<-'X'
	exec 2>&1
	trap 'echo over; exit' TERM
	i=0
	while :; do
		i=$((i + 1))
		echo "line $i of process $$"
		[ $((i % 500)) = 0 ] && sleep 0.1
	done
	X
	script sv/clock/log/run <<<'exec multilog t s4096 n5 ./main'
	if [ "$(id -u)" = 0 ]; then
		chown -R nobody .
		chmod a+rx "$BATS_TEST_TMPDIR" "$BATS_RUN_TMPDIR" 2>/dev/null || true
		background setpriv --reuid nobody --regid nogroup --clear-groups "$BIN/svscan" scan 2>err
	else
		background svscan scan 2>err
	fi
	local scanner=$!
	ln -s ../sv/clock scan/
	rotated() { [ "$(ls sv/clock/log/main 2>/dev/null | grep -c '^@')" = 4 ]; }
	wait_until rotated
	wait_until is_up svstat clock
	wait_until is_up svstat clock/log
	local pid
	pid=$(pid_of svstat clock)
	svc -t clock
	wait_until other_pid clock "$pid"
	svc -d clock
	wait_until is_down svstat clock
	# It may have made the file full.
	over() { cat sv/clock/log/main/@* sv/clock/log/main/current | tail -n 1 | grep -q ' over$'; }
	wait_until over
	svc -u clock
	wait_until is_up svstat clock
	rm scan/clock
	gone_from_tree() { [[ $(svstat sv/clock/log) == *"supervise not running" ]]; }
	wait_until gone_from_tree
	over
	[ "$(stat -c %a sv/clock/log/main/current)" = 744 ]
	kill -INT $scanner
	wait $scanner
	[ "$(tail -n 1 err | sed 's/[0-9]* ms//')" = "svscan: stopped after " ]
}
