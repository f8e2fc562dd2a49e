/* tai64nlocal: turns the TAI64N label at the start of each line into local time; what is no label,
 * or stands for no time, stays as it is; tai64nlocal(8).
 * SPDX-License-Identifier: ISC */
#include "filter.h"
#include "fmt.h"
#include "tai64n.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

enum { DIGITS_MAX = 10 /* of 2^32 */ };

struct text {
	size_t length;
	char bytes[64];
};

static char input[FILTER_SIZE];
static size_t at;     /* where the next byte to be put out is ... */
static size_t filled; /* ... and where the input ends */

/* Reads on behind what is still needed. False at the end of the input. */
static bool
read_more(void)
{
	memmove(input, input + at, filled - at);
	filled -= at;
	at = 0;
	const size_t got = filter_read(input + filled, sizeof input - filled);
	filled += got;
	return got > 0;
}

/* The bytes that a label would have, at most one more, if they are all there: "@" and what looks
 * like its digits. */
static size_t
label_length(void)
{
	static const char digits[] = "0123456789abcdef";
	size_t length = 1;

	while (length <= TAI64N_LABEL && at + length < filled &&
	       memchr(digits, input[at + length], sizeof digits - 1) != NULL)
		length++;
	return length;
}

/* Whether one more digit follows the label that stands there. */
static bool
is_longer(void)
{
	if (filled - at <= TAI64N_LABEL)
		return false;
	const char next = input[at + TAI64N_LABEL];
	return (next >= '0' && next <= '9') || (next >= 'a' && next <= 'f');
}

/* The date and time of SECONDS up to the point of the fraction; empty if there is no such time. The
 * last answer is kept, for lines come in bursts and localtime_r(3) is slow. */
static const struct text *
local_time(uint64_t seconds)
{
	static struct text text;
	static uint64_t last = 0; /* far in the past: a text that is empty fits it */
	struct tm tm;

	if (seconds == last)
		return &text;
	last = seconds;
	text.length = 0;
	const time_t unix_time = (time_t)(int64_t)(seconds - TAI64N_UNIX);
	if (localtime_r(&unix_time, &tm) != NULL)
		text.length = fmt(text.bytes, sizeof text.bytes, "%lld-%02d-%02d %02d:%02d:%02d.",
		    (long long)tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min,
		    tm.tm_sec);
	return &text;
}

/* Nine digits, more if there are more nanoseconds than a second has. */
static void
put_fraction(uint32_t nanoseconds)
{
	char digits[DIGITS_MAX];
	size_t first = sizeof digits;

	for (; first > sizeof digits - 9 || nanoseconds > 0; nanoseconds /= 10)
		digits[--first] = "0123456789"[nanoseconds % 10];
	filter_put(digits + first, sizeof digits - first);
}

/* A label that stands at the end of what was read may be cut there. */
static void
complete_label(void)
{
	while (filled - at <= TAI64N_LABEL && input[at] == '@' && at + label_length() == filled &&
	       label_length() <= TAI64N_LABEL)
		if (!read_more())
			break;
}

/* At the start of a line: puts out the time if a label stands there. */
static void
convert_label(void)
{
	struct tai64n label;

	complete_label();
	if (!tai64n_parse(input + at, filled - at, &label) || is_longer())
		return;
	const struct text *text = local_time(label.seconds);
	if (text->length == 0)
		return;
	filter_put(text->bytes, text->length);
	put_fraction(label.nanoseconds);
	at += TAI64N_LABEL;
}

int
main(void)
{
	bool in_line = false;

	tzset();
	while (at < filled || read_more()) {
		if (!in_line)
			convert_label();
		const char *newline = memchr(input + at, '\n', filled - at);
		in_line = newline == NULL;
		const size_t length = in_line ? filled - at : (size_t)(newline + 1 - (input + at));
		filter_put(input + at, length);
		at += length;
	}
	return 0;
}
