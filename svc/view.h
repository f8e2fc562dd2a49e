/* view: what the files of one service say at one moment, made one: who writes them, which of them
 * are to be believed, and what they mean. It only reads, and waits a few milliseconds at most.
 * SPDX-License-Identifier: ISC */
#ifndef SVC_VIEW_H
#define SVC_VIEW_H

#include "svstate.h"

#include <stdbool.h>
#include <stdint.h>

enum view_kind {
	VIEW_UNKNOWN,  /* error and what tell why */
	VIEW_ABSENT,   /* no supervise has the service */
	VIEW_STATUS,   /* one has it, but not one of ours: the status record is all there is */
	VIEW_COMPLETE, /* status record and state text */
};

/* Members that the kind does not promise are zero. */
struct view {
	enum view_kind kind;
	int error;        /* an errno or enum msg_errno */
	const char *what; /* "open supervise/ok" */

	bool torn;      /* with VIEW_STATUS: the text is of another moment, or still to come ... */
	bool late;      /* ... and whose it is lives */
	bool abandoned; /* with VIEW_ABSENT: what a killed supervise has started still runs */

	enum sv_want want;
	enum sv_state state; /* with VIEW_STATUS up, backoff or down, as far as one can tell */

	uint64_t supervise; /* its process number */
	uint64_t commands;
	uint64_t starts;
	bool unhealthy;
	char text[SV_TEXT_MAX]; /* the state text, for what else it has */
};

/* SERVICE is a descriptor of a service directory. */
void view_read(int service, struct view *view);

#endif
