#!/usr/bin/env bats
# Contract with 0.76: a log directory is continued by the other multilog, whatever the first has left
# in it, and given back. No line is lost, and names and modes are what 0.76 alone would have made.

load driver

# killed LINE SCRIPT...: the first multilog takes the line and is killed when it is on disk.
killed() {
	fed "$ONE/multilog" "${@:2}"
	echo "$1" >&9
	wait_until contains log/current "$1"
	kill -KILL $fed
	wait $fed 2>/dev/null
	exec 9>&-
}

# killed_processing SCRIPT...: the same, while the processor of the first rotation runs, which says so by
# the file _here and then waits.
killed_processing() {
	mkfifo _wait
	fed "$ONE/multilog" s4096 "$@" ./log
	numbered 210 | singly 10 >&9 &
	exec 9>&-
	wait_until test -e _here
	kill -KILL $fed
	wait $fed 2>/dev/null
	end_case
}

# all: every line that is left, wherever it is, in its order. A previous with two names is archived.
all() {
	local previous=log/previous
	[ "$(stat -c %h $previous 2>/dev/null)" = 1 ] || previous=
	cat log/@* $previous log/current 2>/dev/null
}

# taken_over FILE=MODE...: these are left; the first multilog takes them over and is killed; the second
# one goes on; the first again, to the end.
taken_over() {
	local file
	mkdir -m 700 log
	for file; do
		echo "in ${file%=*}" >"log/${file%=*}"
		chmod "${file#*=}" "log/${file%=*}"
	done
	killed one ./log
	echo two | multilog ./log
	echo three | "$ONE/multilog" ./log
}

@test "every combination" {
	crossed_rows taken_over <<'E'
multilog: current=0744
multilog: current=0644
multilog: current=0744 | state=0644
multilog: current=0744 | previous=0744
multilog: current=0744 | processed=0744
multilog: current=0644 | previous=0744
multilog: current=0644 | previous=0644
multilog: current=0644 | processed=0744
multilog: current=0644 | processed=0644
multilog: current=0644 | newstate=0644
multilog: current=0644 | previous=0744 | processed=0744
multilog: current=0644 | previous=0744 | processed=0644
multilog: current=0644 | previous=0744 | newstate=0644
multilog: current=0644 | previous=0744 | processed=0744 | newstate=0644
multilog: current=0644 | previous=0744 | processed=0644 | newstate=0644
multilog: previous=0744
multilog: previous=0744 | processed=0744
multilog: previous=0744 | processed=0644
multilog: previous=0744 | processed=0744 | newstate=0644
multilog: previous=0744 | processed=0744 | newstate=0644 | state=0644
multilog: previous=0744 | processed=0644 | newstate=0644 | state=0644
multilog: processed=0744 | state=0644
multilog: state=0644 | newstate=0644
E
}

@test "there and back" {
	crossed <<'E'
multilog: after a clean end
	echo one | "$ONE/multilog" ./log; echo two | multilog ./log; echo three | "$ONE/multilog" ./log
multilog: after a kill
	killed one ./log; echo two | multilog ./log; killed three ./log; echo four | multilog ./log
multilog: after a kill, and a kill of the one that took over
	killed one ./log; fed multilog ./log; echo two >&9; wait_until contains log/current two; kill -KILL $fed; wait $fed 2>/dev/null; exec 9>&-
	echo three | "$ONE/multilog" ./log
multilog: the size of current is known to the next
	numbered 205 | singly 10 | "$ONE/multilog" s4096 ./log; numbered 10 | singly 10 | multilog s4096 ./log
multilog: many times, with rotation
	for i in 1 2 3 4; do numbered 300 | singly 10 | "$ONE/multilog" s4096 n20 ./log; numbered 150 | singly 10 | multilog s4096 n20 ./log; done
multilog: each trims what the other has made
	for i in 1 2 3; do numbered 300 | singly 10 | "$ONE/multilog" s4096 n3 ./log; numbered 300 | singly 10 | multilog s4096 n3 ./log; done
multilog: smaller than before
	numbered 1200 | singly 10 | "$ONE/multilog" s16384 ./log; echo next | multilog s4096 ./log; echo last | "$ONE/multilog" s4096 n2 ./log
multilog: a line without its end
	printf 'one\ntw' | "$ONE/multilog" ./log; echo three | multilog ./log
# 0.76 sets the torn line aside, ours gives it its newline if it was our own: the bytes are there in any case.
multilog: killed in a line that is longer than its buffer
	fed "$ONE/multilog" ./log; { echo one; chars 1500; } >&9; wait_until test -s log/current; kill -KILL $fed; wait $fed 2>/dev/null; exec 9>&-
	echo two | multilog ./log; cat log/@*.u log/current 2>/dev/null | tr -d 'x\n'; rm -f log/@*.u log/current
multilog: with t
	killed one t ./log; echo two | multilog t ./log; echo three | "$ONE/multilog" t ./log
multilog: terminated in a line: what is left in the pipe is for the other
	fed "$ONE/multilog" ./log; exec 8<_in; printf 'one\ntw' >&9; wait_until contains log/current one; kill -TERM $fed; taken
	printf 'o\nthree\n' >&9; exec 9>&-; wait $fed; multilog ./log <&8
multilog: a directory in use is refused
	fed "$ONE/multilog" ./log; wait_until test -e log/current; multilog ./log; echo $?; echo one >&9; exec 9>&-; wait $fed
E
}

@test "processors" {
	crossed <<'E'
multilog: the state is handed on
	numbered 450 | singly 10 | "$ONE/multilog" s4096 '!{ cat <&4; wc -l; } | tee /dev/fd/5' ./log; cat log/state
	numbered 450 | singly 10 | multilog s4096 '!{ cat <&4; wc -l; } | tee /dev/fd/5' ./log; cat log/state
	numbered 450 | singly 10 | "$ONE/multilog" s4096 '!{ cat <&4; wc -l; } | tee /dev/fd/5' ./log
multilog: killed before the processor wrote anything
	killed_processing '!touch ../_here; read x <../_wait; cat'; ls log | sed 's/@.*/@/'; echo next | multilog '!cat' ./log; all | sort | uniq -c | awk '{ print $1 }' | sort -u
multilog: killed with half of processed
	killed_processing '!head -c 500; touch ../_here; read x <../_wait'; echo next | multilog '!cat' ./log
multilog: killed with all of processed, and newstate
	killed_processing '!cat; echo new >&5; touch ../_here; read x <../_wait'; echo next | multilog '!cat' ./log; echo last | "$ONE/multilog" '!cat' ./log
multilog: killed with a state of before
	numbered 210 | singly 10 | "$ONE/multilog" s4096 '!echo state >&5; cat' ./log; killed_processing '!cat; touch ../_here; read x <../_wait'; echo next | multilog '!cat' ./log
multilog: processed was complete when it was killed
	killed_processing '!cat; touch ../_here; read x <../_wait'; chmod 744 log/processed; echo next | multilog '!cat' ./log
multilog: killed while a failing processor is tried again
	fed "$ONE/multilog" s4096 '!echo half; exit 1' ./log 2>_err; numbered 210 | singly 10 >&9 & exec 9>&-; wait_until contains _err failed; kill -KILL $fed; wait $fed 2>/dev/null
	head -n 1 _err; echo next | multilog '!cat' ./log
E
}

# struck TIMES: the first and the second multilog by turns, each killed in a stream of lines. Whatever
# was on disk at a kill is there at the end, in the order of the names, before what came later. However
# many files that are until somebody has seen a line.
struck() {
	local i suite=$ONE/multilog
	for i in $(seq "$1"); do
		fed "$suite" s4096 n1000000 ./log
		seq "$((i * 100000))" inf >&9 & # ends when nobody reads
		wait_until reached "$((i * 100000 + 300 * i))"
		kill -KILL $fed
		wait $fed 2>/dev/null
		exec 9>&-
		all >"_disk$i"
		[ "$suite" = multilog ] && suite=$ONE/multilog || suite=multilog
	done
	multilog s4096 n1000000 ./log
	all >_end
	for i in $(seq "$1"); do
		cmp -n "$(wc -c <"_disk$i")" "_disk$i" _end || cp "_disk$i" _end "lost$i"
	done
	stat -c %a log/* | sort -u
	rm -r log
}

# reached NUMBER: a line with it or a later one is on disk.
reached() {
	local last
	last=$(all | tail -n 2 | head -n 1)
	[ "${last:-0}" -ge "$1" ]
}

@test "killed at any moment" {
	crossed_rows struck <<'E'
multilog: 2
multilog: 7
E
}
