/* logger: whether the logger of a service keeps up, as its pipe tells.
 * SPDX-License-Identifier: ISC */
#ifndef SVC_LOGGER_H
#define SVC_LOGGER_H

#include "answer.h"

#include <sys/types.h>

/* If the standard output of SUPERVISE, which the service in the directory DIR shares, is a pipe that
 * is full, adds that to ANSWER, with what its logger does instead of reading. NAME is what the user
 * calls the service. */
void logger_explain(struct answer *answer, const char *name, int dir, pid_t supervise);

#endif
