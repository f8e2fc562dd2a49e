/* inventory_test: one look at a directory finds each of the names, alone and all together, however many
 * others there are, and never says that one is missing which is there.
 * SPDX-License-Identifier: ISC */
#include "inventory.h"

#include "check.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { KNOWN = SERVICEDIR_FILES + SERVICEDIR_SCRIPTS, CROWD = 300 };

static const char *
known(unsigned i)
{
	return i < SERVICEDIR_FILES ? servicedir_names[i]
				    : servicedir_scripts[i - SERVICEDIR_FILES];
}

static void
make(const char *name)
{
	CHECK(close(open(name, O_WRONLY | O_CREAT, 0600)) == 0);
}

/* Exactly those of which BITS are set. */
static void
expect(uint32_t bits)
{
	const uint32_t names = inventory_read(AT_FDCWD);

	CHECK(names == bits);
	for (unsigned i = 0; i < KNOWN; i++)
		CHECK(inventory_has(names, known(i)) == ((bits >> i & 1) != 0));
	CHECK(inventory_has(names, ".") && inventory_has(names, "down"));
}

static void
test_names(void)
{
	uint32_t all = 0;

	expect(0);
	make("down");
	make("runs");
	make("ru");
	for (unsigned i = 0; i < KNOWN; i++) {
		make(known(i));
		expect(INVENTORY_FILE(i));
		CHECK(unlink(known(i)) == 0);
	}
	for (unsigned i = 0; i < KNOWN; i++) {
		/* Of whatever type, and though it leads nowhere: something is there. */
		CHECK((i % 2 == 0 ? symlink("nowhere", known(i)) : mkdir(known(i), 0700)) == 0);
		all |= INVENTORY_FILE(i);
		expect(all);
	}
}

/* More than one call of the kernel: whatever it says, what is there is not said to be missing. */
static void
test_crowd(void)
{
	char name[64];

	for (int i = 0; i < CROWD; i++) {
		snprintf(name, sizeof name, "a name that has its length, number %d", i);
		make(name);
		const uint32_t names = inventory_read(AT_FDCWD);
		for (unsigned j = 0; j < KNOWN; j++)
			CHECK(inventory_has(names, known(j)));
	}
	CHECK(inventory_read(AT_FDCWD) == INVENTORY_ALL);
	CHECK(inventory_read(-1) == INVENTORY_ALL); /* no directory at all */
}

int
main(void)
{
	static char top[] = "/tmp/inventory_test.XXXXXX";

	CHECK(mkdtemp(top) != NULL && chdir(top) == 0);
	test_names();
	test_crowd();
	CHECK(chdir("/") == 0);
	char command[64];
	snprintf(command, sizeof command, "rm -rf %s", top);
	CHECK(system(command) == 0);
	return check_end("inventory_test");
}
