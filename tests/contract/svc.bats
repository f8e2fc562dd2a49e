#!/usr/bin/env bats
# Contract with 0.76: svc, svok and svstat, in the hands of whoever calls them.

load driver

# heard BYTES: what arrived in the FIFO of the last pretended service.
heard() {
	timeout "$LIMIT" head -c "$1" <&7
}

# record DIR HEX: a status record of these bytes.
record() {
	printf "$(sed 's/../\\x&/g' <<<"$2")" >"$1/supervise/status"
}

# shown PID PAUSED WANT DOWN: svstat of a service whose record says so; a stamp of the past.
shown() {
	pretend web
	record web "400000006b02296431c055f4$1$2$3"
	[ "$4" = no ] || touch web/down
	svstat web
	exec 7<&- 8<&-
	svstat web
}

@test "svc: the letters" {
	cases <<'E'
svc: without letters nothing is written
	pretend web; svc web
svc: each letter
	for letter in u d o x p c h a i t k; do pretend web; svc -$letter web; echo "$(heard 1)"; done
svc: letters are written in the order given
	pretend web; svc -uxd web; heard 3
svc: letters in several words
	pretend web; svc -u -x -d web; heard 3
svc: a second one of the same is dropped
	pretend web; svc -uudtthhu web; svc -k web; heard 5
svc: all letters
	pretend web; svc -udopchaitkx web; heard 11
svc: options end with --
	pretend ./-u; svc -d -- -u; heard 1
svc: options end with the first service
	pretend web; svc -d web -u; heard 1
svc: -- ends the options of 0.76 also where a word begins with it; here that is misuse
	svc --help 2>&1 | head -n 1; setlock --nx f true 2>&1 | head -n 1; softlimit --o5 true 2>&1 | head -n 1
	differs: stdout files
	ours: [ "$stdout" = $'svc: illegal option -- -\nsetlock: illegal option -- -\nsoftlimit: illegal option -- -' ]
	theirs: [ -z "$stdout" ]
svc: several services
	pretend a; exec 5<&7 6<&8; pretend b; svc -t a b; heard 1; timeout "$LIMIT" head -c 1 <&5
svc: no services
	svc -u
svc: nothing at all
	svc
E
}

@test "svc: usage and trouble" {
	cases <<'E'
# Our usage line lists our letters, too.
svc: an unknown letter
	svc -z web
	differs: stderr
	ours: [[ $stderr == *': illegal option -- z'$'\n'*'u up, d down, o once, x exit, p pause, c continue, h hup, a alarm, i interrupt, t term, k kill'* ]]
	theirs: [[ $stderr == *': illegal option -- z'$'\n'*'u up, d down, o once, x exit, p pause, c continue, h hup, a alarm, i interrupt, t term, k kill'* ]]
svc: an unknown letter among others changes nothing
	pretend web; svc -uz web 2>&1 | head -n 1; echo -n x >&7; heard 1
svc: a digit that is none of ours
	svc -7 web 2>&1 | head -n 1
svc: a directory that is not there
	svc -u nosuch
svc: a file
	touch file; svc -u file
svc: a directory without supervise
	mkdir web; svc -u web
svc: a directory that was never supervised
	mkdir -p web/supervise; svc -u web
svc: nobody reads the FIFO
	mkdir -p web/supervise; mkfifo web/supervise/control; svc -u web
svc: a directory without permission
	mkdir -m 000 web; weak svc -u web; chmod 700 web
svc: a supervise without permission
	pretend web; chmod 000 web/supervise; weak svc -u web; chmod 700 web/supervise
svc: a FIFO without permission
	pretend web; chmod 000 web/supervise/control; weak svc -u web; chmod 600 web/supervise/control
svc: control is a directory
	mkdir -p web/supervise/control; svc -u web
svc: a loop
	ln -s loop loop; svc -u loop
svc: an empty name
	svc -u ''
svc: the working directory
	pretend web; cd web; svc -u .; heard 1
svc: a bad one does not keep the next from its command
	pretend web; svc -d nosuch web; heard 1
svc: a name with a slash at its end
	pretend web; svc -d web/; heard 1
svc: a link to a service directory
	pretend web; ln -s web link; svc -d link; heard 1
svc: an absolute name
	pretend web; svc -d "$PWD/web"; heard 1
svc: stdout and stderr closed
	pretend web; svc -d web nosuch >&- 2>&-; heard 1
# Bare names of no directory here are looked up in the scan directory; 0.76 does not.
svc: a bare name in the scan directory
	pretend scan/web; export SVDIR=$PWD/scan; svc -d web; echo -n x >&7; heard 1
	differs: stdout stderr
	ours: [ "$stdout" = d ] && [ -z "$stderr" ]
	theirs: [ "$stderr" = 'svc: warning: unable to chdir to web: file does not exist' ]
svc: a control that is no FIFO gets nothing written into it
	mkdir -p web/supervise; touch web/supervise/control; svc -u web
	differs: stderr files
	ours: [ ! -s web/supervise/control ]
	theirs: [ -s web/supervise/control ]
E
}

@test "svok" {
	cases <<'E'
svok: a service that is supervised
	pretend web; svok web
svok: one that was
	pretend web; exec 7<&- 8<&-; svok web
svok: one that never was
	mkdir web; svok web
svok: an empty supervise
	mkdir -p web/supervise; svok web
svok: a directory that is not there
	svok nosuch
svok: a file
	touch file; svok file
svok: no argument
	svok
svok: operands behind the first are ignored
	pretend web; svok web nosuch; svok nosuch web
svok: an empty name
	svok ''
svok: a directory without permission
	mkdir -m 000 web; weak svok web; chmod 700 web
svok: ok without permission
	pretend web; chmod 000 web/supervise/ok; weak svok web; chmod 600 web/supervise/ok
svok: ok is a directory
	mkdir -p web/supervise/ok; svok web
svok: ok is a loop
	mkdir -p web/supervise; ln -s ok web/supervise/ok; svok web
svok: a loop
	ln -s loop loop; svok loop
svok: the working directory
	pretend web; cd web; svok .
svok: a link to a service directory
	pretend web; ln -s web link; svok link; svok link/
# 0.76 takes any file that can be opened for a FIFO with a reader.
svok: ok is a plain file
	mkdir -p web/supervise; touch web/supervise/ok; svok web
	differs: stderr exit
	ours: [ "$exit" != 0 ]
	theirs: [ "$exit" = 0 ]
E
}

@test "svstat: every record" {
	rows shown <<'E'
svstat: 00000000 | 00 | 75 | no
svstat: 00000000 | 00 | 75 | yes
svstat: 00000000 | 00 | 64 | no
svstat: 00000000 | 00 | 64 | yes
svstat: 00000000 | 00 | 00 | no
svstat: 00000000 | 00 | 00 | yes
svstat: 00000000 | 01 | 75 | no
svstat: 00000000 | 01 | 64 | yes
svstat: 00000000 | 00 | 3f | no
svstat: 76210000 | 00 | 75 | no
svstat: 76210000 | 00 | 75 | yes
svstat: 76210000 | 00 | 64 | no
svstat: 76210000 | 00 | 64 | yes
svstat: 76210000 | 00 | 00 | no
svstat: 76210000 | 01 | 75 | no
svstat: 76210000 | 01 | 75 | yes
svstat: 76210000 | 01 | 64 | no
svstat: 76210000 | 01 | 64 | yes
svstat: 76210000 | 01 | 00 | no
svstat: 76210000 | ff | 64 | yes
svstat: ffffffff | 00 | 75 | no
svstat: 00000080 | 00 | 75 | no
E
}

@test "svstat: what is wrong" {
	cases <<'E'
svstat: no services
	svstat
svstat: the process number as it is
	pretend web; record web 400000006b02296431c055f476210000 2>/dev/null; record web 400000006b02296431c055f4762100000075
	svstat web | sed 's/[0-9]* seconds//' | tr '()' '[]'
svstat: a stamp in the future counts as now
	pretend web; record web 400000ff6b02296431c055f4762100000075; svstat web | tr ' ' _
svstat: a stamp of zero is older than a double can tell
	pretend web; record web 00000000000000000000000000000000000075; svstat web
svstat: a directory that is not there
	svstat nosuch
svstat: a file
	touch file; svstat file
svstat: a directory without supervise
	mkdir web; svstat web
svstat: a supervise that has gone
	pretend web; record web 400000006b02296431c055f4762100000075; exec 7<&- 8<&-; svstat web
svstat: no status
	pretend web; svstat web
svstat: an empty status
	pretend web; touch web/supervise/status; svstat web
svstat: a short status
	pretend web; record web 400000006b02296431c055f47621000000; svstat web
svstat: a longer status, as other suites write it
	pretend web; record web 400000006b02296431c055f4762100000075ffffffff; svstat web
svstat: status is a directory; 0.76 shows what was in its memory
	pretend web; mkdir web/supervise/status; svstat web; rmdir web/supervise/status
	differs: stdout
	ours: [ "$stdout" = 'web: unable to read supervise/status: is a directory' ]
	theirs: [[ $stdout == 'web: down '* ]]
svstat: status without permission
	pretend web; record web 400000006b02296431c055f4762100000075; chmod 000 web/supervise/status; weak svstat web; rm web/supervise/status
svstat: ok without permission
	pretend web; chmod 000 web/supervise/ok; weak svstat web; chmod 600 web/supervise/ok
svstat: a directory without permission
	mkdir -m 000 web; weak svstat web; chmod 700 web
svstat: ok is a directory
	mkdir -p web/supervise/ok; svstat web
svstat: down is a loop
	pretend web; ln -s down web/down; svstat web
svstat: down is a directory
	pretend web; record web 400000006b02296431c055f4762100000075; mkdir web/down; svstat web
svstat: down is a dangling link
	pretend web; record web 400000006b02296431c055f4762100000075; ln -s nowhere web/down; svstat web
svstat: several, in the order given, each under its name
	pretend a; record a 400000006b02296431c055f4762100000075; exec 5<&7 6<&8
	pretend b; record b 400000006b02296431c055f4000000000064; svstat b ./a nosuch a/ "$PWD/b" 2>&1 | sed "s,$PWD,HERE,"
svstat: an empty name
	svstat ''
svstat: the working directory
	pretend web; record web 400000006b02296431c055f4762100000075; cd web; svstat .
svstat: a name with odd bytes
	pretend $'a b\n%s'; svstat $'a b\n%s' $'no\377'
svstat: a loop
	ln -s loop loop; svstat loop
# 0.76 has no options.
svstat: options end with --
	svstat -- -z
	differs: stdout
	ours: [ "$stdout" = '-z: unable to chdir: file does not exist' ]
	theirs: [ "$stdout" = $'--: unable to chdir: file does not exist\n-z: unable to chdir: file does not exist' ]
svstat: an option
	svstat -z
	differs: stdout stderr exit
	ours: [ "$exit" = 100 ]
	theirs: [ "$stdout" = '-z: unable to chdir: file does not exist' ]
svstat: lost output is an error; 0.76 does not notice
	svstat nosuch >/dev/full
	differs: stderr exit
	ours: [ "$exit" = 111 ]
svstat: a bare name in the scan directory
	pretend scan/web; record scan/web 400000006b02296431c055f4762100000075; export SVDIR=$PWD/scan; svstat web
	differs: stdout
	ours: [ "$stdout" = 'web: up (pid N) S seconds' ]
	theirs: [ "$stdout" = 'web: unable to chdir: file does not exist' ]
svstat: a plain ok is not believed; 0.76 believes it
	mkdir -p web/supervise; touch web/supervise/ok; record web 400000006b02296431c055f4762100000075; svstat web
	differs: stdout
	ours: [ "$stdout" = 'web: unable to open supervise/ok: not a FIFO' ]
	theirs: [[ $stdout == 'web: up '* ]]
E
}
