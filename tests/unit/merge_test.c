/* merge_test: what comes out is what a sort would give, whatever goes in and when.
 * SPDX-License-Identifier: ISC */
#include "../../multilog/merge.c"
#include "../../multilog/room.c"

#include "check.h"

#include <stdlib.h>

enum { SOURCES = 40, ROUNDS = 20000 };

/* Each source is in at most once, as svlog uses it. */
static void
test_random(void)
{
	static struct tai64n times[SOURCES];
	static bool waits[SOURCES];
	struct merge merge = {0};
	unsigned long wrong = 0;
	size_t got;

	merge_grow(&merge, SOURCES);
	for (int round = 0; round < ROUNDS; round++) {
		const size_t source = (size_t)random() % SOURCES;
		if (!waits[source]) {
			times[source].seconds = (uint64_t)random() % 5;
			times[source].nanoseconds = (uint32_t)random() % 3;
			waits[source] = true;
			merge_put(&merge, source, &times[source]);
		}
		if (random() % 3 != 0)
			continue;
		if (!merge_take(&merge, &got)) {
			for (size_t i = 0; i < SOURCES; i++)
				wrong += waits[i];
			continue;
		}
		wrong += !waits[got];
		waits[got] = false;
		for (size_t i = 0; i < SOURCES; i++)
			wrong +=
			    waits[i] && (tai64n_is_before(&times[i], &times[got]) ||
					    (!tai64n_is_before(&times[got], &times[i]) && i < got));
	}
	for (size_t i = 0; i < SOURCES; i++) {
		wrong += waits[i] && !merge_take(&merge, &got);
		waits[i] = false;
	}
	CHECK(wrong == 0);
	CHECK(!merge_take(&merge, &got));
	free(merge.elements);
}

int
main(void)
{
	struct merge empty = {0};
	size_t got;

	srandom(3);
	CHECK(!merge_take(&empty, &got));
	for (int i = 0; i < 20; i++)
		test_random();
	return check_end("merge_test");
}
