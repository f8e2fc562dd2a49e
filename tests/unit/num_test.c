/* num_test: what is a number, what is none, and that nothing is clamped.
 * SPDX-License-Identifier: ISC */
#include "num.h"

#include "check.h"

enum { UNTOUCHED = 77 };

static const struct {
	const char *text;
	uint64_t max;
	bool plain, sized; /* what num_parse and num_size say */
	uint64_t value;
} cases[] = {
    {"0", 10, true, true, 0},
    {"10", 10, true, true, 10},
    {"007", 10, true, true, 7},
    {"11", 10, false, false, UNTOUCHED},
    {"", 10, false, false, UNTOUCHED},
    {"-1", 10, false, false, UNTOUCHED},
    {"+1", 10, false, false, UNTOUCHED},
    {" 1", 10, false, false, UNTOUCHED},
    {"1 ", 10, false, false, UNTOUCHED},
    {"0x1", 10, false, false, UNTOUCHED},
    {"1k", 1024, false, true, 1024},
    {"1k", 1023, false, false, UNTOUCHED},
    {"3m", UINT32_MAX, false, true, 3145728},
    {"3g", UINT32_MAX, false, true, 3221225472},
    {"4g", UINT32_MAX, false, false, UNTOUCHED},
    {"1kk", UINT32_MAX, false, false, UNTOUCHED},
    {"1K", UINT32_MAX, false, false, UNTOUCHED},
    {"k", UINT32_MAX, false, false, UNTOUCHED},
    {"18446744073709551614", UINT64_MAX - 1, true, true, UINT64_MAX - 1},
    {"18446744073709551615", UINT64_MAX - 1, false, false, UNTOUCHED},
    {"18446744073709551616", UINT64_MAX - 1, false, false, UNTOUCHED},
    {"99999999999999999999999", UINT64_MAX - 1, false, false, UNTOUCHED},
    {"18014398509481984k", UINT64_MAX - 1, false, false, UNTOUCHED},
};

static void
test_whole(void)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		uint64_t value = UNTOUCHED;
		CHECK(num_parse(cases[i].text, cases[i].max, &value) == cases[i].plain);
		CHECK(value == (cases[i].plain ? cases[i].value : UNTOUCHED));
		value = UNTOUCHED;
		CHECK(num_size(cases[i].text, cases[i].max, &value) == cases[i].sized);
		CHECK(value == (cases[i].sized ? cases[i].value : UNTOUCHED));
	}
}

static void
test_prefix(void)
{
	uint64_t value;

	CHECK_TEXT(num_prefix("12ab", &value), "ab");
	CHECK(value == 12);
	CHECK_TEXT(num_prefix("ab", &value), "ab");
	CHECK(value == 0);
	CHECK_TEXT(num_prefix("18446744073709551615x", &value), "x");
	CHECK(value == UINT64_MAX);
	CHECK_TEXT(num_prefix("18446744073709551620x", &value), "x");
	CHECK(value == UINT64_MAX);
	CHECK_TEXT(num_prefix("184467440737095516150", &value), "");
	CHECK(value == UINT64_MAX);
}

static void
test_size_prefix(void)
{
	uint64_t value;

	CHECK_TEXT(num_size_prefix("12kb", &value), "b");
	CHECK(value == 12 * 1024);
	CHECK_TEXT(num_size_prefix("3m", &value), "");
	CHECK(value == 3 << 20);
	CHECK_TEXT(num_size_prefix("12x", &value), "x");
	CHECK(value == 12);
	CHECK_TEXT(num_size_prefix("k", &value), "k");
	CHECK(value == 0);
	CHECK_TEXT(num_size_prefix("18014398509481984k", &value), "");
	CHECK(value == UINT64_MAX);
}

int
main(void)
{
	test_whole();
	test_prefix();
	test_size_prefix();
	return check_end("num_test");
}
