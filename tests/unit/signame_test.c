/* signame_test: every signal of this system has a name that leads back to its number.
 * SPDX-License-Identifier: ISC */
#include "signame.h"

#include "check.h"

#include <signal.h>

static void
test_round_trip(void)
{
	char with_prefix[64];

	for (int signal = 1; signal <= SIGRTMAX; signal++) {
		const char *name = signame_of(signal);
		if (strcmp(name, "unknown") == 0) {
			/* What libc keeps for itself, and one relic. */
			CHECK((signal > 31 && signal < SIGNAME_RTMIN) || signal == SIGSTKFLT);
			continue;
		}
		snprintf(with_prefix, sizeof with_prefix, "SIG%s", name);
		CHECK(signame_number(with_prefix) == signal);
		CHECK(signame_number(signame_of(signal)) == signal);
	}
}

static void
test_texts(void)
{
	CHECK_TEXT(signame_of(SIGTERM), "TERM");
	CHECK_TEXT(signame_of(SIGNAME_RTMIN + 3), "RTMIN+3");
	CHECK_TEXT(signame_of(0), "unknown");
	CHECK_TEXT(signame_of(-1), "unknown");
	CHECK_TEXT(signame_of(SIGRTMAX + 1), "unknown");
	CHECK(signame_number("15") == 15);
	CHECK(signame_number("RTMIN") == SIGNAME_RTMIN);
	CHECK(signame_number("RTMIN+3") == SIGNAME_RTMIN + 3);
}

static void
test_nonsense(void)
{
	static const char *const texts[] = {"", "0", "-15", "term", "SIG", "TERMX", "TER", "RTMIN+",
	    "RTMIN+99", "RTMIN-1", "999", "15 ", "unknown"};

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		CHECK(signame_number(texts[i]) == -1);
}

int
main(void)
{
	test_round_trip();
	test_texts();
	test_nonsense();
	return check_end("signame_test");
}
