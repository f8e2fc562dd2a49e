/* script: see script.h.
 * SPDX-License-Identifier: ISC */
#include "script.h"

#include "num.h"

#include <string.h>

/* What begins an action. The argument of a directory includes its first byte. */
static const struct {
	char letter;
	bool keep; /* the letter is part of the argument */
	enum script_kind kind;
} letters[] = {
    {'-', false, SCRIPT_DESELECT},
    {'+', false, SCRIPT_SELECT},
    {'e', false, SCRIPT_ALERT},
    {'=', false, SCRIPT_STATUS},
    {'1', false, SCRIPT_OUTPUT},
    {'.', true, SCRIPT_DIRECTORY},
    {'/', true, SCRIPT_DIRECTORY},
};

/* What is not a number counts as 0, and hence as the least. */
static uint64_t
number_from(const char *text, uint64_t least)
{
	uint64_t number;

	num_prefix(text, &number);
	return number < least ? least : number;
}

/* The greatest size is 0.76's as long as it is written as 0.76 reads it. */
static uint64_t
file_size(const char *text)
{
	uint64_t size, most = SCRIPT_SIZE_MAX;
	const char *end = num_size_prefix(text, &size);

	if (end > text && end[-1] > '9')
		most = SCRIPT_SIZE_LARGE;
	return size < SCRIPT_SIZE_MIN ? SCRIPT_SIZE_MIN : size > most ? most : size;
}

/* A newline in it would make two lines of one. */
static void
take_prefix(const char *text, struct script_action *settings)
{
	const size_t length = strcspn(text, "\n");

	settings->prefix = text;
	settings->prefix_length = length < SCRIPT_PREFIX_MAX ? length : SCRIPT_PREFIX_MAX;
}

/* What holds for the actions to the right. */
static void
take_setting(const char *word, struct script_action *settings)
{
	switch (word[0]) {
	case 's':
		settings->size = file_size(word + 1);
		break;
	case 'n':
		settings->count = number_from(word + 1, SCRIPT_COUNT_MIN);
		break;
	case 'S':
		num_size_prefix(word + 1, &settings->total);
		break;
	case 'N':
		settings->spare = number_from(word + 1, 0);
		break;
	case 'R':
		settings->period_s = number_from(word + 1, 0);
		break;
	case 'p':
		take_prefix(word + 1, settings);
		break;
	case 'F':
		settings->glob = true;
		break;
	case '!':
		settings->processor = word + 1;
		break;
	default: /* unknown, or t or T in another place than the first: ignored as in 0.76 */
		break;
	}
}

static enum stamp_kind
stamps_of(char letter)
{
	return letter == 't' ? STAMP_LABEL : letter == 'T' ? STAMP_DATE : STAMP_NONE;
}

void
script_parse(char *const *argv, struct script *script)
{
	struct script_action settings = {
	    .size = SCRIPT_SIZE_DEFAULT,
	    .prefix = "",
	    .count = SCRIPT_COUNT_DEFAULT,
	    .spare = SCRIPT_SPARE_ALL,
	};

	script->stamps = argv[0] == NULL ? STAMP_NONE : stamps_of(argv[0][0]);
	script->count = 0;
	for (; *argv != NULL; argv++) {
		take_setting(*argv, &settings);
		for (size_t i = 0; i < sizeof letters / sizeof *letters; i++) {
			if (letters[i].letter != (*argv)[0])
				continue;
			settings.kind = letters[i].kind;
			settings.argument = *argv + (letters[i].keep ? 0 : 1);
			script->actions[script->count++] = settings;
		}
	}
}
