# troubleshooting(7): each of its troubles is made, what to type is typed, and the cure cures.

load helper
load guide

setup() {
	begin_guide package/troubleshooting.7
	elsewhere=
}

teardown() {
	end_all
	[ -z "$elsewhere" ] || rm -rf "$elsewhere"
}

# make NAME [LINE...]: a service directory; without lines it runs on.
make() {
	local dir=$HERE/sv/$1
	shift
	mkdir -p "$dir"
	printf '%s\n' '#!/bin/sh' "${@:-exec sleep 100000}" >"$dir/run"
	chmod +x "$dir/run"
}

make_log() {
	mkdir -p "$HERE/sv/$1/log"
	printf '#!/bin/sh\nexec multilog t s1m n10 ./main\n' >"$HERE/sv/$1/log/run"
	chmod +x "$HERE/sv/$1/log/run"
}

enable() {
	ln -s "../sv/$1" "$HERE/service/"
}

# scan [OPTION...]: svscan, its number in $scanner, its messages in ./err.
scan() {
	background svscan "$@" "$HERE/service" 2>>"$HERE/err"
	scanner=$!
}

# run_web [LINE...]: the service web, enabled, and svscan.
run_web() {
	make web "$@"
	enable web
	scan
}

key() { sed -n "s/^$2=//p" "$HERE/sv/$1/supervise/state" 2>/dev/null; }
key_is() { [[ $(key "$1" "$2") == "$3" ]]; }

# public: everything in a directory that others may enter, with our programs.
public() {
	elsewhere=$(mktemp -d "${TMPDIR:-/tmp}/upkeep-guide.XXXXXX")
	chmod 755 "$elsewhere"
	HERE=$elsewhere
	mkdir "$HERE/bin"
	cp "$BIN"/{svlog,svstat} "$HERE/bin/"
	begin_guide package/troubleshooting.7
}

# as_other GROUP COMMAND...: as somebody who owns nothing, but is in that group.
as_other() {
	local group=$1
	shift
	setpriv --reuid 65534 --regid 65534 --groups "$group" env "PATH=$HERE/bin:$PATH" "$@"
}

@test "every block of the page is tried" {
	cases | sort >names
	[ "$(lines names)" -ge 25 ]
	sed -n 's/^	*\(try\|shown\) \([a-z]*\).*/\2/p' "$BATS_TEST_FILENAME" | sort -u | diff names -
	# There is no command outside of them.
	[ "$(grep -c '^\$ ' "$GUIDE")" = "$(for name in $(cases); do block "$name"; done | grep -c '^\$ ')" ]
}

@test "nobody has heard of it: a link" {
	make web
	scan
	try disabled
}

@test "no command finds a service: SVDIR" {
	run_web
	SVDIR=/nowhere
	try nowhere
}

@test "no svscan runs" {
	need_root # others cannot see where the svscans of this machine are
	make web
	enable web
	try nosvscan
}

@test "run cannot be executed" {
	make web
	chmod -x sv/web/run
	enable web
	scan
	try notexecutable
}

@test "it dies again and again: its last words, its environment, longer pauses" {
	make_log web
	run_web 'exec 2>&1' 'echo "bind: address in use"' 'exit 1'
	try flapping
	cd "$HERE"
	try backoff
	longer() { [ "$(key web backoff)" -ge 2000 ]; }
	wait_until longer
	make web
	svc -wu web
	try environment
}

@test "it has put itself into the background" {
	run_web 'sleep 100000 &'
	try background
}

@test "it has failed, and svc -u starts it again" {
	make web 'exit 1'
	echo 1 60000 >sv/web/max-deaths
	enable web
	scan
	wait_until key_is web state failed
	make web
	try failed
	svwait -T $((LIMIT * 1000)) ready web
}

@test "it waits for another service, which is to blame" {
	make db
	chmod -x sv/db/run
	enable db
	make web
	echo db >sv/web/needs
	enable web
	scan
	try waiting
}

@test "it is up, but never ready" {
	make web
	printf '#!/bin/sh\necho no database\nexit 1\n' >sv/web/check
	chmod +x sv/web/check
	enable web
	scan
	try notready
}

@test "processes are left over, and tree ends them" {
	run_web 'setsid sh -c "echo \$\$ >left.new; mv left.new left; exec sleep 100000" &' \
		'until [ -s left ]; do sleep 0.02; done' 'exec sleep 100000'
	wait_until [ -s sv/web/left ]
	local left
	left=$(cat sv/web/left)
	svc -w -k web
	try strays
	wait_until gone "$left"
}

@test "a log that is new counts when supervise starts anew" {
	run_web
	wait_until svup web
	make_log web
	try newlog
}

@test "a service that does not end" {
	run_web 'trap "" TERM' 'echo >trapped' 'while :; do sleep 0.1; done'
	wait_until [ -e sv/web/trapped ]
	try stubborn
	svc -w -d web
	# What the last line sets is read at the next start.
	echo 100 >sv/web/timeout-kill
	rm sv/web/trapped
	svc -wu web
	wait_until [ -e sv/web/trapped ]
	svc -wd -T $((LIMIT * 1000)) web
}

@test "svscan says who did not end in time" {
	make web 'trap "" TERM' 'echo >trapped' 'while :; do sleep 0.1; done'
	enable web
	make db
	enable db
	scan -g 800
	wait_until [ -e sv/web/trapped ]
	wait_until svup db
	kill "$scanner"
	wait_until gone "$scanner"
	shown grace err
}

@test "svscan was killed, and the next one takes over" {
	run_web
	wait_until svup web
	local pid
	pid=$(key web pid)
	kill -KILL "$scanner"
	wait_until gone "$scanner"
	try killed
	[ "$(key web pid)" = "$pid" ]
}

@test "two svscans on one directory" {
	run_web
	wait_until svup web
	scan
	wait_until contains err 'unable to acquire web/supervise/lock: temporary failure'
	try twice
}

@test "there is no log, and there is one" {
	run_web
	wait_until svup web
	try nolog
}

@test "standard error goes into the log" {
	make_log web
	run_web 'echo complaint >&2' 'exec sleep 100000'
	wait_until svup web web/log
	try stderr
}

@test "the disk is full: the service waits, and goes on when there is room" {
	need_root
	make web 'while :; do echo 0123456789012345678901234567890123456789; done'
	make_log web
	mkdir sv/web/log/main
	enable web
	# A file system of its own, which only svscan and what is typed here see.
	background unshare --mount sh -c 'mount -t tmpfs -o size=256k tmpfs "$1/sv/web/log/main" &&
		head -c 128k /dev/zero >"$1/sv/web/log/main/something" && exec svscan "$1/service"' sh "$HERE" 2>>err
	scanner=$!
	wait_until contains err 'unable to write to ./main/current, pausing: out of disk space'
	sed -i 's/s1m n10/s4096 n2/' sv/web/log/run
	(
		for program in svwhy rm svwait; do
			eval "$program() { nsenter --target $scanner --mount -- $program \"\$@\"; }"
		done
		try full
	)
	# The logger writes again, with its new limits since it is started anew.
	rotated() { nsenter --target "$scanner" --mount -- sh -c 'ls "$1"/@*.s' sh "$HERE/sv/web/log/main" >listed 2>&1; }
	svc -t web/log
	wait_until rotated
}

@test "how large logs are, and what limits them" {
	make_log web
	run_web 'echo said' 'exec sleep 100000'
	wait_until contains sv/web/log/main/current said
	try grow
}

@test "a group reads the logs, also after a rotation and a restart, and nobody else does" {
	need_root
	getent group adm >/dev/null || skip "needs a group adm"
	public
	make_log web
	run_web 'echo said' 'exec sleep 100000'
	wait_until contains sv/web/log/main/current said
	local adm
	adm=$(getent group adm | cut -d: -f3)
	run ! as_other "$adm" svlog web
	try readers
	reads() { [[ $(as_other "$adm" svlog web) == *" said" ]]; }
	reads
	svc -a web/log
	archived() { [ -n "$(ls sv/web/log/main/@*.s 2>/dev/null)" ]; }
	wait_until archived
	svc -wr web/log
	reads
	run -1 as_other 65534 svlog web
	echo "$output"
	[[ $output == *"web/log/main: access denied"* ]]
}

@test "all services at once" {
	local name
	for name in web db; do
		make_log $name
		make $name
		enable $name
	done
	scan
	wait_until svup web web/log db db/log
	try all
	[ "$(svstat -o state web db | sort -u)" = down ]
}

@test "access denied" {
	need_root
	public
	run_web
	wait_until svup web
	svstat() { as_other 65534 svstat "$@"; }
	try denied
}

@test "who can write a script of root becomes root, as svlint says" {
	need_root
	public
	make web
	enable web
	chmod 777 sv/web/run
	try writable
}

@test "a container that ends at once" {
	mkdir bin
	ln -s "$BIN/svscan" bin/init
	# A directory there that may not be looked into would count for more than that nothing was found.
	PATH=$PWD/bin:$BIN:/usr/bin:/bin
	try container
}
