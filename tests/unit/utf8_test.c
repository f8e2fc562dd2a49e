/* utf8_test: every sequence of up to three bytes against the definition, and the cut ends.
 * SPDX-License-Identifier: ISC */
#include "utf8.h"

#include "check.h"

#include <stdint.h>

/* What the bytes mean by the definition: decoded, then asked whether that is the shortest form. */
static size_t
by_definition(const unsigned char *text, size_t length)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	const unsigned char first = text[0];
	size_t count = first < 0x80             ? 1
		       : (first & 0xe0) == 0xc0 ? 2
		       : (first & 0xf0) == 0xe0 ? 3
		       : (first & 0xf8) == 0xf0 ? 4
						: 0;
	if (count <= 1)
		return count;
	uint32_t value = first & (0xffu >> (count + 1));

	if (count > length)
		return 0;
	for (size_t i = 1; i < count; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		value = value << 6 | (text[i] & 0x3f);
	}
	if (value < least[count] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
		return 0;
	return count;
}

static void
test_all(void)
{
	unsigned long wrong = 0, obeyed = 0;
	char text[4];

	for (uint32_t bytes = 0; bytes < 1u << 24; bytes++) {
		text[0] = (char)(bytes >> 16);
		text[1] = (char)(bytes >> 8);
		text[2] = (char)bytes;
		text[3] = (char)0x80;
		const size_t length = by_definition((const unsigned char *)text, 4);
		const uint32_t value = bytes >> 8;
		/* C0, DEL and, in two bytes, C1. */
		const bool control = length == 1   ? value >> 8 < 0x20 || value >> 8 == 0x7f
				     : length == 2 ? value >= 0xc280 && value <= 0xc29f
						   : false;
		wrong += utf8_length(text, 4) != length;
		obeyed += utf8_shown(text, 4) != (control ? 0 : length);
	}
	CHECK(wrong == 0);
	CHECK(obeyed == 0);
}

/* For each character: all its beginnings are unfinished, itself is not. */
static void
test_cut(void)
{
	static const char *const characters[] = {"\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80"};
	char text[8] = "x";

	for (size_t i = 0; i < sizeof characters / sizeof *characters; i++) {
		const size_t length = strlen(characters[i]);
		memcpy(text + 1, characters[i], length);
		for (size_t cut = 1; cut < length; cut++) {
			CHECK(utf8_unfinished(text, 1 + cut) == cut);
			CHECK(utf8_length(text + 1, cut) == 0);
		}
		CHECK(utf8_unfinished(text, 1 + length) == 0);
	}
	CHECK(utf8_unfinished("", 0) == 0);
	CHECK(utf8_unfinished("abc", 3) == 0);
	CHECK(utf8_unfinished("\x80\x80\x80", 3) == 0);
	CHECK(utf8_unfinished("\xe0\x80", 2) == 0); /* overlong: no rest can help */
}

int
main(void)
{
	test_all();
	test_cut();
	return check_end("utf8_test");
}
