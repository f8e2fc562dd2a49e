/* heritage: see heritage.h.
 * SPDX-License-Identifier: ISC */
#include "heritage.h"

#include "config.h"
#include "identity.h"
#include "recall.h"

#include "clock.h"
#include "fd.h"
#include "pause.h"
#include "proc.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/auxv.h>
#include <time.h>
#include <unistd.h>

enum {
	LAST_BREATH_MS = 5000, /* how long a killed supervise may take to be gone */
	GLANCE_MS = 10, /* from look to look at it on kernels that cannot tell (before 5.3) */
};

/* ---- The predecessor's state text ------------------------------------------------------------ */

/* Whether KEY and TICKS_KEY of TEXT name this process. */
static bool
names_process(
    const char *text, enum sv_key pid_key, enum sv_key ticks_key, pid_t pid, uint64_t ticks)
{
	uint64_t number, start;

	return sv_text_number(text, pid_key, &number) && number == (uint64_t)pid &&
	       sv_text_number(text, ticks_key, &start) && start == ticks;
}

static bool
same_boot(const struct service *service, const char *text)
{
	char boot[PROC_BOOT_SIZE];
	return sv_text_get(text, SV_KEY_BOOT, boot, sizeof boot) &&
	       strcmp(boot, service->self.boot) == 0;
}

/* The lock is free as soon as the predecessor has closed its files, but its half-made child is
 * killed a moment later: wait until that has happened. */
static void
await_end(const char *text)
{
	uint64_t pid, ticks;
	struct proc process;

	if (!sv_text_number(text, SV_KEY_SUPERVISE_PID, &pid) ||
	    !sv_text_number(text, SV_KEY_SUPERVISE_TICKS, &ticks))
		return;
	const int64_t limit_ms = clock_ms() + LAST_BREATH_MS;
	struct pollfd end = {.fd = proc_open((pid_t)pid), .events = POLLIN};
	/* By the time that it is a zombie its child has been signalled. */
	while (proc_read((pid_t)pid, &process) && process.ticks == ticks &&
	       proc_is_alive(&process) && clock_ms() < limit_ms)
		pause_until(&end, 1, end.fd != -1 ? limit_ms : clock_ms() + GLANCE_MS);
	fd_close(&end.fd);
}

/* ---- The process ----------------------------------------------------------------------------- */

/* Milliseconds that the recorded process has lived; 0 if that cannot be told. */
static uint64_t
age_of(const struct sv_record *record)
{
	struct timespec up;
	const uint64_t per_second = (uint64_t)getauxval(AT_CLKTCK);

	if (record->ticks == 0 || clock_gettime(CLOCK_BOOTTIME, &up) == -1)
		return 0;
	const uint64_t now_ms = (uint64_t)up.tv_sec * 1000 + (uint64_t)up.tv_nsec / 1000000;
	const uint64_t start_ms = record->ticks * 1000 / per_second;
	return now_ms > start_ms ? now_ms - start_ms : 0;
}

static void
take_over_process(struct service *service, const struct sv_record *record, const char *text)
{
	char label[TAI64N_LABEL + 1];
	const uint64_t age_ms = age_of(record);

	service->adopted = true;
	service->recorded = true;
	service->pid = record->pid;
	service->kind = record->kind;
	service->ticks = record->ticks;
	service->executed = true;
	service->started_ms = clock_ms() - (int64_t)age_ms;
	service->run_started_ms = service->started_ms;
	/* How long ./run lived of which ./finish runs is unknown: the pause stays as it is. */
	service->life_ms = service->settings.backoff_max_ms;
	service->since = tai64n_now();
	tai64n_subtract_ms(&service->since, age_ms);
	const bool was_told =
	    names_process(text, SV_KEY_PID, SV_KEY_TICKS, record->pid, record->ticks);
	if (record->kind == SV_CHILD_RUN && !was_told)
		service->starts++;
	if (!was_told)
		return;
	recall_signal(service, text);
	if (sv_text_get(text, SV_KEY_SINCE, label, sizeof label))
		(void)tai64n_parse(label, strlen(label), &service->since);
}

/* Whether the predecessor, with this state TEXT, had the same parent and did not leave by itself.
 * Under another parent (a restarted container, say) everything begins afresh. */
static bool
continues(const struct service *service, const char *text)
{
	uint64_t left;

	return service->parent.pid != 0 &&
	       names_process(text, SV_KEY_PARENT_PID, SV_KEY_PARENT_TICKS, service->parent.pid,
		   service->parent.ticks) &&
	       sv_text_number(text, SV_KEY_LEFT, &left) && left == 0;
}

/* Where the service stands if its child of KIND lives. STATE is what the predecessor said. */
static enum machine_phase
phase_of(enum sv_child kind, const char *state)
{
	const bool told_to_end = strcmp(state, sv_state_names[SV_STATE_STOPPING]) == 0;

	switch (kind) {
	case SV_CHILD_START:
		return told_to_end ? PHASE_ABORT : PHASE_START;
	case SV_CHILD_STOP:
		return PHASE_TEARDOWN;
	case SV_CHILD_FINISH:
		return PHASE_FINISH;
	default:
		if (told_to_end)
			return PHASE_STOPPING;
		return strcmp(state, sv_state_names[SV_STATE_READY]) == 0 ? PHASE_READY : PHASE_UP;
	}
}

/* Why it was told to end: for its health, unless somebody wants it down anyway, or by a command. */
static void
take_over_end(struct service *service, const char *text)
{
	uint64_t healthy;
	const bool was_sick = sv_text_number(text, SV_KEY_HEALTHY, &healthy) && healthy == 0;

	service->unhealthy = was_sick && service->machine.want != SV_WANT_DOWN;
	service->commanded = !service->unhealthy;
	service->health_known = was_sick;
}

static void
take_over_phase(struct service *service, const struct sv_record *record, const char *text)
{
	char state[16] = "", label[TAI64N_LABEL + 1];

	/* What was said of another process says nothing of this one. */
	if (record->kind != SV_CHILD_RUN ||
	    names_process(text, SV_KEY_PID, SV_KEY_TICKS, record->pid, record->ticks))
		(void)sv_text_get(text, SV_KEY_STATE, state, sizeof state);
	service->machine.phase = phase_of(record->kind, state);
	if (service->machine.phase == PHASE_STOPPING)
		take_over_end(service, text);
	if (record->kind != SV_CHILD_START)
		service->machine.marks |= MARK_BEGUN; /* or it would not have come so far */
	service->ready_since = service->since;
	if (sv_text_get(text, SV_KEY_READY_SINCE, label, sizeof label))
		(void)tai64n_parse(label, strlen(label), &service->ready_since);
	recall_changed(service, text);
}

/* Whether the predecessor had not said of this child that it died. It may not even have said that the
 * child ran: some end within a moment. One that never executed is buried without its start time. */
static bool
is_news(const char *text, const struct sv_record *record)
{
	uint64_t pid, ticks;

	return !sv_text_number(text, SV_KEY_BURIED_PID, &pid) || pid != (uint64_t)record->pid ||
	       (sv_text_number(text, SV_KEY_BURIED_TICKS, &ticks) && ticks != record->ticks);
}

static enum heritage
take_over_dead(struct service *service, const struct sv_record *record, const char *text)
{
	struct proc process;

	/* One that is reaped has no descriptor: what we opened would be somebody else. */
	if (!proc_read(record->pid, &process) || process.ticks != record->ticks)
		fd_close(&service->process_fd);
	take_over_process(service, record, text);
	take_over_phase(service, record, text);
	service->died_ms = clock_ms();
	return HERITAGE_DEAD;
}

static enum heritage
take_over_living(
    struct service *service, const struct sv_record *record, const char *text, bool same_parent)
{
	const bool runs = record->kind == SV_CHILD_RUN || record->kind == SV_CHILD_START;
	uint64_t paused;

	take_over_process(service, record, text);
	take_over_phase(service, record, text);
	if (!same_parent) {
		if (runs && service->machine.want == SV_WANT_DOWN)
			service->machine.want = SV_WANT_ONCE; /* it runs: somebody wanted it */
	} else if (record->kind == SV_CHILD_RUN && sv_text_number(text, SV_KEY_PAUSED, &paused) &&
		   paused == 1) {
		service->machine.marks |= MARK_PAUSED;
	}
	return HERITAGE_LIVING;
}

/* The predecessor had told of the death of ./run, but had not got as far as making ./finish: it was
 * ending what is left of it, and the record still names it. Or ./finish was only half made: a whole
 * one would have left a record of its own. */
static bool
was_cleaning(const char *text, const struct sv_record *record)
{
	char state[16], child[16];

	return record->kind == SV_CHILD_RUN &&
	       sv_text_get(text, SV_KEY_STATE, state, sizeof state) &&
	       strcmp(state, sv_state_names[SV_STATE_FINISHING]) == 0 &&
	       sv_text_get(text, SV_KEY_CHILD, child, sizeof child) &&
	       (child[0] == '\0' || strcmp(child, sv_child_names[SV_CHILD_FINISH]) == 0);
}

static enum heritage
take_over_leftovers(struct service *service, const struct sv_record *record)
{
	service->machine.phase = PHASE_CLEANING;
	service->recorded = true;
	service->foreign = true;
	service->group = record->pid;
	service->group_ticks = record->ticks;
	service->buried_pid = record->pid; /* our successor need not bury it again either */
	service->buried_ticks = record->ticks;
	service->life_ms = age_of(record);
	service->run_started_ms = clock_ms() - (int64_t)service->life_ms;
	return HERITAGE_LEFTOVERS;
}

enum heritage
heritage_take(struct service *service)
{
	char *text = service->state_text.bytes; /* free until we publish our own */
	struct sv_record record;

	/* A failed look must not lead to a second copy. */
	errno = 0;
	const bool has_text = sv_read_text_in(service->directory, text);
	config_need(service, has_text, SV_DIRECTORY "/" SV_STATE);
	if (!has_text || !same_boot(service, text))
		text[0] = '\0';
	await_end(text);
	if (has_text)
		service->configured = false; /* that may have taken long */
	const bool same_parent = continues(service, text);
	recall_needs(service, text);
	if (same_parent)
		recall_all(service, text);
	errno = 0; /* stays so if the record makes no sense */
	const bool has_record = sv_read_record_in(service->directory, NULL, &record);
	config_need(service, has_record, SV_DIRECTORY "/" SV_RECORD);
	if (has_record && identity_is_of_this_boot(service, &record)) {
		/* First the descriptor, then the look: so the look is at the process that it
		 * means. */
		service->process_fd = proc_open(record.pid);
		if (identity_lives(service, &record))
			return take_over_living(service, &record, text, same_parent);
		if (same_parent && identity_is_past(service, &record) && is_news(text, &record))
			return take_over_dead(service, &record, text);
		fd_close(&service->process_fd);
		if (same_parent && identity_is_past(service, &record) &&
		    was_cleaning(text, &record)) {
			fd_close(&service->handover_fd);
			return take_over_leftovers(service, &record);
		}
	}
	fd_close(&service->handover_fd);
	return HERITAGE_NONE;
}
