/* publish: see publish.h.
 * SPDX-License-Identifier: ISC */
#include "publish.h"

#include "config.h"

#include "clock.h"
#include "digest.h"
#include "fd.h"
#include "file.h"
#include "fmt.h"
#include "proc.h"
#include "signame.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* What could not be written, on a full disk say, becomes true later. The first pause is shorter than
 * the patience of clients with files that contradict each other. */
enum { RETRY_MIN_MS = 100, RETRY_MAX_MS = 1000 };

/* ---- Files ----------------------------------------------------------------------------------- */

static void
warn_publish(struct service *service, struct msg_fault *fault, enum file_step step, int error,
    const char *name, const char *temporary)
{
	if (!msg_due(fault, error, clock_ms()))
		return;
	if (step == FILE_RENAME)
		msg_warn_sys(error, "unable to rename %s/%s/%s to %s", service->name, SV_DIRECTORY,
		    temporary, name);
	else
		msg_warn_sys(error, "unable to %s %s/%s/%s", step == FILE_OPEN ? "open" : "write",
		    service->name, SV_DIRECTORY, temporary);
}

/* Publishing the same bytes again would only cost: `status` changes less often than `state`. */
static bool
replace(struct service *service, struct msg_fault *fault, const char *name, const char *temporary,
    const void *bytes, size_t length)
{
	enum file_step step =
	    file_replace(service->directory, name, temporary, bytes, length, 0644);
	if (step == FILE_DONE) {
		msg_well(fault);
		return true;
	}
	warn_publish(service, fault, step, errno, name, temporary);
	service->publish_ms = clock_ms() + service->publish_pause_ms;
	return false;
}

/* The process that the world is told of: 0 unless ./run has executed. */
static pid_t
announced(const struct service *service)
{
	return service->kind == SV_CHILD_RUN && service->executed ? service->pid : 0;
}

static void
publish_status(struct service *service)
{
	unsigned char bytes[SV_STATUS_SIZE];
	const struct sv_status status = {
	    .since = service->since,
	    .pid = (uint32_t)announced(service),
	    .paused = (service->machine.marks & MARK_PAUSED) != 0,
	    .want = service->machine.want,
	};

	sv_status_pack(bytes, &status);
	if (memcmp(bytes, service->published_status, sizeof bytes) == 0)
		return;
	if (replace(service, &service->status_fault, SV_STATUS, SV_STATUS_NEW, bytes, sizeof bytes))
		memcpy(service->published_status, bytes, sizeof bytes);
}

static void
add_process(
    struct sv_text *text, enum sv_key pid_key, enum sv_key ticks_key, pid_t pid, uint64_t ticks)
{
	if (pid == 0)
		sv_text_add(text, pid_key, "%s", "");
	else
		sv_text_add(text, pid_key, "%ld", (long)pid);
	if (ticks == 0)
		sv_text_add(text, ticks_key, "%s", "");
	else
		sv_text_add(text, ticks_key, "%llu", (unsigned long long)ticks);
}

static void
add_label(struct sv_text *text, enum sv_key key, const struct tai64n *label)
{
	char digits[TAI64N_LABEL];
	tai64n_format(digits, label);
	sv_text_add(text, key, "%.*s", TAI64N_LABEL, digits);
}

static void
add_flag(struct sv_text *text, enum sv_key key, bool flag)
{
	sv_text_add(text, key, "%d", flag);
}

static void
add_last_death(struct sv_text *text, const struct service *service)
{
	const bool died = service->last_status != SV_STATUS_UNKNOWN;

	if (died && WIFEXITED(service->last_status))
		sv_text_add(text, SV_KEY_EXIT, "%d", WEXITSTATUS(service->last_status));
	else
		sv_text_add(text, SV_KEY_EXIT, "%s", "");
	sv_text_add(text, SV_KEY_SIGNAL, "%s",
	    died && WIFSIGNALED(service->last_status) ? signame_of(WTERMSIG(service->last_status))
						      : "");
	sv_text_add(text, SV_KEY_DEATHS, "%lu", service->deaths);
}

static void
add_ourselves(struct sv_text *text, const struct service *service)
{
	sv_text_add(text, SV_KEY_BOOT, "%s", service->self.boot);
	sv_text_add(text, SV_KEY_AT, "%s", service->self.at);
	add_process(text, SV_KEY_SUPERVISE_PID, SV_KEY_SUPERVISE_TICKS, service->self.pid,
	    service->self.ticks);
	add_process(text, SV_KEY_PARENT_PID, SV_KEY_PARENT_TICKS, service->parent.pid,
	    service->parent.ticks);
	add_flag(text, SV_KEY_LEFT, service->left);
}

static void
add_readiness(struct sv_text *text, const struct service *service)
{
	const enum machine_phase phase = service->machine.phase;

	if (phase == PHASE_READY || phase == PHASE_DONE)
		add_label(text, SV_KEY_READY_SINCE, &service->ready_since);
	else
		sv_text_add(text, SV_KEY_READY_SINCE, "%s", "");
	if (service->health_known)
		add_flag(text, SV_KEY_HEALTHY, service->healthy);
	else
		sv_text_add(text, SV_KEY_HEALTHY, "%s", "");
}

/* What left the session of an adopted service is no descendant of ours. */
static void
add_strays(struct sv_text *text, const struct service *service)
{
	if (service->adopted)
		sv_text_add(text, SV_KEY_STRAYS, "%s", "");
	else
		sv_text_add(text, SV_KEY_STRAYS, "%lu", service->strays);
}

static void
add_needs(struct sv_text *text, const struct needs *needs)
{
	sv_text_add(text, SV_KEY_NEEDS, "%s", needs->names);
	sv_text_add(text, SV_KEY_WAITING, "%s", needs->missing);
	if (needs->blind)
		sv_text_add(text, SV_KEY_LOOKS, "%d", WATCH_LOOK_MS);
	else
		sv_text_add(text, SV_KEY_LOOKS, "%s", "");
}

static void
compose(struct sv_text *text, const struct service *service)
{
	const struct machine *machine = &service->machine;
	const bool up = announced(service) != 0;

	sv_text_add(text, SV_KEY_VERSION, "%s", VERSION);
	sv_text_add(text, SV_KEY_STATE, "%s", sv_state_names[machine_state(machine->phase)]);
	sv_text_add(text, SV_KEY_WANT, "%s", sv_want_names[machine->want]);
	add_flag(text, SV_KEY_PAUSED, (machine->marks & MARK_PAUSED) != 0);
	add_process(text, SV_KEY_PID, SV_KEY_TICKS, announced(service), up ? service->ticks : 0);
	add_ourselves(text, service);
	add_label(text, SV_KEY_SINCE, &service->since);
	if (machine->phase == PHASE_BACKOFF)
		add_label(text, SV_KEY_NEXT_START, &service->next_start);
	else
		sv_text_add(text, SV_KEY_NEXT_START, "%s", "");
	add_last_death(text, service);
	sv_deaths_add(text, service->last_deaths, service->last_death_count);
	sv_text_add(text, SV_KEY_COUNTED, "%zu", service->policy.count);
	sv_text_add(text, SV_KEY_COUNTED_LAST, "%u", service->counted_last);
	sv_text_add(text, SV_KEY_DEATH_BY, "%s", sv_asker_names[service->asker]);
	sv_trouble_add(
	    text, service->pending != SV_CHILD_NONE ? &service->owed_trouble : &service->trouble);
	add_label(text, SV_KEY_CHANGED, &service->changed);
	if (service->signalled_ms != 0)
		add_label(text, SV_KEY_SIGNALLED, &service->signalled);
	else
		sv_text_add(text, SV_KEY_SIGNALLED, "%s", "");
	sv_text_add(text, SV_KEY_CHILD, "%s",
	    service->kind == SV_CHILD_NONE ? "" : sv_child_names[service->kind]);
	add_process(text, SV_KEY_BURIED_PID, SV_KEY_BURIED_TICKS, service->buried_pid,
	    service->buried_ticks);
	add_flag(text, SV_KEY_BEGUN, (machine->marks & MARK_BEGUN) != 0);
	add_flag(text, SV_KEY_DOOMED, (machine->marks & MARK_DOOMED) != 0);
	add_flag(text, SV_KEY_AGAIN, (machine->marks & MARK_AGAIN) != 0);
	add_readiness(text, service);
	add_strays(text, service);
	sv_text_add(text, SV_KEY_BACKOFF, "%llu",
	    (unsigned long long)policy_pause_ms(&service->policy, &service->settings));
	add_flag(text, SV_KEY_ESSENTIAL, service->settings.essential);
	sv_text_add(text, SV_KEY_STARTS, "%lu", service->starts);
	sv_text_add(text, SV_KEY_COMMANDS, "%lu", service->commands);
	add_needs(text, &service->needs);
}

static void
publish_state(struct service *service)
{
	struct sv_text *text = &service->state_text;

	text->length = 0;
	compose(text, service);
	/* Two texts in a row that differ and have the same one: not before the sun burns out. */
	const uint64_t now = digest(text->bytes, text->length);
	if (now == service->published_state)
		return;
	if (replace(
		service, &service->state_fault, SV_STATE, SV_STATE_NEW, text->bytes, text->length))
		service->published_state = now;
}

/* ---- The bell -------------------------------------------------------------------------------- */

/* What svscan may be waiting for. */
static const bool is_news[SV_STATE_COUNT] = {
    [SV_STATE_DOWN] = true,
    [SV_STATE_READY] = true,
    [SV_STATE_DONE] = true,
};

/* The state is published already: svscan believes that only. */
static void
ring_news(const struct service *service)
{
	const struct sv_bell message = {.pid = SV_BELL_NEWS};
	int unread;

	if (service->bell != -1 && ioctl(service->bell, FIONREAD, &unread) == 0 &&
	    unread < SV_BELL_FULL)
		(void)fd_write(service->bell, &message, sizeof message); /* never waits */
}

/* ---- Calls ----------------------------------------------------------------------------------- */

/* errno tells why; also without the right to execute, which only becomes clear in the child. */
static void
warn_notify(struct service *service)
{
	if (msg_due(&service->notify_fault, errno, clock_ms()))
		msg_warn_sys(errno, "unable to start %s/%s", service->name, SERVICEDIR_NOTIFY);
}

/* A place in the ring. One that hangs must not cost more than that. */
static struct aside *
next_notifier(struct service *service)
{
	struct aside *notifier = &service->notifiers[service->next_notifier];

	service->next_notifier = (service->next_notifier + 1) % NOTIFIERS_KEPT;
	if (notifier->pid == 0)
		return notifier;
	if (msg_due(&service->notify_fault, ETIMEDOUT, clock_ms()))
		msg_warn("%s/%s: %d of them run, killing the oldest", service->name,
		    SERVICEDIR_NOTIFY, NOTIFIERS_KEPT);
	aside_kill(notifier);
	aside_forget(notifier);
	return notifier;
}

/* Its arguments: name, state, process number, exit code or name of the signal of the last death. */
static void
notify(struct service *service, enum sv_state state)
{
	char file[] = "./" SERVICEDIR_NOTIFY, name[16], pid[16] = "", death[16] = "";
	const int status = service->last_status;

	fmt(name, sizeof name, "%s", sv_state_names[state]);
	if (announced(service) != 0)
		fmt(pid, sizeof pid, "%ld", (long)announced(service));
	if (status != SV_STATUS_UNKNOWN && WIFEXITED(status))
		fmt(death, sizeof death, "%d", WEXITSTATUS(status));
	else if (status != SV_STATUS_UNKNOWN && WIFSIGNALED(status))
		fmt(death, sizeof death, "%s", signame_of(WTERMSIG(status)));
	char *const argv[] = {file, (char *)(uintptr_t)service->name, name, pid, death, NULL};
	const struct spawn child = {
	    .file = file,
	    .argv = argv,
	    .lock = service->lock,
	    .directory = -1,
	    .standard = {-1, -1, service->settings.log_stderr ? STDOUT_FILENO : -1},
	};
	if (!aside_start(next_notifier(service), child))
		warn_notify(service);
}

static void
call(struct service *service, enum sv_state state)
{
	const int has = config_may_have(service, SERVICEDIR_NOTIFY)
			    ? servicedir_has(AT_FDCWD, SERVICEDIR_NOTIFY)
			    : 0;
	if (has == 1)
		notify(service, state);
	else if (has == -1)
		warn_notify(service);
}

bool
publish_reaped(struct service *service, pid_t pid)
{
	struct aside *notifier = service->notifiers;

	while (notifier->pid != pid)
		if (++notifier == service->notifiers + NOTIFIERS_KEPT)
			return false;
	errno = aside_reap(notifier);
	if (errno == 0)
		msg_well(&service->notify_fault);
	else
		warn_notify(service);
	return true;
}

/* Longer each time, until it succeeds. */
static void
set_pause(struct service *service)
{
	service->publish_pause_ms = 2 * service->publish_pause_ms;
	if (service->publish_pause_ms < RETRY_MIN_MS)
		service->publish_pause_ms = RETRY_MIN_MS;
	if (service->publish_pause_ms > RETRY_MAX_MS)
		service->publish_pause_ms = RETRY_MAX_MS;
}

void
publish_files(struct service *service)
{
	service->publish_ms = CLOCK_NEVER;
	set_pause(service);
	publish_status(service);
	publish_state(service);
	if (service->publish_ms == CLOCK_NEVER)
		service->publish_pause_ms = 0;
}

void
publish(struct service *service)
{
	const enum sv_state state = machine_state(service->machine.phase);
	const bool first = service->published_state == 0;
	const bool changed = state != service->notified;

	publish_files(service);
	if ((first || changed) && is_news[state])
		ring_news(service);
	service->notified = state;
	if (changed)
		call(service, state);
}

void
publish_failure(struct service *service)
{
	const struct sv_bell message = {.pid = getpid(), .status = service->fatal_status};

	if (!service->settings.essential)
		return;
	/* One write of a few bytes: whole or not at all, and it never waits. What is in a full pipe
	 * is enough for a stop; a broken one tells of a killed svscan, whose successor looks at our
	 * state. */
	if (service->bell != -1) {
		(void)fd_write(service->bell, &message, sizeof message);
		return;
	}
	if (!service->told_deaf)
		msg_warn("%s/%s has no effect: supervise was not started by upkeep's svscan",
		    service->name, servicedir_names[SERVICEDIR_ESSENTIAL]);
	service->told_deaf = true;
}
