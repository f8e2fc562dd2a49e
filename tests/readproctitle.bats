# readproctitle and svscanboot: what ps shows, and how a tree begins at boot.

load helper
load peers

setup() {
	cd "$BATS_TEST_TMPDIR"
}

TITLE=........................................

# start PROGRAM: one that reads what is written to fd 9; its number is in $reader.
start() {
	[ -p in ] || mkfifo in
	exec 8<>in 9>in # 8: so that neither end waits for the other to be opened
	"$1" service errors: "$TITLE" <in 3>&- 4>&- 8>&- 9>&- &
	reader=$!
	exec 8>&-
}

# shows TEXT: the title has this at its end, in front of it dots, and its length is what it was.
shows() {
	local title
	IFS= read -r -d '' title < <(tail -z -n 1 "/proc/$reader/cmdline" 2>/dev/null)
	[ "${#title}" = "${#TITLE}" ] && [[ $title == ...*"$1" ]]
}

@test "the title shows the last bytes of the input, without NUL, behind three dots" {
	start readproctitle
	wait_until shows "${TITLE#...}"
	[ "$(tr '\0' ' ' <"/proc/$reader/cmdline")" = "readproctitle service errors: $TITLE " ]
	printf 'hel\0lo\nworld' >&9
	wait_until shows $'.hello\nworld'
	printf 'abcdefghijklmnopqrstuvwxyz0123456789 a long line' >&9
	wait_until shows 'lmnopqrstuvwxyz0123456789 a long line'
	head -c 100000 /dev/zero | tr '\0' x >&9
	echo end >&9
	wait_until shows $'xend\n'
	exec 9>&-
	wait "$reader"
}

@test "the title of 0.76, byte by byte" {
	need_peer
	local program
	for program in "$PEER/readproctitle" readproctitle; do
		start "$program"
		{ seq 100; printf 'a\0\xff\tb\0'; } >&9
		wait_until shows $'\xff\tb'
		tr '\0' '\n' <"/proc/$reader/cmdline" | tail -n +2 >"${program%%/*}title"
		exec 9>&-
		wait "$reader"
	done
	cmp title readproctitletitle
}

@test "an input that somebody made non-blocking is waited for" {
	command -v perl >/dev/null || skip "needs perl"
	mkfifo quiet
	exec 8<>quiet
	perl -MFcntl -e 'open F, "<&=", 8 and fcntl(F, F_SETFL, O_NONBLOCK | O_RDWR) or die'
	readproctitle "$TITLE" <&8 3>&- 4>&- &
	reader=$!
	wait_until shows "${TITLE#...}"
	echo late >&8
	wait_until shows $'late\n'
	exec 8>&-
}

@test "0 at the end of the input, 100 without room for a title, 111 when it cannot be read; silently" {
	run -0 readproctitle abcde </dev/null
	[ "$output" = "" ]
	run -100 readproctitle </dev/null
	[ "$output" = "" ]
	run -100 readproctitle abcdef abcd </dev/null
	[ "$output" = "" ]
	run -111 readproctitle abcde </
	[ "$output" = "" ]
}

# A script sets its own PATH, so our programs have to be in one of its places.
@test "svscanboot: leftovers told to leave, an environment of its own, messages in the title" {
	need_root
	unshare -m true 2>/dev/null || skip "needs mount namespaces"
	mkdir -p scan/web
	printf '%s\n' '#!/bin/sh' 'cat /proc/$$/environ >environ' 'echo hello from web' 'exec sleep 100000' >scan/web/run
	chmod +x scan/web/run
	cat >inside <<-'END'
		mount --bind "$BIN" /usr/local/bin
		export SVDIR=$PWD/scan SECRET=x
		supervise scan/web & old=$!
		until svstat web | grep -q ': up'; do sleep 0.02; done
		svscanboot & boot=$!
		wait $old
		until svstat web | grep -q ': up'; do sleep 0.02; done
		until tr '\0' ' ' </proc/$(pgrep -x readproctitle)/cmdline | grep -q 'hello from web'; do sleep 0.02; done
		tr '\0' '\n' <scan/web/environ | sort >environ
		for fd in 0; do readlink /proc/$(pgrep -x svscan)/fd/$fd; done >input
		tail -z -n 1 /proc/$(pgrep -x readproctitle)/cmdline | wc -c >length
		kill $(pgrep -x svscan)
		wait $boot
	END
	export BIN
	run -0 timeout 60 unshare -m -p -f --mount-proc --kill-child bash -e inside 3>&-
	[ "$(cut -d= -f1 environ | tr '\n' ' ')" = "PATH SVDIR " ]
	contains environ "SVDIR=$PWD/scan"
	[ "$(cat input)" = /dev/null ]
	[ "$(cat length)" = 401 ]
}

@test "svscanboot is clean for shellcheck" {
	command -v shellcheck >/dev/null || skip "needs shellcheck"
	shellcheck "$BIN/svscanboot"
}
