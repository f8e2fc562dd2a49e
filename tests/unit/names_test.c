/* names_test: every slip of one letter in every known name is found, and nothing is mistaken for
 * another known name.
 * SPDX-License-Identifier: ISC */
#include "../../svc/names.c"

#include "check.h"

#include <ctype.h>

enum { NAME_SIZE = 64 };

static const char *
without(const char *name, size_t at)
{
	static char result[NAME_SIZE];
	memcpy(result, name, at);
	strcpy(result + at, name + at + 1);
	return result;
}

static const char *
with(const char *name, size_t at, char byte)
{
	static char result[NAME_SIZE];
	memcpy(result, name, at);
	result[at] = byte;
	strcpy(result + at + 1, name + at);
	return result;
}

static const char *
other(const char *name, size_t at, char byte)
{
	static char result[NAME_SIZE];
	strcpy(result, name);
	result[at] = byte;
	return result;
}

static const char *
exchanged(const char *name, size_t at)
{
	static char result[NAME_SIZE];
	strcpy(result, name);
	result[at] = name[at + 1];
	result[at + 1] = name[at];
	return result;
}

static void
test_slips(void)
{
	const char *known;

	for (size_t i = 0; (known = names_known(i)) != NULL; i++) {
		const size_t length = strlen(known);
		for (size_t at = 0; at < length; at++) {
			CHECK(names_resemble(without(known, at), known));
			CHECK(names_resemble(with(known, at, 'q'), known));
			CHECK(names_resemble(other(known, at, 'q'), known));
			CHECK(names_resemble(other(known, at, (char)toupper(known[at])), known) ==
			      (toupper(known[at]) != known[at]));
			if (at + 1 < length && known[at] != known[at + 1])
				CHECK(names_resemble(exchanged(known, at), known));
		}
		CHECK(names_resemble(with(known, length, 's'), known));
		CHECK(!names_resemble(with(known, length, '~'), known));
		CHECK(!names_resemble(known, known));
		CHECK(!names_resemble("", known) && !names_resemble("x", known));
	}
}

/* A name that means something is never taken for a slip of another. */
static void
test_apart(void)
{
	const char *a, *b;

	for (size_t i = 0; (a = names_known(i)) != NULL; i++) {
		CHECK(names_foreign(a) == NULL);
		for (size_t k = 0; (b = names_known(k)) != NULL; k++)
			CHECK(!names_resemble(a, b));
	}
}

static void
test_others(void)
{
	CHECK(names_resemble("RUN", "run") && names_resemble("run.sh", "run"));
	CHECK(names_resemble("timeout_kill", "timeout-kill"));
	CHECK(!names_resemble("run.sh.old", "run") && !names_resemble("runner", "run"));
	CHECK(!names_resemble("env", "run") && !names_resemble("data", "start"));
	CHECK(names_foreign("type") != NULL && names_foreign("web.service") != NULL);
	CHECK(names_foreign(".service") == NULL && names_foreign("services") == NULL);
	CHECK(names_foreign("") == NULL && names_foreign("README") == NULL);
}

int
main(void)
{
	test_slips();
	test_apart();
	test_others();
	return check_end("names_test");
}
