/* glob: the patterns of shells, for those who write F, byte by byte. Ours, since the C library's brings
 * the tables of all characters with it, and may take for ever. Pure.
 * SPDX-License-Identifier: ISC */
#ifndef MULTILOG_GLOB_H
#define MULTILOG_GLOB_H

#include <stdbool.h>
#include <stddef.h>

/* Whether PATTERN (NUL-terminated) matches all LENGTH bytes of TEXT, as fnmatch(3) has it without
 * flags and in the C locale: "*" any bytes, "?" one, "[...]" one of a set, "\" the byte behind it. A
 * set has bytes, ranges and classes like [:digit:], and the others if it begins with "!" or "^". One
 * that does not end is a bracket. */
bool glob_match(const char *pattern, const char *text, size_t length);

#endif
