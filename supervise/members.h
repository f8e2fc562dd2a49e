/* members: processes that belong together, found through /proc: each is held by a descriptor and
 * looked at again before it is signalled, so that a number that was used again harms nobody.
 * SPDX-License-Identifier: ISC */
#ifndef SUPERVISE_MEMBERS_H
#define SUPERVISE_MEMBERS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum members_of {
	MEMBERS_GROUP,       /* of the process group ROOT */
	MEMBERS_SESSION,     /* of the session or the group ROOT */
	MEMBERS_DESCENDANTS, /* of ourselves; none of the spared, and not what descends from them */
};

struct members {
	enum members_of of;
	pid_t root;
	const pid_t *spared; /* 0 = nobody */
	size_t spared_count;
};

/* Sends SIGNAL (0 = none) to each member. Returns how many are alive; 0 also without /proc. */
size_t members_signal(const struct members *members, int signal);

/* Whether there is nobody, for certain: no process was born during the look that it could have missed.
 * False says nothing on a busy machine. */
bool members_are_gone(const struct members *members);

/* Sends KILL again and again until nobody is left alive, or LIMIT_MS have passed: a fork does not get
 * away. Returns as members_signal. */
size_t members_kill(const struct members *members, int limit_ms);

/* Whether /proc shows the processes of our PID namespace. */
bool members_are_visible(void);

#endif
