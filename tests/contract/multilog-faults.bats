#!/usr/bin/env bats
# Contract with 0.76: what multilog says when system calls fail, how often it says so, and a processor
# that cannot be started.

load driver

# The leak check of a sanitized program does not work below strace.
export ASAN_OPTIONS=detect_leaks=0

# faulty CALLS THEIRS OURS PATH ACTION: the first warning when these system calls fail, from the THEIRS-th
# one of 0.76 and the OURS-th of ours on; if PATH is not empty only those on that file count. Of CALLS with
# a slash the first is that of 0.76. The shell's remarks on the kill are nobody's business.
faulty() {
	local calls=${1%/*} when=$2 traced=(strace -qq -o _trace)
	[[ $(command -v multilog) == */theirs/* ]] || calls=${1#*/} when=$3
	calls=?${calls//,/,?}
	[ -z "$4" ] || traced+=(-P "$4")
	touch _err
	fed "${traced[@]}" -e trace="$calls" -e inject="$calls:error=EIO:when=$when+" multilog s4096 "$5" ./log 2>_err
	numbered 211 | singly 10 >&9 &
	wait_until contains _err pausing
	grep -m 1 pausing _err
	pkill -KILL -P $fed
	wait $fed
	rm -r log
} 2>/dev/null

@test "the words for each failure" {
	command -v strace || skip "needs strace"
	rows faulty <<'E'
multilog: fsync | 1 | 2 | | n10
multilog: rename,renameat,renameat2 | 1 | 1 | | n10
multilog: open,openat | 2 | 2 | current | n10
multilog: fchmod | 2 | 2 | | n10
multilog: chmod/fchmod | 1 | 3 | | n10
multilog: stat,newfstatat,statx | 1 | 1 | previous | n10
multilog: stat,newfstatat,statx | 2 | 2 | current | n10
multilog: link,linkat | 1 | 1 | | n10
multilog: unlink,unlinkat | 1 | 1 | previous | n10
multilog: getdents64 | 1 | 1 | | n10
multilog: lseek | 1 | 1 | | =_status
multilog: fork,vfork,clone,clone3 | 1 | 1 | | !cat
multilog: wait4 | 1 | 1 | | !cat
multilog: open,openat | 1 | 1 | processed | !cat
multilog: fsync | 2 | 4 | | !cat
multilog: fchmod | 3 | 4 | | !cat
multilog: open,openat | 1 | 1 | newstate | !cat
multilog: fsync | 3 | 5 | | !cat
multilog: unlink,unlinkat | 1 | 1 | previous | !cat
multilog: rename,renameat,renameat2 | 2 | 2 | | !cat
multilog: stat,newfstatat,statx | 2 | 3 | processed | !cat
multilog: link,linkat | 1 | 1 | processed | !cat
multilog: unlink,unlinkat | 2 | 2 | processed | !cat
E
}

# tried COUNT: so many times the processor has been started.
tried() {
	[ "$(wc -l <_tries)" -ge "$1" ]
}

# attempted: the processor is about to be started once more.
attempted() {
	rm log/processed
	wait_until test -e log/processed
}

@test "trouble that lasts" {
	cases <<'E'
multilog: a processor whose files cannot be opened: the same for why it could not be run
	fed multilog s4096 '!cat' ./log 2>_err; wait_until test -e log/current; rm log/state; numbered 211 | singly 10 >&9 & exec 9>&-
	wait_until contains _err pausing; attempted; attempted; grep -c 'unable to run cat: file does not exist' _err; touch log/state; wait $fed; echo $?; sort -u _err
	differs: stdout
	ours: [ "${stdout%%$'\n'*}" = 1 ]
	theirs: [ "${stdout%%$'\n'*}" -ge 2 ]
multilog: 0.76 says so at each attempt, ours once a minute
	touch _tries; fed multilog s4096 '!echo >>../_tries; exit 1' ./log 2>_err; numbered 250 | singly 10 >&9 &
	wait_until tried 3; grep -c 'processor failed in ./log, pausing' _err; kill -KILL $fed; wait $fed 2>/dev/null; sort -u _err; rm -r log
	differs: stdout
	ours: [ "${stdout%%$'\n'*}" = 1 ]
	theirs: [ "${stdout%%$'\n'*}" -ge 2 ]
E
}

# In the small root of shell_less: what is said, how it goes on when /bin is there, and what is left.
try_without_shell() {
	multilog s4096 '!echo processed; cat' ./log 2>err <&8 &
	until grep -q pausing err; do sleep 0.02; done
	cat err
	ln -s usr/bin bin
	wait $!
	echo $?
	stat -c '%n %a %s' log/*
	cat log/@* log/current | cksum
}

# shell_less: the above as root of a small root directory with the multilog of this side and no /bin.
shell_less() {
	mkdir _root
	timeout 60 unshare -m bash -e -c '
		mount -t tmpfs none _root
		mkdir _root/usr _root/dev _root/command
		cp -L "${PATH%%:*}/multilog" _root/command
		cd _root
		mount --rbind /usr usr
		mount --rbind /dev dev
		for name in lib lib64; do [ ! -L "/$name" ] || ln -s "usr/$name" "$name"; done
		PATH=/command:/usr/bin exec chroot . /usr/bin/bash -c "$0; try_without_shell"
	' "$(declare -f try_without_shell)"
}

@test "a processor without a shell" {
	need_root
	unshare -m true 2>/dev/null || skip "needs mount namespaces"
	[ -L /bin ] || skip "needs /bin to be a link"
	cases <<'E'
multilog: it says so, goes on when there is one, and nothing is lost
	numbered 250 | singly 10 | shell_less 8<&0
E
}
