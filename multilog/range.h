/* range: where in a log directory the wanted lines begin and end, found with as little reading as
 * possible: names of archived files, then a search in one of them.
 * SPDX-License-Identifier: ISC */
#ifndef MULTILOG_RANGE_H
#define MULTILOG_RANGE_H

#include <stdbool.h>
#include <stdint.h>

struct source;
struct source_place;

/* Sets begin and end of SOURCE, whose terms and files are known. Without an "until" the end is that
 * of this moment. */
void range_find(struct source *source);

/* *PLACE becomes that of the first line in the last BYTES bytes of the range, or its begin; false if
 * it is the begin. Compressed files count as long as they are, and are taken whole. */
bool range_tail(const struct source *source, uint64_t bytes, struct source_place *place);

#endif
