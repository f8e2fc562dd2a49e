/* pattern: see pattern.h.
 * SPDX-License-Identifier: ISC */
#include "pattern.h"

#include "msg.h"
#include "source.h"

#include <regex.h>
#include <string.h>

static regex_t expression;
static bool is_set;

/* As regerror(3), which in musl comes with all that formats: 11 KB. */
static const char *
describe(int error)
{
	static const struct {
		int error;
		char text[36];
	} reasons[] = {
	    {REG_BADRPT, "nothing before *, +, ? or {"},
	    {REG_BADBR, "what is in {} is no repetition"},
	    {REG_EBRACE, "{ without }"},
	    {REG_EBRACK, "[ without ]"},
	    {REG_EPAREN, "( without ), or ) without ("},
	    {REG_ECTYPE, "unknown character class"},
	    {REG_ECOLLATE, "unknown collating element"},
	    {REG_ERANGE, "a range that ends before it begins"},
	    {REG_EESCAPE, "a backslash at its end"},
	    {REG_ESUBREG, "a reference to no group"},
	    {REG_ESPACE, "out of memory"},
	};

	for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
		if (reasons[i].error == error)
			return reasons[i].text;
	return "not a regular expression";
}

void
pattern_set(const char *text)
{
	const int error = regcomp(&expression, text, REG_EXTENDED | REG_NOSUB);

	if (error != 0)
		msg_die(
		    MSG_USAGE, "unable to understand the pattern %s: %s", text, describe(error));
	if (is_set)
		msg_die(MSG_USAGE, "there can be only one pattern");
	is_set = true;
}

bool
pattern_is_set(void)
{
	return is_set;
}

bool
pattern_matches(const struct source_line *line)
{
	static char text[SOURCE_BUFFER + 1];
	char *nul;

	if (!is_set)
		return true;
	/* regexec(3) takes a string: a NUL byte becomes the one that no line contains. */
	memcpy(text, line->text, line->length);
	text[line->length] = '\0';
	for (char *at = text; (nul = memchr(at, '\0', line->length - (size_t)(at - text))) != NULL;
	     at = nul)
		*nul = '\n';
	return regexec(&expression, text, 0, NULL, 0) == 0;
}
