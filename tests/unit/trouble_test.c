/* trouble_test: whatever happens between two questions, what waits is tried or waited for.
 * SPDX-License-Identifier: ISC */
#include "check.h"
#include "clock.h"

static int64_t time_ms;

static int64_t
fake_ms(void)
{
	return time_ms;
}

#define clock_ms fake_ms
#include "../../multilog/trouble.c"

int
main(void)
{
	static const struct trouble_words words = {"unable to test ", ""};
	struct trouble trouble = {.words = &words, .retry_ms = 6000};

	time_ms = 5999;
	trouble_look();
	CHECK(trouble_waits(&trouble));
	time_ms = 6000; /* we were not scheduled for a while */
	CHECK(trouble_waits(&trouble));
	CHECK(trouble_deadline(&trouble) == 6000);
	trouble_look();
	CHECK(!trouble_waits(&trouble));
	CHECK(trouble_deadline(&trouble) == CLOCK_NEVER);

	trouble.retry_ms = 7000;
	CHECK(trouble_waits(&trouble));
	trouble_hurry(&trouble);
	CHECK(!trouble_waits(&trouble));
	trouble_end(&trouble);
	CHECK(trouble_deadline(&trouble) == CLOCK_NEVER);
	return check_end("trouble_test");
}
