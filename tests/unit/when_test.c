/* when_test: every form of a moment, across midnight, months and changes of the clock; and what is
 * none. SPDX-License-Identifier: ISC */
#include "../../multilog/calendar.c"
#include "../../multilog/when.c"

#include "check.h"

#include <stdlib.h>

/* 2026-11-22 09:30:00 UTC, a Sunday. */
static struct tai64n now = {TAI64N_UNIX + 1795339800, 500};

static char result[64];

/* The moment that TEXT means, in UTC; "none". */
static const char *
meant(const char *text)
{
	struct tai64n moment;
	struct tm tm;

	if (!when_read(text, &now, &moment))
		return "none";
	const time_t seconds = (time_t)(moment.seconds - TAI64N_UNIX);
	gmtime_r(&seconds, &tm);
	const size_t length = strftime(result, sizeof result, "%Y-%m-%d %H:%M:%S", &tm);
	if (moment.nanoseconds != 0)
		snprintf(result + length, sizeof result - length, ".%09u", moment.nanoseconds);
	return result;
}

static void
test_utc(void)
{
	CHECK_TEXT(meant("now"), "2026-11-22 09:30:00.000000500");
	CHECK_TEXT(meant("0s"), "2026-11-22 09:30:00.000000500");
	CHECK_TEXT(meant("10m"), "2026-11-22 09:20:00.000000500");
	CHECK_TEXT(meant("2h"), "2026-11-22 07:30:00.000000500");
	CHECK_TEXT(meant("1h30m"), "2026-11-22 08:00:00.000000500");
	CHECK_TEXT(meant("1w1d1h1m1s"), "2026-11-14 08:28:59.000000500");
	CHECK_TEXT(meant("09:30"), "2026-11-22 09:30:00");
	CHECK_TEXT(meant("09:31"), "2026-11-21 09:31:00"); /* still to come */
	CHECK_TEXT(meant("14:30"), "2026-11-21 14:30:00");
	CHECK_TEXT(meant("00:00"), "2026-11-22 00:00:00");
	CHECK_TEXT(meant("09:29:59"), "2026-11-22 09:29:59");
	CHECK_TEXT(meant("09:29:59.25"), "2026-11-22 09:29:59.250000000");
	CHECK_TEXT(meant("2026-01-31"), "2026-01-31 00:00:00");
	CHECK_TEXT(meant("2026-01-31 12:00"), "2026-01-31 12:00:00");
	CHECK_TEXT(meant("2026-01-31T12:00:01"), "2026-01-31 12:00:01");
	CHECK_TEXT(meant("2026-01-31_12:00:01.000000001"), "2026-01-31 12:00:01.000000001");
	CHECK_TEXT(meant("2027-01-31 12:00"), "2027-01-31 12:00:00"); /* a future is allowed */
	CHECK_TEXT(meant("2024-02-29"), "2024-02-29 00:00:00");
	CHECK_TEXT(meant("@400000006553f10a075bcbf4"), "2023-11-14 22:13:20.123456500");
	CHECK_TEXT(meant("today"), "2026-11-22 00:00:00");
	CHECK_TEXT(meant("yesterday"), "2026-11-21 00:00:00");
}

static void
test_none(void)
{
	static const char *const none[] = {"", " ", "10", "m", "10x", "10m5", "-10m", "10 m", "10M",
	    "1.5h", "10000000000s", "99999999999999999999s", "24:00", "9:30", "09:60", "09:30:61",
	    "09:30x", "09:30Z", "09:30:00.", "09:30:00.0123456789", "2026-02-29", "2026-13-01",
	    "2026-00-01", "2026-01-00", "2026-01-32", "2026-1-1", "26-01-31", "2026-01-31 ",
	    "2026-01-31 12", "2026-01-31 12:00 ", "2026-01-31x12:00", "2026-01-31  12:00",
	    "@400000006553f10a075bcbf", "@400000006553f10a075bcbf40", "@400000006553F10A075BCBF4",
	    "tomorrow", "Now"};

	for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
		if (strcmp(meant(none[i]), "none") != 0)
			fprintf(stderr, "\"%s\" is %s\n", none[i], result);
		CHECK_TEXT(meant(none[i]), "none");
	}
}

/* In Berlin, where it is an hour later, two in summer. */
static void
test_local(void)
{
	const struct tai64n winter = now;

	setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
	tzset();
	CHECK_TEXT(meant("10:30"), "2026-11-22 09:30:00");
	CHECK_TEXT(meant("10:31"), "2026-11-21 09:31:00");
	CHECK_TEXT(meant("2026-07-01 12:00"), "2026-07-01 10:00:00");
	CHECK_TEXT(meant("2026-01-01 12:00"), "2026-01-01 11:00:00");
	CHECK_TEXT(meant("2026-07-01 12:00Z"), "2026-07-01 12:00:00");
	CHECK_TEXT(meant("2026-07-01Z"), "2026-07-01 00:00:00");
	CHECK_TEXT(meant("today"), "2026-11-21 23:00:00");
	/* On the morning after the night that was 25 hours long, yesterday is still yesterday. */
	now.seconds = TAI64N_UNIX + 1792909800; /* 2026-10-25 07:30 there */
	CHECK_TEXT(meant("08:00"), "2026-10-24 06:00:00");
	CHECK_TEXT(meant("yesterday"), "2026-10-23 22:00:00");
	CHECK_TEXT(meant("today"), "2026-10-24 22:00:00");
	/* The hour that the clock skips in spring. */
	CHECK_TEXT(meant("2026-03-29 01:59"), "2026-03-29 00:59:00");
	CHECK_TEXT(meant("2026-03-29 03:00"), "2026-03-29 01:00:00");
	CHECK(strcmp(meant("2026-03-29 02:30"), "none") != 0);
	setenv("TZ", "UTC0", 1);
	tzset();
	now = winter;
}

/* Any text is a moment or none, and nothing behind it is looked at. */
static void
test_anything(void)
{
	static const char bytes[] = "0123456789:-. TZ_@smhdwxabcdef";
	struct tai64n moment;
	unsigned long good = 0;

	srandom(11);
	for (int i = 0; i < 300000; i++) {
		const size_t length = (size_t)random() % 22;
		char *text = malloc(length + 1);
		for (size_t j = 0; j < length; j++)
			text[j] = bytes[(size_t)random() % (sizeof bytes - 1)];
		text[length] = '\0';
		good += when_read(text, &now, &moment);
		free(text);
	}
	CHECK(good > 0);
}

int
main(void)
{
	setenv("TZ", "UTC0", 1);
	tzset();
	test_utc();
	test_none();
	test_local();
	test_anything();
	return check_end("when_test");
}
