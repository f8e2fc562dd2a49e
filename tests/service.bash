# Service directories for the tests of the clients: real ones, and stand-ins whose supervise is a
# shell that holds the FIFOs open.

# make_service DIR: one that runs until it is told to end.
make_service() {
	mkdir -p "$1"
	printf '#!/bin/sh\nexec sleep 100000\n' >"$1/run"
	chmod +x "$1/run"
}

# pretend DIR: what a supervise makes; from now on svok says yes, and fd 7 reads its commands.
pretend() {
	mkdir -p "$1/supervise"
	[ -p "$1/supervise/control" ] || mkfifo "$1/supervise/control"
	[ -p "$1/supervise/ok" ] || mkfifo "$1/supervise/ok"
	exec 7<>"$1/supervise/control" 8<>"$1/supervise/ok"
}

# received COUNT: exactly that many bytes are in the FIFO of the last pretended service.
received() {
	local bytes="" more=""
	[ "$1" = 0 ] || IFS= read -r -N "$1" -t "$LIMIT" -u 7 bytes
	! read -r -N 1 -t 0 -u 7 more || return 1
	printf '%s\n' "$bytes"
}

# is_up PROGRAM DIR, is_down PROGRAM DIR: as that svstat says.
is_up() {
	[[ $("$1" "$2") == "$2: up "* ]]
}

is_down() {
	[[ $("$1" "$2") == "$2: down "* ]]
}

says() {
	[[ $("$1" "$2") =~ ^$2:\ $3$ ]]
}

# pid_of PROGRAM DIR
pid_of() {
	"$1" "$2" | sed -n 's/.*(pid \([0-9]*\)).*/\1/p'
}

# tell DIR KEY=VALUE...: the pretended supervise says so in its state text, and fittingly in its
# status record; what is not given has a value of its own. The stamp is from the future, so that the
# seconds since then are 0.
tell() {
	local dir=$1/supervise place
	shift
	place=$(stat -L -c '%d-%i' "$dir")
	printf '\x40\0\0\xff\x6b\x02\x29\x64\x31\xc0\x55\xf4\x11\0\0\0\0u' >"$dir/status.new"
	mv "$dir/status.new" "$dir/status"
	printf '%s\n' "$@" state=up want=up supervise_pid=77 commands=5 starts=1 \
		since=@400000ff6b02296431c055f4 "at=$(printf '%x-%x' "${place%-*}" "${place#*-}")" \
		>"$dir/state.new"
	mv "$dir/state.new" "$dir/state"
}

# client COMMAND...: in the background, without the FIFOs of the pretended service, whose death it
# would not see otherwise; its number is in $!, what it says in ./said.
client() {
	"$@" 3>&- 4>&- 7>&- 8>&- 2>said &
}

# die_pretended: the pretended supervise is dead.
die_pretended() {
	exec 7>&- 8>&-
}

# ends CODE PID: the background process PID exits with CODE.
ends() {
	local code=0
	wait_until gone "$2" || return 1
	wait "$2" || code=$?
	[ "$code" = "$1" ] || {
		echo "exit code $code instead of $1: $(cat said)" >&2
		return 1
	}
}

# asleep PROGRAM PID: it has looked, and sleeps.
asleep() {
	local stat
	stat=$(cat "/proc/$2/stat" 2>/dev/null) || return 1
	[[ $stat == "$2 ($1) S "* ]]
}

# naps PID: how often it has gone to sleep so far.
naps() {
	sed -n 's/^voluntary_ctxt_switches:[^0-9]*//p' "/proc/$1/status"
}

# asleep_again PROGRAM PID NAPS: it has woken up since, looked, and found nothing that ends it.
asleep_again() {
	asleep "$1" "$2" && (($(naps "$2") > $3))
}

# start DIR [PREFIX...]: a supervise for DIR, its messages in ./err, its number in $supervisor.
start() {
	local dir=$1
	shift
	background "$@" supervise "$dir" 2>>err
	supervisor=$!
}

# murder: SIGKILL to it.
murder() {
	kill -KILL "$supervisor"
	wait_until gone "$supervisor"
	wait "$supervisor" 2>/dev/null || true
}

# key DIR KEY, key_is DIR KEY VALUE: what its state says.
key() { sed -n "s/^$2=//p" "$1/supervise/state" 2>/dev/null; }
key_is() { [[ $(key "$1" "$2") == "$3" ]]; }
