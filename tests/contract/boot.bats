#!/usr/bin/env bats
# Contract with 0.76: readproctitle, and svscanboot in a small root of its own.

load driver
export ASAN_OPTIONS=detect_leaks=0 # that check may fail when many run at once, and says so

dots=..................................................

# title ARGUMENT...: a readproctitle that reads what is written to descriptor 9; its number is in $fed.
title() {
	fed readproctitle "$@"
}

# arguments: what ps shows of it.
arguments() {
	tr '\0' ' ' <"/proc/$fed/cmdline"
	echo
}

# until_ends TEXT: the title ends in it.
until_ends() {
	wait_until sh -c 'tr "\0" " " <"/proc/$1/cmdline" | grep -qF -e "$2"' sh "$fed" "$1"
}

@test "readproctitle" {
	cases <<'E'
readproctitle: no argument
	readproctitle
readproctitle: a last argument without room
	readproctitle abcd; readproctitle abcdefgh abcd; readproctitle ''
readproctitle: the shortest that has
	readproctitle abcde
readproctitle: no input
	readproctitle service errors: $dots
readproctitle: the argument becomes dots
	title service errors: some text of before; until_ends ....; arguments
readproctitle: text comes in from the right
	title service errors: $dots; echo hello >&9; until_ends hello; arguments
readproctitle: a newline is a byte like others
	title $dots; printf 'one\ntwo\n' >&9; until_ends two; arguments
readproctitle: NUL is not
	title $dots; printf 'a\0b\0\0c' >&9; until_ends abc; arguments
readproctitle: bytes above 127
	title $dots; printf 'a\377b' >&9; until_ends b; arguments | cat -v
readproctitle: the first three dots stay
	title service errors: abcdefgh; printf 0123456789 >&9; until_ends 89; arguments
readproctitle: five bytes show two
	title abcde; printf 0123456789 >&9; until_ends 89; arguments
readproctitle: a lot
	title $dots; { seq 10000; echo end; } >&9; until_ends end; arguments
readproctitle: byte by byte
	title $dots; for c in .a .ab .abc; do printf ${c#${c%?}} >&9; until_ends $c; done; arguments
readproctitle: other arguments stay
	title a 'b c' '' $dots; printf x >&9; until_ends x; arguments
readproctitle: the environment stays
	A=value title $dots; { chars 3000 y; echo z; } >&9; until_ends z; tr '\0' '\n' </proc/$fed/environ | grep ^A=
readproctitle: the end of the input
	title $dots; echo x >&9; exec 9>&-; wait $fed
readproctitle: an input that cannot be read
	readproctitle $dots <.; readproctitle $dots <&-
E
}

# boot SCRIPT: runs it as root of a small root directory, in which /command has the programs of this side
# and nothing else runs. A service in the directory web is enabled in both /service and /etc/service.
boot() {
	script _boot "$1"
	mkdir _root
	timeout 60 unshare -m -p -f --kill-child bash -e -c '
		mount -t tmpfs none _root
		[ ! -e web ] || { mkdir _root/web; cp -R web/. _root/web; }
		cp _boot _root
		mkdir -p _root/usr _root/dev _root/proc _root/tmp _root/etc/service _root/service _root/command
		cp -L "${PATH%%:*}"/* _root/command
		cp /etc/passwd /etc/group _root/etc
		cd _root
		mount --rbind /usr usr
		for name in bin sbin lib lib64; do [ ! -L "/$name" ] || ln -s "usr/$name" "$name"; done
		mount --rbind /dev dev
		mount -t proc none proc
		[ ! -e web ] || ln -s /web service
		[ ! -e web ] || ln -s /web etc/service
		exec env - PATH=/command:/usr/bin:/usr/sbin SECRET=x UPKEEP_TEST="$UPKEEP_TEST" chroot . /_boot
	'
}

# In the scripts: wait COMMAND, until it succeeds; `inside`: svscan has entered its directory.
waits='until_ok() { until "$@" >/dev/null 2>&1; do sleep 0.02; done; }; inside() { [ -n "$(readlink /proc/$(pgrep -x svscan)/cwd | grep -v "^/$")" ]; }; reader() { cat /proc/$(pgrep -x readproctitle)/cmdline | tr "\\0" " "; };'

@test "svscanboot" {
	need_root
	unshare -m true 2>/dev/null || skip "needs mount namespaces"
	cases <<'E'
svscanboot: the scan directory is /service; Debian's is /etc/service
	boot "$waits svscanboot & until_ok inside; readlink /proc/\$(pgrep -x svscan)/cwd; tr '\\0' ' ' </proc/\$(pgrep -x svscan)/cmdline"
	differs: stdout
	ours: [[ $stdout == /service$'\n'*'svscan /service '* ]]
	theirs: [[ $stdout == /etc/service$'\n'*'svscan /etc/service '* ]]
svscanboot: SVDIR is not heard by 0.76
	boot "$waits mkdir other; SVDIR=/other svscanboot & until_ok inside; readlink /proc/\$(pgrep -x svscan)/cwd"
	differs: stdout
	ours: [ "$stdout" = /other ]
	theirs: [ "$stdout" = /etc/service ]
svscanboot: services start
	script web/run 'exec sleep 1000'; boot "$waits svscanboot & until_ok svok web; until_ok sh -c 'svstat web | grep :.up'; svstat web"
svscanboot: their environment is PATH
	script web/run 'tr "\0" "\n" </proc/$$/environ >/environ; exec sleep 1000'; boot "$waits svscanboot & until_ok test -s environ; grep -v ^UPKEEP_TEST environ"
svscanboot: their input is /dev/null
	script web/run 'readlink /proc/$$/fd/0 >/input; exec sleep 1000'; boot "$waits svscanboot & until_ok test -s input; cat input"
svscanboot: what they say on standard error is in the title
	script web/run 'echo trouble >&2; exec sleep 1000'; boot "$waits svscanboot & until_ok sh -c 'cat /proc/\$(pgrep -x readproctitle)/cmdline | grep -a trouble'; reader | tail -c 30"
svscanboot: what they say on standard output, too
	script web/run 'echo hello; exec sleep 1000'; boot "$waits svscanboot & until_ok sh -c 'cat /proc/\$(pgrep -x readproctitle)/cmdline | grep -a hello'; reader | tail -c 30"
svscanboot: the title
	boot "$waits svscanboot & until_ok sh -c 'cat /proc/\$(pgrep -x readproctitle)/cmdline | grep -a errors:'; reader | wc -c; reader | cut -c1-40"
svscanboot: leftovers leave first
	script web/run 'exec sleep 1000'; boot "$waits supervise web & old=\$!; until_ok svok web; svscanboot & wait \$old; echo \$?; until_ok sh -c 'svstat web | grep :.up'; svok web; echo \$?"
svscanboot: their loggers, too
	script web/run 'exec sleep 1000'; script web/log/run 'exec multilog ./main'; boot "$waits (cd web; exec supervise log) & old=\$!; until_ok svok web/log; svscanboot & wait \$old; echo \$?; until_ok sh -c 'svstat web/log | grep :.up'"
svscanboot: it is silent, and ignores operands
	boot "$waits svscanboot -z operand >out 2>&1 & until_ok pgrep -x svscan; cat out; ls -l out | cut -d' ' -f5"
svscanboot: it ends when nobody can write to readproctitle any more
	boot "$waits svscanboot & boot=\$!; until_ok pgrep -x svscan; until_ok pgrep -x readproctitle; kill -KILL \$(pgrep -x svscan); wait \$boot; echo \$?"
svscanboot: no scan directory
	boot "$waits rmdir service; rm -r etc/service; svscanboot; echo \$?"
E
}
