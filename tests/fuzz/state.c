/* state: any bytes as a state text: what clients read of it and what the next supervise takes over
 * lies within its limits, and deaths, trouble and names mean the same once written again.
 * SPDX-License-Identifier: ISC */
#include "../../supervise/machine.c"
#include "../../supervise/policy.c"
#include "../../supervise/recall.c"

#include "clock.h"
#include "fuzz.h"

static struct service service;

static void
check_values(const char *text)
{
	char value[64], name[SV_NAME_SIZE];
	uint64_t number;

	for (unsigned i = 0; i < SV_KEY_COUNT; i++) {
		const enum sv_key key = (enum sv_key)i;
		const bool there = sv_text_get(text, key, value, sizeof value);
		PROMISE(strlen(value) < sizeof value && strchr(value, '\n') == NULL);
		PROMISE(there || value[0] == '\0');
		if (sv_text_number(text, key, &number))
			PROMISE(number <= INT64_MAX && value[0] != '\0');
	}
	const char *end = text + strlen(text);
	for (const char *rest = text; (rest = sv_next_name(rest, name)) != NULL;)
		PROMISE(name[0] != '\0' && strchr(name, '/') == NULL && rest <= end);
}

static void
check_deaths(const char *text)
{
	struct sv_death deaths[SV_DEATHS_KEPT], again[SV_DEATHS_KEPT];
	static struct sv_text written;
	char words[SV_STATUS_WORDS];
	const size_t count = sv_deaths_get(text, deaths);

	PROMISE(count <= SV_DEATHS_KEPT);
	written.length = 0;
	sv_deaths_add(&written, deaths, count);
	PROMISE(written.length < SV_TEXT_MAX && written.bytes[written.length] == '\0');
	PROMISE(sv_deaths_get(written.bytes, again) == count);
	for (size_t i = 0; i < count; i++) {
		PROMISE(again[i].status == deaths[i].status &&
			again[i].at.seconds == deaths[i].at.seconds &&
			again[i].at.nanoseconds == deaths[i].at.nanoseconds);
		sv_status_describe(words, deaths[i].status);
		PROMISE(words[0] != '\0');
	}
}

static void
check_trouble(const char *text)
{
	static struct sv_text written;
	struct sv_trouble trouble, again;

	written.length = 0;
	if (!sv_trouble_get(text, &trouble)) {
		PROMISE(trouble.script == SV_CHILD_NONE);
		return;
	}
	PROMISE(trouble.script < SV_CHILD_COUNT && trouble.how < SV_FAILING_COUNT);
	sv_trouble_add(&written, &trouble);
	PROMISE(sv_trouble_get(written.bytes, &again) && again.script == trouble.script &&
		again.how == trouble.how && again.value == trouble.value);
}

/* The next supervise believes it, as far as it can be true. */
static void
check_recall(const char *text)
{
	static char names[SERVICEDIR_NEEDS_SIZE], name[SV_NAME_SIZE];
	const int64_t before_ms = clock_ms();

	memset(&service, 0, sizeof service);
	memset(names, 0, sizeof names);
	service.needs.names = names;
	recall_all(&service, text);
	recall_changed(&service, text);
	recall_signal(&service, text);
	recall_needs(&service, text);
	PROMISE(service.machine.phase < PHASE_COUNT && service.machine.want <= SV_WANT_ONCE);
	PROMISE(service.machine.marks < 1U << MARKS);
	PROMISE(machine_state(service.machine.phase) < SV_STATE_COUNT);
	PROMISE(service.last_death_count <= SV_DEATHS_KEPT && service.asker < SV_ASKER_COUNT);
	PROMISE(service.policy.count <= POLICY_DEATHS_MAX + 1 &&
		service.policy.next <= POLICY_DEATHS_MAX);
	PROMISE(service.signalled_ms <= clock_ms());
	if (service.machine.phase == PHASE_BACKOFF) {
		const struct servicedir settings = {
		    .backoff_min_ms = 1000, .backoff_max_ms = 60000};
		PROMISE(service.next_start_ms >= before_ms);
		PROMISE(service.next_start_ms - clock_ms() <= (int64_t)service.policy.pause_ms);
		policy_lived(&service.policy, &settings, 0);
		PROMISE(policy_pause_ms(&service.policy, &settings) <= 60000);
	}
	size_t count = 0;
	for (const char *rest = names; (rest = sv_next_name(rest, name)) != NULL;)
		count++;
	PROMISE(count <= SERVICEDIR_NEEDS_MAX); /* so many has supervise room for */
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size >= SV_TEXT_MAX) /* nobody reads more */
		return 0;
	char *text = fuzz_text(data, size);
	struct sv_status status = {0};

	check_values(text);
	check_deaths(text);
	check_trouble(text);
	check_recall(text);
	(void)sv_text_belongs(text, &status);
	free(text);
	return 0;
}
