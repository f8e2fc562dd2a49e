/* arg: see arg.h.
 * SPDX-License-Identifier: ISC */
#include "arg.h"

#include <stdbool.h>
#include <string.h>

struct arg
arg_begin(int argc, char **argv, const char *known)
{
	return (struct arg){.rest = argv + (argc > 0), .known = known};
}

/* False if the next word is no group of letters. */
static bool
begin_group(struct arg *arg)
{
	char *word = arg->rest[0];

	if (word == NULL || word[0] != '-' || word[1] == '\0')
		return false;
	arg->rest++;
	if (strcmp(word, "--") == 0)
		return false;
	arg->group = word + 1;
	return true;
}

int
arg_next(struct arg *arg)
{
	if (arg->group == NULL && !begin_group(arg))
		return ARG_END;
	arg->letter = (unsigned char)*arg->group++;
	const char *known = arg->letter == ':' ? NULL : strchr(arg->known, arg->letter);
	const bool last = *arg->group == '\0';
	const bool valued = known != NULL && known[1] == ':';

	if (valued)
		arg->value = last ? arg->rest[0] : arg->group;
	if (valued && last && arg->value != NULL)
		arg->rest++;
	if (valued || last)
		arg->group = NULL;
	if (known == NULL)
		return '?';
	return valued && arg->value == NULL ? ':' : arg->letter;
}

size_t
arg_count(const struct arg *arg)
{
	size_t count = 0;

	while (arg->rest[count] != NULL)
		count++;
	return count;
}
