/* output: see output.h.
 * SPDX-License-Identifier: ISC */
#include "output.h"

#include "fd.h"
#include "fmt.h"
#include "msg.h"
#include "utf8.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static char buffer[32 * 1024];
static size_t used;

void
output_flush(void)
{
	if (!fd_write_all(STDOUT_FILENO, buffer, used))
		msg_die_sys(MSG_TEMPORARY, errno, "unable to write output");
	used = 0;
}

void
output_bytes(const char *bytes, size_t length)
{
	while (length > 0) {
		size_t part = sizeof buffer - used;
		if (part > length)
			part = length;
		memcpy(buffer + used, bytes, part);
		used += part;
		bytes += part;
		length -= part;
		if (used == sizeof buffer)
			output_flush();
	}
}

void
output_text(const char *text)
{
	output_bytes(text, strlen(text));
}

void
output_number(uint64_t number)
{
	char digits[sizeof "18446744073709551615"];
	fmt(digits, sizeof digits, "%llu", (unsigned long long)number);
	output_text(digits);
}

void
output_harmless(const char *text)
{
	size_t length = strlen(text);

	while (length > 0) {
		const size_t shown = utf8_shown(text, length);
		const size_t character = utf8_length(text, length);
		const size_t step = character > 0 ? character : 1;
		output_bytes(shown > 0 ? text : "?", shown > 0 ? shown : 1);
		text += step;
		length -= step;
	}
}

/* A character of LENGTH bytes, or one byte that is none (0). */
static void
put_json_character(const char *text, size_t length)
{
	char escape[sizeof "\\u0000"];

	if (length == 0) {
		output_text("\\ufffd");
	} else if (*text == '"' || *text == '\\') {
		output_text("\\");
		output_bytes(text, 1);
	} else if ((unsigned char)*text < 0x20 || *text == 0x7f) {
		fmt(escape, sizeof escape, "\\u%04x", (unsigned char)*text);
		output_text(escape);
	} else {
		output_bytes(text, length);
	}
}

void
output_json_part(const char *bytes, size_t length)
{
	while (length > 0) {
		const size_t character = utf8_length(bytes, length);
		const size_t step = character > 0 ? character : 1;
		put_json_character(bytes, character);
		bytes += step;
		length -= step;
	}
}

void
output_json(const char *text)
{
	output_text("\"");
	output_json_part(text, strlen(text));
	output_text("\"");
}
