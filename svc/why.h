/* why: what is to be said about a service, state by state.
 * SPDX-License-Identifier: ISC */
#ifndef SVC_WHY_H
#define SVC_WHY_H

#include "subject.h"

/* Fills in the answer of SUBJECT. */
void why(struct subject *subject);

/* The same for one that no supervise has, or that cannot be opened: ERROR, an errno, or 0. */
void why_absent(struct subject *subject, int error);

/* The same for one that is dead, and is going to be started again, or has failed for good. */
void why_backoff(struct subject *subject);
void why_failed(struct subject *subject);

/* If one could not be started for a reason of the system or of its files: true, and that is said. */
bool why_unstarted(struct subject *subject);

/* If one that is up has died too often of late: true, and that is said. */
bool why_unstable(struct subject *subject);

/* The same for one that waits for what it needs. */
void why_waiting(struct subject *subject);

#endif
