/* memory: whether the kernel has killed for lack of memory. It tells nobody whom: there is its log,
 * which few may read, and counters of whole control groups. So the answer has degrees.
 * SPDX-License-Identifier: ISC */
#ifndef SVC_MEMORY_H
#define SVC_MEMORY_H

#include "answer.h"

#include <stdint.h>
#include <sys/types.h>

/* Adds to ANSWER what is to be said about a death by KILL, AGO_MS ago, that nobody had commanded.
 * SUPERVISE is a process of the same control group. */
void memory_explain(struct answer *answer, uint64_t ago_ms, pid_t supervise);

#endif
