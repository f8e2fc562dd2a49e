/* shell: any bytes as the script of a service: every word lies within its line, no line is read
 * twice, and what is plain contains nothing that a shell would change.
 * SPDX-License-Identifier: ISC */
#include "script.h"

#include "fuzz.h"

static void
check_line(const struct script_line *line)
{
	const char *end = line->store + sizeof line->store;

	PROMISE(line->count > 0 && line->count <= SCRIPT_WORDS);
	for (size_t i = 0; i < line->count; i++) {
		PROMISE(line->words[i] >= line->store && line->words[i] < end);
		PROMISE(memchr(line->words[i], '\0', (size_t)(end - line->words[i])) != NULL);
		PROMISE(strchr(script_base(line->words[i]), '/') == NULL);
	}
	PROMISE(script_program(line) <= line->count);
	const char *directory = script_log_directory(line);
	PROMISE(directory == NULL || (line->plain && strchr("./", directory[0]) != NULL));
	const char *operand = script_operand(line, "multilog");
	PROMISE(operand == NULL || line->plain);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct script script;
	static struct script_line line;
	char *text = fuzz_bytes(data, size);

	script_begin(&script, text, size);
	PROMISE(script.doubtful || strlen(script.text) == size);
	for (const char *before = script.next; script_next(&script, &line); before = script.next) {
		PROMISE(script.next > before && script.next <= script.text + strlen(script.text));
		check_line(&line);
	}
	free(text);
	return 0;
}
