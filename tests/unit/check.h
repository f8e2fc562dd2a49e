/* check: the three macros of the unit tests. A failed check names its place and does not end the
 * test; check_end prints the one line that every unit test ends with.
 * SPDX-License-Identifier: ISC */
#ifndef TESTS_CHECK_H
#define TESTS_CHECK_H

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static unsigned long check_count, check_failures;

static inline void
check_that(bool good, const char *file, int line, const char *text)
{
	check_count++;
	if (good)
		return;
	check_failures++;
	fprintf(stderr, "%s:%d: failed: %s\n", file, line, text);
}

static inline void
check_same_text(const char *got, const char *expected, const char *file, int line)
{
	check_count++;
	if (strcmp(got, expected) == 0)
		return;
	check_failures++;
	fprintf(stderr, "%s:%d: failed: got \"%s\", expected \"%s\"\n", file, line, got, expected);
}

#define CHECK(condition) check_that((condition), __FILE__, __LINE__, #condition)
#define CHECK_TEXT(got, expected) check_same_text((got), (expected), __FILE__, __LINE__)

/* The exit code of the test NAME. */
static inline int
check_end(const char *name)
{
	printf("%s: %lu checks\n", name, check_count);
	return check_failures == 0 ? 0 : 1;
}

#endif
