/* service: see service.h.
 * SPDX-License-Identifier: ISC */
#include "service.h"

#include "plan.h"

#include "fd.h"
#include "msg.h"
#include "num.h"
#include "servicedir.h"
#include "spawn.h"
#include "svproto.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Descriptors that services do not get, so that the scan directory, /proc and control FIFOs can be
 * opened when many services have used up the rest. */
enum { RESERVED_FDS = 16 };

/* What follows the name of the service in messages. */
static const char *const role_suffix[SCAN_ROLES] = {"", "/" SERVICEDIR_LOG};

bool
service_open_means(struct service_means *means, const struct rlimit *nofile, rlim_t fd_limit)
{
	means->nofile = nofile;
	means->fd_limit = fd_limit;
	/* Only our end: children wait for room rather than lose their report. */
	return fd_pipe(means->report_fd) && fd_set_nonblocking(means->report_fd[0], true);
}

/* ---- What a service holds ---------------------------------------------------------------------
 */

/* The kernel gives out the lowest free number, so a high one means that few are left. */
static bool
affords(const struct service_means *means, int fd)
{
	if (means->fd_limit == RLIM_INFINITY || (rlim_t)fd + RESERVED_FDS < means->fd_limit)
		return true;
	errno = EMFILE;
	return false;
}

/* Failures of the preparation are faults of the service's own supervise. */
static bool
fail(struct scan_service *service, const char *verb, const char *suffix, int64_t now_ms)
{
	const int error = errno;
	if (msg_due(&service->child[SCAN_SERVICE].fault, error, now_ms))
		msg_warn_sys(error, "unable to %s %s%s", verb, service->name, suffix);
	return false;
}

static bool
open_directory(const struct service_means *means, struct scan_service *service, int64_t now_ms)
{
	struct stat st;

	if (service->directory_fd != -1)
		return true;
	int fd = open(service->name, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1 || !affords(means, fd) || fstat(fd, &st) == -1) {
		fail(service, "open", "", now_ms);
		fd_close(&fd);
		return false;
	}
	if (st.st_dev != service->device || st.st_ino != service->inode) {
		fd_close(&fd); /* replaced a moment ago: the next look says by what */
		return false;
	}
	service->directory_fd = fd;
	return true;
}

static bool
open_pipe(const struct service_means *means, struct scan_service *service, int64_t now_ms)
{
	int ends[2];

	if (!fd_pipe(ends))
		return fail(service, "create pipe for", "", now_ms);
	if (!affords(means, ends[0]) || !affords(means, ends[1])) {
		fail(service, "create pipe for", "", now_ms);
		fd_close(&ends[0]);
		fd_close(&ends[1]);
		return false;
	}
	service->log_read_fd = ends[0];
	service->log_write_fd = ends[1];
	service->drained = false;
	return true;
}

/* The service came back while its logger was still reading: the same pipe gets a new writing end.
 * Without /proc the logger has to end first, then there is a new pipe. */
static bool
reopen_pipe(const struct service_means *means, struct scan_service *service, int64_t now_ms)
{
	char path[32];

	snprintf(path, sizeof path, "/proc/self/fd/%d", service->log_read_fd);
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd != -1 && affords(means, fd)) {
		service->log_write_fd = fd;
		service->drained = false;
		return true;
	}
	fd_close(&fd);
	if (service->child[SCAN_LOGGER].pid != 0)
		return fail(service, "reopen pipe for", "", now_ms);
	fd_close(&service->log_read_fd);
	return open_pipe(means, service, now_ms);
}

/* The pipe to the logger, if there is a log directory now. */
static bool
provide_pipe(const struct service_means *means, struct scan_service *service, int64_t now_ms)
{
	struct stat st;

	if (service->log_write_fd != -1)
		return true;
	if (service->log_read_fd != -1)
		return reopen_pipe(means, service, now_ms);
	if (fstatat(service->directory_fd, SERVICEDIR_LOG, &st, 0) == -1)
		return errno == ENOENT || fail(service, "stat", "/" SERVICEDIR_LOG, now_ms);
	if (S_ISDIR(st.st_mode))
		return open_pipe(means, service, now_ms);
	if (msg_due(&service->child[SCAN_LOGGER].fault, ENOTDIR, now_ms))
		msg_warn_sys(ENOTDIR, "unable to supervise %s/" SERVICEDIR_LOG, service->name);
	return true; /* it runs without a logger, as if the name were not there */
}

void
service_look_at_pipe(struct scan_service *service)
{
	/* POLLHUP: nobody has the other end open. POLLIN: something is left (poll(2)). */
	struct pollfd state = {.fd = service->log_read_fd, .events = POLLIN};
	if (service->log_read_fd != -1 && service->log_write_fd == -1)
		service->drained = poll(&state, 1, 0) == 1 && state.revents == POLLHUP;
}

void
service_forget(struct scan *scan, struct scan_service *service)
{
	fd_close(&service->directory_fd);
	fd_close(&service->log_read_fd);
	fd_close(&service->log_write_fd);
	scan_forget(scan, service);
}

/* ---- Starting ---------------------------------------------------------------------------------
 */

void
service_start(struct scan *scan, const struct service_means *means, struct scan_service *service,
    enum scan_role role, int64_t now_ms)
{
	char program[] = "supervise";
	char log[] = SERVICEDIR_LOG;
	char *argv[] = {program, role == SCAN_SERVICE ? service->name : log, NULL};

	if (role == SCAN_SERVICE &&
	    (!open_directory(means, service, now_ms) || !provide_pipe(means, service, now_ms))) {
		plan_failed(scan, service, role, now_ms);
		return;
	}
	const struct spawn child = {
	    .file = program,
	    .argv = argv,
	    .lock = -1,
	    .directory = role == SCAN_SERVICE ? -1 : service->directory_fd,
	    .standard = {role == SCAN_SERVICE ? -1 : service->log_read_fd,
		role == SCAN_SERVICE ? service->log_write_fd : -1, -1},
	    .report = means->report_fd[1],
	    .group = SPAWN_OWN_GROUP,
	    .nofile = means->nofile,
	};
	pid_t pid = spawn(&child);
	if (pid != -1) {
		plan_started(scan, service, role, pid, now_ms);
		return;
	}
	const int error = errno;
	if (msg_due(&service->child[role].fault, error, now_ms))
		msg_warn_sys(error, "unable to fork for %s%s", service->name, role_suffix[role]);
	plan_failed(scan, service, role, now_ms);
}

static void
report(struct scan *scan, const struct spawn_failure *failure, int64_t now_ms)
{
	static const char *const verbs[] = {
	    [SPAWN_DESCRIPTORS] = "set up descriptors for",
	    [SPAWN_DIRECTORY] = "switch to",
	    [SPAWN_EXEC] = "start supervise",
	};
	enum scan_role role;
	struct scan_service *service = scan_of_pid(scan, failure->pid, &role);

	if (service == NULL || !msg_due(&service->child[role].fault, failure->error, now_ms))
		return;
	msg_warn_sys(failure->error, "unable to %s %s%s", verbs[failure->stage], service->name,
	    failure->stage == SPAWN_DIRECTORY ? "" : role_suffix[role]);
}

void
service_report_failures(struct scan *scan, const struct service_means *means, int64_t now_ms)
{
	struct spawn_failure failure;

	/* Written in one piece, hence read in one piece. */
	while (fd_read(means->report_fd[0], &failure, sizeof failure) == (ssize_t)sizeof failure)
		report(scan, &failure, now_ms);
}

/* ---- Ending -----------------------------------------------------------------------------------
 */

/* Whether the state text of the directory SERVICE names another supervise than PID: then ours is
 * not ready yet, or somebody else's supervise holds the directory, to whom we have nothing to say.
 * Other suites write no such text; there the FIFO alone counts. */
static bool
is_another(int service, pid_t pid)
{
	char text[SV_TEXT_MAX], value[24];
	uint64_t number;

	return sv_read_text(service, text) &&
	       sv_text_get(text, SV_KEY_SUPERVISE_PID, value, sizeof value) &&
	       num_parse(value, INT32_MAX, &number) && (pid_t)number != pid;
}

static bool
tell(int service, pid_t pid, const char *letters)
{
	return !is_another(service, pid) && sv_send(service, letters, strlen(letters), 0);
}

void
service_end(struct scan_service *service)
{
	struct scan_child *child = &service->child[SCAN_SERVICE];

	/* One that does not listen yet has not started anything: TERM ends it. Otherwise TERM
	 * means the same to our supervise as the two letters. */
	if (!tell(service->directory_fd, child->pid, "dx"))
		(void)kill(child->pid, SIGTERM); /* our own child, not reaped: it exists */
	child->asked = true;
}

static bool
tell_logger(const struct scan_service *service)
{
	int log = openat(service->directory_fd, SERVICEDIR_LOG, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (log == -1)
		return false;
	const bool told = tell(log, service->child[SCAN_LOGGER].pid, "x");
	close(log);
	return told;
}

void
service_end_logger(struct scan *scan, struct scan_service *service, int64_t now_ms)
{
	struct scan_child *logger = &service->child[SCAN_LOGGER];

	/* First the letter, so that supervise does not start the logger again after its end. */
	const bool told = logger->pid != 0 && tell_logger(service);
	fd_close(&service->log_write_fd);
	if (logger->pid == 0)
		return;
	service_look_at_pipe(service);
	/* TERM would end the logger itself: only once there is nothing left for it to read. Until
	 * then (its supervise is just starting, or the directory was deleted) try again. */
	if (told || (service->drained && kill(logger->pid, SIGTERM) == 0))
		logger->asked = true;
	else
		plan_failed(scan, service, SCAN_LOGGER, now_ms);
}
