/* watch: sleeping until something may have happened to a service. Place the watch, then look: what
 * happens in between wakes the next sleep.
 *
 * Changes are told by a directory notification (fcntl(2), F_NOTIFY), not by inotify, of which a
 * user has 128 in all: a thousand clients may wait at the same time. That supervise was killed shows
 * at its ok FIFO. Where nobody tells, the caller must look every WATCH_LOOK_MS.
 * SPDX-License-Identifier: ISC */
#ifndef SVC_WATCH_H
#define SVC_WATCH_H

#include <poll.h>
#include <stdbool.h>

enum { WATCH_LOOK_MS = 250 };

struct watch {
	int service;   /* the service directory; the caller's */
	int directory; /* its supervise/, whose changes are told; -1 = they are not */
	int ok;        /* the writing end of the ok FIFO; -1 = no supervise, so far */
};

#define WATCH_NONE ((struct watch){-1, -1, -1})

/* Once per program, before the first watch. Raises the limit of open files as far as it goes. */
void watch_begin(void);

/* Places the watch, or places it again after supervise has gone. True if every change is told; if
 * not, there is no supervise, or no right, or nothing left to do it with. */
bool watch_place(struct watch *watch);

/* What the watch was placed on is not what is to be seen there any more. */
void watch_forget(struct watch *watch);

/* The descriptor that tells of changes in all directories; -1 = none. */
int watch_signals(void);

/* Forgets what it has told. */
void watch_drain(void);

/* What to poll for the death of that supervise; its revents is to be ignored: watch_place looks. */
struct pollfd watch_slot(const struct watch *watch);

#endif
