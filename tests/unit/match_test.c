/* match_test: every pattern and every text up to a length over a small alphabet, against an oracle
 * that says in the plainest way what multilog(8) says. SPDX-License-Identifier: ISC */
#include "../../multilog/match.c"

#include "check.h"

/* The number of the first N strings over ALPHABET, shortest first, as text. */
static const char *
word(unsigned number, const char *alphabet, char text[8])
{
	const unsigned letters = (unsigned)strlen(alphabet);
	size_t length = 0;

	while (number > 0) {
		number--;
		text[length++] = alphabet[number % letters];
		number /= letters;
	}
	text[length] = '\0';
	return text;
}

/* By trying all lengths that a star could have, where none of the bytes may be the next one. */
static bool
oracle(const char *pattern, const char *text)
{
	if (pattern[0] == '\0')
		return text[0] == '\0';
	if (pattern[0] != '*')
		return text[0] == pattern[0] && oracle(pattern + 1, text + 1);
	if (pattern[1] == '\0')
		return true;
	for (;; text++) {
		if (text[0] == '\0')
			return false;
		if (text[0] == pattern[1])
			return oracle(pattern + 1, text);
	}
}

static void
test_exhaustively(void)
{
	enum { WORDS = 1 + 3 + 9 + 27 + 81 + 243 };
	char pattern[8], text[8];

	for (unsigned i = 0; i < WORDS; i++)
		for (unsigned j = 0; j < WORDS; j++) {
			word(i, "ab*", pattern);
			word(j, "ab*", text);
			bool same = match(pattern, text, strlen(text)) == oracle(pattern, text);
			CHECK(same);
			if (!same)
				fprintf(stderr, "pattern \"%s\", text \"%s\"\n", pattern, text);
		}
}

/* What was measured with daemontools 0.76. */
static const struct {
	const char *pattern;
	const char *text;
	bool matches;
} measured[] = {
    {"one*", "onetwo", true},
    {"*two", "onetwo", true},
    {"*t", "ott", false},
    {"a*b", "axxb", true},
    {"a*b", "axbxb", false},
    {"*ab", "aab", false},
    {"**", "x", false},
    {"**", "*", true},
    {"**", "*x", true},
    {"", "", true},
    {"", "x", false},
    {"*", "", true},
    {"+x", "+x", true},
};

static void
test_measured(void)
{
	for (size_t i = 0; i < sizeof measured / sizeof *measured; i++)
		CHECK(match(measured[i].pattern, measured[i].text, strlen(measured[i].text)) ==
		      measured[i].matches);
}

/* The text ends where its length says: neither at a NUL nor behind the end. */
static void
test_bounds(void)
{
	CHECK(match("a*c", "a\0c", 3));
	CHECK(!match("ab", "ab", 1));
	CHECK(!match("a*b", "aab", 2));
	CHECK(match("a*", "a\0", 2));
	CHECK(!match("a", "a\0", 2));
}

int
main(void)
{
	test_exhaustively();
	test_measured();
	test_bounds();
	return check_end("match_test");
}
