/* effect: lets things happen: asks the machine and carries out what it decides.
 * SPDX-License-Identifier: ISC */
#ifndef SUPERVISE_EFFECT_H
#define SUPERVISE_EFFECT_H

#include "service.h"

/* Lets EVENT happen: asks the machine and carries out its effects, and what follows from those.
 * SIGNAL goes with a command that has one (else 0); TO_GROUP sends it to the process group. Returns
 * false when supervise is to leave. */
bool effect_happen(struct service *service, enum machine_event event, int signal, bool to_group);

/* The child of a killed supervise was found alive: goes on with it, in the phase that it is in. */
void effect_adopted(struct service *service);

/* What the ./run of a killed supervise has left is still to be ended, and ./finish to come. Returns as
 * effect_happen. */
bool effect_leftovers(struct service *service);

/* The time service->pending_ms has come (owed.h). Returns as effect_happen. */
bool effect_pending(struct service *service);

/* What the service needs could not be read, and is to be tried again. Returns as effect_happen. */
bool effect_wait(struct service *service);

/* The child has executed. */
void effect_executed(struct service *service);

#endif
