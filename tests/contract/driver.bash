# The differential suite: each case runs once with the programs of Debian's daemontools 0.76 and once
# with ours, each in a fresh directory, and everything that can be observed afterwards must be equal:
# stdout, stderr, the exit code of every line, and the files left behind with their types, modes,
# owners, sizes and bytes. What differs on purpose says so and says how.
#
# A file of cases is data. `cases` reads stanzas:
#
#	PROGRAM: TITLE             begins a case of that program of 0.76
#	<tab>COMMAND               a line of bash; all lines run in turn in one shell
#	<tab>differs: PART...      stdout, stderr, exit or files differ, and must; the rest is equal
#	<tab>ours: COMMAND         what holds then with our programs: in the directory that is left,
#	                           with what was observed in $stdout, $stderr, $exit and $files
#	<tab>theirs: COMMAND       and with theirs
#
# `rows COMMAND` reads tables, in which each line is a case: PROGRAM: ARGUMENT | ARGUMENT ...
# `crossed` and `crossed_rows` run each case in all four mixtures: "$ONE/PROGRAM" is of the first suite,
# everything else (also what that program starts) of the second. All must look like 0.76 alone.
#
# The shell has what tests/helper.bash, tests/service.bash and `words of the cases` below define.
# Files whose names begin with "_" belong to the case alone and are not compared. With CONTRACT_TRACE=1
# each title is shown before its case runs.

load ../helper
load ../peers
load ../service

CONTRACT_PROGRAMS='svscanboot svscan supervise svc svok svstat readproctitle fghack pgrphack
	multilog tai64n tai64nlocal setuidgid envuidgid envdir softlimit setlock'
CONTRACT_PARTS='stdout stderr exit files'
contract_case=0 # of this test; the name of its directory

# Three directories: the programs of either suite, and all other commands. So no PATH has both.
setup_file() {
	local name tools=$BATS_FILE_TMPDIR/tools
	[ -n "$PEER" ] || return 0
	mkdir "$tools" "$BATS_FILE_TMPDIR/theirs" "$BATS_FILE_TMPDIR/ours"
	ln -s /usr/bin/* "$tools"
	ln -s /bin/* /usr/sbin/* /sbin/* "$tools" 2>/dev/null || : # those already there are the same
	for name in $CONTRACT_PROGRAMS; do
		rm -f "$tools/$name"
		ln -s "$PEER/$name" "$BATS_FILE_TMPDIR/theirs/$name"
		ln -s "$BIN/$name" "$BATS_FILE_TMPDIR/ours/$name"
	done
}

setup() {
	need_peer
	cd "$BATS_TEST_TMPDIR" || return 1
	export LC_ALL=C TZ=UTC
	unset SVDIR SVSCAN_GRACE
	umask 022
}

# ---- Reading the tables --------------------------------------------------------------------------

cases() {
	local sides=('theirs theirs' 'ours ours')
	run_stanzas
}

crossed() {
	local sides=('theirs theirs' 'ours ours' 'ours theirs' 'theirs ours')
	run_stanzas
}

run_stanzas() {
	local line title='' commands=() differing='' checks=() ran=0 failed=0
	while IFS= read -r line || [ -n "$line" ]; do
		case $line in
		'' | '#'*) ;;
		$'\tdiffers: '*) differing=${line#*: } ;;
		$'\tours: '* | $'\ttheirs: '*) checks+=("${line#?}") ;;
		$'\t'*) commands+=("${line#?}") ;;
		*)
			finish_case
			title=$line commands=() differing='' checks=()
			;;
		esac
	done
	finish_case
	report
}

rows() {
	local sides=('theirs theirs' 'ours ours')
	run_rows "$1"
}

crossed_rows() {
	local sides=('theirs theirs' 'ours ours' 'ours theirs' 'theirs ours')
	run_rows "$1"
}

run_rows() {
	local line title fields field commands differing='' checks=() ran=0 failed=0
	while IFS= read -r line; do
		[[ $line == '#'* || -z $line ]] && continue
		title=$line
		commands=("$1")
		IFS='|' read -r -a fields <<<"${line#*: }|"
		for field in "${fields[@]}"; do
			field=${field# }
			commands[0]+=" $(printf %q "${field% }")"
		done
		finish_case
	done
	report
}

report() {
	printf '# %s: %d cases\n' "$BATS_TEST_DESCRIPTION" "$ran" >&3
	[ "$ran" -gt 0 ] && [ "$failed" = 0 ]
}

# ---- Running one case ----------------------------------------------------------------------------

# finish_case: runs the case that was read, if any. It uses the variables of its caller.
finish_case() {
	[ -n "$title" ] || return 0
	if ! is_program "${title%%: *}" || [ ${#commands[@]} = 0 ]; then
		echo "no case: $title" >&2
		return 1
	fi
	[ -z "$CONTRACT_TRACE" ] || echo "# $title" >&3
	local i here=$BATS_TEST_TMPDIR/$((++contract_case))
	ran=$((ran + 1))
	mkdir "$here"
	for i in "${!sides[@]}"; do
		run_side "$here/$i" ${sides[i]} </dev/null &
	done
	wait
	compare_sides && return 0
	failed=$((failed + 1))
	printf '%s\n' "^^^ $title" "${commands[@]/#/    }" '' >&2
}

is_program() {
	local program
	for program in $CONTRACT_PROGRAMS; do
		[ "$program" != "$1" ] || return 0
	done
	return 1
}

# run_side ROOM ONE TWO: once, in the new directory ROOM. What was observed is in ROOM.seen, a file for
# each part.
run_side() {
	local room=$1 seen=$1.seen
	mkdir "$room" "$seen"
	UPKEEP_TEST=$room # what the case starts inherits it, so that end_case finds that
	(
		trap - DEBUG ERR EXIT
		set +eET
		close_others
		cd "$room"
		ONE=$BATS_FILE_TMPDIR/$2
		PATH=$BATS_FILE_TMPDIR/$3:$BATS_FILE_TMPDIR/tools
		exits=
		patiently_as_helper
		for command in "${commands[@]}"; do
			eval "$command"
			exits+=" $?"
		done >"$seen/stdout" 2>"$seen/stderr"
		echo "${exits# }" >"$seen/exit"
	) || echo "waited in vain" | tee "$here/vain" >"$seen/exit"
	end_case
	(cd "$room" && snapshot) >"$seen/files"
	normalise "$seen"/*
}

# close_others: what the machinery of the tests has opened would be seen by the programs.
close_others() {
	local fd
	for fd in "/proc/$BASHPID/fd"/*; do
		fd=${fd##*/}
		case $fd in
		0 | 1 | 2 | 255) ;; # 255 is the shell's
		*) eval "exec $fd>&-" ;;
		esac
	done
}

# patiently_as_helper: what waits in vain ends the case, so that nothing waits for what comes after.
patiently_as_helper() {
	eval "helper_$(declare -f wait_until)"
	wait_until() {
		helper_wait_until "$@" || exit 1
	}
}

# end_case: kills what the case has left running, until nothing is left. grep(1) fails whenever a process
# ends while it looks, so only what it prints counts.
end_case() {
	local pids mark=UPKEEP_TEST=$UPKEEP_TEST
	while pids=$(UPKEEP_TEST='' grep -lszxF "$mark" /proc/[0-9]*/environ || :) && [ -n "$pids" ]; do
		pids=${pids//\/proc\//}
		kill -KILL ${pids//\/environ/} 2>/dev/null || :
	done
	return 0
}

# normalise FILE...: the one place where that is made equal which is never equal: labels of our days
# (not those that cases invent), process numbers, ages, the room, and where a message of the shell
# comes from. It uses the variables of run_side.
normalise() {
	sed -i -E -e "s,$room,ROOM,g" -e "s,$BATS_FILE_TMPDIR/(theirs|ours),FAMILY,g" \
		-e 's/@40000000[6-9a-f][0-9a-f]{15}/@LABEL/g' \
		-e 's/\(pid [0-9]+\)/(pid N)/g' \
		-e 's/\b[0-9]{1,9} seconds/S seconds/g' \
		-e 's/^.*driver\.bash: line [0-9]+: *[0-9]+ /shell: /' "$@"
}

# snapshot: every file below the current directory with type, mode, owner and size, and the bytes of
# the regular ones. state and record, which our supervise adds to supervise/, and record and spool, which
# our multilog keeps beside a current that is open, are the promised addition and not shown.
snapshot() {
	local ignored=(-name '_*' -prune -o -path '*/supervise/state' -o -path '*/supervise/record'
		-o -name .record -o -name .spool -o)
	find . "${ignored[@]}" -printf '%p %y %m %U:%G %s %l\n' |
		sed 's/ d \([0-9]* [0-9:]*\) .*/ d \1/' | sort
	find . "${ignored[@]}" -type f -size +0 ! -size +39 ! -path '*/supervise/status' -print0 |
		sort -z | xargs -0r tail -v -n +1 | cat -A
	find . "${ignored[@]}" -type f -size +39 -exec cksum {} +
	find . -path '*/supervise/status' | sort | while read -r path; do
		echo "$path $(status_record "$path")"
	done
}

# status_record FILE: without its stamp and process number.
status_record() {
	local hex
	hex=$(od -An -v -tx1 "$1" | tr -d ' \n')
	if [ "${hex:24:8}" = 00000000 ]; then
		echo "no process, ${hex:32}"
	else
		echo "a process, ${hex:32}"
	fi
}

# ---- Comparing -----------------------------------------------------------------------------------

compare_sides() {
	local part i same=yes
	for i in "${!sides[@]}"; do
		for part in $CONTRACT_PARTS; do
			[ "$i" = 0 ] || compare_part "$part" "$i" || same=no
		done
	done
	check_claims || same=no
	[ ! -e "$here/vain" ] || {
		echo "waited in vain" >&2
		same=no
	}
	[ $same = yes ]
}

# compare_part PART SIDE: it is as in the first side; or not, where it must differ.
compare_part() {
	local reference=$here/0.seen/$1 other=$here/$2.seen/$1
	if [[ " $differing " == *" $1 "* ]]; then
		[[ $(<"$reference") == "$(<"$other")" ]] || return 0
		echo "no difference in $1" >&2
	else
		[[ $(<"$reference") == "$(<"$other")" ]] && return 0
		echo "$1: < ${sides[0]}, > ${sides[$2]}" >&2
		diff "$reference" "$other" | head -n 40 | cat -v >&2
	fi
	return 1
}

# check_claims: what the case says about either side holds.
check_claims() {
	local claim side good=yes part
	for claim in "${checks[@]}"; do
		side=$here/0
		[[ $claim != ours:* ]] || side=$here/1
		(
			trap - DEBUG ERR EXIT
			set +eET
			cd "$side"
			for part in $CONTRACT_PARTS; do
				printf -v "$part" %s "$(<"$side.seen/$part")"
			done
			eval "${claim#*: }"
		) || {
			echo "not true: $claim" >&2
			head -n 20 "$side.seen"/{stdout,stderr,exit} >&2
			good=no
		}
	done
	[ $good = yes ]
}

# ---- Words of the cases --------------------------------------------------------------------------

# weak COMMAND...: without the capabilities that let root pass every mode.
weak() {
	if [ "$(id -u)" = 0 ]; then
		setpriv --bounding-set=-all --inh-caps=-all "$@"
	else
		"$@"
	fi
}

# sleeper DIR: a service that runs until it is told to end. Its process number is in _pid.
sleeper() {
	script "$1/run" 'echo $$ >_pid' 'exec sleep 100000'
}

# number DIR: the process number of such a service, as soon as it has begun.
number() {
	wait_until test -s "$1/_pid"
	cat "$1/_pid"
}

# renumbered DIR NUMBER: it has another one now.
renumbered() {
	[ -s "$1/_pid" ] && [ "$(cat "$1/_pid")" != "$2" ]
}

# chars COUNT [CHARACTER]: so many of them, without a newline.
chars() {
	head -c "$1" /dev/zero | tr '\0' "${2:-x}"
}

# numbered COUNT: lines of 10 bytes.
numbered() {
	seq -f 'line %04g' 1 "$1"
}

# singly LENGTH: passes its input on in pieces that one read(2) gets one at a time: a packet of LENGTH
# bytes each (pipe(2), O_DIRECT). That is how lines arrive from a service that is not in a hurry.
singly() {
	dd bs="$1" iflag=fullblock oflag=direct status=none
}

# script FILE LINE...: a shell script.
script() {
	mkdir -p "$(dirname "$1")"
	printf '%s\n' '#!/bin/sh' "${@:2}" >"$1"
	chmod +x "$1"
}

# fed COMMAND...: starts it in the background; its input is what the case writes to descriptor 9, its
# number is in $fed.
fed() {
	[ -p _in ] || mkfifo _in
	"$@" <_in &
	fed=$!
	exec 9>_in
}

# taken: the signal that was sent last to what `fed` started has arrived there, or it has ended of that.
taken() {
	wait_until has_taken
}

has_taken() {
	grep -qs '^ShdPnd:[[:space:]]*0*$' "/proc/$fed/status" || gone "$fed"
}
