# System calls of multilog that may fail, with the errors of their pages that can come to pass.
# FAULTS_ALL=1 takes all these errors, not only the likely ones (make check-all does).
# Not here: failures at the start, which end it before anything is read (multilog.bats, the contract);
# and close, which has freed the number whatever it says: an injected failure would not.

need_faults() {
	command -v strace >/dev/null || skip "needs strace"
	export ASAN_OPTIONS=detect_leaks=0
	cd "$BATS_TEST_TMPDIR" || return
	seq -f 'line %06g' 1 2000 >input
}

everything=(t '=status' e s4096 n100 ./log '!cat' ./other)

# What may fail: the likely errors | the others.
faults() {
	sed "${FAULTS_ALL:+s/|//};s/|.*//" <<-'E'
	splice EIO ENOSPC | EAGAIN EINTR ENOMEM
	tee EAGAIN | ENOMEM EINTR
	pwrite64 ENOSPC | EIO EINTR EDQUOT EFBIG
	pread64 EIO | EINTR
	read EIO | EINTR
	write EIO ENOSPC | EDQUOT EFBIG EINTR EPERM
	ftruncate EIO | EINTR EPERM
	lseek EIO | EOVERFLOW
	fsync EIO | ENOSPC EDQUOT EROFS EINVAL
	fchmod EIO | EROFS EPERM ENOMEM
	fcntl EMFILE
	renameat EIO | ENOSPC EROFS EDQUOT EACCES EPERM ENOMEM
	linkat EMLINK | EIO ENOSPC EDQUOT EROFS EPERM ENOMEM
	unlinkat EIO | EROFS EBUSY EACCES EPERM ENOMEM
	openat EMFILE ENOSPC | ENFILE ENOMEM EIO EINTR EACCES EROFS EDQUOT
	newfstatat EIO | ENOMEM EOVERFLOW
	getdents64 EIO | ENOENT
	ppoll ENOMEM | EINTR EINVAL
	poll ENOMEM | EINTR
	pipe2 EMFILE | ENFILE
	clone EAGAIN | ENOMEM
	wait4 ECHILD | EINTR
	E
}

# whole: the logs hold the input.
whole() {
	local dir
	for dir in log other; do
		[ ! -e $dir ] || cat $dir/@* $dir/current | cut -c"$first-" | cmp input -
	done
}
