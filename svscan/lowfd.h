/* lowfd: low numbers for the few descriptors that a new supervise needs, so that it is made without a
 * copy of the table of all (spawn.h): what that costs does not grow with the number of services.
 * SPDX-License-Identifier: ISC */
#ifndef SVSCAN_LOWFD_H
#define SVSCAN_LOWFD_H

#include <stddef.h>
#include <sys/resource.h>

struct spawn;

enum { LOWFD_COUNT = 4 /* the standard descriptors, and the bell */ };

struct lowfd {
	int low;     /* all of them are below; 0 = there are none, and children get copies */
	int home_fd; /* what is in those that are free, to keep their numbers */
	int fd[LOWFD_COUNT];
	size_t used; /* the first ones */
};

/* Opens them, with FD_LIMIT descriptors at most. Without them all goes on, but slower. */
void lowfd_open(struct lowfd *lowfd, rlim_t fd_limit);

/* What CHILD needs of us has low numbers until lowfd_leave; then the first number that is not one, for
 * spawn_lending. Or 0: that cannot be had. */
int lowfd_take(struct lowfd *lowfd, struct spawn *child);
void lowfd_leave(struct lowfd *lowfd);

#endif
