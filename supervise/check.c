/* check: see check.h.
 * SPDX-License-Identifier: ISC */
#include "check.h"

#include "config.h"

#include "clock.h"
#include "fd.h"
#include "fmt.h"
#include "proc.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum {
	ASK_MIN_MS = 100,  /* from the start to the first question, doubling ... */
	ASK_MAX_MS = 2000, /* ... up to this, while it is not ready */
	FORK_RETRY_MS = 1000,
	FAILURES_MAX = 3,       /* in a row, then it is not healthy */
	LISTEN_RETRY_MS = 1000, /* after a read of the pipe failed */
	LISTEN_MS = 20,         /* who writes all the time is read at most so often ... */
	READS_MAX = 16,         /* ... and then a pipe full (pipe(7)), so that it is not held up */
};

/* ---- The pipe -------------------------------------------------------------------------------- */

/* The service gets its end open for reading, too: when supervise is killed it is no broken pipe, and
 * what the service says waits for the next supervise. */
static int
open_for_both(int end)
{
	char path[sizeof "/proc/self/fd/2147483647"];

	fmt(path, sizeof path, "/proc/self/fd/%d", end);
	const int both = open(path, O_RDWR | O_CLOEXEC);
	if (both == -1)
		return end; /* no /proc, or no descriptor left: then as it is */
	close(end);
	return both;
}

bool
check_open_pipe(struct service *service, int *end)
{
	int ends[2];

	*end = 0;
	fd_close(&service->readiness);
	if (service->settings.notification_fd == -1)
		return true;
	if (!fd_pipe(ends))
		return false;
	if (!fd_set_nonblocking(ends[0], true)) {
		close(ends[0]);
		close(ends[1]);
		return false;
	}
	service->readiness = ends[0];
	*end = open_for_both(ends[1]);
	return true;
}

/* That of an adopted ./run, whose reading end died with its supervise. Anything else of that number is
 * not for us. */
static void
reopen_pipe(struct service *service)
{
	service->readiness =
	    proc_open_pipe(service->pid, service->settings.notification_fd, O_RDONLY);
}

enum machine_event
check_listen(struct service *service)
{
	char *said = service->state_text.bytes; /* free until the state is published */
	enum machine_event event = EVENT_NONE;
	ssize_t got;
	int reads = 0;

	service->listen_ms = clock_ms() + LISTEN_MS;
	do {
		got = fd_read(service->readiness, said, SV_TEXT_MAX);
		if (got == 0)
			fd_close(&service->readiness); /* it will never say so */
		else if (got == -1 && errno != EAGAIN)
			service->listen_ms = clock_ms() + LISTEN_RETRY_MS;
		if (got > 0 && memchr(said, '\n', (size_t)got) != NULL)
			event = EVENT_READY;
	} while (got == SV_TEXT_MAX && ++reads < READS_MAX);
	return event;
}

/* ---- ./check --------------------------------------------------------------------------------- */

/* 1 or 0; -1 if that cannot be found out just now. */
static int
has_check(struct service *service)
{
	const int has = servicedir_has(AT_FDCWD, SERVICEDIR_CHECK);
	const int error = errno;

	if (has == -1 && msg_due(&service->check_fault, error, clock_ms()))
		msg_warn_sys(error, "unable to use %s/%s", service->name, SERVICEDIR_CHECK);
	return has == -1 && !config_may_pass(error) ? 0 : has;
}

/* One that cannot be executed says nothing about the service. The reason is in errno. */
static void
warn_unusable(struct service *service)
{
	if (msg_due(&service->check_fault, errno, clock_ms()))
		msg_warn_sys(errno, "unable to start %s/%s", service->name, SERVICEDIR_CHECK);
}

static bool
start_checker(struct service *service)
{
	char file[] = "./" SERVICEDIR_CHECK;
	char *argv[] = {file, NULL};
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	const struct spawn child = {
	    .file = file,
	    .argv = argv,
	    .lock = service->lock,
	    .directory = -1,
	    .standard = {null, null, -1},
	    .life = SPAWN_DIES_WITH_US,
	};
	const bool started = null != -1 && aside_start(&service->checker, child);
	const int error = errno;

	fd_close(&null);
	errno = error;
	return started;
}

static void
ask(struct service *service)
{
	if (!start_checker(service)) {
		if (msg_due(&service->check_fault, errno, clock_ms()))
			msg_warn_sys(errno, "unable to ask %s/%s, retrying", service->name,
			    SERVICEDIR_CHECK);
		service->check_ms = clock_ms() + FORK_RETRY_MS;
		return;
	}
	service->check_ms = clock_ms() + (int64_t)service->settings.timeout_check_ms;
}

static void
ask_later(struct service *service)
{
	const uint64_t pause_ms = service->machine.phase == PHASE_READY
				      ? service->settings.check_interval_ms
				      : service->check_pause_ms;

	service->check_ms = pause_ms == 0 ? CLOCK_NEVER : clock_ms() + (int64_t)pause_ms;
	service->check_pause_ms *= 2;
	if (service->check_pause_ms > ASK_MAX_MS)
		service->check_pause_ms = ASK_MAX_MS;
}

enum machine_event
check_at_deadline(struct service *service)
{
	/* A service that is paused could not answer. */
	const bool paused = (service->machine.marks & MARK_PAUSED) != 0;

	service->check_ms = CLOCK_NEVER;
	if (service->checker.pid != 0) {
		aside_kill(&service->checker);
		return EVENT_NONE;
	}
	const int has = paused ? -1 : has_check(service);
	if (has == 1)
		ask(service);
	else if (has == 0 && service->machine.phase == PHASE_UP)
		return EVENT_READY;
	else
		ask_later(service);
	return EVENT_NONE;
}

/* It was well or not, while it has to become ready or to stay healthy. */
static enum machine_event
judge(struct service *service, bool well)
{
	if (service->machine.phase != PHASE_UP && service->machine.phase != PHASE_READY)
		return EVENT_NONE;
	if (well || service->machine.phase == PHASE_READY)
		service->health_known = true;
	if (well) {
		service->check_failures = 0;
		service->healthy = true;
	} else if (service->machine.phase == PHASE_READY) {
		service->check_failures++;
	}
	if (service->check_failures >= FAILURES_MAX) {
		service->healthy = false;
		return EVENT_SICK;
	}
	if (well && service->machine.phase == PHASE_UP)
		return EVENT_READY;
	ask_later(service);
	return EVENT_NONE;
}

bool
check_reaped(struct service *service, pid_t pid, int status, enum machine_event *event)
{
	if (pid != service->checker.pid)
		return false;
	aside_kill(&service->checker);
	errno = aside_reap(&service->checker);
	if (errno == 0) {
		msg_well(&service->check_fault);
		*event = judge(service, status == 0);
		return true;
	}
	warn_unusable(service);
	*event = EVENT_NONE;
	if (service->machine.phase == PHASE_UP || service->machine.phase == PHASE_READY)
		ask_later(service);
	return true;
}

/* ---- Phases ---------------------------------------------------------------------------------- */

bool
check_begin(struct service *service)
{
	service->check_failures = 0;
	service->check_pause_ms = ASK_MIN_MS;
	if (service->settings.notification_fd != -1 && service->adopted)
		reopen_pipe(service);
	if (service->machine.phase != PHASE_UP || service->settings.notification_fd != -1)
		return false;
	if (has_check(service) == 0)
		return true;
	ask_later(service);
	return false;
}

void
check_ready(struct service *service)
{
	service->check_failures = 0;
	service->check_ms = CLOCK_NEVER;
	/* What the last run was is past. */
	service->health_known = service->health_known && service->healthy;
	service->healthy = true;
	if (service->settings.check_interval_ms != 0)
		ask_later(service);
}

void
check_end(struct service *service)
{
	fd_close(&service->readiness);
	service->check_ms = CLOCK_NEVER;
	service->health_known = service->health_known && !service->healthy;
	if (service->checker.pid != 0)
		aside_kill(&service->checker);
}
