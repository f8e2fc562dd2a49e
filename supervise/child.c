/* child: see child.h.
 * SPDX-License-Identifier: ISC */
#include "child.h"

#include "adopt.h"
#include "check.h"

#include "clock.h"
#include "fd.h"
#include "fmt.h"
#include "pause.h"
#include "proc.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *const scripts[SV_CHILD_COUNT] = {
    [SV_CHILD_START] = SERVICEDIR_START,
    [SV_CHILD_RUN] = SERVICEDIR_RUN,
    [SV_CHILD_STOP] = SERVICEDIR_STOP,
    [SV_CHILD_FINISH] = SERVICEDIR_FINISH,
};

const char *
child_script(enum sv_child kind)
{
	return scripts[kind];
}

/* ---- The record ------------------------------------------------------------------------------ */

/* The record is for the day on which supervise is killed: a failure to write it is no reason to
 * keep the service down today, and the start time in an old record tells that it is stale. */
static void
store_record(const struct service *service, const struct sv_record *record)
{
	char text[SV_RECORD_SIZE];

	if (service->record == -1)
		return;
	sv_record_format(text, record);
	if (pwrite(service->record, text, SV_RECORD_SIZE, 0) != SV_RECORD_SIZE)
		return;
}

/* In the child: leaves the trace by which a later supervise can know it. What is to end it must not
 * be ignored: a shell that starts svscan in the background has INT and QUIT ignored, and no shell
 * below can undo that (POSIX, trap). TERM, which is not such a signal, stays as it is. */
static int
prepare(void *argument)
{
	const struct service *service = argument;
	struct sv_record record = service->self; /* for boot and place */
	struct proc process;

	record.kind = service->kind;
	record.pid = getpid();
	record.ticks = proc_read(0, &process) ? process.ticks : 0;
	store_record(service, &record);
	if (service->kind == SV_CHILD_RUN && service->settings.down_signal != SIGTERM)
		(void)signal(service->settings.down_signal, SIG_DFL); /* not for KILL, STOP */
	return 0;
}

/* ---- Birth ----------------------------------------------------------------------------------- */

enum { WORD_SIZE = 24 };

/* What ./finish is told: exit code (256 if it was killed), signal, name, process group. */
static void
describe_death(const struct service *service, char words[4][WORD_SIZE], char *argv[6])
{
	const int status = service->last_status;
	const bool known = status != SV_STATUS_UNKNOWN;

	fmt(words[0], WORD_SIZE, "%d", known && WIFEXITED(status) ? WEXITSTATUS(status) : 256);
	fmt(words[1], WORD_SIZE, "%d", known && WIFSIGNALED(status) ? WTERMSIG(status) : 0);
	fmt(words[2], WORD_SIZE, "%ld", (long)service->group);
	argv[1] = words[0];
	argv[2] = words[1];
	argv[3] = (char *)(uintptr_t)service->name;
	argv[4] = words[2];
	argv[5] = NULL;
}

/* Makes the child. False with errno set if there is none. */
static bool
fork_child(struct service *service)
{
	char file[sizeof "./" SERVICEDIR_FINISH], words[4][WORD_SIZE];
	char *argv[6] = {file, NULL};
	int ends[2], readiness = 0;

	fmt(file, sizeof file, "./%s", scripts[service->kind]);
	if (service->kind == SV_CHILD_FINISH)
		describe_death(service, words, argv);
	if (!fd_pipe(ends))
		return false;
	/* It may be read before there is anything to read: see child_read_report. Cannot fail on a
	 * pipe (fcntl(2)). */
	(void)fd_set_nonblocking(ends[0], true);
	if (service->kind == SV_CHILD_RUN && !check_open_pipe(service, &readiness)) {
		close(ends[0]);
		close(ends[1]);
		return false;
	}
	const struct spawn child = {
	    .file = file,
	    .argv = argv,
	    .lock = service->lock,
	    .directory = -1, /* we stand in the service directory */
	    .standard = {-1, -1, service->settings.log_stderr ? STDOUT_FILENO : -1},
	    .report = ends[1],
	    .group = service->settings.no_setsid ? SPAWN_OWN_GROUP : SPAWN_OWN_SESSION,
	    .record = prepare,
	    .argument = service,
	    .life = SPAWN_UNTIL_RECORDED,
	    .placed = readiness,
	    .place = service->settings.notification_fd,
	};
	service->pid = spawn(&child);
	const int error = errno;
	if (readiness != 0)
		close(readiness);
	close(ends[1]);
	if (service->pid != -1) {
		service->report = ends[0];
		service->recorded = true;
		return true;
	}
	service->pid = 0;
	close(ends[0]);
	errno = error;
	return false;
}

void
child_set_limit(struct service *service)
{
	const struct servicedir *settings = &service->settings;
	const uint64_t limits_ms[SV_CHILD_COUNT] = {
	    [SV_CHILD_START] = settings->timeout_start_ms,
	    [SV_CHILD_STOP] = settings->timeout_finish_ms,
	    [SV_CHILD_FINISH] = settings->timeout_finish_ms,
	};
	const uint64_t limit_ms = limits_ms[service->kind];

	service->limit_ms = limit_ms == 0 ? CLOCK_NEVER : service->started_ms + (int64_t)limit_ms;
}

enum {
	RETRY_MIN_MS = 100,  /* after a failed fork, doubling ... */
	RETRY_MAX_MS = 1000, /* ... up to this */
};

int64_t
child_retry_time(struct service *service)
{
	service->retry_ms = service->retry_ms == 0 ? RETRY_MIN_MS : 2 * service->retry_ms;
	if (service->retry_ms > RETRY_MAX_MS)
		service->retry_ms = RETRY_MAX_MS;
	return clock_ms() + service->retry_ms;
}

/* What is owed to a run that has ended has nothing to do with why there is none. */
static void
note_trouble(struct service *service, enum sv_child kind, enum sv_failing how, int error)
{
	const bool is_last = kind == SV_CHILD_FINISH || kind == SV_CHILD_STOP;
	struct sv_trouble *trouble = is_last ? &service->owed_trouble : &service->trouble;

	*trouble = (struct sv_trouble){kind, how, error};
}

bool
child_start(struct service *service, enum sv_child kind)
{
	service->kind = kind;
	service->executed = false;
	service->commanded = false;
	service->unhealthy = false;
	service->signalled_ms = 0;
	service->failure.error = 0;
	if (!fork_child(service)) {
		const int error = errno;
		note_trouble(service, kind, SV_FAILING_FORK, error);
		service->kind = SV_CHILD_NONE;
		service->unforked = kind;
		if (msg_due(&service->fork_fault, error, clock_ms()))
			msg_warn_sys(error, "unable to fork for %s", service->name);
		return false;
	}
	/* What fails may be what only this script needs. */
	if (kind == service->unforked)
		msg_well(&service->fork_fault);
	service->started_ms = clock_ms();
	child_set_limit(service);
	return true;
}

enum { NAP_MS = 10 };

bool
child_read_report(struct service *service)
{
	struct proc process;

	if (service->report == -1)
		return false;
	ssize_t got = fd_read(service->report, &service->failure, sizeof service->failure);
	/* It was the report of the child before this one that poll(2) has told of. Waiting for this
	 * one would mean waiting for its execve(2), which can hang with its file system. */
	if (got == -1 && errno == EAGAIN)
		return false;
	/* The record is one write of the child: it is read whole or not at all. */
	const bool failed = got == (ssize_t)sizeof service->failure;
	if (!failed)
		service->failure.error = 0;
	/* The pipe is closed by the execution, but also by a death before it (our own TERM, say).
	 * Without /proc we believe in the execution. */
	const bool seen = !failed && proc_read(service->pid, &process);
	const bool executed = !failed && (!seen || process.executed);
	/* It could not be read, so it may be still to come. */
	if (got == -1 && !executed) {
		pause_until(NULL, 0, clock_ms() + NAP_MS);
		return false;
	}
	fd_close(&service->report);
	if (!executed)
		return false;
	service->executed = true;
	service->retry_ms = 0;
	service->ticks = seen ? process.ticks : 0;
	msg_well(&service->start_faults[service->kind]);
	return true;
}

/* ---- Death ----------------------------------------------------------------------------------- */

static void
report_failed_start(struct service *service)
{
	const enum sv_child kind = service->kind;

	/* Killed before it could execute: whoever did that knows. */
	if (service->failure.error == 0)
		return;
	note_trouble(service, kind,
	    service->failure.stage == SPAWN_EXEC ? SV_FAILING_EXEC : SV_FAILING_FORK,
	    service->failure.error);
	/* A failed start is fatal for the child and nobody else; the words are those that the
	 * child of 0.76 used. */
	if (msg_due(&service->start_faults[kind], service->failure.error, clock_ms()))
		msg_fatal_sys(service->failure.error,
		    service->failure.stage == SPAWN_DESCRIPTORS
			? "unable to set up descriptors for %s/%s"
			: "unable to start %s/%s",
		    service->name, scripts[kind]);
}

void
child_forget(struct service *service)
{
	if (!service->executed)
		report_failed_start(service);
	service->pid = 0;
	service->ticks = 0;
	service->kind = SV_CHILD_NONE;
	service->executed = false;
	service->adopted = false;
	service->limit_ms = CLOCK_NEVER;
}

void
child_clear_record(struct service *service)
{
	const struct sv_record none = {.kind = SV_CHILD_NONE};

	if (service->recorded)
		store_record(service, &none);
	service->recorded = false;
}

/* Without its start time, what has its number by then could be taken for it. */
void
child_unmake(struct service *service)
{
	struct sv_record run = service->self; /* for boot and place */

	if (service->group_ticks == 0)
		return;
	run.kind = SV_CHILD_RUN;
	run.pid = service->buried_pid = service->group;
	run.ticks = service->buried_ticks = service->group_ticks;
	store_record(service, &run);
}

/* The child is ours and not reaped, so its number is its own. ESRCH for the group means that the
 * child has not made its session yet: then it is alone. Nothing else can fail (kill(2)), except
 * EPERM for a child that changed its user under a supervise that is not root; like 0.76 we cannot
 * help that. */
void
child_signal(const struct service *service, int signal, bool to_group)
{
	if (service->pid == 0)
		return; /* it is still to be made: its number would mean ourselves */
	if (service->adopted) {
		adopt_signal(service, signal, to_group);
		return;
	}
	if (to_group && kill(-service->pid, signal) == 0)
		return;
	(void)kill(service->pid, signal);
}
