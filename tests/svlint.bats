# svlint: each mistake in a service directory gives its line, what is right gives none, and nothing
# in the directory is executed or waited for.

load helper

setup() {
	cd "$BATS_TEST_TMPDIR"
	mkdir sv
	export SVDIR=$PWD/sv
}

# script FILE: an executable from standard input.
script() {
	mkdir -p "${1%/*}"
	cat >"$1"
	chmod 755 "$1"
}

# good NAME...: services without a fault.
good() {
	local name
	for name; do printf '#!/bin/sh\nexec 2>&1\nexec sleep 1000\n' | script "sv/$name/run"; done
}

# setting NAME/FILE VALUE
setting() {
	mkdir -p "sv/${1%/*}"
	printf '%s\n' "$2" >"sv/$1"
}

# finds CODE NAME LINE...: exactly these lines, the path before each left out.
finds() {
	local code=$1 name=$2 i
	shift 2
	run -"$code" svlint "./sv/$name"
	echo "$output"
	[ "${#lines[@]}" = $# ]
	for ((i = 0; i < $#; i++)); do
		[[ ${lines[i]} == "./sv/$name$1"* ]] || {
			echo "not: ${lines[i]}"
			return 1
		}
		shift
		set -- "$@" ""
	done
}

# line NAME TEXT: that line, among others, begins so.
line() {
	run svlint "./sv/$1"
	[[ $output == *"./sv/$1$2"* ]] || {
		echo "$output" >&2
		return 1
	}
}

# silent NAME...: there is nothing to be found.
silent() {
	local name
	for name; do
		run -0 svlint "./sv/$name"
		[ "$output" = "" ] || {
			echo "$output" >&2
			return 1
		}
	done
}

@test "what is right gives no line" {
	good plain logged all
	printf '#!/bin/sh\nexec multilog t s1000000 n10 ./main\n' | script sv/logged/log/run
	local name
	for name in start stop finish check notify; do printf '#!/bin/sh\nexit 0\n' | script sv/all/$name; done
	setting all/notification-fd 5
	setting all/down-signal INT
	setting all/timeout-kill 10000
	setting all/timeout-start 0
	setting all/timeout-finish 1000
	setting all/timeout-check 100
	setting all/check-interval 5000
	setting all/backoff '100 60000'
	setting all/max-deaths '5 60000'
	setting all/leftovers tree
	setting all/needs logged
	touch sv/all/down sv/all/essential sv/all/no-setsid sv/all/log-stderr sv/all/README
	mkdir sv/all/env sv/all/data sv/all/supervise
	printf '#!/bin/sh\nexit 0\n' | script sv/job/start
	silent plain logged all job
	run -0 svlint
	[ "$output" = "" ]
	# A program instead of a script.
	mkdir sv/binary
	cp "$(command -v svok)" sv/binary/run
	silent binary
}

@test "settings: what supervise would say, for every one of them" {
	local name
	good web
	for name in backoff check-interval down-signal leftovers max-deaths notification-fd timeout-check \
		timeout-finish timeout-kill timeout-start needs; do
		good "$name"
		printf '#!/bin/sh\n' | tee sv/$name/check sv/$name/start >sv/$name/finish
		chmod +x sv/$name/{check,start,finish}
		setting "$name/$name" "a/b"
		run -1 svlint "./sv/$name"
		[[ $output == "./sv/$name/$name: error: has the value \"a/b\" instead of "* ]]
		[ "${#lines[@]}" = 1 ]
	done
	mkdir sv/web/backoff
	finds 1 web "/backoff: error: cannot be read, so its default counts: is a directory; ls -lL "
	good fifo
	mkfifo sv/fifo/backoff
	finds 1 fifo "/backoff: error: cannot be read, so its default counts: not a regular file; "
	# The text is the one that supervise uses.
	setting web2/backoff 'x'
	good web2
	finds 1 web2 '/backoff: error: has the value "x" instead of two numbers of milliseconds, the smaller one first (using 1000 1000); '
	good idle
	setting idle/check-interval 5
	setting idle/timeout-start 5
	finds 0 idle "/check-interval: warning: has no effect: there is no check; " \
		"/timeout-start: warning: has no effect: there is no start; "
	good dos
	printf '5000\r\n' >sv/dos/timeout-kill
	printf 'a\r\nb\r\n' >sv/dos/needs
	finds 1 dos "/needs: error: has lines that end with CR LF, as Windows writes them, so its default counts; sed -i 's/\r$//' ./sv/dos/needs" \
		"/timeout-kill: error: has lines that end with CR LF"
	sh -c "$(svlint ./sv/dos | sed 's/.*; //')"
	good a b
	silent dos
}

@test "executables: each fault, in each script" {
	local name
	for name in run start stop finish check notify; do
		good "$name"
		printf '#!/nosuch/interpreter\n' | script "sv/$name/$name"
		finds 1 "$name" "/$name: error: asks for the interpreter /nosuch/interpreter, which does not exist; "
	done
	good a b c d e f g h i
	printf '#!/bin/sh\r\nexec sleep 1\r\n' >sv/a/run
	finds 1 a "/run: error: has lines that end with CR LF, as Windows writes them, so the last word of its first line means \"/bin/sh\" with a CR behind it; sed -i 's/\\r\$//' ./sv/a/run"
	chmod 600 sv/b/run
	finds 1 b "/run: error: is not executable (its mode is 0600); chmod +x ./sv/b/run"
	printf 'exec sleep 1\n' >sv/c/run
	finds 1 c "/run: error: is a script without a first line that names its interpreter; sed -i '1i #!/bin/sh' ./sv/c/run"
	rm sv/d/run
	mkdir sv/d/run
	finds 1 d "/run: error: is a directory, not a program; "
	rm sv/e/run
	mkfifo sv/e/run
	finds 1 e "/run: error: is a FIFO, not a program; "
	ln -sf nowhere sv/f/run
	finds 1 f "/run: error: is a link to nowhere, which does not exist; "
	rm sv/g/run
	finds 1 g "/run: error: does not exist; write ./sv/g/run, then chmod +x ./sv/g/run"
	: >sv/h/run
	finds 1 h "/run: error: is empty; "
	printf '#!/usr/bin/env nosuchinterpreter\n' >sv/i/run
	finds 0 i "/run: warning: lets env look for nosuchinterpreter, which is in no directory of PATH"
	printf '#!/bin/shh\n' | script sv/i/log/run
	run -1 svlint ./sv/i
	[[ ${lines[1]} == "./sv/i/log/run: error: asks for the interpreter /bin/shh, which does not exist; "* ]]
}

@test "names: slips of one letter, and those of other suites" {
	good web
	setting web/timeout_kill 1
	setting web/notification-df 5
	setting web/finsh x
	setting web/Check x
	setting web/essentials x
	finds 0 web "/Check: warning: is a name that means nothing: check would; mv ./sv/web/Check ./sv/web/check" \
		"/essentials: warning: is a name that means nothing: essential would; " \
		"/finsh: warning: is a name that means nothing: finish would; " \
		"/notification-df: warning: is a name that means nothing: notification-fd would; " \
		"/timeout_kill: warning: is a name that means nothing: timeout-kill would; "
	good other
	setting other/type longrun
	setting other/timeout-up 1000
	setting other/producer-for log
	mkdir sv/other/control sv/other/dependencies.d
	finds 0 other "/control: warning: means something to runit, but nothing here; in ./sv/other: use down-signal" \
		"/dependencies.d: warning: means something to s6-rc, but nothing here; in ./sv/other: ls dependencies.d >needs" \
		"/producer-for: warning: means something to s6-rc" \
		"/timeout-up: warning: means something to s6-rc, but nothing here; in ./sv/other: mv it to timeout-start" \
		"/type: warning: means something to s6-rc"
	# Beside the right name it is one of the service's own.
	good own
	setting own/run.sh x
	setting own/runs x
	silent own
	mkdir sv/newcomer
	printf '#!/bin/sh\nexec sleep 1\n' | script sv/newcomer/run.sh
	line newcomer "/run: error: does not exist"
	line newcomer "/run.sh: warning: is a name that means nothing: run would; mv ./sv/newcomer/run.sh ./sv/newcomer/run"
}

@test "loggers: no run, no directory, no right to write" {
	good none file denied made readonly account
	mkdir sv/none/log
	run -1 svlint ./sv/none
	[[ ${lines[0]} == "./sv/none/log: error: has no run: nobody would read what the service writes"* ]]
	[ "${#lines[@]}" = 1 ]
	printf '#!/bin/sh\nexec cat\n' >sv/file/log
	finds 1 file "/log: error: is not a directory, so there is no logger; "
	printf '#!/bin/sh\nexec setuidgid nosuchaccount multilog ./main\n' | script sv/account/log/run
	finds 1 account "/log/run: error: wants to run as nosuchaccount, and there is no such account; "
	printf '#!/bin/sh\nexec multilog t ./main\n' | script sv/made/log/run
	echo x >sv/made/log/main
	finds 1 made "/log/run: error: writes its log to ./main: it is no directory; "
	setting made/log/needs none
	line made "/log/needs: warning: has no effect: a logger needs nobody"
	need_root
	printf '#!/bin/sh\nexec setuidgid nobody multilog t ./main\n' | script sv/denied/log/run
	finds 1 denied "/log/run: error: lets nobody write its log to ./main: it has no right to that, since it would have to be made first; cd ./sv/denied/log && mkdir -p ./main && chown nobody ./main"
	sh -c "$(svlint ./sv/denied | sed 's/.*first; //')"
	silent denied
	chmod 500 sv/denied/log/main
	finds 1 denied "/log/run: error: lets nobody write its log to ./main: it has no right to that; "
}

@test "run scripts: setsid, the background, children of the shell; nothing where that is not sure" {
	local name
	bad() { # NAME LINE LAST...: run ends so, and that is found
		printf '#!/bin/sh\nexec 2>&1\n%s\n' "$2" | script "sv/$1/run"
	}
	bad a 'exec setsid nginxd -x'
	finds 1 a "/run: error: runs the service through setsid, "
	bad b 'server -x &'
	finds 1 b "/run: error: ends with a command in the background (&), so that it is over at once; "
	bad g 'exec server -x &'
	finds 1 g "/run: error: ends with a command in the background (&), so that it is over at once; "
	bad c 'server -x'
	finds 0 c "/run: warning: runs server as a child of the shell, so that signals reach the shell only; put exec before the last command of ./sv/c/run"
	bad d 'exec nginx'
	finds 0 d "/run: warning: lets nginx put itself into the background, where supervise loses it (unless nginx.conf has: daemon off;); exec nginx -g 'daemon off;'"
	bad e 'exec /usr/sbin/sshd -e'
	finds 0 e "/run: warning: lets sshd put itself into the background"
	bad f 'exec setuidgid nobody envdir ./env redis-server --daemonize yes'
	bad h 'exec env -u A B=c nice -n 5 softlimit -m 9999999 setlock -n lock /usr/sbin/cron'
	finds 0 h "/run: warning: lets cron put itself into the background"
	finds 0 f "/run: warning: lets redis-server put itself into the background"
	# All of these are right, or may be.
	local n=0 text
	while IFS= read -r text; do
		n=$((n + 1))
		bad "ok$n" "$text"
		silent "ok$n"
	done <<-'X'
	exec nginx -g "daemon off;"
	exec /usr/sbin/sshd -De
	exec setuidgid nobody envuidgid nginx sleep 1
	exec tail -f /var/log/nginx
	exec logger -t named
	exec envdir ./cron setlock -n /run/crond softlimit -o 99 nginxd
	exec redis-server --port 1
	exec redis-server --daemonize no --dir /var/lib/redis
	exec cron -f
	exec postfix start-fg
	$SERVER -x
	server -x | filter
	server -x || exit 1
	trap 'kill $!' TERM; server & wait
	if true; then server; fi
	exec server "$@"
	sleep 5
	echo setsid
	X
	# Nothing is said of a script that another program reads.
	printf '#!/usr/bin/env python3\nserver -x\n' | script sv/python/run
	command -v python3 >/dev/null && silent python
	printf '#!/bin/sh\nserver() { exec sleep 1; }\nserver\n' | script sv/function/run
	printf '#!/bin/sh\ncat <<X\nserver -x\nX\nserver -x\n' | script sv/document/run
	silent function document
}

@test "who may write decides what runs" {
	good file dir
	chmod 757 sv/file/run
	finds 1 file "/run: error: can be written by everybody (its mode is 0757), who can so become the service's user; chmod o-w ./sv/file/run"
	chmod 777 sv/dir
	finds 1 dir ": error: can be written by everybody (its mode is 0777)"
}

@test "what root executes is to be root's alone" {
	need_root
	good owner group sticky
	chown 54321 sv/owner/run
	finds 1 owner "/run: error: can be written by user 54321 (its mode is 0755), who can so become the service's user; chown root ./sv/owner/run"
	chgrp 54321 sv/group/run
	chmod 775 sv/group/run
	finds 1 group "/run: error: can be written by group 54321 (its mode is 0775), who can so become the service's user; chmod g-w ./sv/group/run"
	chgrp 0 sv/group/run
	silent group
	chmod 1777 sv/sticky
	finds 1 sticky ": error: can be written by everybody (its mode is 1777)"
}

@test "needs: unknown, itself, a circle; found beside it before anything is enabled" {
	good a b c d self
	setting a/needs b
	setting b/needs c
	setting c/needs a
	setting d/needs a
	setting self/needs self
	finds 1 a "/needs: error: leads back to the service itself, so that all of them would wait for ever: b -> c -> a; "
	finds 1 self "/needs: error: names the service itself (self), which would wait for ever; "
	silent d
	setting d/needs nosuch
	finds 1 d "/needs: error: names nosuch, but there is no such service, neither in $SVDIR nor beside this one; "
	setting d/needs ..
	line d '/needs: error: has the value ".." instead of '
	mkdir -p elsewhere/x elsewhere/y none
	cp sv/a/run elsewhere/x/run
	cp sv/a/run elsewhere/y/run
	echo y >elsewhere/x/needs
	SVDIR=$PWD/none run -0 svlint elsewhere/x
	[ "$output" = "" ]
	local i
	mkdir round
	for i in {1..70}; do
		mkdir "round/number$i"
		cp sv/a/run "round/number$i/run"
		echo "number$((i % 70 + 1))" >"round/number$i/needs"
	done
	SVDIR=$PWD/none run -1 svlint round/number3
	[[ $output == *"wait for ever: number4 -> number5 -> "*"...; take one of "* ]]
	# However many there are, and however they are tied up, it ends.
	local k
	mkdir many
	for i in {1..40}; do
		mkdir "many/s$i"
		cp sv/a/run "many/s$i/run"
		for k in {1..40}; do [ $k = $i ] || echo "s$k"; done >"many/s$i/needs"
	done
	SVDIR=$PWD/none run -1 timeout "$LIMIT" svlint many/s1
}

@test "a directory that may not be entered is not called empty" {
	need_root
	good web
	mkdir -m 700 sv/web/log
	printf '#!/bin/sh\nexec multilog t ./main\n' | script sv/web/log/run
	chmod 755 "$BATS_TEST_TMPDIR" sv sv/web
	run -111 setuidgid nobody svlint ./sv/web
	[ "$output" = "svlint: warning: unable to chdir to ./sv/web/log: access denied" ]
}

@test "a service that is called log is no logger" {
	good log other
	setting log/needs other
	silent log
	setting log/needs nosuch
	finds 1 log "/needs: error: names nosuch, but there is no such service"
}

@test "what is to be typed means what it says, whatever the names" {
	local -- name='x;reboot $(id)'
	good needy account log -d
	setting needy/needs "$name"
	finds 1 needy "/needs: error: names '$name', but there is no such service, neither in $SVDIR nor beside this one; correct the name in ./sv/needy/needs, or enable it: ln -s '/path/of/$name' $SVDIR/"
	printf '#!/bin/sh\nexec setuidgid "a;reboot" sleep 1\n' | script sv/account/run
	finds 1 account "/run: error: wants to run as 'a;reboot', and there is no such account; useradd -r 'a;reboot'"
	printf '#!/bin/sh\nexec setuidgid nobody multilog t "./a b"\n' | script sv/log/log/run
	if [ "$(id -u)" = 0 ]; then
		run -1 svlint ./sv/log
		sh -c "${lines[0]#*first; }"
		silent log
	fi
	chmod -x sv/-d/run
	cd sv
	run -1 svlint -- -d
	[ "$output" = "./-d/run: error: is not executable (its mode is 0644); chmod +x ./-d/run" ]
}

@test "it executes nothing, waits for nothing, and survives what strangers plant" {
	mkdir sv/evil
	printf '#!/bin/sh\ntouch executed\n' | script sv/evil/run
	local name
	for name in start stop finish check notify; do printf '#!/bin/sh\ntouch executed\n' | script sv/evil/$name; done
	for name in needs backoff essential log down-signal; do mkfifo "sv/evil/$name"; done
	ln -s evil sv/evil/supervise
	head -c 100000 /dev/urandom >sv/evil/max-deaths
	touch "sv/evil/$(printf 'a\nb\033[31m')" sv/evil/-rf
	printf '#!/bin/sh\n' >sv/evil/typ
	head -c 300000 /dev/urandom | tr -d '\n' >sv/evil/check.sh
	run -1 timeout "$LIMIT" svlint ./sv/evil
	[ ! -e executed ] && [ ! -e sv/evil/executed ]
	[[ $output != *$'\033'* ]]
	for name in {1..30}; do
		{
			printf '#!/bin/sh\n'
			head -c 5000 /dev/urandom
		} | script sv/evil/run
		timeout "$LIMIT" svlint ./sv/evil >out || [ $? = 1 ]
		head -c 5000 /dev/urandom | script sv/evil/run
		timeout "$LIMIT" svlint ./sv/evil >out || [ $? = 1 ]
	done
	[ ! -e sv/evil/executed ]
}

@test "what is no regular file is not even opened" {
	local name
	good evil
	for name in backoff needs start; do mkfifo "sv/evil/$name"; done
	# They wait until somebody opens it, and what they write would be lost to us.
	for name in backoff needs start; do background sh -c 'echo untouched >"sv/evil/$0"' $name; done
	run -1 svlint ./sv/evil
	for name in backoff needs start; do
		[ "$(timeout "$LIMIT" cat "sv/evil/$name")" = untouched ]
	done
}

@test "all of the scan directory, several directories, options" {
	good one two
	chmod -x sv/two/run
	printf '#!/bin/shh\n' | script sv/one/log/run
	run -1 svlint
	[[ ${lines[0]} == "$SVDIR/one/log/run: error: asks for the interpreter /bin/shh"* ]]
	[[ ${lines[1]} == "$SVDIR/two/run: error: is not executable"* ]]
	[ "${#lines[@]}" = 2 ]
	# By name, as every command has it; a logger on its own.
	run -1 svlint two one/log
	[[ ${lines[0]} == "$SVDIR/two/run: error: "* && ${lines[1]} == "$SVDIR/one/log/run: error: "* ]]
	run -111 svlint nosuch
	[ "$output" = "svlint: warning: unable to chdir to nosuch: file does not exist" ]
	run -1 svlint nosuch two
	run -100 svlint -z
	[ "${lines[1]}" = "svlint: usage: svlint [-V] [dir ...]" ]
	run -0 svlint -V
	[ "$output" = "svlint $(cat "$TOP/package/version")" ]
	lose() { svlint two >/dev/full; }
	run -111 lose
}
