/* stamp: see stamp.h.
 * SPDX-License-Identifier: ISC */
#include "stamp.h"

#include "calendar.h"
#include "fmt.h"

#include <string.h>
#include <time.h>

/* The first second of the year 10000: later ones are garbage, and no four digits show them. */
#define SECONDS_END UINT64_C(253402300800)

enum {
	MINUTE = sizeof "YYYY-MM-DD HH:MM" - 1,
	DATE = sizeof "YYYY-MM-DD" - 1,
	SECOND = sizeof "YYYY-MM-DD HH:MM:SS" - 1,
};

/* The forms that are no labels. */
static const struct form {
	char separator;  /* between date and time */
	unsigned digits; /* of the fraction */
	unsigned blanks; /* behind it */
	bool utc;
} forms[] = {
    {' ', 9, 2, false}, /* T of multilog and s6-log */
    {'_', 5, 1, true},  /* svlogd -tt */
    {'T', 5, 1, true},  /* svlogd -ttt */
};

static const struct form *
find_form(char separator)
{
	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
		if (forms[i].separator == separator)
			return &forms[i];
	return NULL;
}

/* Whether a label stands for a time that can be shown. */
static bool
is_plausible(const struct tai64n *time)
{
	return time->seconds >= TAI64N_UNIX && time->seconds - TAI64N_UNIX < SECONDS_END &&
	       time->nanoseconds < 1000000000;
}

static size_t
read_label(const char *line, size_t length, struct tai64n *time)
{
	struct tai64n label;

	if (!tai64n_parse(line, length, &label) || !is_plausible(&label))
		return 0;
	/* More digits than a label has: something else. */
	if (length > TAI64N_LABEL && memchr("0123456789abcdef", line[TAI64N_LABEL], 16) != NULL)
		return 0;
	*time = label;
	const bool blank = length > TAI64N_LABEL && line[TAI64N_LABEL] == ' ';
	return (size_t)TAI64N_LABEL + blank;
}

/* The start of the minute that the first bytes of LINE name. Lines come in bursts and mktime(3) is
 * slow, so the last answer is kept. */
static bool
read_minute(const char *line, bool utc, struct tai64n *time)
{
	static char last[MINUTE];
	static struct tai64n answer;
	struct calendar calendar = {0};

	if (memcmp(line, last, MINUTE) == 0) {
		*time = answer;
		return true;
	}
	if (calendar_read_date(line, DATE, &calendar) == 0 ||
	    calendar_read_clock(line + DATE + 1, MINUTE - DATE - 1, &calendar) == 0 ||
	    !calendar_moment(&calendar, utc, time))
		return false;
	memcpy(last, line, MINUTE);
	answer = *time;
	return true;
}

static size_t
read_date(const char *line, size_t length, struct tai64n *time)
{
	const struct form *form = length > SECOND ? find_form(line[DATE]) : NULL;
	struct calendar calendar = {0};
	struct tai64n moment;

	if (form == NULL || length < SECOND + 1 + form->digits + form->blanks)
		return 0;
	size_t used = DATE + 1 + calendar_read_clock(line + DATE + 1, length - DATE - 1, &calendar);
	if (calendar.digits != form->digits)
		return 0;
	for (unsigned i = 0; i < form->blanks; i++)
		if (line[used++] != ' ')
			return 0;
	if (!read_minute(line, form->utc, &moment))
		return 0;
	time->seconds = moment.seconds + (uint64_t)calendar.second;
	time->nanoseconds = calendar.nanoseconds;
	return used;
}

size_t
stamp_read(const char *line, size_t length, struct tai64n *time)
{
	if (length == 0)
		return 0;
	return line[0] == '@' ? read_label(line, length, time) : read_date(line, length, time);
}

static time_t
unix_time(const struct tai64n *time)
{
	return (time_t)(int64_t)(time->seconds - TAI64N_UNIX);
}

static size_t
show(char text[STAMP_SHOWN], const struct tm *tm, char separator)
{
	return fmt(text, STAMP_SHOWN, "%04d-%02d-%02d%c%02d:%02d:%02d.", tm->tm_year + 1900,
	    tm->tm_mon + 1, tm->tm_mday, separator, tm->tm_hour, tm->tm_min, tm->tm_sec);
}

size_t
stamp_show_local(char text[STAMP_SHOWN], const struct tai64n *time)
{
	static char last[STAMP_SHOWN]; /* localtime_r(3) is slow, too */
	static uint64_t seconds;
	static size_t length;
	const time_t now = unix_time(time);
	struct tm tm;

	if (time->seconds != seconds && localtime_r(&now, &tm) != NULL) {
		length = show(last, &tm, ' ');
		seconds = time->seconds;
	}
	memcpy(text, last, length);
	return length + fmt(text + length, STAMP_SHOWN - length, "%09u", time->nanoseconds);
}

size_t
stamp_show_utc(char text[STAMP_SHOWN], const struct tai64n *time)
{
	const time_t now = unix_time(time);
	struct tm tm = {.tm_year = 70, .tm_mday = 1};

	(void)gmtime_r(&now, &tm); /* fails for no time that stamp_read accepts */
	const size_t length = show(text, &tm, 'T');
	return length + fmt(text + length, STAMP_SHOWN - length, "%09uZ", time->nanoseconds);
}
