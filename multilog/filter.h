/* filter: large reads and writes for programs between two pipes. What is in the output goes out
 * before anything is waited for, so a slow writer's lines are never late.
 * SPDX-License-Identifier: ISC */
#ifndef MULTILOG_FILTER_H
#define MULTILOG_FILTER_H

#include <stdbool.h>
#include <stddef.h>

enum { FILTER_SIZE = 64 * 1024 };

/* Writes out what was put, then reads at most SIZE bytes into BUFFER. 0 = end of the input. Exits
 * 111 if it cannot read or write, without a word, as 0.76 does. */
size_t filter_read(char *buffer, size_t size);

/* Puts LENGTH bytes into the output. Exits 111 as filter_read does. */
void filter_put(const char *bytes, size_t length);

#endif
