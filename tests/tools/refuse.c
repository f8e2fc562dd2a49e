/* refuse: runs a program under a filter that answers ERRNO to all system calls since statx(2), Linux
 * 4.11, as old container engines do to what they do not know.
 *
 *   refuse ERRNO COMMAND...
 *
 * Also for ordinary users: it gives up new privileges. Exits 111 if it cannot.
 * SPDX-License-Identifier: ISC */
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

int
main(int argc, char **argv)
{
	const unsigned error = argc > 2 ? (unsigned)atoi(argv[1]) & SECCOMP_RET_DATA : 0;
	/* The number of the call; from statx on it is refused. */
	struct sock_filter steps[] = {
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	    BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, SYS_statx, 0, 1),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog filter = {sizeof steps / sizeof *steps, steps};

	if (error == 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == -1)
		return 111;
	execvp(argv[2], argv + 2);
	return 111;
}
