/* output_test: JSON strings are valid whatever bytes go in, and long output arrives whole.
 * SPDX-License-Identifier: ISC */
#include "../../lib/output.c"

#include "check.h"

/* What PUT leaves in the buffer for TEXT. */
static const char *
put_out(void (*put)(const char *text), const char *text)
{
	static char result[256];

	used = 0;
	put(text);
	memcpy(result, buffer, used);
	result[used] = '\0';
	used = 0;
	return result;
}

static const char *
json(const char *text)
{
	return put_out(output_json, text);
}

static void
test_harmless(void)
{
	CHECK_TEXT(put_out(output_harmless, ""), "");
	CHECK_TEXT(
	    put_out(output_harmless, "web-1 \xc3\xa4\xe2\x82\xac"), "web-1 \xc3\xa4\xe2\x82\xac");
	CHECK_TEXT(put_out(output_harmless, "\033[2Ja\nb\x7f\t"), "?[2Ja?b??");
	CHECK_TEXT(put_out(output_harmless, "\xc2\x9b\x31\xc2\xa0"), "?1\xc2\xa0"); /* CSI */
	CHECK_TEXT(put_out(output_harmless, "\x9b\x31\xc2"), "?1?");
}

static void
test_json(void)
{
	CHECK_TEXT(json(""), "\"\"");
	CHECK_TEXT(json("plain /"), "\"plain /\"");
	CHECK_TEXT(json("a\"b\\c"), "\"a\\\"b\\\\c\"");
	CHECK_TEXT(json("\n\t\x01\x7f"), "\"\\u000a\\u0009\\u0001\\u007f\"");
	CHECK_TEXT(json("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"),
	    "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"");
	CHECK_TEXT(json("\xff"), "\"\\ufffd\"");
	CHECK_TEXT(json("\xc3"), "\"\\ufffd\"");                       /* cut short */
	CHECK_TEXT(json("\xc3x"), "\"\\ufffdx\"");                     /* the next one survives */
	CHECK_TEXT(json("\xe2\x82"), "\"\\ufffd\\ufffd\"");            /* cut short */
	CHECK_TEXT(json("\xc0\xaf"), "\"\\ufffd\\ufffd\"");            /* overlong */
	CHECK_TEXT(json("\xed\xa0\x80"), "\"\\ufffd\\ufffd\\ufffd\""); /* surrogate */
	CHECK_TEXT(json("\xf4\x90\x80\x80"), "\"\\ufffd\\ufffd\\ufffd\\ufffd\""); /* > 10FFFF */
}

static void
test_number(void)
{
	used = 0;
	output_number(UINT64_MAX);
	buffer[used] = '\0';
	CHECK_TEXT(buffer, "18446744073709551615");
	used = 0;
}

/* Text longer than the buffer comes out whole: read back through a pipe that holds all of it. */
static void
test_long(void)
{
	enum { COUNT = 1000, LINE = 14 };
	static char got[COUNT * LINE + 1];
	int ends[2], saved = dup(STDOUT_FILENO);
	size_t length = 0;

	CHECK(fd_pipe(ends) && saved != -1);
	dup2(ends[1], STDOUT_FILENO);
	close(ends[1]);
	for (int i = 0; i < COUNT; i++)
		output_text("thirteen byte\n");
	output_flush();
	dup2(saved, STDOUT_FILENO);
	close(saved);
	while (length < sizeof got) {
		ssize_t part = fd_read(ends[0], got + length, sizeof got - length);
		if (part <= 0)
			break;
		length += (size_t)part;
	}
	close(ends[0]);
	CHECK(length == COUNT * LINE);
	for (size_t i = 0; i < COUNT; i++)
		CHECK(memcmp(got + i * LINE, "thirteen byte\n", LINE) == 0);
}

int
main(void)
{
	test_harmless();
	test_json();
	test_number();
	test_long();
	return check_end("output_test");
}
