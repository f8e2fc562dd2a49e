/* why: what is to be said about a service, state by state.
 * SPDX-License-Identifier: ISC */
#ifndef SVC_WHY_H
#define SVC_WHY_H

#include "subject.h"

/* Fills in the answer of SUBJECT. */
void why(struct subject *subject);

/* The same for one that no supervise has, or that cannot be opened: ERROR, an errno, or 0. */
void why_absent(struct subject *subject, int error);

/* The same for one that waits for what it needs. */
void why_waiting(struct subject *subject);

#endif
