/* lines: the selected lines of a batch, put together with a text in front of each, behind its stamp.
 * Pure. SPDX-License-Identifier: ISC */
#ifndef MULTILOG_LINES_H
#define MULTILOG_LINES_H

#include "deliver.h"

#include <stdbool.h>
#include <stddef.h>

/* The action of TARGET begins with the first piece. The rest of a line that an earlier batch began
 * goes where its beginning went. */
void lines_begin(struct deliver *deliver, struct deliver_target *target);

/* The bytes of piece I, and in *LENGTH how many. */
const char *lines_piece(const struct batch *batch, size_t i, size_t *length);

/* How many bytes of piece I are its stamp: none if it does not begin a line. */
size_t lines_stamp(const struct batch *batch, size_t i);

/* Writes STAMP bytes of LINE, the prefix of ACTION, and the other bytes of LINE (LENGTH bytes) to
 * TEXT. Returns how many that are. */
size_t lines_put(
    char *text, const char *line, size_t length, size_t stamp, const struct script_action *action);

/* Gathers as many of the pieces that are left as there is room for, and leaves them in rest. False
 * if there are none. */
bool lines_gather(struct deliver *deliver, const struct script_action *action);

#endif
