/* adopt: see adopt.h.
 * SPDX-License-Identifier: ISC */
#include "adopt.h"

#include "bell.h"
#include "find.h"
#include "plan.h"
#include "word.h"

#include "clock.h"
#include "fd.h"
#include "msg.h"
#include "svproto.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BLIND_MS = 1000 /* from look to look on kernels that cannot watch (before 5.3) */ };

/* Neither can fail but for a shortage, or a directory that we cannot look into either: as long as
 * that lasts nothing is adopted, or watched by looking. */
static void
get_ready(struct adopt *adopt, struct scan *scan)
{
	if (adopt->directory_fd == -1)
		adopt->directory_fd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (adopt->epoll_fd == -1)
		adopt->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (scan->boot[0] == '\0')
		proc_boot_id(scan->boot);
}

void
adopt_open(struct adopt *adopt, struct scan *scan)
{
	*adopt = (struct adopt){.directory_fd = -1, .epoll_fd = -1};
	get_ready(adopt, scan);
}

/* Two svscans on one directory must not both take what a third one left. The lock ends with the
 * process, so a killed svscan does not hinder its successor. */
static bool
may_adopt(struct adopt *adopt)
{
	if (!adopt->locked && adopt->directory_fd != -1)
		adopt->locked = flock(adopt->directory_fd, LOCK_EX | LOCK_NB) == 0;
	return adopt->locked;
}

/* ---- The pipe -------------------------------------------------------------------------------- */

static bool
is_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* Whether descriptor FD of PROCESS is a pipe, which is not our own output; -1 with errno set if
 * that cannot be told now. */
static int
is_pipe(const struct proc *process, int fd, struct stat *st)
{
	struct stat ours;
	const int found = proc_find_pipe(process->pid, fd, st);

	return found == 1 && fstat(STDOUT_FILENO, &ours) == 0 && is_same(&ours, st) ? 0 : found;
}

/* Opened without waiting for the other end, then made like a new pipe: the open descriptions are
 * ours alone. */
static int
open_end(pid_t pid, int number, int mode)
{
	int fd = proc_open_pipe(pid, number, mode);
	if (fd != -1 && !fd_set_nonblocking(fd, false))
		fd_close(&fd);
	return fd;
}

/* The end that is open must be of the pipe that was SEEN, and the other one is found through it: the
 * process may put something else there at any moment. */
static bool
open_both_ends(const struct service_means *means, struct scan_service *service,
    const struct proc *process, int fd, const struct stat *seen)
{
	int ends[2] = {open_end(process->pid, fd, O_RDONLY), -1};
	struct stat st;

	if (ends[0] != -1 && fstat(ends[0], &st) == 0) {
		if (is_same(&st, seen))
			ends[1] = open_end(getpid(), ends[0], O_WRONLY);
		else
			errno = EAGAIN;
	}
	if (ends[1] == -1 || !service_affords(means, ends[0]) || !service_affords(means, ends[1])) {
		const int error = errno;
		fd_close(&ends[0]);
		fd_close(&ends[1]);
		errno = error;
		return false;
	}
	service->log_read_fd = ends[0];
	service->log_write_fd = ends[1];
	service->drained = false;
	return true;
}

/* Where the pipe may be found, the surest place first. */
static const struct source {
	enum scan_role role;
	bool recorded; /* the child of a dead supervise; else the supervise */
	int fd;
} sources[] = {
    {SCAN_SERVICE, false, STDOUT_FILENO},
    {SCAN_LOGGER, false, STDIN_FILENO},
    {SCAN_LOGGER, true, STDIN_FILENO},
    {SCAN_SERVICE, true, STDOUT_FILENO},
};

/* What goes to svscan's own logger has no logger. */
static bool
is_own_pipe(const struct scan *scan, const struct stat *st)
{
	struct stat own;

	return scan->own != NULL && fstat(scan->own->log_read_fd, &own) == 0 && is_same(&own, st);
}

/* Whether there is one at SOURCE; -1 with errno set if that cannot be told now. */
static int
find_pipe(const struct scan *scan, const struct scan_service *service, const struct source *source,
    struct proc *process, struct stat *st)
{
	int directory = service_open_directory(service, source->role);
	const bool lives =
	    directory != -1 && (source->recorded ? sv_running(directory) != 1 &&
						       find_recorded(scan, directory, process)
						 : find_supervise(scan, directory, process));

	fd_close(&directory);
	const int found = lives ? is_pipe(process, source->fd, st) : 0;
	return found == 1 && is_own_pipe(scan, st) ? 0 : found;
}

/* Whether nobody has the reading end: poll(2) tells by POLLERR. */
static bool
is_unread(const struct proc *process, int fd)
{
	struct pollfd end = {.fd = proc_open_pipe(process->pid, fd, O_WRONLY)};
	const bool unread = end.fd != -1 && poll(&end, 1, 0) == 1 && (end.revents & POLLERR) != 0;
	fd_close(&end.fd);
	return unread;
}

/* The svscan before us may have been killed after it had started the service and before the logger,
 * for the first time ever: the pipe is at the supervise of the service, and is nobody else's. */
static bool
may_await_logger(const struct scan_service *service)
{
	int log = service_open_directory(service, SCAN_LOGGER);
	const bool may = log != -1;

	fd_close(&log);
	return may;
}

bool
adopt_pipe(struct adopt *adopt, const struct scan *scan, const struct service_means *means,
    struct scan_service *service)
{
	struct proc process;
	struct stat st;

	if (!may_adopt(adopt) ||
	    (!service->child[SCAN_SERVICE].past && !service->child[SCAN_LOGGER].past))
		return true;
	const bool had = find_had_logger(scan, service);
	const size_t all = sizeof sources / sizeof *sources;
	/* A logger that never was has left its end nowhere, and no child that is recorded. */
	const size_t places = had ? all : may_await_logger(service) ? 1 : 0;
	for (size_t i = 0; i < places; i++) {
		const int found = find_pipe(scan, service, &sources[i], &process, &st);
		/* Another pipe than theirs would leave the logger without the service's lines. */
		if (found == -1)
			return false;
		if (found == 1 && (had || is_unread(&process, sources[i].fd)))
			return open_both_ends(means, service, &process, sources[i].fd, &st);
	}
	return true;
}

/* Whether descriptor FD of PROCESS is the pipe that we keep for SERVICE; 1 also if there is nothing
 * to compare. If not (0), THEIRS tells which it is. -1 with errno set: it cannot be told now. */
static int
has_our_pipe(
    const struct scan_service *service, const struct proc *process, int fd, struct stat *theirs)
{
	struct stat ours;

	if (service->log_read_fd == -1)
		return 1;
	const int found = is_pipe(process, fd, theirs);
	if (found == 1 && fstat(service->log_read_fd, &ours) == 0)
		return is_same(theirs, &ours);
	return found == -1 ? -1 : 1;
}

/* A supervise that was just being started when svscan was killed may show itself only after we have
 * made another pipe. It has not been used by a service yet: the service's own one counts. */
static bool
change_pipe(const struct service_means *means, struct scan_service *service,
    const struct proc *supervise, const struct stat *theirs)
{
	if (service->child[SCAN_LOGGER].pid != 0 && !word_tell_logger(service))
		return false;
	fd_close(&service->log_read_fd);
	fd_close(&service->log_write_fd);
	return open_both_ends(means, service, supervise, STDOUT_FILENO, theirs);
}

/* ---- Taking ---------------------------------------------------------------------------------- */

static void
watch(struct adopt *adopt, struct scan_child *child)
{
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = child};

	child->watched = child->process_fd != -1 && adopt->epoll_fd != -1 &&
			 epoll_ctl(adopt->epoll_fd, EPOLL_CTL_ADD, child->process_fd, &event) == 0;
	adopt->blind += !child->watched;
}

/* Service and logger have to have the same pipe, or lines would go nowhere. The supervise may have
 * shown itself only after the pipe was looked for. */
static bool
agree_on_pipe(struct adopt *adopt, const struct scan *scan, const struct service_means *means,
    struct scan_service *service, enum scan_role role, const struct proc *supervise, int directory)
{
	struct stat theirs;

	if (role == SCAN_SERVICE && service->log_read_fd == -1)
		return adopt_pipe(adopt, scan, means, service);
	const int ours = has_our_pipe(
	    service, supervise, role == SCAN_SERVICE ? STDOUT_FILENO : STDIN_FILENO, &theirs);
	if (ours != 0)
		return ours == 1;
	if (role == SCAN_SERVICE)
		return change_pipe(means, service, supervise, &theirs);
	/* It ends with the logger, when nobody writes to it any more; then comes ours. */
	(void)sv_send(directory, "xc", 2, 0);
	return false;
}

/* It may have failed while there was no svscan, or under another parent. A message of its own comes
 * first, and tells more. */
static void
listen_to(const struct service_means *means, const struct scan_service *service,
    enum scan_role role, const struct proc *supervise, int directory)
{
	int status;

	if (!bell_adopt(means->bell, supervise))
		msg_warn_sys(
		    errno, "unable to open bell of %s%s", service->name, service_suffix(role));
	if (find_failure(directory, &status))
		bell_ring(means->bell, supervise->pid, status);
}

static enum adopt_result
take(struct adopt *adopt, struct scan *scan, const struct service_means *means,
    struct scan_service *service, enum scan_role role, int directory, int64_t now_ms)
{
	struct scan_child *child = &service->child[role];
	struct proc supervise, again;

	if (!find_supervise(scan, directory, &supervise))
		return child->delay_ms < SCAN_RETRY_MAX_MS && find_pending(scan, directory)
			   ? ADOPT_LATER
			   : ADOPT_NOTHING;
	/* First the descriptor, then a look: so the look is at the process that it means. */
	int fd = proc_open(supervise.pid);
	if (!proc_read(supervise.pid, &again) || again.ticks != supervise.ticks ||
	    (fd != -1 && !service_affords(means, fd)) ||
	    !agree_on_pipe(adopt, scan, means, service, role, &supervise, directory)) {
		fd_close(&fd);
		return ADOPT_LATER;
	}
	plan_adopted(scan, service, role, &supervise, fd, now_ms);
	watch(adopt, child);
	/* A svscan that is killed while it kills services may have stopped it for that. */
	word_signal(child, SIGCONT);
	listen_to(means, service, role, &supervise, directory);
	msg_say(
	    "adopted %s%s (supervise %d)", service->name, service_suffix(role), (int)supervise.pid);
	return ADOPT_DONE;
}

bool
adopt_is_pending(struct adopt *adopt, const struct scan *scan, const struct scan_service *service,
    enum scan_role role)
{
	int directory = service_open_directory(service, role);
	const bool pending = directory != -1 && may_adopt(adopt) && find_pending(scan, directory);
	fd_close(&directory);
	return pending;
}

enum adopt_result
adopt_supervise(struct adopt *adopt, struct scan *scan, const struct service_means *means,
    struct scan_service *service, enum scan_role role, int64_t now_ms)
{
	int directory = service_open_directory(service, role);
	if (directory == -1)
		return ADOPT_NOTHING;
	get_ready(adopt, scan);
	const enum adopt_result result =
	    may_adopt(adopt) && service->child[role].past
		? take(adopt, scan, means, service, role, directory, now_ms)
		: ADOPT_NOTHING;
	close(directory);
	return result;
}

/* ---- Deaths ---------------------------------------------------------------------------------- */

static bool
is_dead(const struct scan_child *child)
{
	struct pollfd slot = {.fd = child->process_fd, .events = POLLIN};
	struct proc now;

	if (child->process_fd != -1)
		return poll(&slot, 1, 0) == 1;
	return !proc_read(child->pid, &now) || now.ticks != child->ticks || !proc_is_alive(&now);
}

static struct scan_child *
find_dead_unwatched(const struct scan *scan)
{
	for (size_t i = 0; i < scan->count; i++)
		for (int role = 0; role < SCAN_ROLES; role++) {
			struct scan_child *child = &scan->services[i]->child[role];
			if (child->adopted && !child->watched && is_dead(child))
				return child;
		}
	return NULL;
}

struct scan_child *
adopt_next_death(struct adopt *adopt, const struct scan *scan, int64_t now_ms)
{
	struct epoll_event event;
	struct scan_child *child = NULL;

	if (adopt->epoll_fd != -1 && epoll_wait(adopt->epoll_fd, &event, 1, 0) == 1)
		return event.data.ptr;
	if (adopt->blind == 0 || now_ms < adopt->look_ms)
		return NULL;
	child = find_dead_unwatched(scan);
	if (child == NULL)
		adopt->look_ms = now_ms + BLIND_MS;
	return child;
}

int64_t
adopt_deadline(const struct adopt *adopt)
{
	return adopt->blind == 0 ? CLOCK_NEVER : adopt->look_ms;
}

void
adopt_release(struct adopt *adopt, struct scan_child *child)
{
	if (!child->adopted)
		return;
	adopt->blind -= !child->watched;
	/* Closing would not be enough: a child of ours that has not executed yet still has a
	 * copy, and the entry would outlive its owner (epoll(7)). */
	if (child->watched)
		(void)epoll_ctl(adopt->epoll_fd, EPOLL_CTL_DEL, child->process_fd, NULL);
	fd_close(&child->process_fd);
	child->adopted = child->watched = false;
}
