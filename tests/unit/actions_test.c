/* actions_test: what multilog's arguments mean, and which archived files are too much.
 * SPDX-License-Identifier: ISC */
#include "../../multilog/keep.c"
#include "../../multilog/script.c"

#include "check.h"

static struct script_action actions[8];
static struct script script = {.actions = actions};

static void
parse(char *a, char *b, char *c, char *d)
{
	char *argv[] = {a, b, c, d, NULL};

	script_parse(argv, &script);
}

static char dir[] = "./d", output[] = "1", pattern[] = "+x";

static void
test_sizes(void)
{
	static const struct {
		char text[24];
		uint64_t size;
	} cases[] = {
	    {"s5000", 5000},
	    {"s5k", 5120},
	    {"s1m", 1 << 20},
	    {"s6000kb", 6000 * 1024},
	    {"s1", SCRIPT_SIZE_MIN},
	    {"s0g", SCRIPT_SIZE_MIN},
	    {"s", SCRIPT_SIZE_MIN},
	    {"sk", SCRIPT_SIZE_MIN},
	    {"s-5k", SCRIPT_SIZE_MIN},
	    {"s99999999", SCRIPT_SIZE_MAX}, /* as in 0.76 ... */
	    {"s99999999x", SCRIPT_SIZE_MAX},
	    {"s99999999k", SCRIPT_SIZE_LARGE}, /* ... but for who knows suffixes */
	    {"s40m", 40 << 20},
	    {"s9g", SCRIPT_SIZE_LARGE},
	    {"s18014398509481984k", SCRIPT_SIZE_LARGE},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char word[sizeof cases[i].text];
		memcpy(word, cases[i].text, sizeof word);
		parse(word, dir, NULL, NULL);
		CHECK(actions[0].size == cases[i].size);
	}
}

/* Each holds for what is to its right. */
static void
test_settings(void)
{
	char total[] = "S2m", spare[] = "N3", period[] = "R3600", prefix[] = "pweb: ";

	parse(dir, total, spare, dir);
	CHECK(script.count == 2);
	CHECK(actions[0].total == 0 && actions[0].spare == SCRIPT_SPARE_ALL);
	CHECK(actions[1].total == 2 << 20 && actions[1].spare == 3);
	parse(output, period, prefix, dir);
	CHECK(actions[0].kind == SCRIPT_OUTPUT && actions[0].prefix_length == 0);
	CHECK(actions[1].period_s == 3600 && actions[1].prefix_length == 5);
	char two[] = "pa\nb", none[] = "p";
	parse(two, dir, none, output);
	CHECK(actions[0].prefix_length == 1 && actions[1].prefix_length == 0);
	char zero[] = "N";
	parse(zero, dir, NULL, NULL);
	CHECK(actions[0].spare == 0);
}

static void
test_patterns_and_stamps(void)
{
	char glob[] = "F", dates[] = "T", labels[] = "t";

	parse(pattern, glob, pattern, NULL);
	CHECK(!actions[0].glob && actions[1].glob);
	parse(dates, labels, dir, NULL);
	CHECK(script.stamps == STAMP_DATE && script.count == 1);
	parse(labels, dates, dir, NULL);
	CHECK(script.stamps == STAMP_LABEL);
	parse(dir, dates, NULL, NULL);
	CHECK(script.stamps == STAMP_NONE);
}

static void
test_keep(void)
{
	struct script_action settings = {.count = 3, .size = 1000};

	CHECK(!keep_is_too_much(&settings, 2, 1 << 30));
	CHECK(keep_is_too_much(&settings, 3, 0));
	settings.count = 100;
	settings.total = 5000;
	CHECK(!keep_is_too_much(&settings, 50, 4000)); /* and 1000 to come */
	CHECK(keep_is_too_much(&settings, 50, 4001));
	CHECK(!keep_is_too_much(&settings, 1, 9000)); /* the youngest stays */
	settings.total = 500;                         /* less than a file */
	CHECK(keep_is_too_much(&settings, 2, 1));
	CHECK(!keep_is_too_much(&settings, 2, 0));
	CHECK(!keep_is_too_much(&settings, 0, 0));
}

int
main(void)
{
	test_sizes();
	test_settings();
	test_patterns_and_stamps();
	test_keep();
	return check_end("actions_test");
}
