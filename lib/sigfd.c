/* sigfd: see sigfd.h.
 * SPDX-License-Identifier: ISC */
#include "sigfd.h"

#include "fd.h"
#include "pause.h"

#include <errno.h>
#include <stdint.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
	WORD_BITS = 8 * sizeof(unsigned long),
	SET_BYTES = (_NSIG - 1 + 7) / 8, /* of the kernel's sets of signals */
};

/* As the kernel has it. The functions of libc leave out the signals that it uses for its threads, and
 * the kernel does not know about that: whoever sends one of these would end us. */
struct set {
	unsigned long words[SET_BYTES / sizeof(unsigned long)];
};

static struct set original;
static bool opened;

int
sigfd_open(const int *signals, size_t count)
{
	struct set set = {{0}};

	for (size_t i = 0; i < count; i++) {
		const unsigned bit = (unsigned)signals[i] - 1;
		set.words[bit / WORD_BITS] |= 1UL << bit % WORD_BITS;
	}
	/* The second time what was there before is what the first time, which failed, has set. */
	if (syscall(SYS_rt_sigprocmask, SIG_BLOCK, &set, opened ? NULL : &original, SET_BYTES) ==
	    -1)
		return -1;
	opened = true;
	signal(SIGCHLD, SIG_DFL); /* cannot fail: the number is valid (signal(2)) */
	return (int)syscall(SYS_signalfd4, -1, &set, SET_BYTES, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* A signal that cannot be read makes the caller's loop come back at once. */
int
sigfd_next(int fd)
{
	struct signalfd_siginfo info;

	/* A short read does not exist here (signalfd(2)). */
	while (fd_read(fd, &info, sizeof info) == (ssize_t)sizeof info)
		if (info.ssi_pid != (uint32_t)getpid())
			return (int)info.ssi_signo;
	if (errno != EAGAIN)
		pause_nap();
	return 0;
}

void
sigfd_restore(void)
{
	if (opened)
		(void)syscall(SYS_rt_sigprocmask, SIG_SETMASK, &original, NULL, SET_BYTES);
}
