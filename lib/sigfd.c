/* sigfd: see sigfd.h.
 * SPDX-License-Identifier: ISC */
#include "sigfd.h"

#include "fd.h"

#include <errno.h>
#include <sys/signalfd.h>
#include <time.h>

enum { NAP_NS = 10 * 1000 * 1000 };

static sigset_t original;
static bool opened;

int
sigfd_open(const int *signals, size_t count)
{
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < count; i++)
		sigaddset(&set, signals[i]);
	if (sigprocmask(SIG_BLOCK, &set, &original) == -1)
		return -1;
	opened = true;
	signal(SIGCHLD, SIG_DFL); /* cannot fail: the number is valid (signal(2)) */
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* A signal that cannot be read makes the caller's loop come back at once. */
int
sigfd_next(int fd)
{
	static const struct timespec nap = {0, NAP_NS};
	struct signalfd_siginfo info;

	/* A short read does not exist here (signalfd(2)); EAGAIN means none pending. */
	if (fd_read(fd, &info, sizeof info) == (ssize_t)sizeof info)
		return (int)info.ssi_signo;
	if (errno != EAGAIN)
		nanosleep(&nap, NULL); /* a shorter nap, if interrupted, is as good */
	return 0;
}

void
sigfd_restore(void)
{
	if (opened)
		sigprocmask(SIG_SETMASK, &original, NULL);
}
