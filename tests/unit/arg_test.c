/* arg_test: command lines are taken apart as getopt(3) of POSIX does.
 * SPDX-License-Identifier: ISC */
#include "arg.h"

#include "check.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { WORDS = 3 };

static const char known[] = "av:x";

/* What both make of ARGV: "LETTER[=VALUE] " for each option, then how many operands are left. */
static void
by_libc(int argc, char **argv, char *text, size_t size)
{
	char all[sizeof known + 2];
	int option;
	size_t used = 0;

	snprintf(all, sizeof all, "+:%s", known);
	optind = 0; /* glibc's and musl's way to begin anew */
	opterr = 0;
	while ((option = getopt(argc, argv, all)) != -1)
		used += (size_t)snprintf(text + used, size - used, "%c%c%s ", option,
		    option == '?' || option == ':' ? optopt : '=', option == 'v' ? optarg : "");
	/* Where a value is missing, musl's index is one too large. */
	snprintf(text + used, size - used, "%d", argc > optind ? argc - optind : 0);
}

static void
by_us(int argc, char **argv, char *text, size_t size)
{
	struct arg arg = arg_begin(argc, argv, known);
	int option;
	size_t used = 0;

	while ((option = arg_next(&arg)) != ARG_END)
		used += (size_t)snprintf(text + used, size - used, "%c%c%s ", option,
		    option == '?' || option == ':' ? arg.letter : '=',
		    option == 'v' ? arg.value : "");
	snprintf(text + used, size - used, "%zu", arg_count(&arg));
}

static void
compare(int argc, char **argv)
{
	char theirs[128], ours[128];

	by_libc(argc, argv, theirs, sizeof theirs);
	by_us(argc, argv, ours, sizeof ours);
	CHECK_TEXT(ours, theirs);
}

int
main(void)
{
	static char name[] = "name";
	static char words[][8] = {"-a", "-v", "-vax", "-av", "-axv1", "-z", "-:", "-", "--", "",
	    "x", "-a-", "--a", "-\xff"};
	enum { COUNT = sizeof words / sizeof *words };
	char *argv[WORDS + 2] = {name};

	for (size_t i = 0; i < COUNT * COUNT * COUNT; i++) {
		size_t number = i;
		for (int word = 1; word <= WORDS; word++, number /= COUNT)
			argv[word] = words[number % COUNT];
		for (int argc = 1; argc <= WORDS + 1; argc++) {
			char *kept = argv[argc];
			argv[argc] = NULL;
			compare(argc, argv);
			argv[argc] = kept;
		}
	}
	char *nothing[] = {NULL};
	struct arg arg = arg_begin(0, nothing, known);
	CHECK(arg_next(&arg) == ARG_END && arg_count(&arg) == 0);
	return check_end("arg_test");
}
