/* sequence: the services of a stop, each held back until all that need it have gone. What they need
 * is what their supervises wrote down at their last start. SPDX-License-Identifier: ISC */
#ifndef SVSCAN_SEQUENCE_H
#define SVSCAN_SEQUENCE_H

#include "order.h"
#include "scan.h"

#include <stdbool.h>
#include <stddef.h>

struct sequence_place;

/* All zero = nobody is held back. */
struct sequence {
	struct order order;
	struct sequence_place *places; /* by the numbers in order */
};

/* Holds back every service that is there; sequence_next tells which ones need not be. Reads the state
 * of each. False without memory: nobody is held back then. */
bool sequence_begin(struct sequence *sequence, struct scan *scan);

/* SERVICE may have gone. */
void sequence_look(struct sequence *sequence, const struct scan_service *service);

/* A service that is not held back any more, or NULL if there is none at the moment. */
struct scan_service *sequence_next(struct sequence *sequence);

/* Nobody is held back any more. Returns how many were. */
size_t sequence_give_up(struct sequence *sequence, const struct scan *scan);

#endif
