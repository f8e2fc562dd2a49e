/* effect: see effect.h.
 * SPDX-License-Identifier: ISC */
#include "effect.h"

#include "adopt.h"

#include "clock.h"
#include "fd.h"
#include "file.h"
#include "proc.h"
#include "servicedir.h"
#include "signame.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	PACE_MS = 1000,      /* from one start to the next, unless a command asks for it */
	RETRY_MIN_MS = 100,  /* after a failed fork, doubling ... */
	RETRY_MAX_MS = 1000, /* ... up to this */
};

/* ---- The child ------------------------------------------------------------------------------- */

static char *const run_argv[] = {(char[]){"./" SERVICEDIR_RUN}, NULL};

/* The record is for the day on which supervise is killed: a failure to write it is no reason to
 * keep the service down today, and the start time in an old record tells that it is stale. */
static void
store_record(const struct service *service, const char text[SV_RECORD_SIZE])
{
	if (pwrite(service->record, text, SV_RECORD_SIZE, 0) != SV_RECORD_SIZE)
		return;
}

/* In the child: leaves the trace by which a later supervise can know it. */
static int
write_record(void *argument)
{
	const struct service *service = argument;
	struct sv_record record = service->self; /* for boot and place */
	char text[SV_RECORD_SIZE];
	struct proc process;

	if (service->record == -1)
		return 0;
	record.kind = SV_CHILD_RUN;
	record.pid = getpid();
	record.ticks = proc_read(0, &process) ? process.ticks : 0;
	sv_record_format(text, &record);
	store_record(service, text);
	return 0;
}

/* In the parent, once the child is reaped: its number may belong to somebody else from now on. */
static void
clear_record(const struct service *service)
{
	struct sv_record record = {.kind = SV_CHILD_NONE};
	char text[SV_RECORD_SIZE];

	if (service->record == -1)
		return;
	sv_record_format(text, &record);
	store_record(service, text);
}

/* Makes the child. False with errno set if there is none. */
static bool
fork_child(struct service *service)
{
	int ends[2];

	if (!fd_pipe(ends))
		return false;
	const struct spawn child = {
	    .file = run_argv[0],
	    .argv = run_argv,
	    .lock = service->lock,
	    .directory = -1, /* we stand in the service directory */
	    .standard = {-1, -1, -1},
	    .report = ends[1],
	    .group = SPAWN_OWN_SESSION,
	    .record = write_record,
	    .argument = service,
	    .mortal = true,
	};
	service->pid = spawn(&child);
	int error = errno;
	close(ends[1]);
	if (service->pid == -1) {
		service->pid = 0;
		close(ends[0]);
		errno = error;
		return false;
	}
	service->report = ends[0];
	service->failure.error = 0;
	service->started_ms = clock_ms();
	return true;
}

/* Returns what follows: nothing, or that there is no child. */
static enum machine_event
start(struct service *service)
{
	if (fork_child(service)) {
		service->retry_ms = 0;
		msg_well(&service->fork_fault);
		return EVENT_NONE;
	}
	int error = errno;
	if (msg_due(&service->fork_fault, error, clock_ms()))
		msg_warn_sys(error, "unable to fork for %s", service->name);
	return EVENT_FORK_FAILED;
}

bool
effect_read_report(struct service *service)
{
	if (service->report == -1)
		return false;
	ssize_t got = fd_read(service->report, &service->failure, sizeof service->failure);
	/* The record is one write of the child: it is read whole or not at all. */
	bool failed = got == (ssize_t)sizeof service->failure;
	if (!failed)
		service->failure.error = 0;
	fd_close(&service->report);
	if (failed)
		return false;

	/* The pipe is closed by the execution, but also by a death before it (our own TERM, say).
	 * Without /proc we believe in the execution. */
	struct proc process;
	const bool seen = proc_read(service->pid, &process);
	if (seen && !process.executed)
		return false;
	service->executed = true;
	service->ticks = seen ? process.ticks : 0;
	service->since = tai64n_now();
	msg_well(&service->start_fault);
	return true;
}

static void
report_failed_start(struct service *service)
{
	/* Killed before it could execute: whoever did that knows. */
	if (service->failure.error == 0)
		return;
	/* A failed start is fatal for the child and nobody else; the words are those that the
	 * child of 0.76 used. */
	if (msg_due(&service->start_fault, service->failure.error, clock_ms()))
		msg_fatal_sys(
		    service->failure.error, "unable to start %s/%s", service->name, SERVICEDIR_RUN);
}

enum machine_event
effect_reaped(struct service *service, int status)
{
	service->pid = 0;
	service->ticks = 0;
	clear_record(service);
	if (!service->executed) {
		report_failed_start(service);
		return EVENT_UNEXECUTED;
	}
	service->executed = false;
	service->since = tai64n_now();
	service->deaths++;
	service->last_status = status;
	return EVENT_EXITED;
}

/* The child is ours and not reaped, so its number is its own. ESRCH for the group means that the
 * child has not made its session yet: then it is alone. Nothing else can fail (kill(2)), except
 * EPERM for a child that changed its user under a supervise that is not root; like 0.76 we cannot
 * help that. */
static void
send(const struct service *service, int signal, bool to_group)
{
	if (service->adopted) {
		adopt_signal(service, signal, to_group);
		return;
	}
	if (to_group && kill(-service->pid, signal) == 0)
		return;
	(void)kill(service->pid, signal);
}

/* ---- What the world sees --------------------------------------------------------------------- */

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
	return false;
}

static void
publish_status(struct service *service)
{
	unsigned char bytes[SV_STATUS_SIZE];
	const struct sv_status status = {
	    .since = service->since,
	    .pid = service->executed ? (uint32_t)service->pid : 0,
	    .paused = service->machine.paused,
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
add_next_start(struct sv_text *text, int64_t next_start_ms)
{
	if (next_start_ms == CLOCK_NEVER) {
		sv_text_add(text, SV_KEY_NEXT_START, "%s", "");
		return;
	}
	int64_t left_ms = next_start_ms - clock_ms();
	struct tai64n label = tai64n_now();
	tai64n_add_ms(&label, left_ms > 0 ? (uint64_t)left_ms : 0);
	add_label(text, SV_KEY_NEXT_START, &label);
}

static void
add_last_death(struct sv_text *text, const struct service *service)
{
	const bool died = service->deaths > 0 && service->last_status != STATUS_UNKNOWN;

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
publish_state(struct service *service)
{
	struct sv_text text = {.length = 0};
	const struct machine *machine = &service->machine;

	sv_text_add(&text, SV_KEY_VERSION, "%s", VERSION);
	sv_text_add(&text, SV_KEY_STATE, "%s", sv_state_names[machine->state]);
	sv_text_add(&text, SV_KEY_WANT, "%s", sv_want_names[machine->want]);
	sv_text_add(&text, SV_KEY_PAUSED, "%d", machine->paused);
	add_process(&text, SV_KEY_PID, SV_KEY_TICKS, service->executed ? service->pid : 0,
	    service->executed ? service->ticks : 0);
	sv_text_add(&text, SV_KEY_BOOT, "%s", service->self.boot);
	sv_text_add(&text, SV_KEY_AT, "%s", service->self.at);
	add_process(&text, SV_KEY_SUPERVISE_PID, SV_KEY_SUPERVISE_TICKS, service->self.pid,
	    service->self.ticks);
	add_process(&text, SV_KEY_PARENT_PID, SV_KEY_PARENT_TICKS, service->parent.pid,
	    service->parent.ticks);
	sv_text_add(&text, SV_KEY_LEFT, "%d", service->left);
	add_label(&text, SV_KEY_SINCE, &service->since);
	add_next_start(&text, service->next_start_ms);
	add_last_death(&text, service);
	if (text.length == service->published_state.length &&
	    memcmp(text.bytes, service->published_state.bytes, text.length) == 0)
		return;
	if (replace(
		service, &service->state_fault, SV_STATE, SV_STATE_NEW, text.bytes, text.length))
		service->published_state = text;
}

void
effect_publish(struct service *service)
{
	publish_status(service);
	publish_state(service);
}

/* ---- All together ---------------------------------------------------------------------------- */

static void
set_pace(struct service *service)
{
	service->next_start_ms = service->started_ms + PACE_MS;
}

static void
set_retry(struct service *service)
{
	service->retry_ms = service->retry_ms == 0 ? RETRY_MIN_MS : 2 * service->retry_ms;
	if (service->retry_ms > RETRY_MAX_MS)
		service->retry_ms = RETRY_MAX_MS;
	service->next_start_ms = clock_ms() + service->retry_ms;
}

bool
effect_happen(struct service *service, enum machine_event event, int signal, bool to_group)
{
	unsigned effects, all = 0;

	do {
		effects = machine_step(&service->machine, event);
		all |= effects;
		event = EVENT_NONE;
		if ((effects & EFFECT_IMPOSSIBLE) != 0)
			msg_warn("%s: nothing fits in state %s; please report this", service->name,
			    sv_state_names[service->machine.state]);
		if ((effects & EFFECT_LEAVE) != 0)
			service->left = true;
		if ((effects & EFFECT_FORK) != 0)
			event = start(service);
		/* If we are killed in between, our successor repeats what the state says. */
		if ((effects & EFFECT_END) != 0)
			effect_publish(service);
		if ((effects & EFFECT_END) != 0) {
			send(service, SIGTERM, false);
			send(service, SIGCONT, false);
		}
		if ((effects & EFFECT_SIGNAL) != 0)
			send(service, signal, to_group);
		if ((effects & EFFECT_PACE) != 0)
			set_pace(service);
		if ((effects & EFFECT_RETRY) != 0)
			set_retry(service);
	} while (event != EVENT_NONE);
	if (service->machine.state != SV_STATE_BACKOFF)
		service->next_start_ms = CLOCK_NEVER;
	if ((all & EFFECT_PUBLISH) != 0)
		effect_publish(service);
	return (all & EFFECT_LEAVE) == 0;
}
