/* goal: what a client waits for, and whether it has come. Pure.
 * SPDX-License-Identifier: ISC */
#ifndef SVC_GOAL_H
#define SVC_GOAL_H

#include "view.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum goal {
	/* of svwait: a state, whoever has brought it about */
	GOAL_UP,
	GOAL_READY,
	GOAL_DOWN,
	GOAL_DONE,
	/* of svc: what follows from a command of ours */
	GOAL_STARTED,   /* it is ready or done */
	GOAL_STOPPED,   /* it is down, with all that belongs to it */
	GOAL_RUN,       /* it runs, or has run since */
	GOAL_RESTARTED, /* a new run is ready, or a oneshot is done again */
	GOAL_LEFT,      /* supervise has gone */
	GOAL_OBEYED,    /* supervise has read the letters and acted on them */
	GOAL_COUNT,
};

enum { GOALS_OF_SVWAIT = GOAL_DONE + 1 };

/* In the words of svwait's command line and of messages: "web: not ready: ...". */
const char *goal_name(enum goal goal);

/* The goal of the command LETTER. */
enum goal goal_of(char letter);

/* How things were before our letters were written. All zero = nobody has written any. */
struct goal_before {
	uint64_t supervise, commands, starts;
	uint64_t letters; /* how many there are */
};

enum verdict {
	VERDICT_WAIT,
	VERDICT_HOLDS,
	VERDICT_NEVER,   /* it will not come about unless somebody commands it */
	VERDICT_ABSENT,  /* no supervise, so nobody to bring it about */
	VERDICT_FOREIGN, /* a supervise that does not tell */
	VERDICT_UNKNOWN, /* we may not look, or cannot */
};

/* UNREAD: letters wait in the control FIFO; it was looked at before VIEW was read. */
enum verdict goal_judge(
    enum goal goal, const struct goal_before *before, const struct view *view, bool unread);

#endif
