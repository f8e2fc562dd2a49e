/* aside: the scripts that run beside the service, ./check and ./notify: each in a process group of
 * its own, no part of what the service leaves behind, and told of if it cannot be executed.
 * SPDX-License-Identifier: ISC */
#ifndef SUPERVISE_ASIDE_H
#define SUPERVISE_ASIDE_H

#include "spawn.h"

#include <stdbool.h>
#include <sys/types.h>

/* All zero = none; report is meaningless then. */
struct aside {
	pid_t pid;
	int report; /* receives a spawn_failure */
};

/* Starts CHILD, whose report and group are ours to set. False with errno set, and *ASIDE none. */
bool aside_start(struct aside *aside, struct spawn child);

/* Ends it by force, with what it has started. It is still to be reaped. */
void aside_kill(const struct aside *aside);

/* It is dead, and not yet reaped: reaps it, and makes *ASIDE none. Returns 0, or the errno for which
 * it was never executed. */
int aside_reap(struct aside *aside);

/* Knows nothing of it from now on: whoever reaps it does. */
void aside_forget(struct aside *aside);

#endif
