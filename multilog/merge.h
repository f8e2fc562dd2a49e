/* merge: of many sources the one whose line comes next: the oldest, and of equal ones the source that
 * was put in first when all began. SPDX-License-Identifier: ISC */
#ifndef MULTILOG_MERGE_H
#define MULTILOG_MERGE_H

#include "tai64n.h"

#include <stdbool.h>
#include <stddef.h>

/* A heap: no element is older than the one at (i - 1) / 2. All zero = empty. */
struct merge {
	struct merge_element *elements;
	size_t count;
};

struct merge_element {
	struct tai64n time;
	size_t source;
};

/* Room for SOURCES sources; once before they are put in, and again when there are more. */
void merge_grow(struct merge *merge, size_t sources);

/* The number SOURCE, which is not in it, has a line of TIME. */
void merge_put(struct merge *merge, size_t source, const struct tai64n *time);

/* Takes the next one out. False if it is empty. */
bool merge_take(struct merge *merge, size_t *source);

#endif
