/* memory_test: which lines of the kernel's log are taken for the reason of a death.
 * SPDX-License-Identifier: ISC */
#include "../../svc/memory.c"

#include "check.h"

/* Not called here. */
struct facts *
answer_add(struct answer *answer, enum cause cause)
{
	(void)cause;
	return &answer->facts;
}

void
facts_set(struct facts *facts, enum fact fact, const char *format, ...)
{
	(void)format;
	facts->text[fact][0] = '\0';
}

static const char *
found_in(const char *record, uint64_t at_ms)
{
	static char found[FACT_SIZE];

	found[0] = '\0';
	read_record(record, at_ms, found);
	return found;
}

#define GROUP                                                                                      \
	"3,1234,5000000,-;Memory cgroup out of memory: Killed process 77 (tail) "                  \
	"total-vm:31640kB, "                                                                       \
	"anon-rss:24012kB, file-rss:1444kB\n"

int
main(void)
{
	static const char sentence[] = "Memory cgroup out of memory: Killed process 77 (tail)";
	char cut[sizeof GROUP];

	CHECK_TEXT(found_in(GROUP, 5000), sentence);
	CHECK_TEXT(found_in(GROUP, 5000 + TOLERANCE_MS), sentence);
	CHECK_TEXT(found_in(GROUP, 5000 - TOLERANCE_MS), sentence);
	CHECK_TEXT(found_in(GROUP, 5001 + TOLERANCE_MS), "");
	CHECK_TEXT(found_in(GROUP, 4999 - TOLERANCE_MS), "");
	CHECK_TEXT(found_in("3,1,5000000,-;Out of memory: Killed process 8 (a (b)) x\n", 5000),
	    "Out of memory: Killed process 8 (a (b)");
	CHECK_TEXT(found_in("6,1,5000000,-;eth0: link up\n", 5000), "");
	CHECK_TEXT(found_in("", 5000), "");
	CHECK_TEXT(found_in(";", 5000), "");
	CHECK_TEXT(found_in("3,1;Killed process 1", 0), "");
	/* Cut off anywhere, it is found or not, but never read beyond its end. */
	for (size_t length = 0; length < sizeof GROUP; length++) {
		memcpy(cut, GROUP, length);
		cut[length] = '\0';
		CHECK(strlen(found_in(cut, 5000)) <= length);
	}
	return check_end("memory_test");
}
