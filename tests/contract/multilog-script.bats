#!/usr/bin/env bats
# Contract with 0.76: the script of multilog, its patterns, and where lines begin and end.

load driver

# match PATTERN LINE: what is left of LINE after -PATTERN; and of +PATTERN after nothing is selected.
match() {
	printf '%s\n' "$2" >_line
	multilog "-$1" ./deselected <_line
	multilog '-*' "+$1" ./selected <_line
}

@test "patterns" {
	rows match <<'E'
multilog: one* | onetwo
multilog: *two | onetwo
multilog: *t | ott
multilog: a*b | axxb
multilog: a*b | axbxb
multilog: *ab | aab
multilog: ** | x
multilog: ** | *
multilog: ** |
multilog: |
multilog: | x
multilog: * |
multilog: * | anything at all
multilog: +x | +x
multilog: -x | -x
multilog: one | one
multilog: one | two
multilog: one | onetwo
multilog: onetwo | one
multilog: one* | one
multilog: *one | one
multilog: *one* | xonex
multilog: *o*e* | xonex
multilog: a*b*c | aXbYc
multilog: a*b*c | aXbYcZ
multilog: a*b*c | abbc
multilog: ? | x
multilog: ? | ?
multilog: [ab] | a
multilog: \* | \x
multilog: ONE | one
multilog: *x | x
multilog: * * * | a b c
multilog: * * * | a b
E
}

@test "actions" {
	cases <<'E'
multilog: without actions the input is dropped
	echo text | multilog
multilog: unknown letters are ignored
	echo text | multilog '' zzz X 'q r' ./log
multilog: an empty action is ignored
	echo text | multilog '' '' ./log
multilog: only the first character of t counts
	echo text | multilog tfoo ./log
multilog: t elsewhere is ignored
	echo text | multilog ./log t ./other
multilog: t stamps empty lines
	printf '\n\n' | multilog t ./log
multilog: the stamp is @ and 24 lower-case digits at half a microsecond
	echo x | multilog t e 2>&1 | grep -cxE '@4[0-9a-f]{23} x'
	label=$(echo x | multilog t e 2>&1); echo $((16#${label:17:8} % 1000))
multilog: patterns see the stamp
	echo one | multilog t -one ./one '-*one' ./star '-@* one' ./stamp
multilog: each line starts selected
	printf 'a\nb\n' | multilog -a ./log
multilog: selection holds from its place to the right
	printf 'a\nb\nab\n' | multilog ./all '-a*' ./no-a '+*b' ./b-again
multilog: the last word counts
	printf 'a\nb\nc\n' | multilog '-*' +a -a +b ./log
multilog: e shows the selected lines
	printf 'a\nb\n' | multilog -a e
multilog: e twice shows twice
	echo a | multilog e e
multilog: e twice, and lines that are read together: ours takes all of them each time
	printf 'a\nb\n' | multilog e e
	differs: stderr
	ours: [ "$stderr" = $'a\nb\na\nb' ]
	theirs: [ "$stderr" = $'a\na\nb\nb' ]
multilog: e and directories
	printf 'a\nb\n' | multilog e ./log -a e ./other
multilog: e keeps 199 bytes
	{ chars 199; echo; } | multilog e
multilog: e keeps 200 bytes
	{ chars 200; echo; } | multilog e
multilog: e cuts 201 bytes
	{ chars 201; echo; } | multilog e
multilog: e cuts 5000 bytes
	{ chars 5000; echo; } | multilog e
multilog: e shows an empty line
	echo | multilog e
multilog: e counts the stamp
	{ chars 174; echo; chars 175; echo; } | multilog t e
multilog: e shows NUL bytes
	printf 'a\0b\n' | multilog e
multilog: = holds the line in 1001 bytes
	echo text | multilog =status
multilog: = holds the last selected line
	printf 'first line\nsecond\nno\n' | multilog -no =status
multilog: = holds 1000 bytes of a longer line
	{ chars 1500; echo; } | multilog =status
multilog: = holds a line of 999, 1000, 1001 bytes
	for n in 999 1000 1001; do { chars $n; echo; } | multilog =status$n; done
multilog: = without a selected line makes an empty file
	echo text | multilog '-*' =status
multilog: = does not truncate what is longer
	chars 2000 y >status; echo text | multilog =status
multilog: = keeps the mode of a file that exists
	touch status; chmod 640 status; echo text | multilog =status
multilog: = stamped
	echo text | multilog t =status
multilog: = with an empty line
	echo | multilog =status
multilog: two status files
	printf 'a\nb\n' | multilog =one -b =two
multilog: s and n count for the directories to their right
	numbered 900 | singly 10 | multilog ./a s4096 n2 ./b n3 ./c
multilog: a directory before the options has the defaults
	numbered 500 | singly 10 | multilog ./a s4096
E
}

@test "lines" {
	cases <<'E'
multilog: no input makes an empty log
	multilog ./log
multilog: a missing final newline is added
	printf 'one\ntwo' | multilog ./log
multilog: with t, too
	printf 'one\ntwo' | multilog t ./log
multilog: empty lines stay
	printf '\n\n\n' | multilog ./log
multilog: NUL bytes stay
	printf 'a\0b\n\0\n' | multilog ./log
multilog: bytes above 127 and CR stay
	printf '\377\200\r\n' | multilog ./log
multilog: a line of 3000 bytes stays whole
	{ chars 3000; echo; } | multilog ./log
multilog: lines of 999, 1000 and 1001 bytes
	for n in 999 1000 1001; do chars $n; echo; done | multilog ./log
multilog: a line of 1000 bytes, and a pattern of its last byte
	{ chars 999; echo y; echo short; } | multilog '-*y' ./log
multilog: lines around the buffer of 1024 bytes
	for n in 1023 1024 1025; do chars $n; echo; done | multilog ./log
multilog: only the first 1000 bytes decide
	{ chars 1500; echo END; echo 'short END'; } | multilog '-*END' ./log
multilog: a long line is deselected by its beginning
	{ chars 1500; echo END; echo no; } | multilog '-xxx*' ./log
multilog: a long line with t
	{ chars 1500; echo; echo end; } | multilog t ./log
multilog: a long line without its newline
	chars 2500 | multilog ./log
multilog: a long line to two directories and a status file
	{ chars 2500; echo; echo end; } | multilog ./a =status -end ./b
multilog: what was read is written before more is read
	fed multilog ./log; printf 'one\ntwo' >&9; wait_until contains log/current one; cat log/current
	exec 9>&-; wait $fed
multilog: stdin closed
	multilog ./log <&-
multilog: stdin a directory
	multilog ./log <.
E
}

@test "a writer that has nothing to say yet" {
	cases <<'E'
# The FIFO is opened without blocking, and its flags are the reader's own.
multilog: an empty non-blocking input is no end; for 0.76 it is
	mkfifo _in; exec 8<>_in; dd iflag=nonblock count=0 status=none <&8
	multilog ./log <&8 & fed=$!
	wait_until test -e log/current
	wait_until sh -c "gone() { case \$(cut -d' ' -f3 /proc/$fed/stat) in Z|'') ;; *) return 1;; esac; }; gone || [ -s log/current ] || { echo line >_in; false; }" 2>/dev/null
	kill -TERM $fed 2>/dev/null; wait $fed
	differs: files
	ours: grep -q line log/current
	theirs: [ ! -s log/current ]
E
}
