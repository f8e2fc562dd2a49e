/* num: see num.h.
 * SPDX-License-Identifier: ISC */
#include "num.h"

const char *
num_prefix(const char *text, uint64_t *value)
{
	uint64_t result = 0;
	for (; *text >= '0' && *text <= '9'; text++) {
		uint64_t digit = (uint64_t)(*text - '0');
		if (result > (UINT64_MAX - digit) / 10)
			result = UINT64_MAX;
		else
			result = result * 10 + digit;
	}
	*value = result;
	return text;
}

/* By how many bits the suffix LETTER moves a number; 0 = it is none. */
static unsigned
shift_of(char letter)
{
	return letter == 'k' ? 10 : letter == 'm' ? 20 : letter == 'g' ? 30 : 0;
}

const char *
num_size_prefix(const char *text, uint64_t *value)
{
	const char *end = num_prefix(text, value);
	const unsigned shift = end == text ? 0 : shift_of(*end);

	if (shift == 0)
		return end;
	*value = *value > UINT64_MAX >> shift ? UINT64_MAX : *value << shift;
	return end + 1;
}

static bool
scaled(const char *text, bool suffixes, uint64_t max, uint64_t *value)
{
	uint64_t result;
	unsigned shift = 0;
	const char *end = num_prefix(text, &result);

	if (end == text)
		return false;
	if (suffixes && *end != '\0') {
		shift = shift_of(*end);
		if (shift == 0)
			return false;
		end++;
	}
	/* Overflow has saturated the result, which is above every MAX. */
	if (*end != '\0' || result > (max >> shift))
		return false;
	*value = result << shift;
	return true;
}

bool
num_parse(const char *text, uint64_t max, uint64_t *value)
{
	return scaled(text, false, max, value);
}

bool
num_size(const char *text, uint64_t max, uint64_t *value)
{
	return scaled(text, true, max, value);
}
