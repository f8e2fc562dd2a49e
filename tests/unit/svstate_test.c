/* svstate_test: the text of supervise/state, there and back, full, and garbled.
 * SPDX-License-Identifier: ISC */
#include "svstate.h"

#include "check.h"

static void
test_text(void)
{
	struct sv_text text = {.length = 0};
	char value[64], small[3];

	for (unsigned key = 0; key < SV_KEY_COUNT; key++)
		sv_text_add(&text, (enum sv_key)key, "value-%u", key);
	for (unsigned key = 0; key < SV_KEY_COUNT; key++) {
		char expected[64];
		snprintf(expected, sizeof expected, "value-%u", key);
		CHECK(sv_text_get(text.bytes, (enum sv_key)key, value, sizeof value));
		CHECK_TEXT(value, expected);
	}
	CHECK(!sv_text_get(text.bytes, SV_KEY_PID, small, sizeof small));
	CHECK(!sv_text_get("", SV_KEY_PID, value, sizeof value));
	CHECK_TEXT(value, "");
	/* A key is a whole word at the start of a line; the last line may lack its end. */
	CHECK(!sv_text_get("xpid=1\npidx=2\npid", SV_KEY_PID, value, sizeof value));
	CHECK(sv_text_get("pids=1\npid=", SV_KEY_PID, value, sizeof value));
	CHECK_TEXT(value, "");
	CHECK(sv_text_get("supervise_pid=1\npid=2", SV_KEY_PID, value, sizeof value));
	CHECK_TEXT(value, "2");
}

static void
check_names(const char *list, const char *expected)
{
	char all[400] = "", name[SV_NAME_SIZE];

	for (const char *rest = list; (rest = sv_next_name(rest, name)) != NULL;) {
		strcat(all, name);
		strcat(all, ";");
	}
	CHECK_TEXT(all, expected);
}

static void
test_names(void)
{
	char list[SV_NAME_SIZE + 40], name[SV_NAME_SIZE];

	check_names("", "");
	check_names("db", "db;");
	check_names("db/a b/c", "db;a b;c;");
	check_names("db/", "db;");
	check_names("/db", ""); /* nobody writes that, but it comes to an end */
	memset(list, 'x', sizeof list);
	memcpy(list + SV_NAME_SIZE + 20, "/next", sizeof "/next");
	CHECK_TEXT(sv_next_name(list, name), "next");
	CHECK(strlen(name) == SV_NAME_SIZE - 1);
}

/* A full text drops whole lines, so what is there can be believed. */
static void
test_text_full(void)
{
	struct sv_text text = {.length = 0};

	for (int i = 0; i < 200; i++)
		sv_text_add(&text, SV_KEY_BOOT, "%s", "0123456789012345678901234567890123456789");
	CHECK(text.length < SV_TEXT_MAX);
	CHECK(text.bytes[text.length - 1] == '\n');
	CHECK(text.length % 46 == 0);
}

/* Every text that supervise can write fits, with the longest values. */
static void
test_text_room(void)
{
	struct sv_text text = {.length = 0};
	char longest[1024]; /* of needs and waiting; last_deaths has at most half of that */

	memset(longest, 'x', sizeof longest - 1);
	longest[sizeof longest - 1] = '\0';
	for (unsigned key = 0; key < SV_KEY_COUNT; key++)
		sv_text_add(&text, (enum sv_key)key, "%s",
		    key == SV_KEY_NEEDS || key == SV_KEY_WAITING || key == SV_KEY_LAST_DEATHS
			? longest
			: "5d3c6a44-21de-4f5a-9f2d-7a0c1b1c2d3e");
	CHECK(strstr(text.bytes, "\ndeaths=") != NULL);
	CHECK(strstr(text.bytes, "\nlooks=") != NULL);
}

static void
test_trouble(void)
{
	static const struct sv_trouble all[] = {
	    {SV_CHILD_NONE, SV_FAILING_EXIT, 0},
	    {SV_CHILD_START, SV_FAILING_EXIT, 255},
	    {SV_CHILD_START, SV_FAILING_EXIT, -1},
	    {SV_CHILD_FINISH, SV_FAILING_SIGNAL, 64},
	    {SV_CHILD_RUN, SV_FAILING_EXEC, 2},
	    {SV_CHILD_STOP, SV_FAILING_FORK, 11},
	};
	static const char *const bad[] = {
	    "", "run", "run/", "run/exec", "run/exec/x", "run/dance/2", "walk/exec/2", "/exec/2"};
	struct sv_trouble back;

	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		struct sv_text text = {.length = 0};
		sv_trouble_add(&text, &all[i]);
		CHECK(sv_trouble_get(text.bytes, &back) == (all[i].script != SV_CHILD_NONE));
		CHECK(back.script == all[i].script && back.how == all[i].how &&
		      back.value == all[i].value);
	}
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct sv_text text = {.length = 0};
		sv_text_add(&text, SV_KEY_TROUBLE, "%s", bad[i]);
		CHECK(!sv_trouble_get(text.bytes, &back) && back.script == SV_CHILD_NONE);
	}
}

int
main(void)
{
	test_text();
	test_names();
	test_text_full();
	test_text_room();
	test_trouble();
	return check_end("svstate_test");
}
