# new-service: what it makes runs the command with the words that it was given, is complete or not
# there, and is nothing that svlint would complain about.

load helper
load service

setup() {
	cd "$BATS_TEST_TMPDIR"
	mkdir sv service
	export SVDIR=$PWD/service
}

# scan: svscan on ./service.
scan() {
	background svscan service 2>>err
}

# logged NAME TEXT: it is in its log.
logged() {
	contains "sv/$1/log/main/current" "$2"
}

@test "every word reaches the command as it was given" {
	local words=("a b" "it's" "" $'new\nline\n' $'\n' -x -- '$HOME' '`id`' '*' '~' '#' '!' '\' '"' "'" "''"
		'\n' '&' ';' 'a=b' '{a,b}' '[a-z]' $'\001\033\177' $'\200\377' 'é')
	local all=""
	local -i byte
	for ((byte = 1; byte < 256; byte++)); do
		printf -v all '%s%b' "$all" "\\$(printf '0%o' "$byte")"
	done
	local LC_ALL=C shell
	for shell in sh dash 'bash --posix' 'busybox sh'; do
		command -v "${shell% *}" >/dev/null || continue
		rm -rf sv/words
		run -0 --separate-stderr $shell "$TOP/package/new-service" sv/words -- \
			sh -c 'printf "%s\0" "$@" >words.new && mv words.new words && exec sleep 100000' sh \
			"${words[@]}" "$all"
		[ "$stderr" = "" ]
		start sv/words
		wait_until [ -e sv/words/words ]
		printf '%s\0' "${words[@]}" "$all" | cmp - sv/words/words
		svc -dx sv/words
		wait_until gone "$supervisor"
	done
	# A command of plain words is as somebody would write it.
	new-service sv/plain -l -- nice -n 5 ./server --port=80 -v
	[ "$(cat sv/plain/run)" = $'#!/bin/sh\nexec 2>&1\nexec nice -n 5 ./server --port=80 -v' ]
	diff sv/plain/log/run "$TOP/package/services/nginx/log/run"
	[ "$(stat -c %a sv/plain/run sv/plain/log/run sv/plain | tr '\n' ' ')" = "755 755 755 " ]
}

@test "what it prints enables what it made: variables, log, and no word of svlint" {
	scan
	mkdir "sv/it's here"
	run -0 --separate-stderr new-service "sv/it's here/web/" -l -e 'WORDS=a  b' -e EMPTY= -e WORDS=$'a  b\n\n"c' \
		-- sh -c 'echo "<$WORDS>${EMPTY-unset}"; exec sleep 100000'
	[ "$stderr" = "" ]
	[[ $output == "ln -s "* ]]
	local link=$output
	[ "$(stat -c %a "sv/it's here/web/env")" = 700 ]
	svlint_is_silent "sv/it's here/web"
	sh -c "$link"
	wait_until svup web web/log
	wait_until contains service/web/log/main/current '<a  b'
	wait_until contains service/web/log/main/current '"c>'
	[ "$(sed 's/^@[0-9a-f]* //' service/web/log/main/current)" = $'<a  b\n\n"c>' ]
}

svlint_is_silent() {
	run -0 svlint "./$1"
	[ "$output" = "" ]
}

@test "made where svscan watches, it starts complete, with its logger" {
	scan
	cd service
	run -0 new-service clock -l -- sh -c 'echo first; exec sleep 100000'
	[ "$output" = "" ] # there is nothing left to be done
	wait_until svup clock clock/log
	wait_until contains clock/log/main/current first
	[ "$(lines clock/log/main/current)" = 1 ]
}

# refuses CODE TEXT ARGUMENTS...: it says so, and makes nothing.
refuses() {
	local code=$1 text=$2
	shift 2
	find . >before
	run -"$code" new-service "$@"
	[[ $output == "new-service: $text"* ]] || {
		echo "$output" >&2
		return 1
	}
	find . | diff before -
}

@test "bad names, unknown users, what exists and what is no command are refused" {
	local name word
	touch before file
	mkdir dir
	ln -s nowhere link
	for name in file dir link dir/; do
		refuses 111 "fatal: unable to create ${name%/}: File exists" $name -- true
	done
	refuses 111 "fatal: unable to create no/web: No such file or directory" no/web -- true
	for name in . .. .web dir/.web ./-web 'a b' 'web?' dir/. $'a\nb' 'é' dir/..; do
		refuses 100 "fatal: not a name for a service: " "$name" -- true
	done
	refuses 100 "fatal: not a name for a service: a?[31m" $'a\033[31m' -- true
	for word in -x '' A=b; do
		refuses 100 "fatal: not a command: $word" web -- "$word" x
	done
	refuses 111 "fatal: unknown user: no such" web -u 'no such' -- true
	refuses 111 "fatal: unknown user: -n" web -u -n -- true
	for word in 1A=b =b A-B=c 'A B=c'; do
		refuses 100 "fatal: not a name for a variable: ${word%%=*}" web -e "$word" -- true
	done
	refuses 100 "fatal: no value for a variable: A" web -e A -- true
	refuses 100 "fatal: a value cannot end with a blank: A" web -e "A=b " -- true
	refuses 100 "fatal: a value cannot end with a blank: A" web -e $'A=b\t' -- true
	refuses 100 "usage: "
	refuses 100 "usage: " web
	refuses 100 "usage: " web --
	refuses 100 "usage: " -- true
	refuses 100 "usage: " web true
	refuses 100 "usage: " web shop -- true
	refuses 100 "usage: " web -x -- true
	refuses 100 "usage: " web -u
	refuses 100 "usage: " "" -- true
}

@test "what goes wrong half-way, or interrupts it, leaves nothing" {
	mkdir fake
	local real stop count
	real=$(command -v mv)
	for stop in 'exit 1' 'kill -TERM $PPID'; do # INT is ignored in the background
		for count in 1 2; do
			rm -f counted
			# The first mv is that of log/run, the second that of run.
			printf '#!/bin/sh\necho >>counted\n[ "$(wc -l <counted)" != %s ] || { %s; exit 1; }\nexec %s "$@"\n' \
				$count "$stop" "$real" >fake/mv
			chmod +x fake/mv
			PATH=$PWD/fake:$PATH run -111 new-service sv/web -l -e A=b -- true
			[[ $output == *"new-service: fatal: unable to write into sv/web: it is removed" ]]
			[ "$(lines counted)" = $count ]
			[ -z "$(ls sv)" ]
		done
	done
}

@test "-u: the command runs as that user, who cannot read the values of others" {
	need_root
	new-service sv/secret -l -u nobody -e SECRET=word -- sh -c \
		'id -un; echo "$SECRET"; cat env/SECRET || echo closed; exec sleep 100000'
	ln -s ../sv/secret service/
	svlint_is_silent sv/secret
	scan
	wait_until logged secret closed
	[ "$(sed 's/^@[0-9a-f]* //' sv/secret/log/main/current | head -n 2)" = $'nobody\nword' ]
}

@test "what svlint would warn of is told at once" {
	run -0 --separate-stderr new-service sv/nginx -- nginx
	[[ $stderr == "sv/nginx/run: warning: lets nginx put itself into the background, "* ]]
}

@test "the examples of the README and of the page" {
	local -i n=0
	local line
	mkdir -p etc/sv
	{
		sed -n 's/^    \(new-service .*\)/\1/p' "$TOP/README.md"
		# Continued lines are joined; what is linked by a second command is not.
		sed -n '/^new-service/{:a; /\\e$/{N; s/\\e\n *//; ba}; p}; s/^\.Dl \(new-service .*\) | sh$/\1/p' \
			"$TOP/package/new-service.8"
	} | sed "s| /etc| $PWD/etc|" >examples
	while IFS= read -r line; do
		n+=1
		run -0 --separate-stderr sh -c "$line"
		[ "$stderr" = "" ]
		[[ $output == "ln -s "*" $SVDIR/" ]]
	done <examples
	[ "$n" = 3 ]
	[ -x etc/sv/files/log/run ]
	[ -x clock/log/run ]
}
