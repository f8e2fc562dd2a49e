/* service: see service.h.
 * SPDX-License-Identifier: ISC */
#include "service.h"

#include "adopt.h"
#include "bell.h"
#include "find.h"
#include "orphan.h"
#include "ownlog.h"
#include "plan.h"

#include "fd.h"
#include "fmt.h"
#include "msg.h"
#include "servicedir.h"
#include "spawn.h"
#include "svproto.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Descriptors that services do not get, so that the scan directory, /proc and control FIFOs can be
 * opened when many services have used up the rest. */
enum { RESERVED_FDS = 16 };

extern char **environ;

/* ---- What all services share ----------------------------------------------------------------- */

/* The environment of supervises is ours and the number of the bell; that of one that is to learn how
 * an orphan ended has one variable more. It is prepared once, so that nothing can be short when it
 * is needed. False without memory. */
static bool
prepare_environment(struct service_means *means)
{
	static char bell[sizeof SV_BELL "=2147483647"];
	size_t count = 0;

	/* What somebody else meant for us is not for our children. */
	(void)unsetenv(SV_BELL); /* these fail for no valid name (unsetenv(3)) */
	(void)unsetenv(SV_HANDOVER);
	while (environ[count] != NULL)
		count++;
	means->environment = calloc(count + 3, sizeof *means->environment);
	if (means->environment == NULL)
		return false;
	memcpy(means->environment, environ, count * sizeof *environ);
	fmt(bell, sizeof bell, "%s=%d", SV_BELL, SV_BELL_FD);
	means->environment[count] = bell;
	means->variables = count + 1;
	return true;
}

bool
service_open_means(
    struct service_means *means, const struct rlimit *nofile, rlim_t fd_limit, struct bell *bell)
{
	means->bell = bell;
	means->input_fd = means->outside_fd = -1;
	means->nofile = nofile;
	means->fd_limit = fd_limit;
	if (!prepare_environment(means))
		return false;
	if (!orphan_open(&means->orphans)) {
		free(means->environment);
		errno = ENOMEM;
		return false;
	}
	lowfd_open(&means->lowfd, fd_limit);
	return true;
}

bool
service_open_reports(struct service_means *means)
{
	if (!fd_pipe(means->report_fd))
		return false;
	/* Only our end: children wait for room rather than lose their report. */
	if (fd_set_nonblocking(means->report_fd[0], true))
		return true;
	const int error = errno;
	fd_close(&means->report_fd[0]);
	fd_close(&means->report_fd[1]);
	errno = error;
	return false;
}

bool
service_take_input(struct service_means *means)
{
	int ends[2];

	means->input_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (means->input_fd != -1)
		return true;
	/* Not every root has a /dev. A pipe that nobody can write to reads the same. */
	if (!fd_pipe(ends))
		return false;
	fd_close(&ends[1]);
	means->input_fd = ends[0];
	return true;
}

/* ---- What a service holds -------------------------------------------------------------------- */

const char *
service_suffix(enum scan_role role)
{
	return role == SCAN_LOGGER ? "/" SERVICEDIR_LOG : "";
}

int
service_open_directory(const struct scan_service *service, enum scan_role role)
{
	return openat(service->directory_fd, role == SCAN_LOGGER ? SERVICEDIR_LOG : ".",
	    O_PATH | O_DIRECTORY | O_CLOEXEC);
}

/* The kernel gives out the lowest free number, so a high one means that few are left. */
bool
service_affords(const struct service_means *means, int fd)
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
	errno = error;
	return false;
}

static bool
open_directory(const struct service_means *means, struct scan_service *service, int64_t now_ms)
{
	struct stat st;

	if (service->directory_fd != -1)
		return true;
	int fd = openat(AT_FDCWD, service->name, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1 || !service_affords(means, fd) || fstat(fd, &st) == -1) {
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
	if (!service_affords(means, ends[0]) || !service_affords(means, ends[1])) {
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

	fmt(path, sizeof path, "/proc/self/fd/%d", service->log_read_fd);
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd != -1 && service_affords(means, fd)) {
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

/* ---- Starting -------------------------------------------------------------------------------- */

/* Its predecessor may have left a process behind, which came to us. Where to tell the new supervise
 * how that ended, or -1: there is nothing to tell, or no descriptor for it, and then only the exit
 * status remains unknown. */
static int
open_handover(
    const struct service_means *means, const struct sv_record *record, int64_t now_ms, int ends[2])
{
	struct proc process;

	const bool ours = proc_read(record->pid, &process) && process.ticks == record->ticks &&
			  process.parent == getpid();
	if (!ours && orphan_find(&means->orphans, record->pid, record->ticks, now_ms) == NULL)
		return -1;
	if (!fd_pipe(ends))
		return -1;
	if (service_affords(means, ends[1]) && fd_set_nonblocking(ends[1], true))
		return ends[0];
	fd_close(&ends[0]);
	fd_close(&ends[1]);
	return -1;
}

/* Few have ever anything to wait for. Without memory only the exit status remains unknown. */
static bool
provide_claim(struct scan_child *child)
{
	if (child->claim == NULL)
		child->claim = calloc(1, sizeof *child->claim);
	return child->claim != NULL;
}

void
service_release_claim(struct service_means *means, struct scan_child *child)
{
	if (child->claim == NULL)
		return;
	orphan_release(&means->orphans, child->claim);
	free(child->claim);
	child->claim = NULL;
}

/* Makes CHILD the supervise of ROLE. Its number, or -1 with errno set. */
static pid_t
spawn_supervise(struct scan *scan, struct service_means *means, struct scan_service *service,
    enum scan_role role, int64_t now_ms, struct spawn *child, struct spawn_failure *failure)
{
	char variable[sizeof SV_HANDOVER "=2147483647"];
	int ends[2] = {-1, -1};
	struct sv_record record = {.pid = 0};
	struct scan_child *successor = &service->child[role];
	int directory = successor->past ? service_open_directory(service, role) : -1;

	successor->heir = directory != -1 && sv_read_record(directory, scan->boot, &record);
	fd_close(&directory);
	if (successor->heir && provide_claim(successor) &&
	    open_handover(means, &record, now_ms, ends) != -1) {
		fmt(variable, sizeof variable, "%s=%d", SV_HANDOVER, ends[0]);
		means->environment[means->variables] = variable;
		child->inherited = ends[0];
	}
	const pid_t pid = spawn_lending(child, lowfd_take(&means->lowfd, child), failure);
	const int error = errno;
	lowfd_leave(&means->lowfd);
	means->environment[means->variables] = NULL;
	means->bell->given |= pid != -1;
	fd_close(&ends[0]);
	if (pid != -1 && ends[1] != -1)
		orphan_claim(
		    &means->orphans, successor->claim, record.pid, record.ticks, ends[1], now_ms);
	else
		fd_close(&ends[1]);
	errno = error;
	return pid;
}

/* The standard descriptors of a supervise, and so of what it runs; -1 = ours. Our own logger does not
 * read what it says itself; and standard output of loggers is ours, so that they can pass lines on. */
static void
choose_standard(const struct scan *scan, const struct service_means *means,
    const struct scan_service *service, enum scan_role role, int standard[3])
{
	const int own = scan->own == NULL ? -1 : scan->own->log_write_fd;

	standard[0] = role == SCAN_LOGGER ? service->log_read_fd : means->input_fd;
	standard[1] = -1;
	if (role == SCAN_SERVICE)
		standard[1] = service->log_write_fd == -1 ? own : service->log_write_fd;
	standard[2] = service->own ? means->outside_fd : own;
}

static void
report(struct scan *scan, struct service_means *means, const struct spawn_failure *failure,
    int64_t now_ms)
{
	static const char *const verbs[] = {
	    [SPAWN_DESCRIPTORS] = "set up descriptors for",
	    [SPAWN_DIRECTORY] = "switch to",
	    [SPAWN_EXEC] = "start supervise",
	};
	enum scan_role role;
	struct scan_service *service = scan_of_pid(scan, failure->pid, &role);

	if (service == NULL)
		return;
	/* It has not lived at all, however long it took to find that out. */
	service->child[role].started_ms = now_ms;
	if (!msg_due(&service->child[role].fault, failure->error, now_ms))
		return;
	if (service->own) { /* a logger that does not run cannot log why */
		ownlog_leave(means);
		means->doubtful = true;
	}
	msg_warn_sys(failure->error, "unable to %s %s%s", verbs[failure->stage], service->name,
	    failure->stage == SPAWN_DIRECTORY ? "" : service_suffix(role));
}

static void
start_supervise(struct scan *scan, struct service_means *means, struct scan_service *service,
    enum scan_role role, int64_t now_ms)
{
	char program[] = "supervise";
	char log[] = SERVICEDIR_LOG, here[] = ".";
	/* A removed service has no name any more. */
	char *name = role == SCAN_LOGGER ? log : service->removed ? here : service->name;
	char *argv[] = {program, name, NULL};
	struct spawn_failure failure = {.pid = 0};
	struct spawn child = {
	    .file = program,
	    .argv = argv,
	    .lock = -1,
	    .directory = name == service->name ? -1 : service->directory_fd,
	    .report = means->report_fd[1],
	    .group = SPAWN_OWN_GROUP,
	    .environment = means->environment,
	    .nofile = means->nofile,
	    /* What hangs in another part of $PATH by now must not make us hang. */
	    .found = &means->found,
	    /* Nothing else that the child needs has this number: the signals have it here, or
	     * whatever we were started with. */
	    .placed = means->bell->ring_fd,
	    .place = SV_BELL_FD,
	};

	choose_standard(scan, means, service, role, child.standard);
	pid_t pid = spawn_supervise(scan, means, service, role, now_ms, &child, &failure);
	if (pid != -1) {
		plan_started(scan, service, role, pid, now_ms);
		if (failure.pid != 0)
			report(scan, means, &failure, now_ms);
		return;
	}
	const int error = errno;
	if (msg_due(&service->child[role].fault, error, now_ms))
		msg_warn_sys(error, "unable to fork for %s%s", service->name, service_suffix(role));
	plan_failed(scan, service, role, now_ms);
}

static void
look_for_past(struct scan_service *service, enum scan_role role)
{
	service->child[role].past = find_past(service, role);
}

/* The pipe that a predecessor of ours made goes on. */
static bool
open_all(struct adopt *adopt, const struct scan *scan, const struct service_means *means,
    struct scan_service *service, int64_t now_ms)
{
	if (!open_directory(means, service, now_ms))
		return false;
	look_for_past(service, SCAN_SERVICE);
	look_for_past(service, SCAN_LOGGER);
	if (service->log_read_fd == -1 && !adopt_pipe(adopt, scan, means, service))
		return fail(service, "reopen pipe for", "", now_ms);
	return true;
}

bool
service_prepare(struct adopt *adopt, const struct scan *scan, const struct service_means *means,
    struct scan_service *service, int64_t now_ms)
{
	return open_all(adopt, scan, means, service, now_ms) &&
	       provide_pipe(means, service, now_ms);
}

void
service_start(struct scan *scan, struct service_means *means, struct adopt *adopt,
    struct scan_service *service, enum scan_role role, int64_t now_ms)
{
	struct scan_child *child = &service->child[role];
	enum adopt_result adopted = ADOPT_LATER;

	if (role == SCAN_LOGGER)
		look_for_past(service, role);
	if (role == SCAN_LOGGER || open_all(adopt, scan, means, service, now_ms))
		adopted = adopt_supervise(adopt, scan, means, service, role, now_ms);
	if (adopted == ADOPT_DONE)
		return;
	/* Whoever is in the way for longer than that is reported by a supervise that fails. */
	child->pending = adopted == ADOPT_LATER && child->delay_ms < SCAN_RETRY_MAX_MS;
	if (adopted == ADOPT_NOTHING && !plan_wants(scan, service, role))
		return;
	if (adopted == ADOPT_LATER ||
	    (role == SCAN_SERVICE && !provide_pipe(means, service, now_ms)))
		plan_failed(scan, service, role, now_ms);
	else
		start_supervise(scan, means, service, role, now_ms);
}

void
service_report_failures(struct scan *scan, struct service_means *means, int64_t now_ms)
{
	struct spawn_failure failure;

	/* Written in one piece, hence read in one piece. */
	while (fd_read(means->report_fd[0], &failure, sizeof failure) == (ssize_t)sizeof failure)
		report(scan, means, &failure, now_ms);
}
