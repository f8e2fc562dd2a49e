/* recall: see recall.h.
 * SPDX-License-Identifier: ISC */
#include "recall.h"

#include "clock.h"

#include <string.h>

static void
recall_want(struct service *service, const char *text)
{
	char value[16];

	(void)sv_text_get(text, SV_KEY_WANT, value, sizeof value);
	for (unsigned want = SV_WANT_UP; want <= SV_WANT_ONCE; want++)
		if (strcmp(value, sv_want_names[want]) == 0)
			service->machine.want = (enum sv_want)want;
}

/* Without a process it counts from the last death, which our own start is not. */
static void
recall_since(struct service *service, const char *text)
{
	char pid[16], label[TAI64N_LABEL + 1];

	if (sv_text_get(text, SV_KEY_PID, pid, sizeof pid) && pid[0] == '\0' &&
	    sv_text_get(text, SV_KEY_SINCE, label, sizeof label))
		(void)tai64n_parse(label, strlen(label), &service->since);
}

/* Milliseconds from now to LABEL, at most MAX_MS: the clock may have been set. */
static int64_t
time_until(const struct tai64n *label, uint64_t max_ms)
{
	const struct tai64n now = tai64n_now();

	if (label->seconds < now.seconds ||
	    (label->seconds == now.seconds && label->nanoseconds <= now.nanoseconds))
		return 0;
	const uint64_t seconds = label->seconds - now.seconds;
	if (seconds > max_ms / 1000 + 1)
		return (int64_t)max_ms;
	const int64_t ms = (int64_t)seconds * 1000 +
			   ((int64_t)label->nanoseconds - (int64_t)now.nanoseconds) / 1000000;
	return ms < (int64_t)max_ms ? ms : (int64_t)max_ms;
}

static unsigned long
number_of(const char *text, enum sv_key key)
{
	uint64_t number = 0;

	(void)sv_text_number(text, key, &number);
	return (unsigned long)number;
}

/* Milliseconds since LABEL; 0 if that is in the future, for the clock may have been set. */
static uint64_t
time_since(const struct tai64n *label)
{
	const struct tai64n now = tai64n_now();

	if (label->seconds > now.seconds)
		return 0;
	const uint64_t seconds = now.seconds - label->seconds;
	if (seconds > UINT32_MAX)
		return (uint64_t)UINT32_MAX * 1000; /* no time that we have written */
	const int64_t ms = (int64_t)seconds * 1000 +
			   ((int64_t)now.nanoseconds - (int64_t)label->nanoseconds) / 1000000;
	return ms > 0 ? (uint64_t)ms : 0;
}

static void
recall_policy(struct service *service, const char *text)
{
	uint64_t ages_ms[SV_DEATHS_KEPT];
	size_t known = 0;

	service->policy.pause_ms = number_of(text, SV_KEY_BACKOFF);
	service->policy.paced = true;
	service->counted_last = (unsigned)number_of(text, SV_KEY_COUNTED_LAST);
	for (size_t i = 0; i < service->last_death_count; i++)
		if ((service->counted_last >> i & 1) != 0)
			ages_ms[known++] = time_since(&service->last_deaths[i].at);
	policy_recall(
	    &service->policy, number_of(text, SV_KEY_COUNTED), ages_ms, known, clock_ms());
}

static void
recall_counts(struct service *service, const char *text)
{
	service->starts = number_of(text, SV_KEY_STARTS);
	service->deaths = number_of(text, SV_KEY_DEATHS);
	service->last_death_count = sv_deaths_get(text, service->last_deaths);
	if (service->last_death_count > 0)
		service->last_status = service->fatal_status = service->last_deaths[0].status;
	recall_policy(service, text);
}

static void
recall_marks(struct service *service, const char *text)
{
	static const struct {
		enum sv_key key;
		enum machine_mark mark;
	} marks[] = {
	    {SV_KEY_BEGUN, MARK_BEGUN},
	    {SV_KEY_DOOMED, MARK_DOOMED},
	    {SV_KEY_AGAIN, MARK_AGAIN},
	};

	/* The others mean something only in the middle of what follows a death. */
	char state[16];
	(void)sv_text_get(text, SV_KEY_STATE, state, sizeof state);
	const bool finishes = strcmp(state, sv_state_names[SV_STATE_FINISHING]) == 0;
	for (size_t i = 0; i < (finishes ? sizeof marks / sizeof *marks : 1); i++)
		if (number_of(text, marks[i].key) == 1)
			service->machine.marks |= marks[i].mark;
	/* It was on its way down when it was wanted up again: what is begun by now has to be ended
	 * before it is begun anew. */
	char child[16];
	(void)sv_text_get(text, SV_KEY_CHILD, child, sizeof child);
	if (finishes && service->machine.want == SV_WANT_UP &&
	    strcmp(child, sv_child_names[SV_CHILD_STOP]) == 0)
		service->machine.marks |= MARK_AGAIN;
}

void
recall_changed(struct service *service, const char *text)
{
	char state[16], label[TAI64N_LABEL + 1];

	(void)sv_text_get(text, SV_KEY_STATE, state, sizeof state);
	if (strcmp(state, sv_state_names[machine_state(service->machine.phase)]) == 0 &&
	    sv_text_get(text, SV_KEY_CHANGED, label, sizeof label))
		(void)tai64n_parse(label, strlen(label), &service->changed);
}

static void
recall_reasons(struct service *service, const char *text)
{
	char name[16];

	/* What keeps ./finish or ./stop is found out anew. */
	if (sv_trouble_get(text, &service->trouble) && service->trouble.how != SV_FAILING_EXIT &&
	    (service->trouble.script == SV_CHILD_FINISH ||
		service->trouble.script == SV_CHILD_STOP))
		service->trouble.script = SV_CHILD_NONE;
	(void)sv_text_get(text, SV_KEY_DEATH_BY, name, sizeof name);
	for (unsigned i = 0; i < SV_ASKER_COUNT; i++)
		if (strcmp(name, sv_asker_names[i]) == 0)
			service->asker = (enum sv_asker)i;
}

/* What has begun is to be ended before anything else. To say that it is down meanwhile would mislead who
 * waits for that, and our successor, should we be killed at once. */
static bool
is_stop_owed(const struct machine *machine)
{
	return (machine->marks & (MARK_DOOMED | MARK_AGAIN)) != 0 ||
	       ((machine->marks & MARK_BEGUN) != 0 && machine->want != SV_WANT_UP);
}

/* The phases without a child in which a predecessor can have been killed. All others lead there. */
static void
recall_phase(struct service *service, const char *text)
{
	struct machine *machine = &service->machine;
	char state[16], label[TAI64N_LABEL + 1];
	struct tai64n until;

	machine->phase = PHASE_DOWN;
	(void)sv_text_get(text, SV_KEY_STATE, state, sizeof state);
	if (strcmp(state, sv_state_names[SV_STATE_FAILED]) == 0)
		machine->phase = PHASE_FAILED;
	/* What was to start was only half made, or it would live or be news: it is made again, also
	 * if that was wanted only once. */
	if (strcmp(state, sv_state_names[SV_STATE_WAITING]) == 0 ||
	    strcmp(state, sv_state_names[SV_STATE_STARTING]) == 0)
		machine->phase = PHASE_WAITING;
	if (strcmp(state, sv_state_names[SV_STATE_DONE]) == 0) {
		machine->phase = PHASE_DONE;
		if (sv_text_get(text, SV_KEY_READY_SINCE, label, sizeof label))
			(void)tai64n_parse(label, strlen(label), &service->ready_since);
	}
	if (strcmp(state, sv_state_names[SV_STATE_BACKOFF]) == 0 &&
	    sv_text_get(text, SV_KEY_NEXT_START, label, sizeof label) &&
	    tai64n_parse(label, strlen(label), &until)) {
		machine->phase = PHASE_BACKOFF;
		service->next_start_ms = clock_ms() + time_until(&until, service->policy.pause_ms);
		service->next_start = until;
	}
	if (machine->phase == PHASE_DOWN && is_stop_owed(machine))
		machine->phase = PHASE_TEARDOWN;
	recall_changed(service, text);
}

void
recall_all(struct service *service, const char *text)
{
	recall_want(service, text);
	recall_since(service, text);
	recall_counts(service, text);
	recall_reasons(service, text);
	recall_marks(service, text);
	recall_phase(service, text);
}

void
recall_signal(struct service *service, const char *text)
{
	char label[TAI64N_LABEL + 1];

	if (!sv_text_get(text, SV_KEY_SIGNALLED, label, sizeof label) ||
	    !tai64n_parse(label, strlen(label), &service->signalled))
		return;
	service->signalled_ms = clock_ms() - (int64_t)time_since(&service->signalled);
}

void
recall_needs(struct service *service, const char *text)
{
	char names[SERVICEDIR_NEEDS_SIZE], name[SV_NAME_SIZE];
	const char *rest = names;
	size_t count = 0;

	if (!sv_text_get(text, SV_KEY_NEEDS, names, sizeof names) || names[0] == '\0')
		return;
	/* More than there is room for no supervise has written. */
	while ((rest = sv_next_name(rest, name)) != NULL)
		count++;
	if (count <= SERVICEDIR_NEEDS_MAX)
		strcpy(service->needs.names, names);
}
