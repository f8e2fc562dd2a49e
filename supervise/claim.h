/* claim: makes a service directory ours, and begins. Every failure here is fatal (exit 111), since
 * nothing runs yet. SPDX-License-Identifier: ISC */
#ifndef SUPERVISE_CLAIM_H
#define SUPERVISE_CLAIM_H

#include "service.h"

/* Enters the service directory NAME and makes everything in supervise/ that others look for, but for
 * what tells them that we are there. */
void claim_take(struct service *service, const char *name);

/* Goes on where a predecessor was killed, if there was one, and begins otherwise. */
void claim_begin(struct service *service);

#endif
