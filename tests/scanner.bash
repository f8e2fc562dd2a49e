# A scan directory for the tests of svscan: ./scan, and the service directories in ./sv.

# script FILE: an executable from standard input.
script() {
	mkdir -p "${1%/*}"
	cat >"$1"
	chmod +x "$1"
}

# service NAME: sv/NAME with its run from standard input, and a link to it.
service() {
	script "sv/$1/run"
	ln -s "../sv/$1" "scan/$1"
}

# scanner [OPTION...]: svscan on ./scan; its number in $scanner.
scanner() {
	background svscan -t 600000 "$@" scan 2>>err
	scanner=$!
}

# murder_scanner: SIGKILL to it.
murder_scanner() {
	kill -KILL "$scanner"
	wait "$scanner" 2>/dev/null || true
}

# up DIR...: all of them.
up() {
	local name
	for name; do [[ $(svstat "$name") == "$name: up "* ]] || return 1; done
}

supervise_of() { key "$1" supervise_pid; }

# revived DIR NUMBER: another supervise than that is in charge.
revived() { svok "$1" && [ "$(supervise_of "$1")" != "$2" ]; }
