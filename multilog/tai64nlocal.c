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

/* The date and time of SECONDS up to the point of the fraction; empty if there is no such time. The
 * last answer is kept, for lines come in bursts and localtime_r(3) is slow. */
static const char *
local_time(uint64_t seconds)
{
	static char text[64];
	static uint64_t last = 0; /* far in the past: a text that is empty fits it */
	struct tm tm;

	if (seconds == last)
		return text;
	last = seconds;
	text[0] = '\0';
	const time_t unix_time = (time_t)(int64_t)(seconds - TAI64N_UNIX);
	if (localtime_r(&unix_time, &tm) != NULL)
		fmt(text, sizeof text, "%lld-%02d-%02d %02d:%02d:%02d.",
		    (long long)tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min,
		    tm.tm_sec);
	return text;
}

/* At the start of a line: puts out the time if a label stands there. */
static void
convert_label(void)
{
	struct tai64n label;
	char fraction[16];

	/* It may be cut by the end of what was read. */
	while (input[at] == '@' && at + label_length() == filled && label_length() <= TAI64N_LABEL)
		if (!read_more())
			break;
	if (input[at] != '@' || label_length() != TAI64N_LABEL ||
	    !tai64n_parse(input + at, filled - at, &label))
		return;
	const char *text = local_time(label.seconds);
	if (text[0] == '\0')
		return;
	const size_t length =
	    fmt(fraction, sizeof fraction, "%09lu", (unsigned long)label.nanoseconds);
	filter_put(text, strlen(text));
	filter_put(fraction, length);
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
