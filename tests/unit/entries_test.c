/* entries_test: names come in the order of their bytes, all of them and once.
 * SPDX-License-Identifier: ISC */
#include "entries.h"

#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MANY = 700 };

static void
test_sort(void)
{
	static char text[MANY][8];
	char *names[MANY];
	unsigned random = 1;

	for (size_t count = 0; count <= MANY; count += count < 20 ? 1 : 97) {
		for (size_t i = 0; i < count; i++) {
			random = random * 1103515245 + 12345;
			snprintf(
			    text[i], sizeof text[i], "%u", random >> 16 & 511); /* some twice */
			names[i] = text[i];
		}
		entries_sort(names, count);
		for (size_t i = 1; i < count; i++)
			CHECK(strcmp(names[i - 1], names[i]) <= 0);
	}
}

static void
test_read(const char *top)
{
	size_t count;
	char name[24], **names;

	CHECK(entries_read(top, &names, &count) && count == 0);
	free(names);
	for (int i = 0; i < MANY; i++) {
		snprintf(name, sizeof name, "%s%03d", i % 7 == 0 ? ".hidden" : "n", i);
		CHECK(close(open(name, O_WRONLY | O_CREAT, 0600)) == 0);
	}
	CHECK(entries_read(".", &names, &count) && count == MANY);
	CHECK_TEXT(names[0], ".hidden000");
	for (size_t i = 1; i < count; i++)
		CHECK(strcmp(names[i - 1], names[i]) < 0);
	for (size_t i = 0; i < count; i++)
		CHECK(unlink(names[i]) == 0);
	free(names);
	CHECK(!entries_read("absent", &names, &count) && errno == ENOENT);
}

int
main(void)
{
	static char top[] = "/tmp/entries_test.XXXXXX";

	test_sort();
	CHECK(mkdtemp(top) != NULL && chdir(top) == 0);
	test_read(top);
	CHECK(rmdir(top) == 0);
	return check_end("entries_test");
}
