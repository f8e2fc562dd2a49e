/* sigfd: signals arrive as a descriptor, to be looked at first in every turn of a loop.
 * (A ppoll(2) mask starves signals while another descriptor stays ready.) The handled signals are
 * blocked, never handled or ignored, so a child needs nothing back but the mask.
 * SPDX-License-Identifier: ISC */
#ifndef LIB_SIGFD_H
#define LIB_SIGFD_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

/* Blocks the COUNT SIGNALS, remembers the mask from before, sets SIGCHLD to its default (an
 * inherited "ignore" would hide our children), and returns a non-blocking close-on-exec signalfd,
 * or -1 with errno set. Blocked signals are queued even if they are ignored, and even for PID 1
 * (kernel/signal.c, sig_ignored). Once per process. */
int sigfd_open(const int *signals, size_t count);

/* The next pending signal, or 0 if there is none now. What we have brought upon ourselves is left
 * out: the kernel sends PIPE and XFSZ to whoever makes a write fail, and nobody means us by them. */
int sigfd_next(int fd);

/* In a child: puts back the mask from before sigfd_open. Async-signal-safe. */
void sigfd_restore(void);

#endif
