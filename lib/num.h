/* num: numbers as people write them in arguments and files; nothing is clamped silently.
 * SPDX-License-Identifier: ISC */
#ifndef LIB_NUM_H
#define LIB_NUM_H

#include <stdbool.h>
#include <stdint.h>

/* TEXT is a whole decimal number of at most MAX (< UINT64_MAX): true and *VALUE set. Empty, signs,
 * blanks, other bytes or overflow: false and *VALUE untouched. */
bool num_parse(const char *text, uint64_t max, uint64_t *value);

/* As num_parse, with an optional suffix k, m or g (1024, 1024^2, 1024^3). */
bool num_size(const char *text, uint64_t max, uint64_t *value);

/* Reads the decimal digits at the start of TEXT, saturating at UINT64_MAX, into *VALUE (0 if there
 * are none) and returns where they end: the lenient reading that 0.76 uses. */
const char *num_prefix(const char *text, uint64_t *value);

/* As num_prefix, and a suffix k, m or g right behind the digits counts as in num_size. */
const char *num_size_prefix(const char *text, uint64_t *value);

#endif
