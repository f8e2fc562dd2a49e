/* policy: see policy.h.
 * SPDX-License-Identifier: ISC */
#include "policy.h"

/* A life shorter than this is a failed start, whatever the setting says. */
enum { SHORT_LIFE_MS = 1000 };

/* Outside of every window that the setting can ask for, without overflow. */
static const int64_t LONG_AGO_MS = INT64_MIN / 4;

void
policy_forgive(struct policy *policy)
{
	policy->paced = false;
	policy->next = 0;
	policy->count = 0;
}

uint64_t
policy_pause_ms(const struct policy *policy, const struct servicedir *settings)
{
	/* The setting may have changed since. */
	if (!policy->paced || policy->pause_ms < settings->backoff_min_ms)
		return settings->backoff_min_ms;
	if (policy->pause_ms > settings->backoff_max_ms)
		return settings->backoff_max_ms;
	return policy->pause_ms;
}

void
policy_lived(struct policy *policy, const struct servicedir *settings, uint64_t life_ms)
{
	const uint64_t pause_ms = policy_pause_ms(policy, settings);
	uint64_t short_ms = settings->backoff_min_ms;

	if (short_ms < SHORT_LIFE_MS)
		short_ms = SHORT_LIFE_MS;
	if (life_ms < short_ms) {
		policy->pause_ms = pause_ms == 0 ? 1 : 2 * pause_ms;
		policy->paced = true;
	} else if (life_ms > settings->backoff_max_ms) {
		policy->paced = false;
	}
}

static void
add_death(struct policy *policy, int64_t at_ms)
{
	const size_t room = sizeof policy->deaths_ms / sizeof *policy->deaths_ms;

	policy->deaths_ms[policy->next] = at_ms;
	policy->next = (policy->next + 1) % room;
	if (policy->count < room)
		policy->count++;
}

void
policy_recall(
    struct policy *policy, size_t count, const uint64_t *ages_ms, size_t known, int64_t now_ms)
{
	if (count > POLICY_DEATHS_MAX + 1)
		count = POLICY_DEATHS_MAX + 1;
	while (count-- > 0)
		add_death(policy, count < known ? now_ms - (int64_t)ages_ms[count] : LONG_AGO_MS);
}

bool
policy_died(struct policy *policy, const struct servicedir *settings, int64_t now_ms)
{
	const size_t room = sizeof policy->deaths_ms / sizeof *policy->deaths_ms;

	add_death(policy, now_ms);
	if (!settings->deaths_are_limited || policy->count <= settings->max_deaths)
		return false;
	/* One more than allowed, counted back from the last one. */
	const size_t first = (policy->next + room - 1 - (size_t)settings->max_deaths) % room;
	return settings->max_deaths_ms == 0 ||
	       now_ms - policy->deaths_ms[first] <= (int64_t)settings->max_deaths_ms;
}
