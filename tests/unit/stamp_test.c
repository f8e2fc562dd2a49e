/* stamp_test: the stamps of all loggers, what only looks like one, and any bytes at all.
 * SPDX-License-Identifier: ISC */
#include "../../multilog/calendar.c"
#include "../../multilog/stamp.c"

#include "check.h"

#include <stdlib.h>

static size_t used;

/* The time that the stamp of TEXT means, as it is shown; empty if there is none. */
static const char *
shown(const char *text)
{
	static char result[STAMP_SHOWN];
	struct tai64n moment;

	used = stamp_read(text, strlen(text), &moment);
	result[0] = '\0';
	if (used > 0)
		stamp_show_local(result, &moment);
	return result;
}

static void
test_forms(void)
{
	CHECK_TEXT(shown("@400000006553f10a075bcbf4 text"), "2023-11-14 22:13:20.123456500");
	CHECK(used == 26);
	CHECK_TEXT(shown("@400000006553f10a075bcbf4"), "2023-11-14 22:13:20.123456500");
	CHECK(used == 25);
	CHECK_TEXT(shown("@400000006553f10a075bcbf4  two"), "2023-11-14 22:13:20.123456500");
	CHECK(used == 26);
	CHECK_TEXT(shown("@400000006553f10a075bcbf4:"), "2023-11-14 22:13:20.123456500");
	CHECK_TEXT(shown("2023-11-14 22:13:20.123456500  text"), "2023-11-14 22:13:20.123456500");
	CHECK(used == 31);
	CHECK_TEXT(shown("2023-11-14_22:13:20.12345 text"), "2023-11-14 22:13:20.123450000");
	CHECK(used == 26);
	CHECK_TEXT(shown("2023-11-14T22:13:20.12345 "), "2023-11-14 22:13:20.123450000");
	CHECK(used == 26);
	/* A leap second is the one after. */
	CHECK_TEXT(shown("2016-12-31_23:59:60.00000 x"), "2017-01-01 00:00:00.000000000");
}

static void
test_others(void)
{
	static const char *const none[] = {
	    "",
	    "@",
	    "text",
	    "@400000006553f10a075bcbf",
	    "@400000006553f10a075bcbf40 ",
	    "@400000006553F10A075BCBF4 ",
	    "@4000000000000000000000000", /* too long by one */
	    "@ffffffffffffffffffffffff ", /* no year has so many digits */
	    "@400000006553f10affffffff ", /* four seconds of nanoseconds */
	    "@3fffffff6553f10a075bcbf4 ",
	    " 2023-11-14 22:13:20.123456500  text",
	    "2023-11-14 22:13:20.123456500 text", /* one blank: not ours to take */
	    "2023-11-14 22:13:20.123456  text",
	    "2023-11-14 22:13:20.1234565000  text",
	    "2023-11-14 22:13:20,123456500  text",
	    "2023-11-14T22:13:20Z text",
	    "2023-11-14T22:13:20.123456 text",
	    "2023-11-14_22:13:20.1234 text",
	    "2023-11-14_22:13:20.12345text",
	    "2023-02-29_22:13:20.12345 text",
	    "2023-13-14_22:13:20.12345 text",
	    "2023-00-14_22:13:20.12345 text",
	    "2023-11-31_22:13:20.12345 text",
	    "2023-11-14_24:13:20.12345 text",
	    "2023-11-14_22:60:20.12345 text",
	    "2023-11-14_22:13:61.12345 text",
	    "2023-11-14x22:13:20.12345 text",
	};

	for (size_t i = 0; i < sizeof none / sizeof *none; i++)
		CHECK_TEXT(shown(none[i]), "");
}

/* Only the form with a blank means local time, in summer and in winter. */
static void
test_zone(void)
{
	setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
	tzset();
	CHECK_TEXT(shown("2023-07-14_22:13:20.00000 "), "2023-07-15 00:13:20.000000000");
	CHECK_TEXT(shown("2023-07-14T22:13:20.00000 "), "2023-07-15 00:13:20.000000000");
	CHECK_TEXT(shown("2023-07-14 22:13:20.000000000  "), "2023-07-14 22:13:20.000000000");
	CHECK_TEXT(shown("2023-01-14 22:13:20.000000000  "), "2023-01-14 22:13:20.000000000");
	CHECK_TEXT(shown("2023-01-14_22:13:20.00000 "), "2023-01-14 23:13:20.000000000");
	setenv("TZ", "UTC0", 1);
	tzset();
}

static void
test_utc(void)
{
	const struct tai64n moment = {TAI64N_UNIX + 1700000000, 5};
	char text[STAMP_SHOWN];

	CHECK(stamp_show_utc(text, &moment) == strlen(text));
	CHECK_TEXT(text, "2023-11-14T22:13:20.000000005Z");
}

/* Any bytes, in a block of exactly their size, so that a sanitizer sees what is read behind it. */
static void
test_anything(void)
{
	static const char *const seeds[] = {"@400000006553f10a075bcbf4 text",
	    "2023-11-14 22:13:20.123456500  text", "2023-11-14_22:13:20.12345 text",
	    "2023-11-14T22:13:20.12345 text"};
	unsigned long wrong = 0;

	srandom(7);
	for (int i = 0; i < 200000; i++) {
		const char *seed = seeds[random() % 4];
		const size_t length = (size_t)random() % (strlen(seed) + 1);
		char *line = malloc(length > 0 ? length : 1), text[STAMP_SHOWN];
		struct tai64n moment, again;
		memcpy(line, seed, length);
		for (long changes = random() % 3; changes > 0 && length > 0; changes--)
			line[(size_t)random() % length] = (char)random();
		const size_t stamp = stamp_read(line, length, &moment);
		wrong += stamp > length || stamp > STAMP_MAX;
		if (stamp > 0) {
			/* What is shown means the same time, to the last nanosecond. */
			size_t shown_length = stamp_show_local(text, &moment);
			text[shown_length++] = ' ';
			text[shown_length++] = ' ';
			wrong += stamp_read(text, shown_length, &again) != shown_length ||
				 again.seconds != moment.seconds ||
				 again.nanoseconds != moment.nanoseconds;
		}
		free(line);
	}
	CHECK(wrong == 0);
}

int
main(void)
{
	setenv("TZ", "UTC0", 1);
	tzset();
	test_forms();
	test_others();
	test_zone();
	test_utc();
	test_anything();
	return check_end("stamp_test");
}
