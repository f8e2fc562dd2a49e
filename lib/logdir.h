/* logdir: the contract between multilog and those who read its log directories: the names in them,
 * their modes and their order; logdir(5).
 * SPDX-License-Identifier: ISC */
#ifndef LIB_LOGDIR_H
#define LIB_LOGDIR_H

#include "tai64n.h"

#include <stdbool.h>

#define LOGDIR_LOCK "lock"           /* held with flock(2) while a multilog writes here */
#define LOGDIR_CURRENT "current"     /* the file that grows */
#define LOGDIR_PREVIOUS "previous"   /* what was current, on its way into the archive */
#define LOGDIR_PROCESSED "processed" /* what the processor makes of previous */
#define LOGDIR_STATE "state"         /* what the processor has left for its next run */
#define LOGDIR_NEWSTATE "newstate"   /* what it leaves in this run */
#define LOGDIR_RECORD ".record"      /* how much of what multilog took is in the files */
#define LOGDIR_SPOOL ".spool"        /* what it took from its input last */

/* Modes carry meaning: the owner's x bit says that a file is complete and safely on disk. */
enum {
	LOGDIR_MODE_DIRECTORY = 0700, /* of a log directory that multilog makes */
	LOGDIR_MODE_NEW = 0600,       /* a file in the instant of its creation; for good: lock */
	LOGDIR_MODE_OPEN = 0644,      /* still being written, or left so by a crash */
	LOGDIR_MODE_COMPLETE = 0744,
	LOGDIR_COMPLETE_BIT = 0100,
};

/* How an archived file came to its end. */
enum {
	LOGDIR_SAFE = 's',       /* complete and on disk */
	LOGDIR_UNFINISHED = 'u', /* multilog or the machine died: its end may be missing */
};

/* "@", 24 digits, ".", how it ended, NUL. */
enum { LOGDIR_ARCHIVE_SIZE = TAI64N_LABEL + 3 };

/* Writes the name, with its NUL, under which a file is archived at the time LABEL. */
void logdir_archive_name(char name[LOGDIR_ARCHIVE_SIZE], const struct tai64n *label, char ending);

/* Whether NAME counts as an archived file: "@" and at least the length of a label. What follows is
 * not looked at, so files that somebody has compressed or renamed there count too. */
bool logdir_is_archive(const char *name);

/* Whether the archived file A is older than B; names sort by time. */
bool logdir_is_older(const char *a, const char *b);

#endif
