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
