/* record_test: which records of what was delivered count, whoever has written them.
 * SPDX-License-Identifier: ISC */
#include "../../multilog/record.c"

#include "check.h"

#include <sys/mman.h>

/* Whether RECORD, as a file, counts; what does not is all zero. */
static bool
loads(const struct record *record)
{
	static const struct record zero;
	struct record loaded;
	const int fd = memfd_create("record", 0);

	CHECK(fd != -1 && write(fd, record, sizeof *record) == (ssize_t)sizeof *record);
	const bool result = record_load(fd, &loaded);
	CHECK(result || memcmp(&loaded, &zero, sizeof zero) == 0);
	close(fd);
	return result;
}

static void
test_counts(void)
{
	struct record record = {.flags = RECORD_LEFT};

	CHECK(!loads(&record));
	memcpy(record.magic, magic, sizeof magic);
	CHECK(loads(&record));
	record.head_length = RECORD_HEAD;
	record.nanoseconds = 999999999;
	CHECK(loads(&record));
	record.head_length = RECORD_HEAD + 1;
	CHECK(!loads(&record));
	/* Stamps that are counted on from here would not be labels. */
	record.head_length = 0;
	record.nanoseconds = 1000000000;
	CHECK(!loads(&record));
	record.nanoseconds = UINT32_MAX;
	CHECK(!loads(&record));
}

static void
test_boot(void)
{
	struct record record = {.batch = 7};
	const int fd = memfd_create("record", 0);

	CHECK(record_store(fd, &record));
	CHECK(record_load(fd, &record) && record.batch == 7);
	record.boot[0] ^= 1;
	CHECK(!loads(&record));
	record.flags = RECORD_LEFT;
	CHECK(loads(&record));
	close(fd);
}

int
main(void)
{
	test_counts();
	test_boot();
	return check_end("record_test");
}
