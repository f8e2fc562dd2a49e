# The blocks of README.md, services(7) and containers(7) are run as they stand there, by the files that
# the list `blocks` names, and the commands in the README's table here.

load helper
load blocks
load machine
load recipes

DOCUMENTS="README.md package/services.7 package/containers.7"

setup() {
	cd "$BATS_TEST_TMPDIR"
}

# ---- The list

# rows: those of the list, without comments.
rows() {
	grep -v '^#' "$TOP/tests/blocks"
}

# runs FILE LINE BATS: that file takes the block by its first line; recipes by their names.
runs() {
	case $2 in
	"# recipe log") contains "$TOP/tests/recipes.bash" "recipe log" ;;
	"# recipe "*) contains "$TOP/tests/$3" "make_recipe ${2#\# recipe }" ;;
	*) contains "$TOP/tests/$3" "block $1 '$2'" ;;
	esac
}

@test "every block is on the list, and what the list says runs it" {
	local document file line how found
	rows >rows
	for document in $DOCUMENTS; do
		first_lines "$document" >lines
		[ -s lines ]
		while IFS= read -r found; do
			echo "$document: $found"
			[ "$(grep -c . <(listed "$document" "$found"))" = 1 ]
		done <lines
		[ "$(lines lines)" = "$(grep -c "^$document | " rows)" ]
	done
	while IFS='|' read -r file line how; do
		file=${file% } line=${line# } how=${how# }
		line=${line% }
		echo "$file: $line: $how"
		case $how in
		"not run: "?*) ;;
		*.bats*) runs "$file" "$line" "${how%%;*}" ;;
		*) false ;;
		esac
	done <rows
}

# listed FILE LINE: the rows that are about it.
listed() {
	local file line how
	while IFS='|' read -r file line how; do
		line=${line# }
		[ "${file% }" != "$1" ] || [[ $2 != "${line% }"* ]] || echo "$line"
	done <rows
}

@test "the list notices a block that is new, and one that has gone" {
	local TOP=$BATS_TEST_TMPDIR/top
	mkdir -p top/package top/tests
	printf 'Text.\n\n    known command\n    and more\n\n    of it\n\nText.\n\n    unknown one\n' >top/README.md
	printf 'README.md | known | blocks.bats\nREADME.md | gone | blocks.bats\n' >top/tests/blocks
	rows >rows
	[ "$(first_lines README.md)" = $'known command\nunknown one' ]
	[ "$(block README.md 'known')" = $'known command\nand more\n\nof it' ]
	[ "$(listed README.md 'known command')" = "known " ]
	[ -z "$(listed README.md 'unknown one')" ]
	run ! block README.md 'gone'
	printf '.Bd -literal -offset indent\n\\&.x \\e\n.Ed\n.Dl a \\(dqb\\(dq\n' >top/package/page.7
	[ "$(first_lines package/page.7)" = $'.x \\\na "b"' ]
}

# ---- README.md

@test "the first steps of the README" {
	block README.md 'make -s && export PATH' >block
	[ "$(lines block)" -ge 10 ]
	mkdir here
	cd here
	# What is tested is built already. Where a reader would look, the script waits for some lines.
	make() {
		mkdir -p build/release
		ln -s "$BIN" build/release/bin
	}
	settle() {
		sync
		timeout "$LIMIT" bash -c 'until [ "$(wc -l <demo/log/main/current)" -ge 3 ]; do sleep 0.1; done'
	}
	export -f make settle
	export BIN LIMIT
	sed 's/^\(ln -s\|svc \|rm \).*/&\nsettle/' ../block >../script
	run -0 bash ../script 3>&-
	echo "$output"
	[[ $output == *"clock: up (pid "*"clock/log: up (pid "* ]]
	[[ $output =~ [0-9]{4}-[0-9]{2}-[0-9]{2}\ [0-9:.]+\  ]]
	[[ $output == *"svscan: stopped after "* ]]
	wait_until nothing_runs
}

nothing_runs() {
	[ -z "$(started_by_us | grep -vxF -e "$$" -e "$BASHPID")" ]
}

@test "the README names every file of a service directory, and no other" {
	block README.md 'clock/' >drawing
	local code=$TOP/lib/servicedir.c
	{
		sed -n 's/^ *\[SERVICEDIR_[A-Z_]*\] = "\([a-z-]*\)",$/\1/p' "$code"
		sed -n 's/^#define SERVICEDIR_[A-Z]* "\([a-z-]*\)"$/\1/p' "$TOP/lib/servicedir.h"
	} | sort -u >names
	[ "$(lines names)" -ge 20 ]
	local name
	while read -r name; do
		case $name in
		no-setsid | log-stderr) continue ;; # rarely wanted; in servicedir(5)
		esac
		echo "$name"
		grep -qw -e "$name" drawing
	done <names
	# Of the settings, the words before the two blanks are names.
	sed -n '/^what more/,$s/^  \([a-z, -]*[a-z]\)   .*/\1/p' drawing | tr -s ', ' '\n\n' | sort >drawn
	[ "$(lines drawn)" -ge 15 ]
	[ -z "$(comm -23 drawn names)" ]
}

@test "what the README and CONTRIBUTING name in the sources is there" {
	local document name
	for document in README.md CONTRIBUTING.md; do
		{
			grep -oE '\]\([^)#:]+\)' "$TOP/$document" | sed 's/^](//; s/)$//'
			grep -oE '`(lib|svscan|supervise|multilog|svc|tests|package)/[A-Za-z0-9_./-]+`' "$TOP/$document" |
				tr -d '`'
		} | sort -u >named
		[ "$(lines named)" -ge 10 ]
		while read -r name; do
			echo "$document: $name"
			[ -e "$TOP/$name" ]
		done <named
	done
}

# make_service NAME [LOG]: below ./sv, and linked.
make_service() {
	mkdir -p "sv/$1${2:+/log}"
	printf '#!/bin/sh\necho begun\nexec sleep 100000\n' >"sv/$1/run"
	chmod +x "sv/$1/run"
	[ -z "${2:-}" ] || {
		printf '#!/bin/sh\nexec multilog t ./main\n' >"sv/$1/log/run"
		chmod +x "sv/$1/log/run"
	}
	ln -s "../sv/$1" "service/$1"
}

# said_in_table: the commands of the README's table "to | say", one a line.
said_in_table() {
	sed -n '/^| to | say |$/,/^$/p' "$TOP/README.md" | grep -o '`sv[^`]*`' | tr -d '`'
}

@test "every command of the README's table does what it says" {
	mkdir service
	export SVDIR=$PWD/service
	make_service clock log
	make_service web log
	make_service db log
	make_service cache
	background svscan service 2>err
	local scanner=$!
	wait_until svup clock clock/log web web/log db db/log cache
	wait_until grep -qs begun service/clock/log/main/current
	said_in_table | sed "s| /etc/sv| $PWD/sv|; s|-T 10000|-T ${LIMIT}000|" >commands
	[ "$(lines commands)" -ge 20 ]
	local command effect
	while IFS= read -r command; do
		echo "$command" >&2
		case $command in
		"svscan -d 3 /service 3>pipe" | "svscan /service -- program args") continue ;; # below
		"svlog -f") ends_when_told ;;
		*) bash -c "$command" 3>&- 4>&- >said ;;
		esac
		effect=
		case $command in
		"svc -d clock" | "svc -D clock") effect="svwait down clock" ;;
		"svc -u clock" | "svc -U clock") effect="svwait up clock" ;;
		"svwhy clock" | svstat* | svlog) effect="test -s said" ;;
		esac
		[ -z "$effect" ] || timeout "$LIMIT" $effect
		[ "$command" != "svc -D clock" ] || [ -e sv/clock/down ]
		[ "$command" != "svc -U clock" ] || [ ! -e sv/clock/down ]
	done <commands
	kill "$scanner"
	wait "$scanner"
	mkfifo pipe
	exec 7<>pipe
	background sh -c 'exec svscan -d 3 service 3>pipe 2>>err' # background closes its own 3
	scanner=$!
	read -r -t "$LIMIT" -u 7
	svup -r clock web db cache # loggers hold the newline back no time
	kill "$scanner"
	wait "$scanner"
	exec 7>&-
	run -5 bash -c 'svscan service -- sh -c "exit 5"' 3>&-
}

# ends_when_told: svlog -f goes on until it gets a signal.
ends_when_told() {
	background svlog -f >followed
	local follower=$!
	wait_until contains followed begun
	kill "$follower"
	wait "$follower" || true
}

# make_run NAME FILE: a service directory in the machine, whose run is FILE.
make_run() {
	mkdir -p "$ROOT/etc/sv/$1"
	cp "$2" "$ROOT/etc/sv/$1/run"
	chmod 755 "$ROOT/etc/sv/$1/run"
	add_log "$1"
}

@test "the run script of the README: redis answers, and gets the signals itself" {
	begin_machine
	block README.md '#!/bin/sh' >run
	make_run redis run
	enable redis
	wait_until state_is redis ready
	answers() { [ "$(inside redis-cli ping)" = PONG ]; }
	wait_until answers
	[[ $(inside cat "/proc/$(key redis pid)/comm") == redis-server ]]
	inside svc -w -d redis
	wait_until logged redis "scheduling shutdown"
	stop_machine
}

@test "the README's new-service makes a server that answers, as nobody" {
	begin_machine
	block README.md 'new-service files' >command
	inside sh -e -c "cd /etc/sv; . '$PWD/command'" >enable
	[ "$(cat enable)" = "ln -s /etc/sv/files /etc/service/" ]
	inside sh -e <enable
	wait_until answers_with http://127.0.0.1:8000/ "Directory listing"
	is_nobody() { [ "$(inside stat -c %U "/proc/$(key files pid)")" = nobody ]; }
	wait_until is_nobody
	stop_machine
}

# ---- services(7)

@test "services(7): a ready directory copied, checked, linked" {
	begin_machine
	account www-data
	inside sh -ec 'mkdir -p /usr/local/share/upkeep && cp -R "$1" /usr/local/share/upkeep/' \
		sh "$TOP/package/services"
	rm -rf "$ROOT/etc/sv/nginx"
	# The machine has its services in /etc/service; /service, as on the page, would be the host's.
	block package/services.7 'cp -R /usr/local/share/upkeep/services/nginx' | sed 's| /service/$| /etc/service/|' >block
	[ "$(grep -c /etc/service/ block)" = 1 ]
	inside sh -e <block
	wait_until state_is nginx ready
	stop_machine
}

@test "services(7): a recipe made by its name, through man" {
	begin_machine
	printf '#!/bin/sh\n[ "$*" = "7 services" ] && exec mandoc "%s"\n' "$TOP/package/services.7" >man
	chmod +x man
	cp man "$ROOT/usr/bin/man"
	rm -rf "$ROOT/etc/sv/nginx"
	block package/services.7 'man 7 services' >block
	inside sh -e <block
	diff -r -x log "$TOP/package/services/nginx" "$ROOT/etc/sv/nginx"
	stop_machine
}
