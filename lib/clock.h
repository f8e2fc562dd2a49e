/* clock: monotonic milliseconds for every pause and limit; wall time belongs to tai64n.
 * SPDX-License-Identifier: ISC */
#ifndef LIB_CLOCK_H
#define LIB_CLOCK_H

#include <stdint.h>

/* A deadline that never comes. */
#define CLOCK_NEVER INT64_MAX

/* Milliseconds of CLOCK_MONOTONIC: steps of the wall clock do not touch it. Never fails. */
int64_t clock_ms(void);

/* The earlier of two deadlines. */
int64_t clock_earlier(int64_t a_ms, int64_t b_ms);

#endif
