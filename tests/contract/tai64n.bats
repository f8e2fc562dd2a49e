#!/usr/bin/env bats
# Contract with 0.76: tai64n and tai64nlocal.

load driver

@test "tai64n" {
	cases <<'E'
tai64n: every line gets a label
	printf 'one\ntwo\n' | tai64n
tai64n: empty lines too
	printf '\n\n' | tai64n
tai64n: no input, no output
	tai64n
tai64n: no final newline is added
	printf 'a\nb' | tai64n
tai64n: NUL bytes and bytes above 127 pass
	printf 'a\0b\n\377\n' | tai64n
tai64n: what looks like a label gets another one
	echo '@400000003792ddda00000000 x' | tai64n
tai64n: operands are ignored
	echo x | tai64n -z some thing
tai64n: the label is @ and 24 lower-case digits, at half a microsecond
	echo x | tai64n | grep -cxE '@4[0-9a-f]{23} x'
	label=$(echo x | tai64n); echo $((16#${label:17:8} % 1000))
tai64n: the label is of the moment of the first byte
	fed tai64n >_out; printf a >&9; wait_until test -s _out
	before=$(date +%s); echo b >&9; exec 9>&-; wait_until contains _out ab
	label=$(cat _out); [ $((16#${label:1:16} - 4611686018427387914)) -le "$before" ]
tai64n: a slow writer's bytes do not wait for the end of the line
	fed tai64n >out; printf slow >&9; wait_until contains out slow
	printf ly >&9; wait_until contains out slowly
tai64n: a long line is one line
	chars 30000 | tai64n | wc -lc
tai64n: lines longer than a buffer
	for i in 1 2 3 4 5; do chars 3000 $i; echo; done | tai64n | cut -c26- | cksum
tai64n: a read error is silent
	tai64n <.
tai64n: a closed input is a read error
	tai64n <&-
tai64n: a write error is silent
	echo x | tai64n >/dev/full
tai64n: a closed output is a write error
	echo x | tai64n >&-
E
}

@test "tai64nlocal" {
	cases <<'E'
tai64nlocal: a label becomes local time
	echo '@400000003792ddda00000000 x' | tai64nlocal
tai64nlocal: with nanoseconds
	echo '@400000004a32392b2aa21dac text' | tai64nlocal
tai64nlocal: the time zone counts
	echo '@400000004a32392b2aa21dac text' | TZ=America/New_York tai64nlocal
	echo '@400000004a32392b2aa21dac text' | TZ=XYZ-5:30 tai64nlocal
tai64nlocal: summer time
	printf '@4000000052%sda00000000 x\n' 3b92 9c7b | TZ=Europe/Berlin tai64nlocal
tai64nlocal: the first second of Unix time
	echo '@400000000000000a00000000 x' | tai64nlocal
tai64nlocal: the end of 32 bits
	echo '@4000000080000009000001f4 x' | tai64nlocal
	echo '@400000010000000a000001f4 x' | tai64nlocal
tai64nlocal: before Unix time
	echo '@3ffffffffffffff600000000 x' | tai64nlocal
tai64nlocal: nanoseconds are not checked
	echo '@400000003792dddaffffffff x' | tai64nlocal
	echo '@400000003792ddda3b9aca00 x' | tai64nlocal
tai64nlocal: a label without text
	printf '@400000003792ddda00000000\n' | tai64nlocal
tai64nlocal: text at once behind the label
	echo '@400000003792ddda00000000xyz' | tai64nlocal
	echo '@400000003792ddda00000000.s' | tai64nlocal
tai64nlocal: other lines are copied
	printf 'plain\n\n x\n' | tai64nlocal
tai64nlocal: a label that is not at the beginning is copied
	echo ' @400000003792ddda00000000 x' | tai64nlocal
	echo 'x @400000003792ddda00000000' | tai64nlocal
tai64nlocal: two labels
	echo '@400000003792ddda00000000 @400000003792ddda00000000' | tai64nlocal
tai64nlocal: no final newline is added
	printf 'text' | tai64nlocal
	printf '@400000003792ddda00000000 text' | tai64nlocal
tai64nlocal: NUL bytes and bytes above 127 pass
	printf 'a\0b\n@400000003792ddda00000000 \0\377\n' | tai64nlocal
tai64nlocal: no input, no output
	tai64nlocal
tai64nlocal: operands are ignored
	echo x | tai64nlocal -z thing
tai64nlocal: long lines
	{ chars 20000; echo; printf '@400000003792ddda00000000 '; chars 20000; echo; } | tai64nlocal | cksum
tai64nlocal: a slow writer's line does not wait for the next
	fed tai64nlocal >out; echo one >&9; wait_until contains out one
	echo '@400000003792ddda00000000 two' >&9; wait_until contains out two
tai64nlocal: a read error is silent
	tai64nlocal <.
	tai64nlocal <&-
tai64nlocal: a write error is silent
	echo x | tai64nlocal >/dev/full
	echo x | tai64nlocal >&-
tai64nlocal: what tai64n wrote
	printf 'a\nb\n' | tai64n | tai64nlocal | sed 's/[0-9]/9/g'
E
}

@test "malformed labels" {
	cases <<'E'
tai64nlocal: @ alone is copied; 0.76 crashes
	echo '@' | tai64nlocal
	differs: stdout stderr exit
	ours: [ "$stdout" = @ ] && [ -z "$stderr" ] && [ "$exit" = 0 ]
	theirs: [ "$exit" = 139 ]
tai64nlocal: @ and no digits is copied; 0.76 crashes
	echo '@x' | tai64nlocal
	differs: stdout stderr exit
	ours: [ "$stdout" = @x ] && [ -z "$stderr" ] && [ "$exit" = 0 ]
	theirs: [ "$exit" = 139 ]
tai64nlocal: too few digits are copied; 0.76 crashes
	echo '@4000000 x' | tai64nlocal
	differs: stdout stderr exit
	ours: [ "$stdout" = '@4000000 x' ] && [ -z "$stderr" ] && [ "$exit" = 0 ]
	theirs: [ "$exit" = 139 ]
tai64nlocal: upper-case digits are copied; 0.76 crashes
	echo '@400000003792DDDA00000000 x' | tai64nlocal
	differs: stdout stderr exit
	ours: [ "$stdout" = '@400000003792DDDA00000000 x' ] && [ -z "$stderr" ] && [ "$exit" = 0 ]
	theirs: [ "$exit" = 139 ]
tai64nlocal: too many digits are copied; 0.76 crashes
	echo '@400000003792ddda00000000000000000 x' | tai64nlocal
	differs: stdout stderr exit
	ours: [ "$stdout" = '@400000003792ddda00000000000000000 x' ] && [ -z "$stderr" ] && [ "$exit" = 0 ]
	theirs: [ "$exit" = 139 ]
tai64nlocal: seconds beyond every calendar are copied; 0.76 crashes
	echo '@7fffffffffffffff00000000 x' | tai64nlocal
	differs: stdout stderr exit
	ours: [ "$stdout" = '@7fffffffffffffff00000000 x' ] && [ -z "$stderr" ] && [ "$exit" = 0 ]
	theirs: [ "$exit" = 139 ]
tai64nlocal: a label that ends with the input is copied; 0.76 drops it
	printf '@4000000037' | tai64nlocal
	differs: stdout
	ours: [ "$stdout" = @4000000037 ]
	theirs: [ -z "$stdout" ]
E
}
