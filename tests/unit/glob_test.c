/* glob_test: each pattern matches what fnmatch(3) says, whatever it looks like.
 * SPDX-License-Identifier: ISC */
#include "../../multilog/glob.c"

#include "check.h"

#include <fnmatch.h>
#include <stdlib.h>

static bool
matches(const char *pattern, const char *text)
{
	return glob_match(pattern, text, strlen(text));
}

static void
test_cases(void)
{
	static const struct {
		const char *pattern, *text;
		bool matches;
	} cases[] = {
	    {"", "", true},
	    {"", "a", false},
	    {"*", "", true},
	    {"*ab", "aab", true}, /* where multilog's own patterns do not */
	    {"*a*b*", "xxaxxbxx", true},
	    {"*error*", "an error", true},
	    {"a?c", "abc", true},
	    {"a?c", "ac", false},
	    {"[a-c]x", "bx", true},
	    {"[!a-c]x", "bx", false},
	    {"[^a-c]x", "dx", true},
	    {"[]a]", "]", true},
	    {"[a-]", "-", true},
	    {"[[:digit:]_]*", "7up", true},
	    {"[[:digit:]_]*", "up", false},
	    {"\\*", "*", true},
	    {"\\*", "a", false},
	    {"[ab", "[ab", true}, /* no set without its end */
	    {"a\\", "a\\", true},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		CHECK(matches(cases[i].pattern, cases[i].text) == cases[i].matches);
	CHECK(glob_match("a?b", "a\0b", 3));
	CHECK(glob_match("*\377", "\200\377", 2));
}

/* Not in this comparison: where C libraries differ, ranges that end before they begin, and what is
 * quoted, or in brackets, at the end of a set that has none. */
static void
test_against_library(void)
{
	static const char pattern_bytes[] = "ab*?*?c-", text_bytes[] = "abc-";

	srand(1);
	for (unsigned long round = 0; round < 300000; round++) {
		char pattern[16], text[12];
		size_t length = 0;
		while (length < 9 && rand() % 8 > 0) {
			if (rand() % 6 == 0) {
				static const char *const sets[] = {
				    "[ab]", "[!a]", "[a-c]", "[]-]", "[[:alpha:]]"};
				const char *set = sets[(size_t)rand() % 5];
				if (length + strlen(set) < 15) {
					strcpy(pattern + length, set);
					length += strlen(set);
				}
				continue;
			}
			pattern[length++] = pattern_bytes[(size_t)rand() % 8];
		}
		pattern[length] = '\0';
		length = (size_t)rand() % 10;
		for (size_t i = 0; i < length; i++)
			text[i] = text_bytes[(size_t)rand() % 4];
		text[length] = '\0';
		const bool expected = fnmatch(pattern, text, 0) == 0;
		if (matches(pattern, text) != expected)
			fprintf(stderr, "%s %s\n", pattern, text);
		CHECK(matches(pattern, text) == expected);
	}
}

/* What would take others for ever. */
static void
test_time(void)
{
	static char text[1000];

	memset(text, 'a', sizeof text);
	CHECK(!glob_match("*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b", text, sizeof text));
}

int
main(void)
{
	test_cases();
	test_against_library();
	test_time();
	return check_end("glob_test");
}
