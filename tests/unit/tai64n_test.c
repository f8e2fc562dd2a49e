/* tai64n_test: labels forth and back, and what is not one. SPDX-License-Identifier: ISC */
#include "tai64n.h"

#include "check.h"

#include <time.h>

static void
test_format(void)
{
	const struct tai64n label = {TAI64N_UNIX + 0x6553f100, 500};
	struct tai64n back;
	unsigned char bytes[TAI64N_PACKED];
	char text[TAI64N_LABEL + 1];

	tai64n_format(text, &label);
	text[TAI64N_LABEL] = '\0';
	CHECK_TEXT(text, "@400000006553f10a000001f4");
	CHECK(tai64n_parse(text, TAI64N_LABEL, &back));
	CHECK(back.seconds == label.seconds && back.nanoseconds == label.nanoseconds);
	tai64n_pack(bytes, &label);
	CHECK(memcmp(bytes, "\x40\0\0\0\x65\x53\xf1\x0a\0\0\x01\xf4", TAI64N_PACKED) == 0);
	memset(&back, 0, sizeof back);
	tai64n_unpack(bytes, &back);
	CHECK(back.seconds == label.seconds && back.nanoseconds == label.nanoseconds);
}

static void
test_malformed(void)
{
	static const char *const texts[] = {
	    "",
	    "@",
	    "@x",
	    "@4000000",
	    "@400000006553f10a000001f",
	    "@400000006553F10A000001F4",
	    "@400000006553f10a000001g4",
	    "400000006553f10a000001f4 ",
	    " @400000006553f10a000001f4",
	};
	struct tai64n label;

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		CHECK(!tai64n_parse(texts[i], strlen(texts[i]), &label));
	/* The length counts, not a NUL. */
	CHECK(!tai64n_parse("@400000006553f10a000001f4", TAI64N_LABEL - 1, &label));
	/* What is written is kept, even if there is no such fraction. */
	CHECK(tai64n_parse("@400000006553f10affffffff", TAI64N_LABEL, &label));
	CHECK(label.nanoseconds == 0xffffffff);
}

static void
test_now(void)
{
	const time_t before = time(NULL);
	const struct tai64n now = tai64n_now();
	const uint64_t seconds = now.seconds - TAI64N_UNIX;

	CHECK(seconds + 1 >= (uint64_t)before && seconds <= (uint64_t)time(NULL) + 1);
	CHECK(now.nanoseconds % 1000 == 500 && now.nanoseconds < 1000000000);
}

int
main(void)
{
	test_format();
	test_malformed();
	test_now();
	return check_end("tai64n_test");
}
