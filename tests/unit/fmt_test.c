/* fmt_test: every conversion gives what libc's snprintf gives, also when it is cut.
 * SPDX-License-Identifier: ISC */
#include "fmt.h"

#include "check.h"

#include <limits.h>
#include <stdint.h>

/* The same arguments to both, in buffers of every size up to twice what is needed. */
#define SAME(...)                                                                                  \
	do {                                                                                       \
		char ours[128], theirs[128];                                                       \
		for (size_t size = 1; size <= sizeof ours; size++) {                               \
			memset(ours, '#', sizeof ours);                                            \
			memset(theirs, '#', sizeof theirs);                                        \
			const int length = snprintf(theirs, size, __VA_ARGS__);                    \
			CHECK(fmt(ours, size, __VA_ARGS__) == (size_t)length);                     \
			CHECK_TEXT(ours, theirs);                                                  \
			CHECK(size == sizeof ours || ours[size] == '#');                           \
		}                                                                                  \
	} while (0)

static void
strings(void)
{
	const char open_end[3] = {'a', 'b', 'c'};

	SAME("plain");
	SAME("%s", "");
	SAME("[%s] and %s.", "one", "another");
	SAME("%.*s|", 3, open_end); /* not ended by NUL */
	SAME("%.*s|", 2, "abc");
	SAME("%.*s|", 9, "abc");
	SAME("%.*s|", 0, "abc");
	SAME("%.*s|", -1, "abc");
	SAME("%c%c %%", 'x', '\n');
	SAME("100%%");
}

static void
numbers(void)
{
	static const long long values[] = {
	    0, 1, -1, 9, 10, -10, 99, 100, 4711, INT_MAX, INT_MIN, UINT_MAX, LONG_MAX, LONG_MIN};

	for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
		const long long value = values[i];
		SAME("%d %02d %09d", (int)value, (int)value, (int)value);
		SAME("%ld %lld %020lld", (long)value, value, value);
		SAME("%u %lu %llu %zu", (unsigned)value, (unsigned long)value,
		    (unsigned long long)value, (size_t)value);
		SAME("%x %04x %lx %llx", (unsigned)value, (unsigned)value, (unsigned long)value,
		    (unsigned long long)value);
		SAME("%02u:%09lu", (unsigned)value, (unsigned long)value);
	}
}

int
main(void)
{
	strings();
	numbers();
	return check_end("fmt_test");
}
