/* causes_test: the table of causes is complete, its words in braces exist, and what is put in their
 * place can do no harm.
 * SPDX-License-Identifier: ISC */
#include "../../svc/causes.c"
#include "../../svc/facts.c"

#include "check.h"

/* What is put out, instead of svc/output.c. */
static char said[8192];
static size_t said_length;

void
output_text(const char *text)
{
	const size_t length = strlen(text);

	if (said_length + length < sizeof said) {
		memcpy(said + said_length, text, length + 1);
		said_length += length;
	}
}

static const char *
say(enum cause cause, enum cause_part part, const struct facts *facts)
{
	said_length = 0;
	said[0] = '\0';
	(void)cause_say(cause, part, facts);
	return said;
}

/* Every cause has a text that ends without a full stop, and one about a file has a cure, which
 * svlint always shows; no word in braces is left. */
static void
test_complete(void)
{
	struct facts facts;

	for (unsigned fact = 0; fact < FACT_COUNT; fact++)
		facts_set(&facts, (enum fact)fact, "x");
	for (unsigned i = CAUSE_NONE + 1; i < CAUSE_COUNT; i++) {
		const enum cause cause = (enum cause)i;
		CHECK(cause_has(cause, CAUSE_TEXT));
		CHECK(!cause_is_of_file(cause) || cause_has(cause, CAUSE_CURE));
		CHECK(!cause_is_of_file(cause) || !cause_has(cause, CAUSE_NEXT));
		CHECK(!cause_is_of_file(cause) || !cause_is_whole(cause));
		for (unsigned part = 0; part < CAUSE_PARTS; part++) {
			const char *text = say(cause, (enum cause_part)part, &facts);
			CHECK(strpbrk(text, "{}") == NULL);
			CHECK(text[0] == '\0' || text[strlen(text) - 1] != '.');
		}
	}
	CHECK(
	    cause_level(CAUSE_CRLF) == CAUSE_ERROR && cause_level(CAUSE_MISSPELT) == CAUSE_WARNING);
}

/* A value with braces is shown as it is. */
static void
test_braces(void)
{
	struct facts facts;

	memset(&facts, 0, sizeof facts);
	facts_set(&facts, FACT_VALUE, "{path}");
	facts_set(&facts, FACT_PATH, "secret");
	CHECK_TEXT(say(CAUSE_HINT, CAUSE_TEXT, &facts), "{path}");
}

static void
test_facts(void)
{
	static const struct {
		const char *text, *quoted;
	} quotes[] = {
	    {"web", "web"},
	    {"/a/b-c_d.e:f@g%h+i=j,k", "/a/b-c_d.e:f@g%h+i=j,k"},
	    {"", "''"},
	    {"a b", "'a b'"},
	    {"a'b", "'a'\\''b'"},
	    {"$(x)", "'$(x)'"},
	    {"a\nb\033", "'a?b?'"},
	    {"a\xc2\x9b"
	     "31m\xc2\xa0\xc3\x9f",
		"'a??31m\xc2\xa0\xc3\x9f'"},
	};
	static const struct {
		uint64_t ms;
		const char *text;
	} spans[] = {
	    {0, "0.0 s"},
	    {99, "0.0 s"},
	    {100, "0.1 s"},
	    {9999, "9.9 s"},
	    {10000, "10 s"},
	    {119999, "119 s"},
	    {120000, "2 min"},
	    {7199999, "119 min"},
	    {7200000, "2 h"},
	    {172799999, "47 h"},
	    {172800000, "2 days"},
	    {UINT64_MAX - 1, "213503982334 days"},
	};
	struct facts facts;
	char longest[2 * FACT_SIZE];

	for (size_t i = 0; i < sizeof quotes / sizeof *quotes; i++) {
		facts_quote(&facts, FACT_NAME, quotes[i].text);
		CHECK_TEXT(facts.text[FACT_NAME], quotes[i].quoted);
	}
	for (size_t i = 0; i < sizeof spans / sizeof *spans; i++) {
		facts_span(&facts, FACT_AGO, spans[i].ms);
		CHECK_TEXT(facts.text[FACT_AGO], spans[i].text);
	}
	facts_mode(&facts, FACT_VALUE, 0100644);
	CHECK_TEXT(facts.text[FACT_VALUE], "0644");
	facts_mode(&facts, FACT_VALUE, 04755);
	CHECK_TEXT(facts.text[FACT_VALUE], "4755");
	/* Too long: cut, but still closed. */
	memset(longest, '\'', sizeof longest);
	longest[sizeof longest - 1] = '\0';
	facts_quote(&facts, FACT_PATH, longest);
	const size_t length = strlen(facts.text[FACT_PATH]);
	CHECK(length < FACT_SIZE && facts.text[FACT_PATH][length - 1] == '\'');
	memset(longest, 'x', sizeof longest - 1);
	facts_quote(&facts, FACT_PATH, longest);
	CHECK(strlen(facts.text[FACT_PATH]) == FACT_SIZE - 1);
}

int
main(void)
{
	test_complete();
	test_braces();
	test_facts();
	return check_end("causes_test");
}
