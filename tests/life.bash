# Services that have more than a run: their scripts write down what they do, in the order in which
# they do it, in ./events.

# script FILE: an executable shell script from standard input.
script() {
	mkdir -p "${1%/*}"
	{
		echo '#!/bin/sh'
		cat
	} >"$1"
	chmod +x "$1"
}

# tell FILE [LINE...]: a script that writes its name and arguments into ./events, then does LINES.
tell() {
	local file=$1
	shift
	{
		echo "echo \"${file##*/}\${*:+ \$*}\" >>../events"
		printf '%s\n' "$@"
	} | script "$file"
}

# tell_all DIR: one of each, run being a daemon.
tell_all() {
	local name
	for name in start stop finish; do
		tell "$1/$name"
	done
	tell "$1/run" 'exec sleep 100000'
}

# setting DIR/NAME VALUE
setting() {
	mkdir -p "${1%/*}"
	printf '%s\n' "$2" >"$1"
}

state_is() { key_is "$1" state "$2"; }

# is_ours DIR: the state is of the supervise that was started last.
is_ours() { key_is "$1" supervise_pid "$supervisor"; }

# events: the words in ./events on one line; events_are TEXT; happened WORD COUNT.
events() { tr '\n' ' ' <events 2>/dev/null | sed 's/ $//'; }
events_are() { [[ $(events) == "$1" ]]; }
happened() { [ "$(grep -cxE -- "$1" events 2>/dev/null)" = "$2" ]; }

# obeyed DIR LETTERS: sends them, and waits until supervise has obeyed.
has_obeyed() { [ "$(key "$1" commands)" -ge "$2" ]; }
obeyed() {
	local before
	before=$(key "$1" commands)
	svc "-$2" "$1"
	wait_until has_obeyed "$1" $((before + ${#2}))
}

# said TEXT COUNT: that many lines in ./err contain the fixed text.
said() { [ "$(grep -cFe "$1" err)" = "$2" ]; }
