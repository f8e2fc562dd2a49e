/* match: see match.h.
 * SPDX-License-Identifier: ISC */
#include "match.h"

#include <string.h>

bool
match(const char *pattern, const char *text, size_t length)
{
	const char *const end = text + length;

	for (; *pattern != '\0'; pattern++) {
		if (*pattern == '*') {
			if (pattern[1] == '\0')
				return true;
			/* The byte found is not consumed: the next turn compares it, or, if it is
			 * a star in the pattern, takes that as a star again. */
			text = memchr(text, pattern[1], (size_t)(end - text));
			if (text == NULL)
				return false;
			continue;
		}
		if (text == end || *text != *pattern)
			return false;
		text++;
	}
	return text == end;
}
