/* calendar: see calendar.h.
 * SPDX-License-Identifier: ISC */
#include "calendar.h"

#include <time.h>

enum { FRACTION_DIGITS = 9 };

/* Reads exactly COUNT digits. */
static bool
read_digits(const char *text, size_t length, size_t count, int *value)
{
	int result = 0;

	if (length < count)
		return false;
	for (size_t i = 0; i < count; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		result = result * 10 + (text[i] - '0');
	}
	*value = result;
	return true;
}

/* A separator and exactly two digits of at most MAX. */
static bool
read_part(const char *text, size_t length, char separator, int max, int *value)
{
	return length > 0 && text[0] == separator && read_digits(text + 1, length - 1, 2, value) &&
	       *value <= max;
}

static int
days_in(int year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	return days[month - 1] + (month == 2 && leap);
}

size_t
calendar_read_date(const char *text, size_t length, struct calendar *calendar)
{
	if (!read_digits(text, length, 4, &calendar->year) ||
	    !read_part(text + 4, length - 4, '-', 12, &calendar->month) ||
	    !read_part(text + 7, length - 7, '-', 31, &calendar->day))
		return 0;
	if (calendar->month == 0 || calendar->day == 0 ||
	    calendar->day > days_in(calendar->year, calendar->month))
		return 0;
	return sizeof "YYYY-MM-DD" - 1;
}

/* The digits behind the point, as nanoseconds. */
static size_t
read_fraction(const char *text, size_t length, struct calendar *calendar)
{
	uint32_t value = 0;
	size_t count = 0;

	while (
	    count < length && count < FRACTION_DIGITS && text[count] >= '0' && text[count] <= '9')
		value = value * 10 + (uint32_t)(text[count++] - '0');
	calendar->digits = (unsigned)count;
	for (size_t i = count; i < FRACTION_DIGITS; i++)
		value *= 10;
	calendar->nanoseconds = value;
	return count;
}

size_t
calendar_read_clock(const char *text, size_t length, struct calendar *calendar)
{
	size_t used = sizeof "HH:MM" - 1;

	if (!read_digits(text, length, 2, &calendar->hour) || calendar->hour > 23 ||
	    !read_part(text + 2, length - 2, ':', 59, &calendar->minute))
		return 0;
	/* 60 is a leap second, which Unix time does not have: the one after. */
	if (!read_part(text + used, length - used, ':', 60, &calendar->second)) {
		calendar->second = 0;
		return used;
	}
	used += sizeof ":SS" - 1;
	if (used < length && text[used] == '.') {
		const size_t digits = read_fraction(text + used + 1, length - used - 1, calendar);
		used += digits > 0 ? 1 + digits : 0;
	}
	return used;
}

bool
calendar_moment(const struct calendar *calendar, bool utc, struct tai64n *moment)
{
	struct tm tm = {
	    .tm_year = calendar->year - 1900,
	    .tm_mon = calendar->month - 1,
	    .tm_mday = calendar->day,
	    .tm_hour = calendar->hour,
	    .tm_min = calendar->minute,
	    .tm_sec = calendar->second,
	    .tm_isdst = -1,
	};
	/* Both fail with -1 only, which is also a second of 1969: nobody has logs of that. */
	const time_t seconds = utc ? timegm(&tm) : mktime(&tm);

	if (seconds == -1)
		return false;
	moment->seconds = TAI64N_UNIX + (uint64_t)(int64_t)seconds;
	moment->nanoseconds = calendar->nanoseconds;
	return true;
}

bool
calendar_date_of(const struct tai64n *moment, int days, struct calendar *calendar)
{
	const time_t seconds = (time_t)(int64_t)(moment->seconds - TAI64N_UNIX);
	struct tm tm;

	if (localtime_r(&seconds, &tm) == NULL)
		return false;
	/* At noon, so that no change of the clock leads to another day. */
	tm.tm_mday += days;
	tm.tm_hour = 12;
	tm.tm_isdst = -1;
	if (mktime(&tm) == -1)
		return false;
	*calendar = (struct calendar){
	    .year = tm.tm_year + 1900,
	    .month = tm.tm_mon + 1,
	    .day = tm.tm_mday,
	};
	return true;
}
