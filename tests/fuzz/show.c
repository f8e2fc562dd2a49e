/* show: any logged bytes and names as svlog shows them: nothing but text reaches a terminal, as JSON
 * it is one string without control characters, whatever the parts, and elsewhere it is as it was.
 * The first two bytes tell how. SPDX-License-Identifier: ISC */
#include "fuzz.h"

#define output_text fuzz_output_text
#define output_bytes fuzz_output_bytes
#define output_json fuzz_output_json
#define output_json_part fuzz_output_json_part
#define output_number fuzz_output_number
#define output_flush fuzz_output_flush
#define fd_write_all fuzz_write_all
#include "../../lib/output.c"
#include "../../multilog/show.c"

enum { OUT_MAX = 256 * 1024 };

static char out[OUT_MAX];
static size_t out_length;

bool
fuzz_write_all(int fd, const void *bytes, size_t length)
{
	(void)fd;
	PROMISE(out_length + length <= OUT_MAX);
	memcpy(out + out_length, bytes, length);
	out_length += length;
	return true;
}

static void
check_terminal(void)
{
	for (size_t at = 0; at < out_length;) {
		const unsigned char byte = (unsigned char)out[at];
		const size_t length = utf8_length(out + at, out_length - at);
		PROMISE(length > 0);
		PROMISE((byte >= ' ' && byte != 0x7f) || byte == '\n' || byte == '\t');
		PROMISE(byte != 0xc2 || (unsigned char)out[at + 1] >= 0xa0);
		at += length;
	}
}

/* Quotes and backslashes are where they belong. */
static void
check_json(void)
{
	bool in_string = false;

	for (size_t at = 0; at < out_length;) {
		const size_t length = utf8_length(out + at, out_length - at);
		PROMISE(length > 0 && ((unsigned char)out[at] >= ' ' || out[at] == '\n'));
		PROMISE(out[at] != '\n' || !in_string);
		if (out[at] == '"')
			in_string = !in_string;
		if (out[at] == '\\') {
			PROMISE(in_string && at + 1 < out_length);
			PROMISE(strchr("\"\\u", out[at + 1]) != NULL);
			at++;
		}
		at +=
		    out[at] == '"' || out[at] == '\\' ? 1 : utf8_length(out + at, out_length - at);
	}
	PROMISE(!in_string);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz input = {data, size};
	const uint8_t how = fuzz_byte(&input), parts = fuzz_byte(&input) % 8;
	char *name = fuzz_line(&input);
	struct source source = {.name = name};
	struct show show = {.json = how % 3 == 0, .terminal = how % 3 == 1};
	const size_t length = input.size < 8192 ? input.size : 8192;

	out_length = used = 0;
	show_expect(&show, name);
	source.line.stamped = (how & 64) != 0;
	source.line.time = (struct tai64n){TAI64N_UNIX + 1700000000, 5};
	for (size_t i = 0; i <= parts; i++) {
		const size_t begin = length * i / (parts + 1U),
			     end = length * (i + 1) / (parts + 1U);
		/* svlog cuts no character that is one. */
		source.line.begins = i == 0 || (how & 128) != 0;
		source.line.ends = i == parts || (how & 128) != 0;
		source.line.text = input.size == 0 ? "" : (const char *)input.data + begin;
		source.line.length = end - begin;
		show_line(&show, &source, 0);
	}
	show_end(&show);
	fuzz_output_flush();
	PROMISE(out_length > 0 && out[out_length - 1] == '\n');
	if (show.json && memchr(input.data, '\n', input.size) == NULL)
		check_json();
	if (show.terminal && memchr(input.data, '\n', input.size) == NULL)
		check_terminal();
	free(name);
	return 0;
}
