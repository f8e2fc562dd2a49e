/* script_test: multilog's arguments become the actions that daemontools 0.76 would carry out.
 * SPDX-License-Identifier: ISC */
#include "../../multilog/script.c"

#include "check.h"

enum { ARGUMENTS = 16 };

static struct script_action actions[ARGUMENTS];
static struct script script = {.actions = actions};

/* Parses the words of TEXT, which are parted by blanks. */
static void
parse(const char *text)
{
	static char copy[256];
	char *argv[ARGUMENTS];
	size_t count = 0;

	snprintf(copy, sizeof copy, "%s", text);
	for (char *word = strtok(copy, " "); word != NULL; word = strtok(NULL, " "))
		argv[count++] = word;
	argv[count] = NULL;
	script_parse(argv, &script);
}

static void
test_kinds(void)
{
	static const enum script_kind kinds[] = {SCRIPT_DESELECT, SCRIPT_SELECT, SCRIPT_ALERT,
	    SCRIPT_STATUS, SCRIPT_DIRECTORY, SCRIPT_DIRECTORY};
	static const char *const arguments[] = {"*a", "b*", "very", "file", "./main", "/log"};

	parse("-*a +b* every =file ./main /log");
	CHECK(script.count == 6);
	for (size_t i = 0; i < 6; i++) {
		CHECK(script.actions[i].kind == kinds[i]);
		CHECK_TEXT(script.actions[i].argument, arguments[i]);
	}
}

static void
test_ignored(void)
{
	char empty[] = "";
	char *argv[] = {empty, NULL};

	parse("");
	CHECK(script.count == 0 && !script.stamps);
	parse("zzz T1 main x");
	CHECK(script.count == 0);
	script_parse(argv, &script);
	CHECK(script.count == 0 && !script.stamps);
}

static void
test_stamps(void)
{
	parse("t ./a");
	CHECK(script.stamps && script.count == 1);
	parse("tfoo ./a");
	CHECK(script.stamps);
	parse("e t ./a");
	CHECK(!script.stamps && script.count == 2);
}

static void
check_directory(size_t i, uint64_t size, uint64_t count, const char *processor)
{
	const struct script_action *action = &script.actions[i];

	CHECK(action->kind == SCRIPT_DIRECTORY && action->size == size && action->count == count);
	CHECK((action->processor == NULL) == (processor == NULL));
	if (processor != NULL && action->processor != NULL)
		CHECK_TEXT(action->processor, processor);
}

/* A setting holds for what stands to its right. */
static void
test_settings(void)
{
	parse("./a s5000 ./b n3 !gzip ./c s6000 ! ./d");
	check_directory(0, 99999, 10, NULL);
	check_directory(1, 5000, 10, NULL);
	check_directory(2, 5000, 3, "gzip");
	check_directory(3, 6000, 3, "");
}

static void
test_clamping(void)
{
	static const struct {
		const char *words;
		uint64_t size, count;
	} rows[] = {
	    {"s0 n0 .", 4096, 2},
	    {"s4095 n1 .", 4096, 2},
	    {"s4096 n2 .", 4096, 2},
	    {"s4097 n3 .", 4097, 3},
	    {"s16777215 n99999 .", 16777215, 99999},
	    {"s16777216 n10x .", 16777215, 10},
	    {"sbig nmany .", 4096, 2},
	    {"s n .", 4096, 2},
	    {"s10000k n5k .", 10000, 5},
	    {"s99999999999999999999999 .", 16777215, 10},
	    {"s-1 n-1 .", 4096, 2},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		parse(rows[i].words);
		check_directory(0, rows[i].size, rows[i].count, NULL);
	}
}

int
main(void)
{
	test_kinds();
	test_ignored();
	test_stamps();
	test_settings();
	test_clamping();
	return check_end("script_test");
}
