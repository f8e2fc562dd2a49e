/* take: lines come in, in the way that fits the script and the input; nothing is taken that has no
 * place yet.
 * SPDX-License-Identifier: ISC */
#ifndef MULTILOG_TAKE_H
#define MULTILOG_TAKE_H

#include "logger.h"

#include <stdbool.h>

/* Takes some of the input, which is ready. All that was taken before is settled. */
void take_input(struct logger *logger);

/* Whether a line was begun whose end has not come yet. */
bool take_in_line(struct logger *logger);

/* Whether there is nothing more to wait for at the input: it has ended; or TERM has come, and no
 * line waits for its end, or has waited long enough. */
bool take_is_over(struct logger *logger);

/* Brings what was spooled into the memory. False if it has to wait. */
bool take_fetch(struct logger *logger);

/* A new batch; ENDS as for spool_begin. False if it has to wait. */
bool take_begin_batch(struct logger *logger, bool ends);

/* The lines that come next are of this input, and the record says so. False if it has to wait. */
bool take_claim(struct logger *logger);

/* A newline that ends the input comes as one that was read. */
void take_newline(struct logger *logger);

/* The file cannot be spliced into, or a stranger's file is in the way: from now on we do what 0.76
 * does. Nothing that was taken is on its way. */
void take_by_read_from_now_on(struct logger *logger);

#endif
