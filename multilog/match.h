/* match: the pattern language of multilog's + and - actions; no system call, no state.
 * SPDX-License-Identifier: ISC */
#ifndef MULTILOG_MATCH_H
#define MULTILOG_MATCH_H

#include <stdbool.h>
#include <stddef.h>

/* Whether PATTERN (NUL-terminated) matches all LENGTH bytes of TEXT. A byte stands for itself; a
 * star stands for the bytes up to the first one that equals the byte behind the star, and at the
 * end of the pattern for everything. There is no backtracking, so the time is linear. */
bool match(const char *pattern, const char *text, size_t length);

#endif
