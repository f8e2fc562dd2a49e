/* pattern: which lines are wanted, as an extended regular expression.
 * SPDX-License-Identifier: ISC */
#ifndef MULTILOG_PATTERN_H
#define MULTILOG_PATTERN_H

#include <stdbool.h>

struct source_line;

/* Sets the pattern. One that is none ends the program with exit code 100. */
void pattern_set(const char *text);

bool pattern_is_set(void);

/* Whether the pattern is found in LINE, which begins a line: in its first SOURCE_BUFFER bytes, less
 * a few. True without a pattern. */
bool pattern_matches(const struct source_line *line);

#endif
