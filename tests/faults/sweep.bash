# The harness of the fault sweeps: which calls a program makes in which phase of its life, and that
# life again with one of them failing, once at a place or for three seconds; side by side, since they
# mostly wait. A file that loads this tells the life: the function `story`, which announces its phases
# with `phase NAME`, starts the program with `traced`, and fails when a promise is broken.
# FAULTS_ALL=1 takes all errors and places (make check-faults does).

# What may fail, with the errors of the manual pages that can come to pass: the likely ones | the rest.
# Not what is an answer and no failure: ENOENT, EACCES and ELOOP of a file, EROFS and EACCES of mkdir (the
# state has another place then), ESRCH and EPERM of kill, EAGAIN of a read.
fault_table() {
	cat <<-'E'
	openat,open EMFILE | ENFILE ENOMEM EIO EINTR ENOSPC EROFS EDQUOT
	newfstatat,stat,fstat,lstat,statx EIO | ENOMEM
	fstatfs,statfs EIO | ENOMEM EINTR
	read EIO | EINTR
	write ENOSPC | EIO EINTR EDQUOT EPERM EAGAIN
	writev EIO | EINTR EAGAIN
	pwrite64 EIO | ENOSPC EINTR
	pread64 EIO | EINTR
	renameat,rename,renameat2 EIO | ENOSPC EACCES EROFS EPERM EDQUOT ENOMEM EBUSY
	linkat,link EMLINK | EIO ENOSPC EROFS
	symlinkat,symlink EIO | ENOSPC EACCES EROFS
	unlinkat,unlink EIO | EACCES EROFS EPERM EBUSY ENOMEM
	mkdirat,mkdir ENOSPC | EIO EMLINK ENOMEM EDQUOT
	mknodat,mknod ENOSPC | EIO EACCES EROFS EPERM ENOMEM EDQUOT
	readlinkat,readlink EIO | EACCES ENOMEM
	fchmod,fchmodat,chmod EIO | EROFS EPERM ENOMEM
	fchown,fchownat,chown EPERM | EIO EROFS
	ftruncate EIO | EINTR EPERM
	fallocate ENOSPC | EIO EINTR EOPNOTSUPP
	utimensat EPERM | EROFS EACCES
	getdents64 EIO | ENOENT
	lseek EIO | EOVERFLOW
	flock ENOLCK | EINTR
	fcntl EMFILE | EINVAL EPERM ENOLCK
	ioctl ENOTTY | EINVAL EIO
	pipe2,pipe EMFILE | ENFILE
	dup2,dup3,dup EMFILE | EINTR EBUSY
	socket,socketpair EMFILE | ENFILE ENOMEM
	sendmsg,sendto EAGAIN | ENOMEM EINTR
	recvmsg,recvfrom ENOMEM | EINTR
	clone,clone3,fork,vfork EAGAIN | ENOMEM
	execve EIO | ENOMEM EAGAIN EMFILE
	ppoll,poll ENOMEM | EINTR EINVAL
	waitid,wait4 EINTR
	signalfd4 EMFILE | ENFILE ENOMEM ENODEV
	inotify_init1 EMFILE | ENFILE ENOMEM
	inotify_add_watch ENOSPC | ENOMEM EACCES
	inotify_rm_watch EINVAL
	pidfd_open EMFILE | ENFILE ENOMEM ENOSYS
	timerfd_create,eventfd2 EMFILE | ENFILE ENOMEM
	chdir,fchdir EIO | ENOMEM EACCES ELOOP
	umount2,mount EBUSY | EINVAL
	setpgid,setsid EPERM
	prlimit64,setrlimit,getrlimit EPERM
	prctl EPERM | EINVAL
	nanosleep,clock_nanosleep EINTR
	mmap ENOMEM | EAGAIN
	brk ENOMEM
	E
}

# What cannot fail with valid arguments, or whose failure changes nothing; and close, which has freed
# the number whatever it says: an injected failure would not. The errors of signals tell of the receiver.
cannot_fail() {
	printf '%s\n' close kill pidfd_send_signal getpid getppid getpgid getsid getuid geteuid getgid getegid gettid umask \
		getrandom uname sysinfo rt_sigprocmask rt_sigaction rt_sigreturn rt_sigsuspend alarm \
		arch_prctl set_tid_address set_robust_list rseq munmap mprotect madvise mremap access \
		exit exit_group clock_gettime gettimeofday restart_syscall sched_yield getpriority \
		tgkill tkill getresuid getresgid
}

# NAME ERROR..., one call a line.
fault_rows() {
	fault_table | sed "${FAULTS_ALL:+s/|//};s/|.*//" | while read -r names errors; do
		for name in ${names//,/ }; do echo "$name $errors"; done
	done
}

need_faults() {
	command -v strace >/dev/null || skip "needs strace"
	export ASAN_OPTIONS=detect_leaks=0
	cd "$BATS_TEST_TMPDIR" || return
	: >happened
	: >problems
}

# ---- What a story uses -----------------------------------------------------------------------------

# phase NAME: what follows belongs to it.
phase() {
	echo "$EPOCHREALTIME $1" >>phases
}

# traced COMMAND...: in the background, with the fault of this case; its number is in $traced, its
# messages are in ./err. Its parent is the story, not strace (-D).
traced() {
	: >>err
	background strace -D -qq -ttt -o trace "${fault[@]}" "$@" 2>>err
	traced=$!
}

# begun COMMAND...: it succeeds; or what is traced has ended.
begun() {
	"$@" 2>/dev/null || gone "$traced"
}

# ended_at_start: what is traced could not begin, and has said why. That is allowed: who started it
# does so again.
ended_at_start() {
	local code=0
	gone "$traced" || return 1
	wait "$traced" || code=$?
	if [ "$code" != 111 ] || ! grep -q ': fatal: ' err; then
		broken "exit $code at the start: $(cat err)"
	fi
}

# leaves CODE: what is traced ends with it.
leaves() {
	local code=0
	wait_until gone "$traced"
	wait "$traced" || code=$?
	[ "$code" = "$1" ] || broken "exit $code"
}

# ticks PID: the processor time that it has used, in hundredths of a second.
ticks() {
	local stat
	stat=$(<"/proc/$1/stat")
	set -- ${stat##*) }
	echo $((${12} + ${13}))
}

# said_once FILE: no message stands in it twice; after a minute it may be said again.
said_once() {
	local twice begun
	read -r begun twice <phases
	((${EPOCHREALTIME%.*} - ${begun%.*} < 55)) || return 0
	twice=$(sort "$1" | uniq -d)
	[ -z "$twice" ] || broken "said again: $twice"
}

# broken TEXT: a promise is.
broken() {
	echo "$1" >&2
	return 1
}

# attach PID CALL [ERROR]: CALL fails from now on in it, and in its children until they execute;
# detach: no more. Without ERROR it is only traced. What it waits with is traced, too.
attach() {
	: >said
	background strace -f -b execve -y -p "$1" -ttt -A -o trace -e trace="?$2${3:+,ppoll,?poll}" \
		${3:+-e inject="?$2:error=$3"} 2>said
	tracer=$!
	wait_until contains said attached
}

detach() { let_go "$tracer"; }

# let_go PID: ends a strace. To let go of all, it stops all: that never comes to an end if it has stopped
# a child for which the parent waits in vfork(2) until that has executed. Of what a killed one has held
# the kernel lets go.
let_go() {
	local i
	kill -TERM "$1" 2>/dev/null || true # what it traces may have ended, and so it
	for ((i = 0; i < 100; i++)); do
		gone "$1" && break
		sleep 0.1
	done
	kill -KILL "$1" 2>/dev/null || true
	wait "$1" || true
}

# ---- The sweeps ------------------------------------------------------------------------------------

# run_case NAME: a story in a directory of its own. What is broken goes to ./problems.
run_case() {
	mkdir "$1"
	# Without bats's traps, which cost more than the story.
	(
		trap - DEBUG ERR EXIT
		set -eE
		cd "$1"
		story
	) >"$1.out" 2>&1 &
	wait $! || echo "$1: $(grep -v '^$' "$1.out" | tail -n 3 | tr '\n' ' ') [$(tail -n 3 "$1/err" | tr '\n' ' ')]" >>problems
	tally "$1"
	[ -n "${FAULTS_KEEP:-}" ] || rm -rf "$1" "$1.out" 2>/dev/null || true
}

# tally NAME: in which phase the fault happened, if it did: NAME PHASE a line.
tally() {
	phased <"$1/trace" 2>/dev/null "$1/phases" | awk -v name="$1" '/INJECTED/ { print name, $1; exit }' >>happened
}

# phased PHASES: the trace in standard input, with the phase in place of the time.
phased() {
	awk -v file="$1" 'BEGIN { while ((getline line < file) > 0)
			if (split(line, word, " ") == 2) { since[++count] = word[1]; name[count] = word[2] } }
		$1 !~ /\./ { $1 = ""; $0 = $0 } # strace -f writes the number of the process first
		{ while (at < count && $1 >= since[at + 1]) at++; $1 = name[at]; print }' -
}

# points: what the trace of an undisturbed life has, as CALL NUMBER PHASE lines; not what is done before
# main, which begins with a look at the standard descriptors.
points() {
	phased phases <trace | sed -nE 's/^([a-z-]+) ([a-z0-9_]+)\((.*)/\1 \2 \3/p' | awk '
		{ number[$2]++ }
		$2 == "fcntl" || NR == 1 && $2 != "execve" { begun = 1 }
		begun { print $2, number[$2], $1 }'
}

# known_calls: every call of the trace is in one of the two lists above.
known_calls() {
	local unknown
	unknown=$(cut -d ' ' -f 1 points | sort -u | grep -vxFf <({ fault_table | cut -d ' ' -f 1 | tr , '\n'; cannot_fail; }) || true)
	[ -z "$unknown" ] || broken "calls that nobody has thought of: $unknown"
}

# places CALL: the numbers at which it is to fail: the first and the last of each phase; with FAULTS_ALL
# all of them, or as many at even distances where a phase has more (a walk through /proc, say).
places() {
	awk -v call="$1" -v most="${FAULTS_ALL:+12}" '
		$1 == call { number[$3, ++count[$3]] = $2 }
		END {
			if (!most) most = 2
			for (phase in count) {
				all = count[phase]
				few = all < most ? all : most
				for (i = 0; i < few; i++)
					print number[phase, few == 1 ? 1 : 1 + int(i * (all - 1) / (few - 1))]
			}
		}' points | sort -n
}

# The cases of one failure each, as CALL ERROR NUMBER lines.
once_cases() {
	local call errors error number
	while read -r call errors; do
		for number in $(places "$call"); do
			for error in $errors; do echo "$call $error $number"; done
		done
	done < <(fault_rows)
}

# The cases of lasting failures; errors that last for no time, or that nothing but a spin could answer,
# do not.
lasting_cases() {
	local call errors error
	while read -r call errors; do
		grep -q "^$call " points || continue
		for error in $errors; do [ "$error" = EINTR ] || echo "$call $error"; done
	done < <(fault_rows)
}

# side_by_side WIDTH FUNCTION: FUNCTION with each line of standard input as its arguments.
side_by_side() {
	local width=$1 worker lines pids=()
	shift
	mapfile -t lines
	for ((worker = 0; worker < width; worker++)); do
		(
			trap - DEBUG ERR EXIT
			for ((i = worker; i < ${#lines[@]}; i += width)); do "$1" ${lines[i]}; done
		) &
		pids+=($!)
	done
	wait "${pids[@]}"
	cases=${#lines[@]}
}

fail_once() {
	fault=(-e trace="?$1" -e inject="?$1:error=$2:when=$3")
	run_case "$1.$2.$3"
}

fail_lasting() {
	fault=("$1" "$2")
	run_case "$1.$2"
}

# clean: the undisturbed life; its points are in ./points.
clean() {
	fault=()
	mkdir clean
	(cd clean && story && points >../points)
	known_calls
}

# report PROGRAM: how many points there were in each phase; fails when a promise was broken.
report() {
	echo "# $1: $(wc -l <happened) of $cases faults happened:$(cut -d ' ' -f 2 happened | sort | uniq -c |
		awk '{ printf " %s %d,", $2, $1 }')" >&3
	[ ! -s problems ] || {
		cat problems >&2
		return 1
	}
	[ "$(wc -l <happened)" -ge "$2" ]
}

# sweep_once PROGRAM LEAST: one failure at each place; at least so many have to happen.
sweep_once() {
	clean
	side_by_side "${FAULTS_WIDTH:-12}" fail_once < <(once_cases)
	report "$@"
}
