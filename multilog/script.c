/* script: see script.h.
 * SPDX-License-Identifier: ISC */
#include "script.h"

#include "num.h"

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
    {'.', true, SCRIPT_DIRECTORY},
    {'/', true, SCRIPT_DIRECTORY},
};

/* What is not a number counts as 0, and hence as the least. */
static uint64_t
number_between(const char *text, uint64_t least, uint64_t most)
{
	uint64_t number;

	num_prefix(text, &number);
	return number < least ? least : number > most ? most : number;
}

/* The settings s, n and !, which hold for the directories to their right. */
static void
take_setting(const char *word, struct script_action *settings)
{
	switch (word[0]) {
	case 's':
		settings->size = number_between(word + 1, SCRIPT_SIZE_MIN, SCRIPT_SIZE_MAX);
		break;
	case 'n':
		settings->count = number_between(word + 1, SCRIPT_COUNT_MIN, UINT64_MAX);
		break;
	case '!':
		settings->processor = word + 1;
		break;
	default: /* unknown, or t in another place than the first: ignored as in 0.76 */
		break;
	}
}

void
script_parse(char *const *argv, struct script *script)
{
	struct script_action settings = {
	    .size = SCRIPT_SIZE_DEFAULT,
	    .count = SCRIPT_COUNT_DEFAULT,
	};

	script->stamps = argv[0] != NULL && argv[0][0] == 't';
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
