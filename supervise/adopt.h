/* adopt: the service of a supervise that was killed lives on; the next one takes it over instead of
 * starting a second copy. An adopted process is not our child: it is known by number, start time
 * and boot, held by a descriptor, and never signalled by its number alone.
 * SPDX-License-Identifier: ISC */
#ifndef SUPERVISE_ADOPT_H
#define SUPERVISE_ADOPT_H

#include "service.h"

#include <poll.h>
#include <stdint.h>

/* Takes the reading end of the pipe in which our parent tells how the process ended out of the
 * environment: nobody else is to see it. Before any child is made. */
void adopt_take_handover(struct service *service);

/* Waits, at most a second, for the status of the process that was found dead. */
int adopt_await_status(struct service *service);

/* Sends SIGNAL to the adopted process, or to its group. */
void adopt_signal(const struct service *service, int signal, bool to_group);

/* What to wait for, and until when, to learn of the death of the adopted process: the process, and
 * the word of our parent. */
enum { ADOPT_PROCESS, ADOPT_HANDOVER, ADOPT_SLOTS };
void adopt_slots(const struct service *service, struct pollfd slots[ADOPT_SLOTS]);
int64_t adopt_deadline(const struct service *service);

/* Looks whether it has died. True with its wait status, or -1 if nobody can tell, in *STATUS. */
bool adopt_died(struct service *service, int *status);

#endif
