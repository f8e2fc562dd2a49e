/* script: any arguments of multilog and any line: every action comes from an argument, its settings
 * lie within their limits, and patterns match what 0.76's words about them say, told naively. Those of
 * shells are only looked for out of bounds; unit/glob_test.c compares them with fnmatch(3).
 * Arguments end with a newline; the line is what follows an empty one.
 * SPDX-License-Identifier: ISC */
#include "../../multilog/glob.c"
#include "../../multilog/match.c"
#include "../../multilog/script.c"

#include "fuzz.h"

enum { ARGUMENTS_MAX = 32 };

/* "A star matches any string that does not include the next character in the pattern." */
static bool
matches(const char *pattern, const char *text, size_t length)
{
	if (*pattern == '\0')
		return length == 0;
	if (*pattern != '*')
		return length > 0 && *text == *pattern &&
		       matches(pattern + 1, text + 1, length - 1);
	if (pattern[1] == '\0')
		return true;
	while (length > 0 && *text != pattern[1]) {
		text++;
		length--;
	}
	return length > 0 && matches(pattern + 1, text, length);
}

static void
check_action(const struct script_action *action, char *const *argv)
{
	size_t i;

	for (i = 0; argv[i] != NULL; i++)
		if (action->argument == argv[i] || action->argument == argv[i] + 1)
			break;
	PROMISE(argv[i] != NULL && argv[i][0] != '\0');
	PROMISE(action->kind < SCRIPT_KINDS);
	PROMISE(action->size >= SCRIPT_SIZE_MIN && action->size <= SCRIPT_SIZE_LARGE);
	PROMISE(action->prefix_length <= SCRIPT_PREFIX_MAX);
	PROMISE(action->count >= SCRIPT_COUNT_MIN);
	PROMISE((action->argument == argv[i]) == (action->kind == SCRIPT_DIRECTORY));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz input = {data, size};
	char *argv[ARGUMENTS_MAX + 1] = {NULL};
	struct script_action actions[ARGUMENTS_MAX];
	struct script script = {.actions = actions};
	size_t count = 0;

	while (count < ARGUMENTS_MAX && input.size > 0 && input.data[0] != '\n')
		argv[count++] = fuzz_line(&input);
	(void)fuzz_byte(&input);
	script_parse(argv, &script);
	PROMISE(script.count <= count);
	const char first = count > 0 ? argv[0][0] : ' ';
	PROMISE((script.stamps == STAMP_LABEL) == (first == 't'));
	PROMISE((script.stamps == STAMP_DATE) == (first == 'T'));
	char *line = fuzz_bytes(input.data, input.size);
	for (size_t i = 0; i < script.count; i++) {
		check_action(&actions[i], argv);
		if (actions[i].kind != SCRIPT_SELECT && actions[i].kind != SCRIPT_DESELECT)
			continue;
		if (actions[i].glob)
			(void)glob_match(actions[i].argument, line, input.size);
		else
			PROMISE(match(actions[i].argument, line, input.size) ==
				matches(actions[i].argument, line, input.size));
	}
	free(line);
	while (count > 0)
		free(argv[--count]);
	return 0;
}
