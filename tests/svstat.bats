# svstat: 0.76's line byte by byte, all services, JSON.

load helper
load peers
load service

STAMP=400000006b02296431c055f4
FUTURE=400000ff6b02296431c055f4

setup() {
	cd "$BATS_TEST_TMPDIR"
}

# status DIR HEX: writes a status record of these bytes.
status() {
	printf "$(sed 's/../\\x&/g' <<<"$2")" >"$1/supervise/status"
}

# same_lines DIR...: theirs and ours say the same. The second may change between the two.
same_lines() {
	"$PEER/svstat" "$@" >theirs
	svstat "$@" >ours
	cmp -s theirs ours
}

@test "the line of 0.76, for every status record with and without a down file" {
	need_peer
	local stamp pid paused want down dir fd dirs=()
	for stamp in $STAMP $FUTURE; do
		for pid in 00000000 76210000 ffffffff; do
			for paused in 00 01 ff; do
				for want in 75 64 00 3f; do
					for down in no yes; do
						dir=$stamp-$pid-$paused-$want-$down
						mkdir -p "$dir/supervise"
						mkfifo "$dir/supervise/ok"
						exec {fd}<>"$dir/supervise/ok"
						status "$dir" $stamp$pid$paused$want
						[ $down = no ] || touch "$dir/down"
						dirs+=("$dir")
					done
				done
			done
		done
	done
	((${#dirs[@]} == 144))
	wait_until same_lines 4*
	grep -q ': up (pid 8566) [0-9]* seconds, normally down, paused, want down$' ours
	grep -q ': down 0 seconds, normally up, want up$' ours
	[ "$(lines ours)" = 144 ]
}

@test "the line of 0.76 when something is wrong" {
	need_peer
	local dir
	for dir in short empty long absent; do
		pretend "$dir"
		# A copy of the descriptor, because pretend opens the next one in its place.
		exec {keep}<&8
		status "$dir" ${STAMP}7621000000
	done
	: >empty/supervise/status
	status long ${STAMP}762100000075ffffffff
	rm absent/supervise/status
	mkdir -p loop none gone okdir/supervise/ok
	ln -s down loop/down
	pretend gone
	exec 8<&-
	touch file
	wait_until same_lines short empty long absent loop none gone okdir file nosuch . ""
	grep -qx 'short: unable to read supervise/status: bad format' ours
	grep -qx 'gone: supervise not running' ours
}

@test "what is no FIFO, no file or a link is not believed" {
	pretend directory
	mkdir directory/supervise/status
	run -0 svstat directory
	[ "$output" = "directory: unable to read supervise/status: is a directory" ]
	pretend real
	mkdir -p plain/supervise link/supervise
	touch plain/supervise/ok
	ln -s ../../real/supervise/ok link/supervise/ok
	run -0 svstat plain link
	[ "${lines[0]}" = "plain: unable to open supervise/ok: not a FIFO" ]
	[ "${lines[1]}" = "link: unable to open supervise/ok: symbolic link loop" ]
}

# life SUPERVISE: one service through all its states, each line looked at by both svstats.
life() {
	local up='up \(pid [0-9]+\) [0-9]+ seconds' down='down [0-9]+ seconds'
	mkdir web
	# What ignores TERM must say so before it is sent one.
	printf '#!/bin/sh\ntrap "" TERM\n: >ready\nwhile :; do sleep 100000; done\n' >web/run
	chmod +x web/run
	background "$1" web
	wait_until test -e web/ready
	expect "$up"
	svc -d web && expect "$up, want down"
	svc -p web && expect "$up, paused, want down"
	touch web/down && expect "$up, normally down, paused, want down"
	svc -u web && expect "$up, normally down, paused"
	rm web/down && svc -c web && expect "$up"
	svc -o web && expect "$up"
	svc -k web && expect "$down, normally up"
	touch web/down && expect "$down"
	svc -d web && expect "$down"
	rm web/down && expect "$down, normally up"
	svc -x web && expect "supervise not running"
}

expect() {
	wait_until says svstat web "$1"
	[ -z "$PEER" ] || wait_until says "$PEER/svstat" web "$1"
}

@test "every state of our supervise" {
	life supervise
}

@test "every state of theirs" {
	need_peer
	life "$PEER/supervise"
}

@test "-a shows all services by name, each with its logger, and nothing else" {
	mkdir -p scan/b/log scan/a scan/.hidden scan/c/log dirs/linked
	touch scan/file
	mkfifo scan/fifo
	ln -s nowhere scan/dangling
	ln -s loop scan/loop
	ln -s "$PWD/dirs/linked" scan/d
	rmdir scan/c/log
	touch scan/c/log
	mkdir here
	cd here
	mkdir b
	export SVDIR=../scan
	pretend ../scan/b
	status ../scan/b ${STAMP}762100000075
	run -0 svstat -a
	[ "${lines[0]}" = "a: unable to open supervise/ok: file does not exist" ]
	[[ ${lines[1]} == "b: up (pid 8566) "*" seconds" ]]
	[ "${lines[2]}" = "b/log: unable to open supervise/ok: file does not exist" ]
	[ "${lines[3]}" = "c: unable to open supervise/ok: file does not exist" ]
	[ "${lines[4]}" = "d: unable to open supervise/ok: file does not exist" ]
	[ ${#lines[@]} = 5 ]
	SVDIR=nosuch run -111 svstat -a
	[ "$output" = "svstat: fatal: unable to read directory nosuch: file does not exist" ]
}

@test "-j gives every key of the state text, numbers as numbers, nothing as null" {
	local key place
	pretend web
	place=$(stat -c '%d-%i' web/supervise)
	printf '%s\n' state=up want=up paused=0 pid=17 ticks=007 boot=17 deaths=x signal= later=1 \
		since=@4000 "at=$(printf '%x-%x' "${place%-*}" "${place#*-}")" >web/supervise/state
	run -0 svstat -j web
	[[ $output == '{"service":"web","running":true,'*'}' ]]
	for key in '"state":"up"' '"paused":0' '"pid":17' '"ticks":"007"' '"boot":"17"' \
		'"deaths":"x"' '"signal":null' '"exit":null' '"since":"@4000"'; do
		[[ $output == *",$key"[,}]* ]]
	done
	[[ $output != *later* ]]
	# Not one key of the table is missing.
	for key in $(sed -n 's/^ *\[SV_KEY_[A-Z_]*\] = "\(.*\)",$/\1/p' "$TOP/lib/svstate.c"); do
		[[ $output == *"\"$key\":"* ]]
	done
}

@test "-j does not believe a text that was copied from another directory" {
	pretend web
	printf '%s\n' state=up at=1-1 >web/supervise/state
	run -0 svstat -j web
	[ "$output" = '{"service":"web","running":true,"error":"unable to read supervise/state: belongs to another directory"}' ]
}

@test "-j tells what is not running, and what cannot be read" {
	pretend bare
	mkdir -p none plain/supervise
	touch plain/supervise/ok
	pretend gone
	exec 8<&-
	exec 7<>bare/supervise/control 8<>bare/supervise/ok
	run -0 svstat -j nosuch none gone bare plain
	[ "${lines[0]}" = '{"service":"nosuch","running":false,"error":"unable to chdir: file does not exist"}' ]
	[ "${lines[1]}" = '{"service":"none","running":false}' ]
	[ "${lines[2]}" = '{"service":"gone","running":false}' ]
	[ "${lines[3]}" = '{"service":"bare","running":true,"error":"unable to read supervise/state: file does not exist"}' ]
	[ "${lines[4]}" = '{"service":"plain","running":false,"error":"unable to open supervise/ok: not a FIFO"}' ]
}

@test "-j is valid JSON for any name" {
	mkdir -p scan/$'a"\\\n\x01\xff\xc3\xa9'
	export SVDIR=scan
	run -0 svstat -aj
	[ "$output" = '{"service":"a\"\\\u000a\u0001\ufffd'$'\xc3\xa9''","running":false}' ]
}

@test "our supervise's state is what -j shows" {
	make_service web
	background supervise web
	svwait ready web
	local json
	json=$(svstat -j web)
	[[ $json == *'"state":"ready"'* ]]
	[[ ! $json =~ :\"[0-9]+\" ]] # what is a number is no text
	[[ $json == *"\"pid\":$(pid_of svstat web),"* ]]
	[[ $json == *"\"supervise_pid\":$!,"* ]]
	[[ $json == *"\"version\":\"$(cat "$TOP/package/version")\""* ]]
	svc -dx web
	wait_until gone "$!"
}

# more TEXT KEY=VALUE...: with these keys, -v says TEXT after the line of 0.76.
more() {
	local text=$1
	shift
	tell web "$@"
	run -0 svstat -v web
	[ "$output" = "$line$text" ] || {
		echo "says: $output" >&2
		return 1
	}
}

@test "-v says what deserves notice, and nothing else" {
	local line
	pretend web
	tell web
	line=$(svstat web)
	[ "$line" = "web: up (pid 17) 0 seconds" ]
	more '' state=down
	more ', not ready'
	more ', starting' state=starting
	more ', stopping' state=stopping
	more ', finishing' state=finishing
	more ', failed' state=failed
	more ', waiting' state=waiting waiting=
	more ', waiting for db' state=waiting needs=db/cache waiting=db
	more ', waiting for my db and cache and #3' state=waiting 'waiting=my db/cache/#3'
	more ', ready 0 seconds' state=ready
	more ', ready 0 seconds' state=ready ready_since=@$FUTURE
	more ', done 0 seconds' state=done ready_since=@$FUTURE
	more ', backoff 0 seconds' state=backoff next_start=@$STAMP
	more ', ready 0 seconds, healthy' state=ready healthy=1
	more ', ready 0 seconds, not healthy' state=ready healthy=0
	more ', failed, last exit 0, deaths 3' state=failed exit=0 signal= deaths=3
	more ', stopping, last signal KILL, deaths 1, strays 2' state=stopping exit= signal=KILL deaths=1 \
		strays=2 healthy=
	more ', not ready' exit= signal= deaths=0 strays=0
	tell web state=backoff next_start=@$FUTURE
	[[ $(svstat -v web) =~ ^"$line, backoff "[0-9]{10,}" seconds"$ ]]
	tell web state=ready ready_since=@$STAMP
	[[ $(svstat -v web) =~ ^"$line, ready "[0-9]+" seconds"$ ]]
	[[ $(svstat -v web) != *" ready 0 "* ]]
}

@test "a forged state text cannot command the terminal" {
	pretend web
	tell web state=waiting $'waiting=db\e]0;x\a/\ecache' $'exit=\e[2J' $'signal=\e[8m'
	run -0 svstat -v web
	[[ $output == *", waiting for db?]0;x? and ?cache, last exit ?[2J, last signal ?[8m" ]]
	run -0 svstat -o waiting,exit web
	[ "$output" = 'db?]0;x?/?cache ?[2J' ]
}

@test "-v where there is no state text that could be believed" {
	pretend web
	tell web state=ready
	# Another suite's supervise has taken over.
	status web ${STAMP}762100000075
	[[ $(svstat -v web) =~ ^"web: up (pid 8566) "[0-9]+" seconds, no supervise/state"$ ]]
	rm web/supervise/state
	[[ $(svstat -v web) == *" seconds, no supervise/state" ]]
	mkdir web/supervise/state
	[[ $(svstat -v web) == *" seconds, unable to read supervise/state: is a directory" ]]
	exec 7>&- 8>&-
	[ "$(svstat -v web)" = "web: supervise not running" ]
	[ "$(svstat -v nosuch)" = "nosuch: unable to chdir: file does not exist" ]
}

@test "who cannot look does not say that nothing runs" {
	pretend web
	tell web
	poor() { prlimit --nofile=4:4 svstat "$@" web 3>&- 4>&- 7>&- 8>&-; }
	[ "$(poor -o running,state)" = "- -" ]
	[[ $(poor -j) == '{"service":"web","running":null,"error":"unable to '*': process cannot open more files"}' ]]
	[ "$(svstat -o running web)" = 1 ]
}

@test "-o puts out the fields that were asked for, one word each" {
	local key
	pretend web
	tell web state=ready exit= last_deaths='@a/exit/1 @b/signal/KILL' version=7
	run -0 svstat -o service,state,exit,running,last_deaths,state web
	[ "$output" = "web ready - 1 @a/exit/1,@b/signal/KILL ready" ]
	run -0 svstat -o state -o service,boot web nosuch
	[ "${lines[0]}" = "ready web -" ]
	[ "${lines[1]}" = "- nosuch -" ]
	exec 7>&- 8>&-
	[ "$(svstat -o state,running,pid web)" = "- 0 -" ]
	for key in $(sed -n 's/^ *\[SV_KEY_[A-Z_]*\] = "\(.*\)",$/\1/p' "$TOP/lib/svstate.c"); do
		[ "$(svstat -o "$key" web)" = - ]
	done
	SVDIR=. run -0 svstat -ao service
	[ "$output" = web ]
}

@test "the output of thousands of services is whole" {
	local i
	for i in {0001..2500}; do
		echo "a-rather-long-name-of-a-service-$i"
	done >names
	run -0 xargs svstat <names
	[ ${#lines[@]} = 2500 ]
	[ "$output" = "$(sed 's/$/: unable to chdir: file does not exist/' names)" ]
}

@test "lost output is an error" {
	[ -c /dev/full ] || skip "needs /dev/full"
	lose() { svstat nosuch >/dev/full; }
	run -111 lose
	[ "$output" = "svstat: fatal: unable to write output: out of disk space" ]
	run -0 svstat
	[ "$output" = "" ]
}

@test "options" {
	local usage='svstat: usage: svstat [-V] [-j | -v | -o field,...] [-a | service ...]'
	run -100 svstat -z
	[ "${lines[0]}" = "svstat: illegal option -- z" ]
	[ "${lines[1]}" = "$usage" ]
	local arguments
	for arguments in '-a web' -jv '-j -o pid' '-v -o pid' '-o nosuch' '-o pid,' '-o ,pid' '-o pid,,exit' \
		"-o $(printf 'pid,%.0s' {1..64})pid"; do
		run -100 svstat $arguments
		[ "$output" = "$usage" ]
	done
	run -100 svstat -o
	[ "${lines[0]}" = "svstat: option requires an argument -- o" ]
	run -0 svstat -V
	[ "$output" = "svstat $(cat "$TOP/package/version")" ]
	run -0 svstat -- -z
	[ "$output" = "-z: unable to chdir: file does not exist" ]
}

@test "a stamp of zero is a long time, not an error" {
	pretend web
	status web 000000000000000000000000000000000075
	run -0 svstat web
	[[ $output =~ ^web:\ down\ 46116860[0-9]{11}\ seconds,\ normally\ up,\ want\ up$ ]]
}

@test "who may not open ok is told so" {
	need_root
	pretend web
	chmod 755 . web web/supervise
	chmod 600 web/supervise/ok
	run -0 setpriv --reuid 65534 --regid 65534 --clear-groups "$BIN/svstat" web
	[ "$output" = "web: unable to open supervise/ok: access denied" ]
}
