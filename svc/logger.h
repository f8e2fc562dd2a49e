/* logger: whether the logger of a service keeps up, as its pipe tells.
 * SPDX-License-Identifier: ISC */
#ifndef SVC_LOGGER_H
#define SVC_LOGGER_H

#include "answer.h"

#include <stdbool.h>
#include <sys/types.h>

/* If the standard output of SUPERVISE, which the service in the directory DIR shares, is a pipe that
 * is full, adds that to ANSWER, with what its logger does instead of reading. NAME is what the user
 * calls the service. */
void logger_explain(struct answer *answer, const char *name, int dir, pid_t supervise);

/* Whether the standard input of SUPERVISE, which its logger shares, is a pipe that is full. */
bool logger_is_deaf(pid_t supervise);

/* Adds to the ANSWER about the logger in the directory LOG that it cannot write, if its disk is full. */
void logger_explain_disk(struct answer *answer, int log);

#endif
