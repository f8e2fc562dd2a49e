/* watch: being told when something may have happened to a service. Place the watch, then look: what
 * happens in between wakes the next sleep.
 *
 * Changes are told by a directory notification (fcntl(2), F_NOTIFY), not by inotify, of which a
 * user has 128 in all: a thousand may wait at the same time. That supervise was killed shows at its
 * ok FIFO. Where nobody tells, the caller must look every WATCH_LOOK_MS.
 * SPDX-License-Identifier: ISC */
#ifndef LIB_WATCH_H
#define LIB_WATCH_H

#include <poll.h>
#include <signal.h>
#include <stdbool.h>

enum {
	WATCH_LOOK_MS = 250,
	/* What the kernel sends for a change. The caller has blocked it and reads it (sigfd.h), or
	 * it would end the program. A standard signal: any number of changes is one. */
	WATCH_SIGNAL = SIGIO,
};

struct watch {
	int service;   /* the service directory; the caller's */
	int directory; /* the one whose changes are told; -1 = nobody tells */
	int ok;        /* the writing end of the ok FIFO; -1 = no supervise, so far */
};

#define WATCH_NONE ((struct watch){-1, -1, -1})

/* Places the watch, or places it again after supervise or its directory has gone. True if there is a supervise; else
 * errno is as sv_open_ok has it. Everything that it writes into supervise/ is told if `directory` is
 * not -1 then. So is the first writing of a supervise that comes, also where supervise/ is missing,
 * unless that is a link. */
bool watch_place(struct watch *watch);

/* What the watch was placed on is not what is to be seen there any more. */
void watch_forget(struct watch *watch);

/* Asks for one SIGNAL (blocked and read, as WATCH_SIGNAL is) when an entry of the open DIRECTORY is
 * made, removed or renamed next. False with errno set. */
bool watch_once(int directory, int signal);

/* What to poll for the death of that supervise; its revents is to be ignored: watch_place looks. */
struct pollfd watch_slot(const struct watch *watch);

#endif
