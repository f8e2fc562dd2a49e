/* show: see show.h.
 * SPDX-License-Identifier: ISC */
#include "show.h"

#include "fmt.h"
#include "output.h"
#include "stamp.h"
#include "utf8.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Names wider than this do not push all others to the right. */
enum { WIDTH_MAX = 24 };

/* Foregrounds that can be read on light and on dark: no black, white or yellow. */
static const char *const colours[] = {
    "\033[36m", "\033[32m", "\033[35m", "\033[34m", "\033[31m", "\033[96m", "\033[92m", "\033[95m"};
#define PLAIN "\033[0m"

static bool
is_set(const char *variable)
{
	const char *value = getenv(variable);
	return value != NULL && value[0] != '\0';
}

void
show_begin(struct show *show, bool json)
{
	const char *kind = getenv("TERM");

	*show = (struct show){.json = json, .terminal = !json && isatty(STDOUT_FILENO) == 1};
	show->colour =
	    show->terminal && !is_set("NO_COLOR") && kind != NULL && strcmp(kind, "dumb") != 0;
}

void
show_expect(struct show *show, const char *name)
{
	const size_t length = strlen(name);

	if (show->terminal && length > show->width && length <= WIDTH_MAX)
		show->width = length;
}

/* How many bytes at TEXT can be shown as they are. */
static size_t
harmless(const char *text, size_t length)
{
	size_t count = 0;

	while (count < length) {
		const size_t character =
		    text[count] == '\t' ? 1 : utf8_shown(text + count, length - count);
		if (character == 0)
			break;
		count += character;
	}
	return count;
}

/* Puts out TEXT with its control characters as ^X, and other bytes that a terminal should not see as
 * \xNN. */
static void
put_masked(const char *text, size_t length)
{
	char mask[sizeof "\\x00"];

	while (length > 0) {
		const size_t count = harmless(text, length);
		output_bytes(text, count);
		text += count;
		length -= count;
		if (length == 0)
			break;
		const unsigned char byte = (unsigned char)*text++;
		length--;
		if (byte < 0x20 || byte == 0x7f)
			fmt(mask, sizeof mask, "^%c", byte ^ 0x40);
		else
			fmt(mask, sizeof mask, "\\x%02x", byte);
		output_text(mask);
	}
}

/* Names are masked wherever they go: who owns a directory could end the line otherwise. */
static void
put_name(const struct show *show, const char *name, size_t index)
{
	const size_t length = strlen(name);

	if (show->colour)
		output_text(colours[index % (sizeof colours / sizeof *colours)]);
	put_masked(name, length);
	if (show->colour)
		output_text(PLAIN);
	for (size_t width = length; width < show->width; width++)
		output_text(" ");
}

static void
begin_text(const struct show *show, const struct source *source, size_t index)
{
	char time[STAMP_SHOWN] = "-";
	size_t length = 1;

	if (source->line.stamped)
		length = stamp_show_local(time, &source->line.time);
	put_name(show, source->name, index);
	output_text(" ");
	output_bytes(time, length);
	output_text(" ");
}

static void
begin_json(const struct source *source)
{
	char time[STAMP_SHOWN];

	output_text("{\"time\":");
	if (source->line.stamped) {
		stamp_show_utc(time, &source->line.time);
		output_json(time);
	} else {
		output_text("null");
	}
	output_text(",\"service\":");
	output_json(source->name);
	output_text(",\"line\":\"");
}

void
show_end(struct show *show)
{
	if (show->in_line)
		output_text(show->json ? "\"}\n" : "\n");
	show->in_line = false;
}

void
show_line(struct show *show, const struct source *source, size_t index)
{
	const struct source_line *line = &source->line;

	/* A long line is interrupted if its rest is not there and others have something to say;
	 * then the rest is a line of its own. */
	if (!show->in_line || line->begins || show->in_source != index) {
		show_end(show);
		if (show->json)
			begin_json(source);
		else
			begin_text(show, source, index);
	}
	show->in_line = true;
	show->in_source = index;
	if (show->json)
		output_json_part(line->text, line->length);
	else if (show->terminal)
		put_masked(line->text, line->length);
	else
		output_bytes(line->text, line->length);
	if (line->ends)
		show_end(show);
}
