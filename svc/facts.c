/* facts: see facts.h.
 * SPDX-License-Identifier: ISC */
#include "facts.h"

#include "fmt.h"
#include "utf8.h"

#include <stdarg.h>
#include <string.h>

void
facts_defuse(char *text, size_t length)
{
	while (length > 0) {
		const size_t character = utf8_length(text, length);
		const size_t step = character > 0 ? character : 1;
		if (utf8_shown(text, length) == 0)
			memset(text, '?', step);
		text += step;
		length -= step;
	}
}

void
facts_set(struct facts *facts, enum fact fact, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	(void)fmt_list(facts->text[fact], FACT_SIZE, format, arguments);
	va_end(arguments);
	facts_defuse(facts->text[fact], strlen(facts->text[fact]));
}

void
facts_quote(struct facts *facts, enum fact fact, const char *text)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				    "_./:@%+=,-";
	char *next = facts->text[fact], *const end = next + FACT_SIZE - sizeof "'\\'''";

	if (text[0] != '\0' && text[strspn(text, plain)] == '\0') {
		facts_set(facts, fact, "%s", text);
		return;
	}
	*next++ = '\'';
	for (; *text != '\0' && next < end; text++) {
		if (*text == '\'') {
			memcpy(next, "'\\'", 3);
			next += 3;
		}
		*next++ = *text;
	}
	memcpy(next, "'", sizeof "'");
	facts_defuse(facts->text[fact], strlen(facts->text[fact]));
}

void
facts_mode(struct facts *facts, enum fact fact, unsigned mode)
{
	facts_set(facts, fact, "%u%u%u%u", mode >> 9 & 7, mode >> 6 & 7, mode >> 3 & 7, mode & 7);
}

void
facts_span(struct facts *facts, enum fact fact, uint64_t ms)
{
	static const struct {
		uint64_t below_ms, unit_ms;
		const char *unit;
	} units[] = {
	    {120000, 1000, "s"},
	    {7200000, 60000, "min"},
	    {172800000, 3600000, "h"},
	    {UINT64_MAX, 86400000, "days"},
	};
	size_t i = 0;

	if (ms < 10000) {
		facts_set(facts, fact, "%u.%u s", (unsigned)(ms / 1000), (unsigned)(ms / 100 % 10));
		return;
	}
	while (ms >= units[i].below_ms)
		i++;
	facts_set(
	    facts, fact, "%llu %s", (unsigned long long)(ms / units[i].unit_ms), units[i].unit);
}
