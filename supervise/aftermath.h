/* aftermath: the processes that ./run leaves behind when it dies, and those that left earlier ones.
 * SPDX-License-Identifier: ISC */
#ifndef SUPERVISE_AFTERMATH_H
#define SUPERVISE_AFTERMATH_H

#include "service.h"

/* ./run, which led the group service->group, is dead, and not yet reaped if it was ours: asks what it
 * has left behind to end, as the setting says, and reaps it. False if nothing is left. */
bool aftermath_begin(struct service *service);

/* The same by force, after the limit or on command. */
void aftermath_sweep(struct service *service);

/* Whether nothing is left any more. To be asked when a child has died, and at
 * service->aftermath_look_ms. */
bool aftermath_is_over(struct service *service);

/* Counts the strays anew. That looks at all processes, so it is put off when one of many dies, or when
 * a script may have left some. */
void aftermath_count(struct service *service);
void aftermath_count_soon(struct service *service);

#endif
