/* label: any bytes through tai64nlocal, in any pieces: each line comes out, with its label as a date
 * or as it was; labels mean the same once written again, and milliseconds go on and back.
 * SPDX-License-Identifier: ISC */
#define main tai64nlocal_main
int tai64nlocal_main(void);
#include "../../multilog/tai64nlocal.c"
#undef main

#include "fuzz.h"

static struct fuzz source; /* what is read */
static uint8_t piece;      /* how much at a time */
static char *shown;
static size_t shown_length, shown_room;

size_t
filter_read(char *buffer, size_t size)
{
	size_t length = source.size < size ? source.size : size;

	if (piece > 0 && length > piece)
		length = piece;
	if (length > 0)
		memcpy(buffer, source.data, length);
	source.data += length;
	source.size -= length;
	return length;
}

void
filter_put(const char *bytes, size_t length)
{
	if (shown_length + length > shown_room) {
		shown_room = 2 * (shown_length + length);
		shown = realloc(shown, shown_room);
		if (shown == NULL)
			abort();
	}
	if (length > 0)
		memcpy(shown + shown_length, bytes, length);
	shown_length += length;
}

static void
check_label(const char *text, size_t size)
{
	struct tai64n label, moved;
	char written[TAI64N_LABEL];
	unsigned char packed[TAI64N_PACKED];

	if (!tai64n_parse(text, size, &label))
		return;
	PROMISE(size >= TAI64N_LABEL);
	tai64n_format(written, &label);
	PROMISE(memcmp(written, text, TAI64N_LABEL) == 0);
	tai64n_pack(packed, &label);
	tai64n_unpack(packed, &moved);
	PROMISE(moved.seconds == label.seconds && moved.nanoseconds == label.nanoseconds);
	PROMISE(!tai64n_is_before(&label, &moved) && !tai64n_is_before(&moved, &label));
	if (label.nanoseconds >= 1000000000 || label.seconds > UINT64_MAX / 2 ||
	    label.seconds < 1000000)
		return;
	tai64n_add_ms(&moved, 123456789);
	PROMISE(tai64n_is_before(&label, &moved) && moved.nanoseconds < 1000000000);
	tai64n_subtract_ms(&moved, 123456789);
	PROMISE(moved.seconds == label.seconds && moved.nanoseconds == label.nanoseconds);
}

static size_t
count_newlines(const char *bytes, size_t length)
{
	size_t count = 0;

	for (size_t i = 0; i < length; i++)
		count += bytes[i] == '\n';
	return count;
}

/* The output for SIZE bytes that come in pieces of LENGTH, 0 = whole. */
static void
convert(const char *text, size_t size, uint8_t length)
{
	source = (struct fuzz){(const uint8_t *)text, size};
	piece = length;
	shown_length = at = filled = 0;
	PROMISE(tai64nlocal_main() == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz rest = {data, size};
	const uint8_t length = fuzz_last(&rest);
	char *text = fuzz_bytes(rest.data, rest.size);

	check_label(text, rest.size);
	convert(text, rest.size, 0);
	PROMISE(count_newlines(shown, shown_length) == count_newlines(text, rest.size));
	if (rest.size > 0 && memchr(text, '@', rest.size) == NULL)
		PROMISE(shown_length == rest.size && memcmp(shown, text, rest.size) == 0);
	char *whole = fuzz_text((const uint8_t *)shown, shown_length);
	const size_t whole_length = shown_length;
	convert(text, rest.size, length);
	PROMISE(shown_length == whole_length &&
		(whole_length == 0 || memcmp(shown, whole, whole_length) == 0));
	free(whole);
	free(text);
	return 0;
}
