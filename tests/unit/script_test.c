/* script_test: what is taken for a command, and what is left alone since nobody can be sure.
 * SPDX-License-Identifier: ISC */
#include "../../lib/script.c"

#include "check.h"

#include <stdio.h>
#include <stdlib.h>

/* The first line of TEXT as "word|word", with a mark for what it is. */
static const char *
first(const char *text)
{
	static struct script script;
	static char result[4096];
	struct script_line line;
	size_t used = 0;

	script_begin(&script, text, strlen(text));
	if (!script_next(&script, &line))
		return "nothing";
	result[0] = '\0';
	for (size_t i = 0; i < line.count && used < sizeof result; i++)
		used += (size_t)snprintf(
		    result + used, sizeof result - used, "%s%s", i > 0 ? "|" : "", line.words[i]);
	if (used < sizeof result)
		snprintf(result + used, sizeof result - used, "%s%s", line.plain ? "" : " unsure",
		    line.background ? " background" : "");
	return result;
}

static void
test_words(void)
{
	static const struct {
		const char *text, *words;
	} lines[] = {
	    {"", "nothing"},
	    {"\n\n \t\n# x\n", "nothing"},
	    {"exec foo -a b", "exec|foo|-a|b"},
	    {"#!/bin/sh\nexec foo\n", "exec|foo"},
	    {"  a \\\n  b\nc", "a|b"},
	    {"a \\", "a|\\"},
	    {"a 'b c' \"d e\" f\\ g", "a|b c|d e|f g"},
	    {"nginx -g 'daemon off;'", "nginx|-g|daemon off;"},
	    {"a ''", "a|"},
	    {"a 'b", "a|b unsure"},
	    {"a $b", "a|$b unsure"},
	    {"a '$b'", "a|$b"},
	    {"a \"$b\"", "a|$b unsure"},
	    {"a `b`", "a|`b` unsure"},
	    {"a *.c", "a|*.c unsure"},
	    {"exec 2>&1", "exec"},
	    {"a 2>&1 b", "a|b"},
	    {"a > file b", "a|b"},
	    {"a >/dev/null </dev/null", "a"},
	    {"a # b", "a"},
	    {"a#b", "a#b"},
	    {"a &", "a background"},
	    {"a&", "a background"},
	    {"a & # c\n", "a background"},
	    {"a & b", "a|b unsure"},
	    {"a && b", "a|b unsure"},
	    {"a; b", "a|b unsure"},
	    {"a | b", "a|b unsure"},
	    {"(a)", "a unsure"},
	    {"f() {", "f|{ unsure"},
	    {"a\r\n", "a"},
	};

	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
		CHECK_TEXT(first(lines[i].text), lines[i].words);
}

static void
test_shells(void)
{
	static const struct {
		const char *text;
		bool shell;
	} texts[] = {
	    {"#!/bin/sh\n", true},
	    {"#!/bin/sh", true},
	    {"#! /bin/bash -e\n", true},
	    {"#!/usr/bin/env bash\n", true},
	    {"#!/usr/bin/env\n", false},
	    {"#!/usr/bin/env python3\n", false},
	    {"#!/usr/bin/execlineb -P\n", false},
	    {"sh\n", false},
	    {"", false},
	    {"#!", false},
	    {"#! \n", false},
	};
	struct script script;

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		script_begin(&script, texts[i].text, strlen(texts[i].text));
		CHECK(script.shell == texts[i].shell);
	}
}

static void
test_programs(void)
{
	struct script script;
	struct script_line line;
	static const char text[] =
	    "exec /usr/bin/setuidgid log multilog t s1000 '-*' +x ./main /var/log/x\n"
	    "exec multilog t\nexec setuidgid $U multilog ./main\n";

	script_begin(&script, text, sizeof text - 1);
	CHECK(script_next(&script, &line));
	CHECK_TEXT(script_operand(&line, "setuidgid"), "log");
	CHECK_TEXT(script_log_directory(&line), "./main");
	CHECK(script_next(&script, &line));
	CHECK(script_log_directory(&line) == NULL && script_operand(&line, "setuidgid") == NULL);
	CHECK(script_next(&script, &line));
	CHECK(script_log_directory(&line) == NULL && script_operand(&line, "setuidgid") == NULL);
	CHECK(!script_next(&script, &line));
}

static void
test_loaders(void)
{
	static const struct {
		const char *line;
		size_t at;
	} lines[] = {
	    {"nginx -x", 0},
	    {"exec nginx", 1},
	    {"A=b C= exec -a name nginx", 5},
	    {"exec setuidgid www envdir ./env /usr/sbin/nginx", 5},
	    {"exec env -i -u A B=c nice -n 5 nginx", 9},
	    {"exec env -- nginx", 3},
	    {"exec nice -n5 nginx", 3},
	    {"exec softlimit -m 1 -o2 nginx", 5},
	    {"exec setlock -n ./cron nginx", 4},
	    {"/opt/A=b/run x", 0},
	    {"exec", 1},
	    {"exec setuidgid", 2},
	    {"A=b", 1},
	};
	static struct script script;
	struct script_line line;

	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		script_begin(&script, lines[i].line, strlen(lines[i].line));
		CHECK(script_next(&script, &line));
		CHECK(script_program(&line) == lines[i].at);
	}
}

/* Whatever the bytes are: it ends, and stays within its room. */
static void
test_random(void)
{
	static const char bytes[] = "ab \t\n\r\\'\"$`#&;|<>(){}1\xff\x01";
	static struct script script;
	static char text[SCRIPT_SIZE + 100];
	struct script_line line;
	bool well = true;

	srand(7);
	for (unsigned round = 0; round < 3000; round++) {
		const size_t length = (size_t)rand() % (round % 50 == 0 ? sizeof text : 200);
		for (size_t i = 0; i < length; i++)
			text[i] = bytes[(unsigned)rand() % (sizeof bytes - 1)];
		script_begin(&script, text, length);
		while (script_next(&script, &line))
			for (size_t i = 0; i < line.count; i++)
				well = well && line.words[i] >= line.store &&
				       line.words[i] + strlen(line.words[i]) <
					   line.store + sizeof line.store;
	}
	/* One word longer than a line may be, and more words than there is room for. */
	memset(text, 'x', sizeof text);
	script_begin(&script, text, sizeof text);
	CHECK(script.doubtful && script_next(&script, &line) && !line.plain);
	for (size_t i = 1; i < 300; i += 2)
		text[i] = ' ';
	script_begin(&script, text, 300);
	CHECK(script_next(&script, &line) && !line.plain && line.count == SCRIPT_WORDS);
	CHECK(well);
}

int
main(void)
{
	test_words();
	test_shells();
	test_programs();
	test_loaders();
	test_random();
	return check_end("script_test");
}
