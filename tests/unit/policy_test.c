/* policy_test: the pauses between starts, and the death that is one too many.
 * SPDX-License-Identifier: ISC */
#include "../../supervise/policy.c"

#include "check.h"

/* Lets a service that lives LIFE_MS die COUNT times; returns when the last start was, from the first
 * one on. */
static uint64_t
last_start(const struct servicedir *settings, uint64_t life_ms, unsigned count)
{
	struct policy policy = {.count = 0};
	uint64_t at_ms = 0;

	for (unsigned i = 0; i < count; i++) {
		const uint64_t pause_ms = policy_pause_ms(&policy, settings);
		at_ms += life_ms > pause_ms ? life_ms : pause_ms;
		policy_lived(&policy, settings, life_ms);
	}
	return at_ms;
}

static void
test_backoff(void)
{
	const struct servicedir old = {.backoff_min_ms = 1000, .backoff_max_ms = 1000};
	const struct servicedir growing = {.backoff_min_ms = 100, .backoff_max_ms = 60000};
	const struct servicedir none = {.backoff_min_ms = 0, .backoff_max_ms = 8};
	static const uint64_t starts[] = {
	    0, 100, 300, 700, 1500, 3100, 6300, 12700, 25500, 51100, 102300, 162300, 222300};
	static const uint64_t quick[] = {0, 0, 1, 3, 7, 15, 23, 31};

	/* 1000 1000: a second from start to start, whatever happens. */
	CHECK(last_start(&old, 0, 10) == 10000);
	CHECK(last_start(&old, 5000, 10) == 50000);
	for (unsigned i = 0; i < sizeof starts / sizeof *starts; i++)
		CHECK(last_start(&growing, 0, i) == starts[i]);
	for (unsigned i = 0; i < sizeof quick / sizeof *quick; i++)
		CHECK(last_start(&none, 0, i) == quick[i]);
}

/* The pause goes back after a long life or a command only. */
static void
test_life(void)
{
	const struct servicedir settings = {.backoff_min_ms = 100, .backoff_max_ms = 5000};
	struct policy policy = {.count = 0};

	CHECK(policy_pause_ms(&policy, &settings) == 100);
	policy_lived(&policy, &settings, 999);
	CHECK(policy_pause_ms(&policy, &settings) == 200);
	policy_lived(&policy, &settings, 1000);
	CHECK(policy_pause_ms(&policy, &settings) == 200);
	policy_lived(&policy, &settings, 5000);
	CHECK(policy_pause_ms(&policy, &settings) == 200);
	policy_lived(&policy, &settings, 0);
	CHECK(policy_pause_ms(&policy, &settings) == 400);
	policy_lived(&policy, &settings, 5001);
	CHECK(policy_pause_ms(&policy, &settings) == 100);
	for (int i = 0; i < 100; i++)
		policy_lived(&policy, &settings, 0);
	CHECK(policy_pause_ms(&policy, &settings) == 5000);
	policy_forgive(&policy);
	CHECK(policy_pause_ms(&policy, &settings) == 100);
	/* With a long least pause, a life within it is short, too. */
	const struct servicedir slow = {.backoff_min_ms = 3000, .backoff_max_ms = 9000};
	policy_lived(&policy, &slow, 2999);
	CHECK(policy_pause_ms(&policy, &slow) == 6000);
	/* Another setting counts at once. */
	CHECK(policy_pause_ms(&policy, &settings) == 5000);
}

static void
test_deaths(void)
{
	struct servicedir settings = {.max_deaths = 3, .max_deaths_ms = 1000};
	struct policy policy = {.count = 0};

	for (int64_t at = 0; at < 10; at++)
		CHECK(!policy_died(&policy, &settings, at)); /* there is no limit */
	settings.deaths_are_limited = true;
	policy_forgive(&policy);
	CHECK(!policy_died(&policy, &settings, 0));
	CHECK(!policy_died(&policy, &settings, 400));
	CHECK(!policy_died(&policy, &settings, 800));
	CHECK(!policy_died(&policy, &settings, 1001)); /* the first is too long ago */
	CHECK(policy_died(&policy, &settings, 1400));  /* the second is not */
	policy_forgive(&policy);
	CHECK(!policy_died(&policy, &settings, 1500));
	settings.max_deaths = 0;
	settings.max_deaths_ms = 0;
	policy_forgive(&policy);
	CHECK(policy_died(&policy, &settings, 1));
}

/* The ring at its full size, many times around. */
static void
test_many_deaths(void)
{
	const struct servicedir settings = {
	    .max_deaths = POLICY_DEATHS_MAX, .max_deaths_ms = 500, .deaths_are_limited = true};
	static struct policy policy;

	for (int64_t i = 0; i < 10000; i++)
		CHECK(!policy_died(&policy, &settings, i * 6));
	for (int64_t i = 1; i < 100; i++)
		CHECK(policy_died(&policy, &settings, 59994 + i) == (6 * (100 - i) + i <= 500));
}

/* A successor knows the last few times only; older ones count where there is no window. */
static void
test_recall(void)
{
	struct servicedir settings = {
	    .max_deaths = 3, .max_deaths_ms = 1000, .deaths_are_limited = true};
	const uint64_t ages_ms[] = {100, 500, 900};
	struct policy policy;

	for (size_t count = 0; count <= 5; count++) {
		policy = (struct policy){.count = 0};
		policy_recall(&policy, count, ages_ms, 3, 10000);
		CHECK(policy.count == count);
		CHECK(policy_died(&policy, &settings, 10100) == (count >= 3));
		policy = (struct policy){.count = 0};
		policy_recall(&policy, count, ages_ms, 3, 10000);
		CHECK(!policy_died(&policy, &settings, 10101)); /* 900 is too long ago */
		CHECK(policy_died(&policy, &settings, 10102) == (count >= 2));
	}
	settings.max_deaths = 10;
	settings.max_deaths_ms = 0;
	policy = (struct policy){.count = 0};
	policy_recall(&policy, 10, ages_ms, 3, 10000);
	CHECK(policy_died(&policy, &settings, 10001));
	policy_recall(&policy, SIZE_MAX, ages_ms, 3, 10000);
	CHECK(policy.count == POLICY_DEATHS_MAX + 1);
}

int
main(void)
{
	test_backoff();
	test_life();
	test_deaths();
	test_many_deaths();
	test_recall();
	return check_end("policy_test");
}
