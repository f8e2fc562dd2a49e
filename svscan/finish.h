/* finish: the script of the scan directory that runs when everything has ended.
 * SPDX-License-Identifier: ISC */
#ifndef SVSCAN_FINISH_H
#define SVSCAN_FINISH_H

#include "service.h"
#include "verdict.h"

#include <sys/types.h>

struct finish {
	pid_t pid;     /* 0 = it does not run */
	int report_fd; /* in which it tells why it could not be executed, while it runs */
};

/* Executes it, if there is one, and tells it how everything came to its end. Failures are reported. */
void finish_start(
    struct finish *finish, const struct service_means *means, const struct verdict *verdict);

/* It has died with STATUS, as waitpid(2) has it: a line if it did not do well. */
void finish_died(struct finish *finish, int status);

/* Its time is over. */
void finish_kill(const struct finish *finish);

#endif
