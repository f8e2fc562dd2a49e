/* carry: what each action does with a batch. Whatever cannot be finished waits, and nothing is done
 * twice. SPDX-License-Identifier: ISC */
#ifndef MULTILOG_CARRY_H
#define MULTILOG_CARRY_H

#include "deliver.h"

#include <stdbool.h>

/* One for each kind. True when the action is done with the batch; false if it has to wait. */
extern bool (*const carry[SCRIPT_KINDS])(
    struct deliver *deliver, struct deliver_target *target, const struct script_action *action);

#endif
