#!/usr/bin/env bats
# Contract with 0.76: svscan; with the supervise and multilog of its own suite and of the other.

load driver

# logged DIR: one with a logger.
logged() {
	script "$1/run" 'echo begin' 'exec sleep 100000'
	script "$1/log/run" 'exec multilog ./main'
}

# scan ARGUMENT...: the svscan of the first suite in the background; it is in $scanner, its messages in
# _err at the top, where no scan directory is.
scan() {
	touch "$room/_err"
	# Ours has a limit that only what hangs comes to.
	SVSCAN_GRACE=${LIMIT}000 background "$ONE/svscan" "$@" 2>>"$room/_err"
	scanner=$!
}

# shows DIR REGEX: svstat says so, wherever that needs to be waited for.
shows() {
	wait_until says svstat "$1" "$2"
	svstat "$1"
}

# halt DIR...: the services, and svscan, which would start their supervises again; each is waited for.
halt() {
	kill -STOP $scanner
	svc -dx "$@"
	local dir
	for dir; do
		shows "$dir" 'supervise not running'
	done
	kill -KILL $scanner
	wait $scanner 2>/dev/null
	cat "$room/_err"
}

up='up \(pid [0-9]+\) [0-9]+ seconds'
down='down [0-9]+ seconds'

@test "services" {
	crossed <<'E'
svscan: a service is started
	sleeper s/web; scan s; shows s/web "$up"; halt s/web
svscan: the working directory is the scan directory
	sleeper s/web; cd s; scan; shows web "$up"; halt web
svscan: a link to a service
	sleeper web; mkdir s; ln -s ../web s/link; scan s; shows web "$up"; halt s/link
svscan: one that is normally down
	sleeper s/web; touch s/web/down; scan s; shows s/web "$down"; halt s/web
svscan: names with a dot at the beginning, and files, are no services
	sleeper s/.web; sleeper s/web; touch s/.file; scan s; shows s/web "$up"; svstat s/.web; halt s/web
svscan: two links to one service
	sleeper web; mkdir s; ln -s ../web s/a; ln -s ../web s/b; scan s; shows web "$up"; halt web
svscan: several services
	for n in a b c d e; do sleeper s/$n; done; scan s; for n in a b c d e; do shows s/$n "$up"; done; halt s/a s/b s/c s/d s/e
svscan: operands behind the first are ignored
	sleeper s/web; scan s nosuch; shows s/web "$up"; halt s/web
svscan: a service that comes later
	sleeper web; mkdir s; sleeper s/a; scan s; shows s/a "$up"; ln -s ../web s/web; shows web "$up"; halt s/a web
svscan: svc -x alone starts a new supervise
	sleeper s/web; scan s; shows s/web "$up"; p=$(number s/web); svc -dx s/web; wait_until renumbered s/web $p; shows s/web "$up"; halt s/web
svscan: what supervise gets: name and argument, standard input and error, group and session
	sleeper s/web; scan s </dev/null; shows s/web "$up"; p=$(cut -d' ' -f4 /proc/$(number s/web)/stat)
	tr '\0' ' ' </proc/$p/cmdline | sed 's,.*/,,'; readlink /proc/$p/fd/0; readlink /proc/$p/fd/2 | sed 's,.*/,,'; readlink /proc/$p/cwd | sed 's,.*/,,'; halt s/web
svscan: environment and umask are passed on
	script s/web/run 'umask >got; echo $A >>got; exec sleep 100000'; umask 027; A=value; export A; scan s; wait_until contains s/web/got value; halt s/web
E
}

@test "loggers" {
	crossed <<'E'
svscan: a service with a logger
	logged s/web; scan s; shows s/web "$up"; shows s/web/log "$up"; wait_until contains s/web/log/main/current begin; halt s/web s/web/log
svscan: a killed logger is started again and misses nothing
	script s/web/run 'exec cat ../../_fifo'; mkfifo _fifo; script s/web/log/run 'echo $$ >_pid; exec multilog ./main'; exec 9<>_fifo; scan s
	shows s/web/log "$up"; echo one >&9; wait_until contains s/web/log/main/current one; p=$(number s/web/log); svc -k s/web/log; wait_until gone $p; echo two >&9; wait_until contains s/web/log/main/current two
	wait_until sh -c 'cat s/web/log/main/@*' >/dev/null; shows s/web/log "$up"; halt s/web s/web/log
svscan: a logger that is down keeps the lines waiting
	logged s/web; touch s/web/log/down; scan s; shows s/web "$up"; shows s/web/log "$down"; svc -u s/web/log; wait_until contains s/web/log/main/current begin
	halt s/web s/web/log
svscan: svc -dx of both, and both come back on the same pipe
	logged s/web; scan s; wait_until contains s/web/log/main/current begin; svc -dx s/web s/web/log
	wait_until sh -c '[ "$(cat s/web/log/main/current s/web/log/main/@* 2>/dev/null | grep -c begin)" = 2 ]'; shows s/web "$up"; halt s/web s/web/log
svscan: standard error is not logged
	script s/web/run 'echo out; echo error >&2; exec sleep 100000'; script s/web/log/run 'exec multilog ./main'; scan s; wait_until contains s/web/log/main/current out
	wait_until contains _err error; halt s/web s/web/log
svscan: an empty log directory
	sleeper s/web; mkdir s/web/log; touch s/web/log/down; scan s; shows s/web "$up"; shows s/web/log "$down"; halt s/web s/web/log
svscan: log is a link
	sleeper s/web; script l/run 'exec multilog ./main'; ln -s ../../l s/web/log; scan s; shows s/web "$up"; shows l "$up"; wait_until test -e l/main/current -a -e l/main/state; halt s/web s/web/log
E
}

@test "start and trouble" {
	cases <<'E'
svscan: a directory that is not there
	svscan nosuch
svscan: a file
	touch file; svscan file
svscan: an empty name
	svscan ''
svscan: a directory without permission
	mkdir -m 000 s; weak svscan s; chmod 700 s
svscan: a loop
	ln -s s s; svscan s
svscan: a dangling link; 0.76 says so at each look
	mkdir s; ln -s nowhere s/a; sleeper s/web; scan s; shows s/web "$up"; wait_until contains _err unable; halt s/web >_said; head -n 2 _said
# 0.76 tries for ever.
svscan: no supervise in PATH
	mkdir -p s/web _bin; ln -s "$(command -v sleep)" _bin; touch s/web/run; PATH=_bin "$ONE/svscan" s 2>_err & scanner=$!; PATH=$PATH wait_until contains _err unable
	head -n 1 _err; kill -KILL $scanner
svscan: log is a file; 0.76 tries for ever to supervise it
	sleeper s/web; touch s/web/log; scan s; shows s/web "$up"; halt s/web >_said; grep -c 'unable to chdir to log' _said
	differs: stdout exit
	ours: [[ $stdout == *$'\n'0 ]]
	theirs: [[ $stdout != *$'\n'0 ]]
svscan: an option; for 0.76 that is a directory
	svscan -z
	differs: stderr exit
	ours: [ "$exit" = 100 ]
	theirs: [ "$stderr" = 'svscan: fatal: unable to chdir to -z: file does not exist' ]
E
}

@test "the end" {
	cases <<'E'
svscan: TERM stops everything in order; 0.76 leaves all running
	logged s/web; scan s; shows s/web "$up"; shows s/web/log "$up"; wait_until contains s/web/log/main/current begin; kill -TERM $scanner; wait $scanner; echo $? >code; svstat s/web s/web/log; rm _err
	differs: stdout files
	ours: [ "$(cat code)" = 0 ] && [ "$(stat -c %a s/web/log/main/current)" = 744 ] && [[ $stdout == *'supervise not running'*'supervise not running'* ]]
	theirs: [ "$(cat code)" = 143 ] && [[ $stdout == *': up '*': up '* ]]
svscan: the removal of a link stops the service; in 0.76 it runs on
	sleeper web; mkdir s; ln -s ../web s/web; sleeper s/other; scan s; shows web "$up"; shows s/other "$up"; rm s/web
	case $ONE in */ours) shows web 'supervise not running' ;; *) svc -u s/other; shows web "$up" ;; esac; halt s/other >/dev/null
	differs: stdout files
	ours: [[ $stdout == *'not running' ]]
svscan: a killed svscan leaves everything running
	sleeper s/web; scan s; shows s/web "$up"; kill -KILL $scanner; wait $scanner 2>/dev/null; shows s/web "$up"; svc -dx s/web; shows s/web 'supervise not running'
svscan: -k keeps what 0.76 keeps
	sleeper web; mkdir s; ln -s ../web s/web; k=; case $ONE in */ours) k='-k -t 100' ;; esac; sleeper s/other; scan $k s; shows web "$up"; shows s/other "$up"; rm s/web
	sleeper s/late; shows s/late "$up"; shows web "$up"; halt web s/other s/late
E
}

# Our svscan with the supervises of 0.76.
@test "our svscan, their supervise" {
	cases <<'E'
svscan: stop, and removal of a link
	PATH=$BATS_FILE_TMPDIR/theirs:$BATS_FILE_TMPDIR/tools; ONE=$BATS_FILE_TMPDIR/ours; logged web; logged s/other; ln -s ../web s/web; scan s
	shows web "$up"; shows web/log "$up"; shows s/other "$up"; wait_until contains web/log/main/current begin; rm s/web
	shows web 'supervise not running'; shows web/log 'supervise not running'; kill -TERM $scanner; wait $scanner; echo $?
	svstat s/other s/other/log; stat -c %a s/other/log/main/current web/log/main/current; sed 's/[0-9]* ms/N ms/' _err >/dev/null
E
}
