/* phase: what is done when, from the recovery of what a predecessor has left to the close.
 * SPDX-License-Identifier: ISC */
#ifndef MULTILOG_PHASE_H
#define MULTILOG_PHASE_H

#include "logger.h"

/* What comes next. AWAIT_SPOOL: not for new input, but for the next attempt with what is there. */
enum verdict { GO_ON, AWAIT_INPUT, AWAIT_DELIVERY, AWAIT_SPOOL, END };

/* Does what can be done now. Past the time that TERM has left, nothing waits: what is in the spool
 * stays there for the next multilog. */
enum verdict phase_advance(struct logger *logger);

#endif
