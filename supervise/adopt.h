/* adopt: the service of a supervise that was killed lives on; the next one takes it over instead of
 * starting a second copy. An adopted process is not our child: it is known by number, start time
 * and boot, held by a descriptor, and never signalled by its number alone.
 * SPDX-License-Identifier: ISC */
#ifndef SUPERVISE_ADOPT_H
#define SUPERVISE_ADOPT_H

#include "effect.h"

#include <poll.h>
#include <stdint.h>

/* What the predecessor in the same directory left behind: its wishes and counts, if it had the same
 * parent and did not leave by itself, and its process, if that lives. Called with the lock held,
 * before the record is written anew. True, with the process in SERVICE, if there is one. */
bool adopt_predecessor(struct service *service);

/* Sends SIGNAL to the adopted process, or to its group. */
void adopt_signal(const struct service *service, int signal, bool to_group);

/* What to wait for, and until when, to learn of the death of the adopted process. */
struct pollfd adopt_slot(const struct service *service);
int64_t adopt_deadline(const struct service *service);

/* Looks whether it has died. True with its wait status, or -1 if nobody can tell, in *STATUS. */
bool adopt_died(struct service *service, int *status);

#endif
