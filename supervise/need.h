/* need: one service that this one waits for: what keeps it from being there, as its files say at
 * this moment, and what tells of the next change.
 * SPDX-License-Identifier: ISC */
#ifndef SUPERVISE_NEED_H
#define SUPERVISE_NEED_H

#include "svstate.h"
#include "watch.h"

#include <stdbool.h>
#include <sys/types.h>

/* The later ones are the graver: the last need to be mended keeps a service waiting. */
enum need_state {
	NEED_THERE,        /* ready or done */
	NEED_COMING,       /* on its way, as far as one can tell */
	NEED_UNREADABLE,   /* errno tells why it cannot be told */
	NEED_UNSUPERVISED, /* no supervise has it */
	NEED_DOWN,         /* down, and not wanted up */
	NEED_UNKNOWN,      /* the scan directory has no service of this name */
	NEED_FAILED,       /* failed for good */
	NEED_BEHIND_LOOP,  /* waits for services that wait for each other */
	NEED_LOOP,         /* waits for the one that waits for it */
	NEED_STATES,
};

/* Who it is, whatever its name. All zero = nobody. */
struct need_place {
	dev_t device;
	ino_t inode;
};

struct need {
	struct watch watch;
	struct need_place place; /* what the watch was placed on */
};

/* Looks at the service NAME in the directory SCAN (-1: one that we may not search). What it finds is in TEXT, its state text. *TOLD
 * becomes false if a change of what keeps it may not be told: then it must be looked at again. */
enum need_state need_look(
    struct need *need, int scan, const char *name, char text[SV_TEXT_MAX], bool *told);

/* It is not waited for any more. */
void need_forget(struct need *need);

/* Follows from the service FIRST to the one that it waits for first, and so on: NEED_LOOP if that
 * leads to the service OURS, NEED_BEHIND_LOOP if it leads round without that, else NEED_COMING. TEXT
 * is room for state texts. */
enum need_state need_follow(
    int scan, const char *first, const struct need_place *ours, char text[SV_TEXT_MAX]);

#endif
