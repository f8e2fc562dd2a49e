# svc: the letters that arrive, the warnings, and that it cannot be held up.
# Not here: what supervise makes of the letters.

load helper
load peers
load service

WORDS='svc options: u up, d down, o once, x exit, p pause, c continue, h hup, a alarm, i interrupt, t term, k kill'

setup() {
	cd "$BATS_TEST_TMPDIR"
}

@test "the options become letters in their order, each once, a group prefix being part of its letter" {
	pretend web
	svc -uudtthh web
	[ "$(received 4)" = udth ]
	svc -t -u -o -t web
	[ "$(received 3)" = tuo ]
	svc -+t -t+t-u web 2>/dev/null || true
	received 0
	svc -t+t+tt+kk web
	[ "$(received 6)" = t+t+kk ]
}

@test "all letters are written at once" {
	command -v strace >/dev/null || skip "needs strace"
	pretend web
	ASAN_OPTIONS=detect_leaks=0 strace -o trace -e trace=write svc -uot+h2 web
	[ "$(grep -c '^write(' trace)" = 1 ]
	grep -q '^write([0-9]*, "uot+h2", 6)' trace
}

@test "every option of the options line sends itself, and the line begins as in 0.76" {
	local letter count=0
	pretend web
	run -100 svc -z web
	[ "${lines[0]}" = "svc: illegal option -- z" ]
	[[ ${lines[1]} == "$WORDS, "* ]]
	for letter in $(tr , '\n' <<<"${lines[1]#svc options: }" | sed -E 's/^ *(.) .*/\1/'); do
		[ "$letter" = V ] && continue
		[ "$letter" = + ] && letter=+t
		svc -- web
		svc "-$letter" web
		[ "$(received ${#letter})" = "$letter" ]
		count=$((count + 1))
	done
	((count >= 20))
}

@test "what exists only in the FIFO, a group prefix without a signal, and nonsense are refused" {
	local option
	pretend web
	for option in -w -l -L -0 -z -+ -+u -++t -+r -t+d -u+; do
		run -100 svc "$option" web
		[[ ${lines[0]} == "svc: illegal option -- "? ]]
		[ ${#lines[@]} = 2 ]
	done
	received 0
}

@test "failures are warnings, exit 0, and the other services get their commands" {
	mkdir -p none gone plain
	pretend gone
	pretend good
	echo precious >file
	mkdir plain/supervise
	echo precious >plain/supervise/control
	run -0 svc -u nosuch file none gone plain good
	[ "${lines[0]}" = "svc: warning: unable to chdir to nosuch: file does not exist" ]
	[ "${lines[1]}" = "svc: warning: unable to chdir to file: not a directory" ]
	[ "${lines[2]}" = "svc: warning: unable to control none: file does not exist" ]
	[ "${lines[3]}" = "svc: warning: unable to control gone: supervise not running" ]
	[ "${lines[4]}" = "svc: warning: unable to control plain: not a FIFO" ]
	[ ${#lines[@]} = 5 ]
	[ "$(received 1)" = u ]
	[ "$(cat plain/supervise/control)" = precious ]
}

@test "a link planted as control is not followed" {
	pretend web
	mkdir -p trap/supervise
	ln -s "$PWD/web/supervise/control" trap/supervise/control
	run -0 svc -u trap
	[ "$output" = "svc: warning: unable to control trap: symbolic link loop" ]
	received 0
}

@test "who may not enter or write is told so" {
	need_root
	mkdir -p closed
	chmod 700 closed
	chmod 755 .
	pretend web
	chmod 755 web web/supervise
	chmod 600 web/supervise/control
	run -0 setpriv --reuid 65534 --regid 65534 --clear-groups "$BIN/svc" -u closed web
	[ "${lines[0]}" = "svc: warning: unable to chdir to closed: access denied" ]
	[ "${lines[1]}" = "svc: warning: unable to control web: access denied" ]
	received 0
}

@test "no options write nothing, no services are no error, -V tells the version" {
	pretend web
	run -0 svc web
	[ "$output" = "" ]
	received 0
	run -0 svc -u
	[ "$output" = "" ]
	run -0 svc -V
	[ "$output" = "svc $(cat "$TOP/package/version")" ]
}

@test "a bare name is looked up in SVDIR, but a directory here comes first" {
	export SVDIR=$PWD/scan
	mkdir -p scan here
	cd here
	pretend "$SVDIR/web/log"
	svc -t web/log
	[ "$(received 1)" = t ]
	pretend "$SVDIR/web"
	svc -u web
	[ "$(received 1)" = u ]
	run -0 svc -u ./web
	[ "$output" = "svc: warning: unable to chdir to ./web: file does not exist" ]
	run -0 svc -u other
	[ "$output" = "svc: warning: unable to chdir to other: file does not exist" ]
	mkdir web
	run -0 svc -u web
	[ "$output" = "svc: warning: unable to control web: file does not exist" ]
	received 0
}

@test "a supervise that reads nothing holds svc up for a moment only" {
	pretend stuck
	# Filled up through a description of its own, so that ours stays blocking.
	dd if=/dev/zero of=stuck/supervise/control bs=4096 count=64 oflag=nonblock 2>/dev/null || true
	run -0 svc -u stuck
	[ "$output" = "svc: warning: error writing commands to stuck: timed out" ]
}

@test "what 0.76 does, ours does: output and exit code" {
	need_peer
	local arguments
	mkdir -p none gone
	pretend gone
	pretend web
	for arguments in "" "-u" "web" "--" "-u -- web" "-" "-d nosuch none gone web" "-udopchaitk" \
		"-ux web -t" "web -z" "-u nosuch/below"; do
		# shellcheck disable=SC2086 # words are meant
		run "$PEER/svc" $arguments
		local expected="$status $output" bytes=""
		read -r -N 64 -t 0.1 -u 7 bytes || true
		# shellcheck disable=SC2086
		run svc $arguments
		[ "$status $output" = "$expected" ]
		[ "$(received ${#bytes})" = "$bytes" ]
	done
}

@test "ours commands their supervise" {
	need_peer
	make_service web
	background "$PEER/supervise" web
	wait_until is_up svstat web
	local first
	first=$(pid_of svstat web)
	svc -t web
	wait_until gone "$first"
	wait_until is_up svstat web
	svc -d web
	wait_until is_down svstat web
	svc -x web
	wait_until gone "$!"
}

@test "theirs commands our supervise" {
	need_peer
	make_service web
	background supervise web
	wait_until is_up svstat web
	local first
	first=$(pid_of svstat web)
	"$PEER/svc" -t web
	wait_until gone "$first"
	wait_until is_up svstat web
	"$PEER/svc" -dx web
	wait_until gone "$!"
}
