/* script: see script.h.
 * SPDX-License-Identifier: ISC */
#include "script.h"

#include <string.h>

/* ---- The file -------------------------------------------------------------------------------- */

const char *
script_base(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash != NULL ? slash + 1 : path;
}

/* Whether the first line of TEXT names a shell, also by way of env. */
static bool
is_for_shell(const char *text)
{
	static const char *const shells[] = {"sh", "bash", "dash", "ash", "ksh", "busybox"};
	char line[128];
	size_t length = strcspn(text, "\n");

	if (strncmp(text, "#!", 2) != 0 || length >= sizeof line)
		return false;
	memcpy(line, text + 2, length - 2);
	line[length - 2] = '\0';
	const char *word = line + strspn(line, " \t");
	line[(size_t)(word - line) + strcspn(word, " \t\r")] = '\0';
	if (strcmp(script_base(word), "env") == 0) {
		word += strlen(word) + 1;
		if (word >= line + length - 2)
			return false;
		word += strspn(word, " \t");
		line[(size_t)(word - line) + strcspn(word, " \t\r")] = '\0';
	}
	for (size_t i = 0; i < sizeof shells / sizeof *shells; i++)
		if (strcmp(script_base(word), shells[i]) == 0)
			return true;
	return false;
}

void
script_begin(struct script *script, const char *bytes, size_t length)
{
	const size_t kept = length < SCRIPT_SIZE ? length : SCRIPT_SIZE - 1;

	memcpy(script->text, bytes, kept);
	script->text[kept] = '\0';
	script->next = script->text;
	script->shell = is_for_shell(script->text);
	script->doubtful = strlen(script->text) < length || strstr(script->text, "<<") != NULL;
}

/* ---- Words ----------------------------------------------------------------------------------- */

/* What is being read, and where the words go. */
struct cursor {
	const char *read;
	struct script_line *line;
	size_t used; /* of line->store */
};

/* A line with more than we have room for is not judged. */
static void
put(struct cursor *cursor, char byte)
{
	struct script_line *line = cursor->line;

	if (cursor->used == sizeof line->store) {
		line->store[sizeof line->store - 1] = '\0';
		line->plain = false;
		return;
	}
	line->store[cursor->used++] = byte;
}

/* Copies what stands in quotes. What a shell would put in place of a variable there is unknown. */
static void
copy_quoted(struct cursor *cursor)
{
	const char quote = *cursor->read++;

	while (*cursor->read != '\0' && *cursor->read != quote) {
		if (quote == '"' && strchr("$`", *cursor->read) != NULL)
			cursor->line->plain = false;
		if (quote == '"' && *cursor->read == '\\' && cursor->read[1] != '\0')
			cursor->read++;
		put(cursor, *cursor->read++);
	}
	if (*cursor->read == quote)
		cursor->read++;
	else
		cursor->line->plain = false;
}

static void
copy_word(struct cursor *cursor)
{
	struct script_line *line = cursor->line;
	const size_t begin = cursor->used;

	while (*cursor->read != '\0' && strchr(" \t\r\n;|&()<>", *cursor->read) == NULL) {
		if (strchr("'\"", *cursor->read) != NULL) {
			copy_quoted(cursor);
			continue;
		}
		if (strchr("$`*?[]{}!", *cursor->read) != NULL)
			line->plain = false;
		if (*cursor->read == '\\' && cursor->read[1] != '\0')
			cursor->read++;
		put(cursor, *cursor->read++);
	}
	put(cursor, '\0');
	if (line->count < SCRIPT_WORDS && begin < sizeof line->store)
		line->words[line->count++] = line->store + begin;
	else
		line->plain = false;
}

static bool
is_redirection(const char *text)
{
	text += strspn(text, "0123456789");
	return *text == '<' || *text == '>';
}

/* Skips a redirection with its target: "2>&1", ">file", "> file", "<&3". */
static void
skip_redirection(struct cursor *cursor)
{
	const char *next = cursor->read;

	next += strspn(next, "0123456789");
	next += strspn(next, "<>&|");
	next += strspn(next, " \t");
	next += strcspn(next, " \t\r\n;|&()<>");
	cursor->read = next;
}

/* An & that ends the line is followed by no other command. */
static void
skip_operator(struct cursor *cursor)
{
	const char *next = cursor->read;
	const size_t length = strspn(next, ";|&()");
	const char *rest = next + length + strspn(next + length, " \t\r");

	if (length == 1 && *next == '&' && strchr("\n#", *rest) != NULL) /* NUL, too */
		cursor->line->background = true;
	else
		cursor->line->plain = false;
	cursor->read = next + length;
}

/* Blanks, and ends of lines that are continued. */
static const char *
skip_blanks(const char *text)
{
	for (;;) {
		text += strspn(text, " \t\r");
		if (text[0] != '\\' || text[1] != '\n')
			return text;
		text += 2;
	}
}

static void
read_line(struct script *script, struct script_line *line)
{
	struct cursor cursor = {.read = skip_blanks(script->next), .line = line};

	*line = (struct script_line){.plain = true};
	while (*cursor.read != '\0' && *cursor.read != '\n') {
		if (*cursor.read == '#')
			cursor.read += strcspn(cursor.read, "\n");
		else if (is_redirection(cursor.read))
			skip_redirection(&cursor);
		else if (strchr(";|&()", *cursor.read) != NULL)
			skip_operator(&cursor);
		else
			copy_word(&cursor);
		cursor.read = skip_blanks(cursor.read);
	}
	script->next = cursor.read + (*cursor.read == '\n');
}

bool
script_next(struct script *script, struct script_line *line)
{
	do {
		if (*script->next == '\0')
			return false;
		read_line(script, line);
	} while (line->count == 0);
	return true;
}

/* ---- Programs -------------------------------------------------------------------------------- */

static size_t
find_program(const struct script_line *line, const char *name)
{
	size_t i;

	for (i = 0; i < line->count && strcmp(script_base(line->words[i]), name) != 0; i++)
		;
	return i;
}

const char *
script_operand(const struct script_line *line, const char *name)
{
	const size_t at = find_program(line, name);
	return line->plain && at + 1 < line->count ? line->words[at + 1] : NULL;
}

const char *
script_log_directory(const struct script_line *line)
{
	for (size_t i = find_program(line, "multilog") + 1; line->plain && i < line->count; i++)
		if (line->words[i][0] == '.' || line->words[i][0] == '/')
			return line->words[i];
	return NULL;
}

/* ---- Programs that execute another ----------------------------------------------------------- */

static const struct loader {
	const char *name;
	const char *valued; /* short options that take the next word, if they end theirs */
	unsigned operands;  /* words before the program */
} loaders[] = {
    {"exec", "a", 0},
    {"command", "", 0},
    {"env", "uCS", 0},
    {"nice", "n", 0},
    {"ionice", "cn", 0},
    {"nohup", "", 0},
    {"setsid", "", 0},
    {"stdbuf", "ioe", 0},
    {"setuidgid", "", 1},
    {"envuidgid", "", 1},
    {"envdir", "", 1},
    {"softlimit", "acdflmnoprst", 0},
    {"setlock", "", 1},
    {"pgrphack", "", 0},
    {"fghack", "", 0},
    {"chpst", "uUbe/nlLmdofprtc", 0},
    {"s6-setuidgid", "", 1},
    {"su-exec", "", 1},
    {"gosu", "", 1},
    {"sudo", "ugCDhpRrTtU", 0},
    {"runuser", "ugG", 0},
};

static const struct loader *
find_loader(const char *word)
{
	for (size_t i = 0; i < sizeof loaders / sizeof *loaders; i++)
		if (strcmp(script_base(word), loaders[i].name) == 0)
			return &loaders[i];
	return NULL;
}

/* The first word from AT on that is no option. */
static size_t
skip_options(const struct script_line *line, size_t at, const char *valued)
{
	while (at < line->count && line->words[at][0] == '-') {
		const char *word = line->words[at++];
		if (strcmp(word, "--") == 0)
			break;
		if (word[1] != '-' && word[1] != '\0' &&
		    strchr(valued, word[strlen(word) - 1]) != NULL)
			at++;
	}
	return at;
}

static size_t
skip_assignments(const struct script_line *line, size_t at)
{
	while (at < line->count && line->words[at][strcspn(line->words[at], "=/")] == '=')
		at++;
	return at;
}

size_t
script_program(const struct script_line *line)
{
	const struct loader *loader;
	size_t at = skip_assignments(line, 0);

	while (at < line->count && (loader = find_loader(line->words[at])) != NULL) {
		at = skip_options(line, at + 1, loader->valued);
		at = skip_assignments(line, at) + loader->operands;
	}
	return at < line->count ? at : line->count;
}
