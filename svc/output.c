/* output: see output.h.
 * SPDX-License-Identifier: ISC */
#include "output.h"

#include "fd.h"
#include "fmt.h"
#include "msg.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static char buffer[4096];
static size_t used;

void
output_flush(void)
{
	if (!fd_write_all(STDOUT_FILENO, buffer, used))
		msg_die_sys(MSG_TEMPORARY, errno, "unable to write output");
	used = 0;
}

static void
put(const char *bytes, size_t length)
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
	put(text, strlen(text));
}

void
output_number(uint64_t number)
{
	char digits[sizeof "18446744073709551615"];
	fmt(digits, sizeof digits, "%llu", (unsigned long long)number);
	output_text(digits);
}

/* The well-formed sequences of more than one byte (Unicode, table 3-7). What follows the second
 * byte is 80..BF each time. */
static const struct sequence {
	unsigned char first, first_last;
	unsigned char second, second_last;
	size_t length;
} sequences[] = {
    {0xc2, 0xdf, 0x80, 0xbf, 2},
    {0xe0, 0xe0, 0xa0, 0xbf, 3},
    {0xe1, 0xec, 0x80, 0xbf, 3},
    {0xed, 0xed, 0x80, 0x9f, 3}, /* no surrogates */
    {0xee, 0xef, 0x80, 0xbf, 3},
    {0xf0, 0xf0, 0x90, 0xbf, 4},
    {0xf1, 0xf3, 0x80, 0xbf, 4},
    {0xf4, 0xf4, 0x80, 0x8f, 4},
};

static size_t
matches(const struct sequence *sequence, const unsigned char *text)
{
	if (text[0] < sequence->first || text[0] > sequence->first_last)
		return 0;
	/* The NUL at the end is below every range, so nothing behind it is looked at. */
	if (text[1] < sequence->second || text[1] > sequence->second_last)
		return 0;
	for (size_t i = 2; i < sequence->length; i++)
		if (text[i] < 0x80 || text[i] > 0xbf)
			return 0;
	return sequence->length;
}

/* How many bytes the character at TEXT has; 0 if they are no UTF-8. */
static size_t
character(const unsigned char *text)
{
	if (text[0] < 0x80)
		return 1;
	for (size_t i = 0; i < sizeof sequences / sizeof *sequences; i++) {
		size_t length = matches(&sequences[i], text);
		if (length > 0)
			return length;
	}
	return 0;
}

void
output_json(const char *text)
{
	char escape[sizeof "\\u0000"];

	output_text("\"");
	for (size_t length; *text != '\0'; text += length) {
		length = character((const unsigned char *)text);
		if (length == 0) {
			output_text("\\ufffd");
			length = 1;
		} else if (*text == '"' || *text == '\\') {
			output_text("\\");
			put(text, 1);
		} else if (length == 1 && ((unsigned char)*text < 0x20 || *text == 0x7f)) {
			fmt(escape, sizeof escape, "\\u%04x", (unsigned char)*text);
			output_text(escape);
		} else {
			put(text, length);
		}
	}
	output_text("\"");
}
