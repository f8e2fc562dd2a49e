/* wait: clients that wait for services. No change is missed, none is asked for in a loop while
 * somebody tells, and only what lasts is called a failure.
 * SPDX-License-Identifier: ISC */
#ifndef SVC_WAIT_H
#define SVC_WAIT_H

#include "goal.h"
#include "watch.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Exit codes, beside 0 and those of msg.h. */
enum { WAIT_FAILED = 1, WAIT_TIMED_OUT = 99, WAIT_ABSENT = 102 };

/* One service that is waited for. The caller fills in the first part and owns its descriptors. */
struct wait {
	const char *name;
	enum goal goal;
	struct goal_before before;
	struct watch watch; /* with the service directory */
	int control;        /* the FIFO that took our letters; -1 = there are none */

	enum verdict verdict;
	int64_t since_ms; /* of that verdict */
	bool settled;     /* it is the last one; a caller that has failed already sets both */
	bool reported;    /* the user has been told */
	enum sv_state state;
	int error; /* as in struct view */
	const char *what;
};

enum wait_mode {
	WAIT_EACH, /* until there is a verdict about each */
	WAIT_ALL,  /* until all goals hold, or one never will */
	WAIT_ONE,  /* until one goal holds, or all never will */
};

struct wait_terms {
	enum wait_mode mode;
	int64_t deadline_ms; /* clock_ms() time or CLOCK_NEVER */
	int64_t absent_ms; /* how long a service may be without supervise; CLOCK_NEVER = any time */
};

/* Room for COUNT things of SIZE bytes, all zero, for the life of the program, which is short: a heap
 * would be a fifth of the size of svc. Dies if there is none. */
void *wait_room(size_t count, size_t size);

/* Once per program, before the first watch is placed. Raises the limit of open files as far as it
 * goes. */
void wait_begin(void);

/* TEXT is a limit in milliseconds from now: true and *DEADLINE_MS set. */
bool wait_limit(const char *text, int64_t *deadline_ms);

/* What verdict VERDICT, settled, is as an exit code. */
int wait_code(enum verdict verdict);

/* Waits, tells on stderr which goals did not hold and why, and returns the exit code: if services
 * fare differently 111, 102, 1, 99, the first of these that applies. */
int wait_for(struct wait *waits, size_t count, const struct wait_terms *terms);

#endif
