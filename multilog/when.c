/* when: see when.h.
 * SPDX-License-Identifier: ISC */
#include "when.h"

#include "calendar.h"
#include "num.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

static const struct unit {
	char letter;
	uint64_t seconds;
} units[] = {
    {'s', 1},
    {'m', 60},
    {'h', UINT64_C(60) * 60},
    {'d', UINT64_C(24) * 60 * 60},
    {'w', UINT64_C(7) * 24 * 60 * 60},
};

/* More than anybody has logs for, and a product with any unit does not overflow. */
#define COUNT_MAX UINT64_C(1000000000)

/* 0 if there is no such unit. */
static uint64_t
unit_seconds(char letter)
{
	for (size_t i = 0; i < sizeof units / sizeof *units; i++)
		if (units[i].letter == letter)
			return units[i].seconds;
	return 0;
}

/* 10m, 1h30m: that long before NOW. */
static bool
read_age(const char *text, const struct tai64n *now, struct tai64n *moment)
{
	uint64_t sum = 0;

	do {
		uint64_t count;
		const char *end = num_prefix(text, &count);
		const uint64_t seconds = unit_seconds(*end);
		if (end == text || seconds == 0 || count > COUNT_MAX)
			return false;
		sum += count * seconds;
		text = end + 1;
	} while (*text != '\0');
	*moment = *now;
	moment->seconds = sum < now->seconds ? now->seconds - sum : 0;
	return true;
}

/* 14:30, 14:30:05: today's, or yesterday's if that is still to come. */
static bool
read_time_of_day(const char *text, const struct tai64n *now, struct tai64n *moment)
{
	const size_t length = strlen(text);
	struct calendar clock = {0}, date;

	if (length == 0 || calendar_read_clock(text, length, &clock) != length)
		return false;
	for (int days = 0; days >= -1; days--) {
		if (!calendar_date_of(now, days, &date))
			return false;
		clock.year = date.year;
		clock.month = date.month;
		clock.day = date.day;
		if (!calendar_moment(&clock, false, moment))
			return false;
		if (!tai64n_is_before(now, moment))
			break;
	}
	return true;
}

/* 2026-01-31, 2026-01-31 12:00, 2026-01-31T12:00:00.5Z. */
static bool
read_date(const char *text, struct tai64n *moment)
{
	size_t length = strlen(text);
	struct calendar calendar = {0};
	const bool utc = length > 0 && text[length - 1] == 'Z';
	const size_t date = calendar_read_date(text, length, &calendar);

	if (date == 0)
		return false;
	length -= utc;
	if (date < length) {
		const char separator = text[date];
		const size_t clock =
		    calendar_read_clock(text + date + 1, length - date - 1, &calendar);
		if ((separator != ' ' && separator != 'T' && separator != '_') || clock == 0 ||
		    date + 1 + clock != length)
			return false;
	}
	return date <= length && calendar_moment(&calendar, utc, moment);
}

static bool
read_label(const char *text, struct tai64n *moment)
{
	const size_t length = strlen(text);

	return length == TAI64N_LABEL && tai64n_parse(text, length, moment);
}

/* now, today, yesterday: the two days from their beginning. */
static bool
read_word(const char *text, const struct tai64n *now, struct tai64n *moment)
{
	const bool yesterday = strcmp(text, "yesterday") == 0;
	struct calendar date;

	if (strcmp(text, "now") == 0) {
		*moment = *now;
		return true;
	}
	return (yesterday || strcmp(text, "today") == 0) &&
	       calendar_date_of(now, yesterday ? -1 : 0, &date) &&
	       calendar_moment(&date, false, moment);
}

bool
when_read(const char *text, const struct tai64n *now, struct tai64n *moment)
{
	return read_age(text, now, moment) || read_time_of_day(text, now, moment) ||
	       read_date(text, moment) || read_label(text, moment) || read_word(text, now, moment);
}
