/* death: what the end of the child means: for the counts, for the next start, and for the machine.
 * SPDX-License-Identifier: ISC */
#ifndef SUPERVISE_DEATH_H
#define SUPERVISE_DEATH_H

#include "service.h"

/* The child has died with STATUS (waitpid(2), or SV_STATUS_UNKNOWN); if it is ours, it is not reaped
 * yet, and is afterwards. Returns as effect_happen. */
bool death_happened(struct service *service, int status);

#endif
