/* utf8: see utf8.h.
 * SPDX-License-Identifier: ISC */
#include "utf8.h"

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

/* The sequence that FIRST begins, or NULL. */
static const struct sequence *
find_sequence(unsigned char first)
{
	for (size_t i = 0; i < sizeof sequences / sizeof *sequences; i++)
		if (first >= sequences[i].first && first <= sequences[i].first_last)
			return &sequences[i];
	return NULL;
}

/* How many of the LENGTH bytes at TEXT fit into SEQUENCE. */
static size_t
fitting(const struct sequence *sequence, const unsigned char *text, size_t length)
{
	if (length < 2 || text[1] < sequence->second || text[1] > sequence->second_last)
		return 1;
	for (size_t i = 2; i < sequence->length; i++)
		if (i == length || text[i] < 0x80 || text[i] > 0xbf)
			return i;
	return sequence->length;
}

size_t
utf8_length(const char *text, size_t length)
{
	const unsigned char *bytes = (const unsigned char *)text;
	const struct sequence *sequence;

	if (bytes[0] < 0x80)
		return 1;
	sequence = find_sequence(bytes[0]);
	return sequence != NULL && fitting(sequence, bytes, length) == sequence->length
		   ? sequence->length
		   : 0;
}

/* What is no character is not shown either: a terminal that does not expect UTF-8 may take it for a
 * control character from 80 to 9F. */
size_t
utf8_shown(const char *text, size_t length)
{
	const unsigned char *bytes = (const unsigned char *)text;
	const size_t count = utf8_length(text, length);

	if (count == 1)
		return bytes[0] >= 0x20 && bytes[0] != 0x7f;
	return count == 2 && bytes[0] == 0xc2 && bytes[1] < 0xa0 ? 0 : count;
}

size_t
utf8_unfinished(const char *text, size_t length)
{
	const unsigned char *bytes = (const unsigned char *)text;

	for (size_t count = 1; count <= 3 && count <= length; count++) {
		const unsigned char *first = bytes + length - count;
		const struct sequence *sequence = find_sequence(*first);
		if (sequence == NULL)
			continue;
		return count < sequence->length && fitting(sequence, first, count) == count ? count
											    : 0;
	}
	return 0;
}
