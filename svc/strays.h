/* strays: who the processes are that earlier runs of a service have left behind, and on which ports
 * they listen. SPDX-License-Identifier: ISC */
#ifndef SVC_STRAYS_H
#define SVC_STRAYS_H

#include "facts.h"

#include <stdint.h>
#include <sys/types.h>

/* Writes who is a child of SUPERVISE, but neither the process CURRENT (0 = there is none) nor
 * younger than BEFORE ticks (0 = any age), to FACT_VALUE, and their numbers to FACT_OTHER. Returns
 * how many there are. */
unsigned strays_find(pid_t supervise, pid_t current, uint64_t before, struct facts *facts);

#endif
