/* utf8: where characters begin and end in bytes that anybody may have written.
 * SPDX-License-Identifier: ISC */
#ifndef LIB_UTF8_H
#define LIB_UTF8_H

#include <stddef.h>

/* How many of the LENGTH (> 0) bytes at TEXT are its first character; 0 if they begin with none:
 * stray, overlong, a surrogate, or cut by the end. */
size_t utf8_length(const char *text, size_t length);

/* The same; 0 also for a control character, with which a stranger could command a terminal. */
size_t utf8_shown(const char *text, size_t length);

/* How many bytes at the end of TEXT may be the beginning of a character whose rest is to come. */
size_t utf8_unfinished(const char *text, size_t length);

#endif
