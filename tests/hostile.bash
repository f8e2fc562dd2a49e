# What the tests of hostility share: files of root's that nobody is to touch, a user who owns the
# directory in which root's programs work, and what he puts there in place of their files.

USER=54321 # nobody's number
AS_USER="setpriv --reuid $USER --regid $USER --clear-groups"

# guard: makes outside/, of which all is root's, and watches it. To be called in the test's directory.
guard() {
	mkdir -p outside/dir
	echo secret >outside/secret
	printf '#!/bin/sh\necho tool\n' >outside/tool
	echo inside >outside/dir/file
	mkfifo outside/pipe
	: >outside/mark
	chmod 600 outside/*
	chmod 755 outside outside/tool
	chmod 700 outside/dir
	exec 9<>outside/pipe
	sums >digests
	background "$BATS_FILE_TMPDIR/sentry" outside outside/dir outside/secret outside/tool \
		outside/pipe >touched
	sentry=$!
	wait_until contains touched ready
	marks=0
	snapshot >before
}

sums() {
	cksum outside/secret outside/tool outside/dir/file
}

# The number of links, and the time of the last change with it, changes when second names are planted.
# Directories are read by no pattern here, since that is seen, too.
snapshot() {
	stat -c '%n %i %f %u %g %s %X %Y' outside outside/{secret,tool,pipe,dir,dir/file}
}

# The sentry has told of all that was done before.
is_marked() {
	[ "$(grep -c '^outside mark opened$' touched)" -ge "$marks" ]
}

# untouched WHAT: nobody has touched anything outside; WHAT was planted.
untouched() {
	: <outside/mark
	marks=$((marks + 1))
	wait_until is_marked
	snapshot | diff before - && ! grep -vE '^ready$|^outside mark ' touched && return
	echo "touched by: $1" >&2
	return 1
}

# unguard: all of it is as it was.
unguard() {
	untouched "all of it"
	kill -KILL "$sentry"
	exec 9>&-
	sums | diff digests -
}

# Each row: what it is called, and what makes it as NAME, in the directory that the user owns.
# shellcheck disable=SC2016 # plant expands them
KINDS=(
	'a link to a secret|ln -s "$OUTSIDE/secret" "$1"'
	'a link to a program|ln -s "$OUTSIDE/tool" "$1"'
	'a link to a directory|ln -s "$OUTSIDE/dir" "$1"'
	'a link to a FIFO|ln -s "$OUTSIDE/pipe" "$1"'
	'a link to what is not there|ln -s "$OUTSIDE/new" "$1"'
	'a link into a directory|ln -s "$OUTSIDE/dir/new" "$1"'
	'a link to a device|ln -s /dev/zero "$1"'
	'a link to itself|ln -s "$1" "$1"'
	'a second name of a secret|ln "$OUTSIDE/secret" "$1"'
	'a second name of a program|ln "$OUTSIDE/tool" "$1"'
	'a second name of a FIFO|ln "$OUTSIDE/pipe" "$1"'
	'a FIFO|mkfifo "$1"'
	'a device|mknod "$1" c 1 5'
	'a socket|perl -MSocket -e "socket S, PF_UNIX, SOCK_STREAM, 0; bind S, sockaddr_un(shift) or die" "$1"'
	'a directory|mkdir "$1" && : >"$1/file"'
	'a file of 1 TB|truncate -s 1T "$1"'
	'a file of anything|head -c 70000 /dev/urandom >"$1"'
)

# plant KIND NAME...: in the current directory. False if this machine cannot make it.
plant() {
	local make=${KINDS[$1]#*|} name
	shift
	for name; do
		rm -rf "$name"
		eval "set -- \"\$name\"; $make" 2>/dev/null || return 1
		# What is only linked stays root's.
		if [ -d "$name" ] || [ "$(stat -c %h "$name")" = 1 ]; then
			chown -hR "$USER" "$name"
		fi
	done
}

# told COMMAND...: it ends by itself, and of no signal.
told() {
	local code=0
	timeout -k 1 "$LIMIT" "$@" >said 2>&1 </dev/null || code=$?
	[ "$code" -lt 124 ] && return
	echo "exit code $code: $*" >&2
	return 1
}

# What an administrator types; each of these is to come to an end.
CLIENTS=(
	'svstat' 'svstat -v' 'svstat -j' 'svstat -o state,pid,needs,waiting' 'svok' 'svup -r' 'svwhy'
	'svlint' 'svlog -n 5' 'svc -c' 'svc -w -T 20 -c' 'svwait -T 20 ready'
)

# ask_all SERVICE...: svok takes the first only.
ask_all() {
	local client
	for client in "${CLIENTS[@]}"; do told $client "$@" || return 1; done
}

setup_file() {
	sh "$BATS_TEST_DIRNAME/../tools/build" "$BATS_FILE_TMPDIR"
}
