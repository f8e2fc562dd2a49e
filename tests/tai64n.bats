#!/usr/bin/env bats
# tai64n and tai64nlocal: labels in front of lines, and labels as local time.
# Not here: the arithmetic of labels (tai64n_test).

load helper
load peers

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	export TZ=UTC
}

@test "each line gets a label, the empty one too, and no newline is added" {
	printf 'one\n\nlast' | tai64n >out
	run -0 grep -cE '^@4[0-9a-f]{23} (one|last)?$' out
	[ "$output" = 3 ]
	[ "$(wc -l <out)" = 2 ]
	[ "$(printf '' | tai64n)" = '' ]
}

@test "a line is labelled once, however it is read" {
	{ printf 'fir'; sleep 0.05; printf 'st\nsec'; sleep 0.05; printf 'ond\n'; } | tai64n >out
	run -0 cut -c27- out
	[ "$output" = $'first\nsecond' ]
}

@test "much text passes both programs unchanged but for the labels" {
	seq 1 100000 >input
	tai64n <input | cut -c27- | cmp input -
	seq 1 100000 | tai64nlocal | cmp input -
	tai64n <input | tai64nlocal | cut -c31- | cmp input -
	head -c 3000000 /dev/zero | tai64n | tail -c 3000000 | cmp - <(head -c 3000000 /dev/zero)
}

@test "what a slow writer has written comes out before more is read" {
	for program in tai64n tai64nlocal; do
		rm -f in
		mkfifo in
		"$program" <in >out 3>&- 4>&- 9>&- &
		exec 9>in
		echo early >&9
		wait_until contains out early
		exec 9>&-
		wait "$!"
	done
}

@test "an unwritable output and an unreadable input are 111 without a word" {
	for program in tai64n tai64nlocal; do
		run -111 bash -c "echo text | $program >/dev/full"
		[ -z "$output" ]
		run -111 bash -c "$program <."
		[ -z "$output" ]
		run -111 bash -c "$program <&-"
		[ -z "$output" ]
	done
}

@test "an input that somebody made non-blocking is read to its end" {
	command -v perl || skip "needs perl"
	mkfifo in
	for program in tai64n tai64nlocal; do
		perl -e 'use Fcntl; fcntl(STDIN, F_SETFL, O_RDONLY | O_NONBLOCK) or die; exec @ARGV' \
			"$program" <in >out 3>&- 4>&- 9>&- &
		exec 9>in
		echo one >&9
		wait_until contains out one
		echo two >&9
		exec 9>&-
		wait "$!"
		contains out two
	done
}

@test "labels become local time" {
	run -0 tai64nlocal <<'END'
@400000003b4a39c23294b13c fatal: out of memory
@400000006553f10affffffff not range-checked
@400000006553f10a075bcbf4
END
	[ "${lines[0]}" = '2001-07-09 23:09:44.848605500 fatal: out of memory' ]
	[ "${lines[1]}" = '2023-11-14 22:13:20.4294967295 not range-checked' ]
	[ "${lines[2]}" = '2023-11-14 22:13:20.123456500' ]
	TZ=Asia/Kolkata run -0 tai64nlocal <<<'@400000006553f10a075bcbf4 east'
	[ "$output" = '2023-11-15 03:43:20.123456500 east' ]
}

@test "what is no label, or no time, is copied" {
	cat >input <<'END'
@
@x
@4000000
@4000000 short
@400000006553F10A075BCBF4 upper case
@400000006553f10a075bcbf40 too long
@400000006553f10a075bcbf
@ffffffffffffffff075bcbf4 no such year
 @400000006553f10a075bcbf4 not at the start
x@400000006553f10a075bcbf4

END
	printf '@400000006553f1' >>input
	tai64nlocal <input >out
	cmp input out
}

@test "a label at the end of the input is a label" {
	[ "$(printf '@400000006553f10a075bcbf4' | tai64nlocal)" = '2023-11-14 22:13:20.123456500' ]
}

@test "a label that arrives in pieces is converted" {
	label='@400000006553f10a075bcbf4 text'
	for cut in 1 2 10 24 25 26; do
		{ printf '%s' "${label:0:cut}"; sleep 0.02; printf '%s\n' "${label:cut}"; } |
			tai64nlocal >out
		[ "$(cat out)" = '2023-11-14 22:13:20.123456500 text' ]
	done
}

@test "well-formed labels become what 0.76 makes of them" {
	need_peer
	command -v perl || skip "needs perl"
	perl -e 'srand(3); for (1 .. 20000) {
		printf "@%016x%08x %s\n", 0x400000000000000a + int(rand(8e9)) - 1e9, rand(2**32), $_
	}' >input
	for zone in UTC America/New_York Asia/Kolkata Pacific/Apia; do
		export TZ=$zone
		cmp <(tai64nlocal <input) <("$PEER/tai64nlocal" <input)
	done
}

@test "the labels of tai64n and of 0.76 mean the same moment" {
	need_peer
	before=$(echo | "$PEER/tai64n")
	between=$(echo | tai64n)
	after=$(echo | "$PEER/tai64n")
	[[ $before < $between && $between < $after ]]
}
