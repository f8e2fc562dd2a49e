/* pattern: see pattern.h.
 * SPDX-License-Identifier: ISC */
#include "pattern.h"

#include "msg.h"
#include "source.h"

#include <regex.h>
#include <string.h>

static regex_t expression;
static bool is_set;

void
pattern_set(const char *text)
{
	char reason[128];
	const int error = regcomp(&expression, text, REG_EXTENDED | REG_NOSUB);

	if (error != 0) {
		regerror(error, &expression, reason, sizeof reason);
		msg_die(MSG_USAGE, "unable to understand the pattern %s: %s", text, reason);
	}
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
