/* calendar: dates and times of day as digits, read exactly: no locale, no guessing, no February 30.
 * SPDX-License-Identifier: ISC */
#ifndef MULTILOG_CALENDAR_H
#define MULTILOG_CALENDAR_H

#include "tai64n.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a text has said so far; all zero before. */
struct calendar {
	int year, month, day;
	int hour, minute, second;
	uint32_t nanoseconds;
	unsigned digits; /* of the fraction; 0 = there was none */
};

/* Reads YYYY-MM-DD at the start of TEXT (LENGTH bytes). How many bytes that are, or 0. */
size_t calendar_read_date(const char *text, size_t length, struct calendar *calendar);

/* Reads HH:MM, HH:MM:SS or HH:MM:SS.FRACTION, one to nine digits. How many bytes, or 0. */
size_t calendar_read_clock(const char *text, size_t length, struct calendar *calendar);

/* The moment that CALENDAR means in UTC or in local time (tzset(3) must have been called). False if
 * there is no such day. What the clock skips in spring is the hour after, and of what it
 * shows twice in autumn the C library chooses. */
bool calendar_moment(const struct calendar *calendar, bool utc, struct tai64n *moment);

/* The local date of MOMENT, DAYS later or, if negative, earlier, at 00:00. False if it has none. */
bool calendar_date_of(const struct tai64n *moment, int days, struct calendar *calendar);

#endif
