/* stamp: the time in front of a logged line, in every form that the loggers of this family write,
 * and as it is shown.
 * SPDX-License-Identifier: ISC */
#ifndef MULTILOG_STAMP_H
#define MULTILOG_STAMP_H

#include "tai64n.h"

#include <stdbool.h>
#include <stddef.h>

/* What multilog puts in front of a line. */
enum stamp_kind {
	STAMP_NONE,
	STAMP_LABEL, /* a TAI64N label and a blank */
	STAMP_DATE,  /* local date and time, and two blanks */
};

enum {
	STAMP_MAX = 31,  /* bytes of the longest stamp, with its blanks */
	STAMP_SHOWN = 36 /* room for a shown one, with a NUL */
};

/* The time that stands at the start of LINE (LENGTH bytes; STAMP_MAX are enough to tell). Returns
 * how many bytes it has with the blanks behind it, or 0 if none stands there: labels and dates of
 * which no time can be made do not count. tzset(3) must have been called. */
size_t stamp_read(const char *line, size_t length, struct tai64n *time);

/* TIME as tai64nlocal(8) writes it, and as ISO 8601 in UTC. Returns the length. */
size_t stamp_show_local(char text[STAMP_SHOWN], const struct tai64n *time);
size_t stamp_show_utc(char text[STAMP_SHOWN], const struct tai64n *time);

#endif
