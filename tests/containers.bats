# Real containers: the examples of package/containers and package/kubernetes, the README's way to a
# first image, and what an engine can do to /init. Engine: podman with runc. Not here: what needs no
# engine, which runs in plain namespaces (command.bats, terminal.bats, verdict.bats, order.bats).

load helper
load blocks
load podman

setup_file() {
	begin_podman musl-gcc || return 0
	mkdir "$BATS_FILE_TMPDIR/archive"
	archive_into "$BATS_FILE_TMPDIR/archive"
	stand_in docker.io/library/debian:12
	build_scratch
	build_entry
}

teardown_file() {
	end_podman
}

setup() {
	need_podman
	cd "$BATS_TEST_TMPDIR"
	NAME=t$BATS_TEST_NUMBER
}

teardown() {
	[ -z "$NAME" ] || remove_box "$NAME" || true
	end_all
}

# ---- Words for the tests

# context EXAMPLE: a copy of it, with the archive in it; the current directory from then on.
context() {
	cp -R "$TOP/package/containers/$1" "$BATS_FILE_TMPDIR/$1"
	cd "$BATS_FILE_TMPDIR/$1"
	cp "$BATS_FILE_TMPDIR"/archive/* .
}

build_scratch() {
	context scratch
	# As the Containerfile says.
	$(sed -n 's/^# *\(musl-gcc .*\)/\1/p' Containerfile)
	podman build --isolation=chroot -q -t web . >/dev/null
}

build_entry() {
	context entry
	podman build --isolation=chroot -q -t entry . >/dev/null
}

# box OPTION... IMAGE [COMMAND...]: a container in the background, under the name of this test.
box() {
	remove_box "$NAME"
	podman run -d --name "$NAME" "$@" 3>&- 4>&- >/dev/null
}

in_box() {
	podman exec "$NAME" "$@"
}

# said TEXT: by the container, on either of its outputs.
said() {
	podman logs "$NAME" >said 2>&1
	contains said "$1"
}

# stops CODE [SECONDS]: the engine does not lose patience (that would be 137), and the container exits
# with CODE.
stops() {
	podman stop --time "${2:-$LIMIT}" "$NAME" >/dev/null 2>&1
	local code
	code=$(podman inspect -f '{{.State.ExitCode}}' "$NAME")
	podman logs "$NAME" >said 2>&1
	[ "$code" = "$1" ] || { echo "exit code $code"; cat said; } >&2
	[ "$code" = "$1" ]
}

# pid_of_service: as svstat says, inside.
pid_of_service() {
	in_box svstat "$1" | sed -n 's/.*(pid \([0-9]*\)).*/\1/p'
}

new_pid() {
	local pid
	pid=$(pid_of_service web)
	[ -n "$pid" ] && [ "$pid" != "$1" ]
}

# new_service NAME: in ./scan, which becomes a volume; its run from standard input.
new_service() {
	mkdir -p "scan/$1"
	cat >"scan/$1/run"
	chmod +x "scan/$1/run"
}

# add_log NAME: a logger for it.
add_log() {
	mkdir "scan/$1/log"
	printf '#!/bin/sh\nexec multilog t ./main\n' >"scan/$1/log/run"
	chmod +x "scan/$1/log/run"
}

# ---- The smallest image

@test "from scratch: less than 400 KB, serves, is asked and commanded by exec, stops well" {
	[ "$(podman image inspect -f '{{.Size}}' web)" -lt 400000 ]
	box web
	wait_until in_box svup -r
	local pid
	pid=$(pid_of_service web)
	nsenter --target "$(podman inspect -f '{{.State.Pid}}' "$NAME")" --net -- \
		bash -c 'exec 5<>/dev/tcp/127.0.0.1/8080; printf "GET /path HTTP/1.0\r\n\r\n" >&5; cat <&5' >answer
	[ "$(tail -n 1 answer)" = well ]
	wait_until said "GET /path HTTP/1.0"
	in_box svc -k web
	wait_until new_pid "$pid"
	in_box svc -w -d web
	run -1 in_box svup web
	[[ $output == "web: down "* ]]
	in_box svc -w -u web
	stops 0
	[[ $(sed -n '1,/stopping/d; s/[0-9]* ms//; p' said | tr '\n' ,) == "svscan: web ended after ,svscan: stopped after ," ]]
}

@test "without privilege, root, passwd line, capability, processes to spare, or the number 1" {
	local case
	while read -r case; do
		echo "with: $case" >&2
		box $case web
		wait_until in_box svup -r
		in_box svc -w -T "${LIMIT}000" -r web
		[[ $(in_box svstat web) == "web: up "* ]]
		stops 0
		contains said "svscan: stopped after"
	done <<-X
	--read-only --read-only-tmpfs=false
	--user 12345:0
	--user 12345:0 --read-only --read-only-tmpfs=false --cap-drop ALL --security-opt no-new-privileges
	--uidmap 0:100000:65536 --gidmap 0:100000:65536
	--init
	--pid host
	--pids-limit 12
	X
}

# ---- Commands and exit codes

@test "exit codes pass through the engine, with and without --" {
	local code case
	while read -r code case; do
		echo "$code: $case" >&2
		run -"$code" podman run --rm --entrypoint /init entry $case
	done <<-X
	3 sh -c exit\${IFS}3
	3 -- sh -c exit\${IFS}3
	137 sh -c kill\${IFS}-9\${IFS}\$\$
	0 -e 3 -- sh -c exit\${IFS}3
	127 /nowhere
	126 /etc/passwd
	100 -Z
	X
}

@test "an essential service decides when and how the container ends, and its last words are told" {
	new_service vital <<-'X'
	#!/bin/sh
	echo last words
	exit 5
	X
	touch scan/vital/essential
	echo 0 >scan/vital/max-deaths
	add_log vital
	new_service other <<<$'#!/bin/sh\nexec sleep 100000'
	touch termination-log # as Kubernetes makes it
	run -5 podman run --rm -v "$PWD/scan:/service" -v "$PWD/termination-log:/dev/termination-log" \
		--entrypoint /init entry
	[[ $output == *"essential service vital failed (exit code 5)"*"last words"* ]]
	contains termination-log "essential service vital failed (exit code 5)"
	contains termination-log "last words"
}

@test "what ignores TERM is killed and named before the engine loses patience" {
	new_service deaf <<-'X'
	#!/bin/sh
	trap '' TERM
	while :; do sleep 1; done
	X
	box -v "$PWD/scan:/service" -e SVSCAN_GRACE=1000 --entrypoint /init entry \
		sh -c 'trap "" TERM; while :; do sleep 1; done'
	wait_until in_box svup
	stops 137 10 # the command's, by svscan: KILL; it has ten times its limit
	contains said "killing"
	contains said "deaf"
	contains said "svscan: stopped after"
}

@test "a terminal belongs to the command" {
	run -7 script -qec "podman run --rm -it --entrypoint /init entry sh -c 'test -t 0 && test -t 1 && exit 7'" \
		/dev/null </dev/null
}

@test "at a terminal without a command Ctrl-C is a stop" {
	new_service quiet <<<$'#!/bin/sh\nexec sleep 100000'
	mkfifo keys
	exec 5<>keys
	# In the background a command has no standard input but what it opens itself.
	background bash -c 'exec script -qec "$0" /dev/null <keys >screen' \
		"podman run -it --name $NAME -v $PWD/scan:/service --entrypoint /init entry"
	local terminal=$!
	wait_until in_box svup
	printf '\003' >&5
	wait_until gone "$terminal"
	exec 5>&-
	contains screen "svscan: got SIGINT: stopping"
	[ "$(podman inspect -f '{{.State.ExitCode}}' "$NAME")" = 0 ]
}

# each_started TIMES: so often, and not oftener, has each of the three begun.
each_started() {
	[ "$(sort scan/starts | uniq -c | awk '{ print $1, $2 }' | tr '\n' ,)" = "$1 a,$1 b,$1 c," ]
}

@test "killed by the engine and started again, on what it has left: every service runs, once" {
	local round name
	for name in a b c; do
		new_service $name <<-X
		#!/bin/sh
		echo "$name" >>../starts
		exec sleep 100000
		X
	done
	box -v "$PWD/scan:/service" --entrypoint /init entry
	for round in 1 2 3; do
		wait_until in_box svup a b c
		in_box svstat a b c >up
		[ "$(grep -c ': up (pid ' up)" = 3 ]
		wait_until each_started "$round"
		podman kill -s KILL "$NAME" >/dev/null
		podman wait "$NAME" >/dev/null
		podman start "$NAME" >/dev/null 3>&- 4>&-
	done
	wait_until in_box svup a b c
	stops 0
}

@test "an entry script that ends in exec /init: its command, another one, and what it has exported" {
	box entry sh -c 'trap "exit 4" TERM; while :; do sleep 0.1; done'
	wait_until in_box cat /run/app/beat
	[ "$(in_box cat /proc/1/comm)" = init ]
	stops 4
	run -0 podman run --rm entry sh -c 'echo "dir=$APP_DIR"'
	[[ $output == *"dir=/run/app"* ]]
	# The image's own command is a shell, whose input ends at once.
	run -0 podman run --rm entry
}

# ---- containers(7)

@test "containers(7): the image of the page, its command, an entry script that ends as the page says" {
	mkdir -p image/service/web
	printf '#!/bin/sh\nexec sleep 100000\n' >image/service/web/run
	chmod +x image/service/web/run
	cp "$BATS_FILE_TMPDIR"/archive/* image/
	block package/containers.7 'FROM debian:12' >image/Containerfile
	podman build --isolation=chroot --format docker -q -t page image >/dev/null
	box page
	wait_until podman healthcheck run "$NAME" >/dev/null 2>&1
	in_box svc -w -d web
	stops 0
	{
		printf '#!/bin/sh\nexport PREPARED=yes\n'
		block package/containers.7 'exec /init -- "$@"'
	} >image/entry
	chmod +x image/entry
	printf 'FROM page\nCOPY entry /entry\nENTRYPOINT ["/entry"]\n' >image/Containerfile
	podman build --isolation=chroot -q -t prepared image >/dev/null
	run -6 podman run --rm prepared sh -c 'echo "prepared=$PREPARED"; svwait -T 20000 up web && exit 6'
	[[ $output == *"prepared=yes"* ]]
}

@test "containers(7): a look around in a container that runs" {
	NAME=site
	new_service nginx <<<$'#!/bin/sh\necho begun\nexec sleep 100000'
	add_log nginx
	box -v "$PWD/scan:/service" --entrypoint /init entry
	wait_until in_box svup nginx nginx/log
	local pid
	pid=$(in_box svstat -o pid nginx)
	logged() { in_box svlog | grep -q begun; }
	wait_until logged
	block package/containers.7 'podman exec site svstat -a' >block
	[ "$(tail -n 1 block)" = "podman exec -it site svlog -f" ]
	# The last one goes on, at a terminal.
	sed '$d' block >script
	run -0 bash -e script 3>&-
	[[ $output == *"nginx: up (pid $pid) "* ]]
	other() { [[ $(in_box svstat -o pid nginx) != @(|"$pid") ]]; }
	wait_until other
	background script -qfc "$(tail -n 1 block)" screen </dev/null >/dev/null
	wait_until contains screen begun
	stops 0
}

# ---- Images that have something already

@test "ADD into an image whose /service is a link, or a directory with a mode: it stays, and runs" {
	local kind
	for kind in link directory; do
		mkdir -p $kind/root
		cp "$BATS_FILE_TMPDIR"/archive/* $kind/
		printf 'FROM debian:12\nCOPY root /\nADD upkeep-linux-*.tar.gz /\n' >$kind/Containerfile
	done
	mkdir -p link/root/etc/service/web directory/root/service/web
	chmod 750 directory/root/service
	ln -s etc/service link/root/service
	printf '#!/bin/sh\nexec sleep 100000\n' | tee link/root/etc/service/web/run >directory/root/service/web/run
	chmod 755 */root/etc/service/web/run */root/service/web/run
	for kind in link directory; do
		podman build --isolation=chroot -q -t kept-$kind $kind >/dev/null
		box kept-$kind /init
		wait_until in_box svwait -T 20000 up web
		in_box stat -c '%F %a' /service >>found
		stops 0
	done
	cat found
	[ "$(cat found)" = $'symbolic link 777\ndirectory 750' ]
}

# ---- Logs

@test "all logs, with names, on the standard output of the container: svlog -f as a service" {
	new_service web <<-'X'
	#!/bin/sh
	echo "hello from web"
	exec sleep 100000
	X
	new_service logs <<<$'#!/bin/sh\nexec svlog -f -n 0'
	add_log web
	touch scan/web/down
	box -v "$PWD/scan:/service" --entrypoint /init entry
	wait_until in_box svwait -T 20000 up logs
	in_box svc -w -u web
	wait_until said "hello from web"
	grep 'web.*hello from web' said
	stops 0
}

# ---- Kubernetes

@test "the pod: an ordinary user, a root that nobody can write, probes without a shell, a stop" {
	local pod=$TOP/package/kubernetes/pod.yaml probe
	podman kube play --network none "$pod" 3>&- 4>&- >played 2>&1
	NAME=web-web
	[ "$(podman inspect -f '{{.HostConfig.ReadonlyRootfs}} {{.Config.User}}' web-web)" = "true 12345:0" ]
	sed -n 's/^ *command: \[\(.*\)\]/\1/p' "$pod" | tr -d , >probes
	[ "$(lines probes)" = 2 ]
	while read -r probe; do
		wait_until in_box $probe
	done <probes
	in_box svc -w -d web
	while read -r probe; do
		run -0 in_box $probe # what is not wanted is not missed
		run -1 in_box $probe web
	done <probes
	# The page has the same, found through PATH.
	block package/containers.7 'livenessProbe:' | sed -n 's/.*command: \[\(.*\)\]}}/\1/p' | tr -d , >shown
	sed 's|^/usr/bin/||' probes | diff - shown
	podman pod stop --time 15 web >/dev/null 2>&1
	[ "$(podman inspect -f '{{.State.ExitCode}}' web-web)" = 0 ]
	[ "$(sed -n 's/^ *terminationGracePeriodSeconds: //p' "$pod")" -gt 8 ]
	podman kube down "$pod" >/dev/null
}

# ---- A newcomer

@test "the README's way from nothing to a running, logged, controlled container of two services" {
	block README.md 'make dist-container' >block
	[ "$(lines block)" -ge 20 ]
	[ "$(tail -n 1 block)" = "podman rm demo" ]
	NAME=demo
	mkdir build
	cp "$BATS_FILE_TMPDIR"/archive/* build/
	# The archive is made already. Where the reader looks around, the script waits for two lines.
	{
		echo 'make() { echo "made: $*"; }'
		echo 'two() { until [ "$(podman exec demo svlog | wc -l)" -ge 2 ]; do sleep 0.1; done; }'
		sed 's/^podman exec demo svlog/two; &/' block
	} >script
	run -0 timeout "$LIMIT" bash -e script 3>&- 4>&-
	echo "$output"
	[[ $output == *"made: dist-container"* ]]
	[[ $output == *"beat: up (pid "*"clock: up (pid "*"clock/log: up (pid "* ]]
	[[ $output =~ [0-9]{4}-[0-9]{2}-[0-9]{2}\ [0-9:.]+\  ]]
	# beat ends before clock, which it needs, and the logger last.
	sed -n '/^svscan: got SIGTERM/,$p' <<<"$output" | sed -n 's/^svscan: \(.*\) ended after.*/\1/p' | tr '\n' , >order
	[ "$(cat order)" = "beat,clock,logger of clock," ]
	grep -q '^svscan: asking clock to end' <<<"$output" # not before
	[ "$(podman ps -aq --filter name=demo)" = "" ]
}
