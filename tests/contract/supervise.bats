#!/usr/bin/env bats
# Contract with 0.76: supervise, and svc, svok and svstat with it. Everything here is also run with
# the supervise of one suite and the clients of the other.

load driver

# service DIR LINE...: a service directory whose run is a shell script.
service() {
	script "$1/run" "${@:2}"
}

# deaf DIR: one that ignores TERM.
deaf() {
	service "$1" 'trap "" TERM' ': >_ready' 'while :; do sleep 100000; done'
}

# watch DIR: the supervise of the first suite, in the background; it is in $watched. A shell makes what
# it puts there ignore INT, and parallel(1) what it runs ALRM.
watch() {
	touch _err
	background env --default-signal=INT,ALRM "$ONE/supervise" "$1" 2>>_err
	watched=$!
}

# until_says DIR REGEX: svstat shows this.
until_says() {
	wait_until says svstat "$1" "$2"
	svstat "$1"
}

# in_state PID LETTER: as the kernel says. A signal that comes before a stop has taken effect wins.
in_state() {
	local stat
	stat=$(<"/proc/$1/stat") && stat=${stat##*) } && [ "${stat%% *}" = "$2" ]
}

# recorded DIR TEXT: so the status record reads.
recorded() {
	[ "$(status_record "$1/supervise/status")" = "$2" ]
}

# patience: for how many seconds a supervise is waited for that ends, if it is ours, and does not, if it
# is theirs, which has to have made its files.
patience() {
	case $ONE in */ours) echo "$LIMIT" ;; *) echo 5 ;; esac
}

# runs DIR COUNT: so many times it has been started, or more often.
runs() {
	wait_until sh -c "[ \"\$(cat $1/_runs | wc -l)\" -ge $2 ]" 2>/dev/null
}

# ends: the supervise has gone; its exit code and what it said.
ends() {
	local code=0
	wait_until gone $watched
	wait $watched || code=$?
	echo "exit $code"
	cat _err
}

up='up \(pid [0-9]+\) [0-9]+ seconds'
down='down [0-9]+ seconds'

@test "every state" {
	crossed <<'E'
svstat: from up to gone
	deaf web; watch web; wait_until test -e web/_ready; until_says web "$up"
	svc -d web; until_says web "$up, want down"
	svc -p web; until_says web "$up, paused, want down"
	touch web/down; until_says web "$up, normally down, paused, want down"
	svc -u web; until_says web "$up, normally down, paused"
	rm web/down; svc -c web; until_says web "$up"
	svc -o web; until_says web "$up"; wait_until recorded web 'a process, 0000'; status_record web/supervise/status
	svc -k web; until_says web "$down, normally up"; status_record web/supervise/status
	touch web/down; until_says web "$down"
	svc -d web; wait_until recorded web 'no process, 0064'; until_says web "$down"; status_record web/supervise/status
	rm web/down; until_says web "$down, normally up"
	svok web; svc -x web; until_says web 'supervise not running'; svok web; status_record web/supervise/status
	ends
E
}

@test "commands: up and down" {
	crossed <<'E'
supervise: a service is started, and brought down
	sleeper web; watch web; until_says web "$up"; svc -d web; until_says web "$down, normally up"; svc -x web; ends
supervise: a service that is normally down
	sleeper web; touch web/down; watch web; until_says web "$down"; svok web; svc -u web; until_says web "$up, normally down"
	svc -dx web; ends
svc: down and exit at once
	sleeper web; watch web; until_says web "$up"; svc -dx web; ends; svok web; svstat web
svc: exit of one that is down
	sleeper web; touch web/down; watch web; until_says web "$down"; svc -x web; ends; status_record web/supervise/status
svc: exit waits for the service
	sleeper web; watch web; until_says web "$up"; svc -x web; svc -p web; until_says web "$up, paused"; svc -c web; svc -t web; ends
	status_record web/supervise/status
svc: exit is not taken back by up
	sleeper web; watch web; until_says web "$up"; svc -x web; svc -u web; svc -t web; ends
svc: once
	service web 'echo run >>_runs' 'until [ -e _go ]; do sleep 0.02; done'; touch web/down; watch web; until_says web "$down"; svc -o web
	until_says web "$up, normally down"; touch web/_go; until_says web "$down"; svc -x web; ends; cat web/_runs; status_record web/supervise/status
svc: once while it runs: not started again
	sleeper web; watch web; until_says web "$up"; svc -o web; svc -t web; until_says web "$down, normally up"; svc -x web; ends
svc: up while it runs changes nothing
	sleeper web; watch web; until_says web "$up"; p=$(number web); svc -u web; svc -p web; until_says web "$up, paused"; [ "$p" = "$(cat web/_pid)" ]; echo $?
svc: down while it is down
	sleeper web; touch web/down; watch web; until_says web "$down"; svc -d web; svc -x web; ends; status_record web/supervise/status
svc: up and down of a paused service
	sleeper web; watch web; until_says web "$up"; svc -p web; until_says web "$up, paused"; svc -d web; until_says web "$down, normally up"
svc: pause while it is down
	sleeper web; touch web/down; watch web; until_says web "$down"; svc -p web; svc -u web; until_says web "$up, normally down"; svc -dx web; ends
svc: -t to a paused service waits for -c
	sleeper web; watch web; until_says web "$up"; p=$(number web); svc -p web; until_says web "$up, paused"; wait_until in_state $p T; svc -t web; svc -o web
	wait_until recorded web 'a process, 0100'; alive $p; echo $?; svc -c web; until_says web "$down, normally up"
E
}

# told LETTER SIGNAL: a service that says which signal it got.
told() {
	service web "trap 'echo $2 >>_got; exit' $2" ': >_ready' 'while :; do sleep 0.02; done'
	watch web
	wait_until test -e web/_ready
	svc -o web
	svc "-$1" web
	wait_until test -s web/_got
	cat web/_got
	until_says web "$down, normally up"
	status_record web/supervise/status
}

@test "commands: signals" {
	rows told <<'E'
svc: h | HUP
svc: a | ALRM
svc: i | INT
svc: t | TERM
svc: d | TERM
E
	crossed <<'E'
svc: kill, and it is started again
	sleeper web; watch web; until_says web "$up"; p=$(number web); svc -k web; wait_until gone $p; wait_until renumbered web $p
	until_says web "$up"; echo new; svc -dx web; ends
svc: signals to one that is down do nothing
	sleeper web; touch web/down; watch web; until_says web "$down"; svc -haitkpc web; svc -x web; ends; status_record web/supervise/status
svc: stop and continue are real
	sleeper web; watch web; until_says web "$up"; p=$(number web); svc -p web; wait_until in_state $p T; svc -c web; wait_until in_state $p S; until_says web "$up"; svc -dx web; ends
svc: an order of letters is an order of actions
	sleeper web; touch web/down; watch web; until_says web "$down"; svc -uo web; wait_until recorded web 'a process, 0000'; svc -dx web; ends
	watch web; until_says web "$down"; svc -ou web; wait_until recorded web 'a process, 0075'; svc -dx web; ends
E
}

@test "a run that ends" {
	crossed <<'E'
supervise: it is started again
	service web 'echo run >>_runs' '[ $(wc -l <_runs) -lt 3 ] || exec sleep 100000'; watch web; runs web 3; until_says web "$up"; svc -dx web; ends
supervise: by whatever signal
	service web 'echo run >>_runs' '[ $(wc -l <_runs) -lt 3 ] || exec sleep 100000' 'kill -SEGV $$'; watch web; runs web 3; until_says web "$up"; svc -dx web; ends
supervise: its process, arguments, directory and environment
	script web/run 'tr "\0" " " </proc/$$/cmdline' 'echo; basename "$PWD"; echo $A; umask; ulimit -n; echo end; exec sleep 100000'; touch web/down
	umask 027; A=value "$ONE/supervise" web >out & watched=$!; wait_until svok web; svc -u web; until_says web "$up, normally down"; wait_until contains out end; svc -dx web; wait $watched
supervise: the descriptors that it gets
	service web 'ls /proc/$$/fd >_fds' 'mv _fds fds' 'exec sleep 100000'; watch web; wait_until test -s web/fds; svc -dx web; ends
supervise: descriptors that were open stay open
	service web 'cat <&7 >got' 'exec sleep 100000'; echo text >_7; "$ONE/supervise" web 7<_7 & watched=$!; wait_until contains web/got text; svc -dx web; wait $watched
E
}

# 0.76 shows a service that has died at once as up until it starts it again.
@test "a run that dies at once" {
	cases <<'E'
supervise: between two starts it is down and wanted up, says each svstat
	service web 'echo run >>_runs' 'exit 1'; watch web; runs web 2
	# Ours has a pause that nobody sleeps through, from the start on that comes after the next one.
	echo 600000 >web/backoff; runs web 4
	case $ONE in */ours) until_says web "$down, normally up, want up"; "$PEER/svstat" web ;; *) until_says web "$up" ;; esac
	svc -d web; until_says web "$down, normally up"; svc -x web; ends
	differs: stdout
	ours: [ "$(grep -c 'want up$' <<<"$stdout")" = 2 ]
supervise: three starts take two seconds, or nearly, as far as a loaded machine can tell
	service web 'date +%s%N >>_runs' 'exit 1'; begun=$(date +%s%N); watch web; runs web 3; svc -dx web; ends
	set -- $(cat web/_runs); [ $((($3 - begun) / 1000000)) -ge 1900 ]; echo $?
E
}

# cramped DIR: a supervise of the first suite, in $watched, as a user of its own who may have only this
# one process.
cramped() {
	user=$((1000000 + BASHPID))
	touch _err
	cp -L "$ONE/supervise" _supervise # where that user may go
	chown -R $user "$1"
	background as_user prlimit --nproc=1: ./_supervise "$1" 2>>_err
	watched=$!
	wait_until contains _err 'unable to fork'
}

# That user may not enter the directories of the case's own PATH.
as_user() {
	PATH=/usr/bin:/bin exec setpriv --reuid $user --regid $user --clear-groups "$@"
}

# relieved DIR: it may have more. relinquished DIR: nothing of that user is left.
relieved() {
	(as_user prlimit --nproc=100: --pid $watched)
}

relinquished() {
	kill -KILL $watched
	wait $watched 2>/dev/null
	chown -R 0:0 "$1"
}

@test "a fork that fails" {
	need_root
	crossed <<'E'
svstat: it is down, and wanted up
	sleeper web; cramped web; until_says web "$down, normally up, want up"; status_record web/supervise/status; svok web
	touch web/down; until_says web "$down, want up"; grep -o '^.* unable to fork for web' _err | sort -u; relinquished web
E
	cases <<'E'
svc: ours hears its commands meanwhile, and starts as soon as that is possible; 0.76 sleeps for a minute
	sleeper web; cramped web; case $ONE in */theirs) svc -d web; relieved; svstat web ;; esac
	case $ONE in */ours) PATH=$PEER:$PATH; svc -d web; until_says web "$down, normally up"; svc -u web; relieved; until_says web "$up"; svc -o web; svc -k web; until_says web "$down, normally up" ;; esac
	relinquished web; rm -f web/_pid
	differs: stdout files
	ours: [[ $stdout == *'normally up'*'up (pid N) '*'normally up' ]]
	theirs: [ "$stdout" = 'web: down S seconds, normally up, want up' ]
E
}

@test "a run that cannot be executed" {
	cases <<'E'
supervise: it is missing
	mkdir web; watch web; wait_until contains _err unable; head -n 1 _err; svc -dx web; wait $watched; echo $?
supervise: it is not executable
	mkdir web; echo x >web/run; watch web; wait_until contains _err unable; head -n 1 _err; svc -dx web; wait $watched; echo $?
supervise: it is no program
	mkdir web; echo x >web/run; chmod 755 web/run; watch web; wait_until contains _err unable; head -n 1 _err; svc -dx web; wait $watched; echo $?
supervise: it has no interpreter
	mkdir web; echo '#!/nosuch' >web/run; chmod 755 web/run; watch web; wait_until contains _err unable; head -n 1 _err; svc -dx web; wait $watched; echo $?
supervise: it is a directory
	mkdir -p web/run; watch web; wait_until contains _err unable; head -n 1 _err; svc -dx web; wait $watched; echo $?
supervise: it is a loop
	mkdir web; ln -s run web/run; watch web; wait_until contains _err unable; head -n 1 _err; svc -dx web; wait $watched; echo $?
E
}

@test "the start" {
	cases <<'E'
supervise: no argument
	supervise
supervise: two arguments
	supervise a b
supervise: an option is a directory
	supervise -z
supervise: a directory that is not there
	supervise nosuch
supervise: an empty name
	supervise ''
supervise: a file
	touch web; supervise web
supervise: a loop
	ln -s web web; supervise web
supervise: a directory without permission
	mkdir -m 000 web; weak supervise web; chmod 700 web
supervise: down is a loop
	mkdir web; ln -s down web/down; supervise web
supervise: down is a directory
	sleeper web; mkdir web/down; watch web; until_says web "$down"; svc -x web; ends
supervise: down is a dangling link
	sleeper web; ln -s nowhere web/down; touch web/run; watch web; until_says web "$up"; svc -dx web; ends
supervise: a directory that cannot be written; ours keeps its state elsewhere
	sleeper web; touch web/down; chmod 500 web; mkdir _state; export SUPERVISEDIR=$PWD/_state; weak supervise web & watched=$!
	wait_until sh -c 'svok web || ! kill -0 $0' $watched 2>/dev/null; case $ONE in */ours) svc -x web ;; esac; wait $watched; code=$?
	chmod 700 web; ls _state | wc -l; echo $code
	differs: stdout stderr
	ours: [ "$stdout" = $'1\n0' ] && [ -z "$stderr" ]
	theirs: [ "$stdout" = $'0\n111' ]
supervise: supervise is a file
	sleeper web; touch web/supervise; supervise web
supervise: the lock is a directory
	sleeper web; mkdir -p web/supervise/lock; supervise web
supervise: control is a directory
	sleeper web; mkdir -p web/supervise/control; supervise web
	differs: stderr
	ours: [ "$stderr" = 'supervise: fatal: unable to read web/supervise/control: is a directory' ]
	theirs: [ "$stderr" = 'supervise: fatal: unable to write web/supervise/control: is a directory' ]
supervise: ok is a directory; 0.76 does not notice
	sleeper web; mkdir -p web/supervise/ok; touch web/down; timeout $(patience) supervise web
	differs: stderr exit
	ours: [ "$exit" = 111 ] && [ "$stderr" = 'supervise: fatal: unable to read web/supervise/ok: is a directory' ]
	theirs: [ "$exit" = 124 ]
supervise: control is a plain file; 0.76 reads it for ever
	sleeper web; mkdir web/supervise; touch web/supervise/control web/down; timeout $(patience) supervise web
	differs: stderr exit files
	ours: [ "$exit" = 111 ]
	theirs: [ "$exit" = 124 ]
supervise: what was left by one before
	sleeper web; watch web; until_says web "$up"; svc -dx web; ends; watch web; until_says web "$up"; svc -dx web; ends
supervise: modes that were changed are kept
	sleeper web; touch web/down; watch web; until_says web "$down"; svc -x web; ends; chmod 750 web/supervise; chmod 620 web/supervise/control; chmod 660 web/supervise/ok
	watch web; wait_until svok web; svc -x web; ends
supervise: the umask counts
	sleeper web; touch web/down; umask 027; watch web; until_says web "$down"; svc -x web; ends
supervise: supervise is a link to a directory
	sleeper web; mkdir -p real/supervise; ln -s ../real/supervise web/supervise; touch web/down; watch web; until_says web "$down"; svc -x web; ends
supervise: supervise is a dangling link
	sleeper web; mkdir real; ln -s ../real/supervise web/supervise; touch web/down; watch web; until_says web "$down"; svc -x web; ends
supervise: a dangling link whose target has no parent
	sleeper web; ln -s ../no/supervise web/supervise; touch web/down; (watch web; wait_until sh -c 'svok web || [ -s _err ]'; svc -x web; wait $watched; cat _err) 2>&1 | sed '/^svc:/d'
	differs: stdout files
	ours: [ -d no/supervise ]
	theirs: [ "$stdout" = 'supervise: fatal: unable to acquire web/supervise/lock: file does not exist' ]
supervise: stdin closed
	sleeper web; touch web/down; "$ONE/supervise" web <&- & watched=$!; wait_until svok web; svc -x web; wait $watched
supervise: unknown bytes are ignored
	sleeper web; touch web/down; watch web; until_says web "$down"; printf 'ZQ\0 \n' >web/supervise/control; svc -x web; wait $watched; echo $?
supervise: a link to a service directory
	sleeper web; ln -s web link; touch web/down; watch link; until_says web "$down"; svok link; svc -x link; ends
supervise: the working directory
	sleeper web; touch web/down; cd web; "$ONE/supervise" . & watched=$!; wait_until svok .; svc -x .; wait $watched
E
	crossed <<'E'
supervise: a second one is refused
	sleeper web; watch web; until_says web "$up"; supervise web; echo $?; svstat web; svc -dx web; ends
supervise: a third of the first kind, too
	sleeper web; watch web; until_says web "$up"; "$ONE/supervise" web; supervise web; echo $?; svok web; svc -dx web; ends
E
}

@test "handed over" {
	crossed <<'E'
supervise: what the other kind has left
	sleeper web; watch web; until_says web "$up"; svc -dx web; ends; supervise web & watched=$!; until_says web "$up"; svc -dx web; wait $watched; echo $?
E
}
