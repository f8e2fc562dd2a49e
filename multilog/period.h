/* period: files that are rotated because of their age. A clock runs only for a file that has bytes:
 * where nothing is logged nothing wakes up.
 * SPDX-License-Identifier: ISC */
#ifndef MULTILOG_PERIOD_H
#define MULTILOG_PERIOD_H

#include "deliver.h"

#include <stdbool.h>
#include <stdint.h>

/* The directories have been recovered: a file that goes on is as old as the archived file before. */
void period_open(struct deliver *deliver);

/* Asks those directories to rotate whose time has come. */
void period_look(struct deliver *deliver);

/* When it will have, for those that have bytes now (clock_ms() time); or CLOCK_NEVER. */
int64_t period_deadline(const struct deliver *deliver);

#endif
