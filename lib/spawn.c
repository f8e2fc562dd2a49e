/* spawn: see spawn.h.
 * SPDX-License-Identifier: ISC */
#include "spawn.h"

#include "fd.h"
#include "msg.h"
#include "sigfd.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Of close_range(2), in a header of the kernel that musl-gcc does not find. */
enum { UNSHARE = 1 << 1 };

/* Younger than some of the systems that we are built on; wrong where it has another number, and then
 * as where there is no such call. */
#ifndef SYS_close_range
#define SYS_close_range 436
#endif

extern char **environ;

/* Writes DIRECTORY (LENGTH bytes, empty means ".") and "/FILE" to PATH; false if too long. */
static bool
join(char path[PATH_MAX], const char *directory, size_t length, const char *file)
{
	if (length == 0) {
		directory = ".";
		length = 1;
	}
	if (length + 1 + strlen(file) >= PATH_MAX)
		return false;
	memcpy(path, directory, length);
	path[length] = '/';
	strcpy(path + length + 1, file);
	return true;
}

static bool
worth_searching_on(int error)
{
	return error == ENOENT || error == EACCES || error == EPERM || error == EISDIR;
}

/* FOUND, unless NULL: where in SEARCH it was found the last time, and is tried first. */
static void
execute(const char *search, const char *file, char *const *argv, char *const *environment,
    size_t *found)
{
	char path[PATH_MAX];
	int remembered = ENOENT;

	if (strchr(file, '/') != NULL) {
		execve(file, argv, environment);
		return;
	}
	if (search == NULL)
		search = "/bin:/usr/bin";
	bool known = found != NULL && *found != 0;
	const char *part = search + (known ? *found : 0);
	for (;;) {
		size_t length = strcspn(part, ":");
		if (found != NULL)
			*found = (size_t)(part - search);
		errno = ENAMETOOLONG;
		if (join(path, part, length, file))
			execve(path, argv, environment);
		/* Whatever is wrong where it was, what stands elsewhere may be right. */
		if (!known && !worth_searching_on(errno))
			return;
		if (!known && errno != ENOENT)
			remembered = errno;
		if (!known && part[length] == '\0')
			break;
		part = known ? search : part + length + 1;
		known = false;
	}
	errno = remembered;
}

void
spawn_exec_in(const char *search, const char *file, char *const *argv)
{
	execute(search, file, argv, environ, NULL);
}

void
spawn_exec(const char *file, char *const *argv)
{
	spawn_exec_in(getenv("PATH"), file, argv);
}

/* The sources lie above 2, or below what they become (spawn.h), so no dup2 overwrites one that is
 * still needed. */
static bool
set_standard(const int standard[3])
{
	for (int fd = 0; fd <= 2; fd++)
		if (standard[fd] != -1 && dup2(standard[fd], fd) == -1)
			return false;
	return true;
}

/* Puts a descriptor where the program expects it, the last thing before it executes: what was there
 * is not needed any more, but for the REPORT. */
static bool
place(const struct spawn *child, int *report)
{
	if (child->placed <= 2)
		return true;
	if (child->placed == child->place)
		return fcntl(child->placed, F_SETFD, 0) != -1;
	if (*report == child->place) {
		const int moved = fcntl(*report, F_DUPFD_CLOEXEC, child->place + 1);
		if (moved == -1)
			return false;
		*report = moved;
	}
	return dup2(child->placed, child->place) != -1;
}

/* What was shared with our parent becomes our own: the descriptors below LOW, in a table that has room
 * for no more. */
static bool
own_table(int low)
{
	return syscall(SYS_close_range, (unsigned)low, ~0U, UNSHARE) == 0;
}

/* Everything between fork and exec. Nothing here may change memory that a parent reads, since with LOW
 * it is the same, but for child->found. Returns the stage that failed, with errno set. */
static enum spawn_stage
become(const struct spawn *child, pid_t parent, int *report, int low)
{
	if (child->lock != -1)
		close(child->lock);
	if (child->life != SPAWN_OUTLIVES) {
		/* Cannot fail with a valid signal (prctl(2)). */
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(MSG_TEMPORARY); /* it died before that */
	}
	/* Neither can fail in a new child that leads nothing; if it could, the program would
	 * still run, only less apart. */
	if (child->group == SPAWN_OWN_SESSION)
		(void)setsid();
	else if (child->group == SPAWN_OWN_GROUP)
		(void)setpgid(0, 0);
	if (child->nofile != NULL)
		/* Lowering what we raised: allowed. As prlimit(2), since setrlimit(3) of musl brings
		 * all that it takes to ask other threads. */
		(void)prlimit(0, RLIMIT_NOFILE, child->nofile, NULL);
	if (child->directory != -1 && fchdir(child->directory) == -1)
		return SPAWN_DIRECTORY;
	if (low != 0 && !own_table(low))
		return SPAWN_COPY;
	if (!set_standard(child->standard))
		return SPAWN_DESCRIPTORS;
	if (child->inherited > 2 && fcntl(child->inherited, F_SETFD, 0) == -1)
		return SPAWN_DESCRIPTORS;
	if (child->record != NULL) {
		errno = child->record(child->argument);
		if (errno != 0)
			return SPAWN_RECORD;
	}
	if (child->life == SPAWN_UNTIL_RECORDED)
		(void)prctl(PR_SET_PDEATHSIG, 0); /* from here on the record speaks for it */
	if (!place(child, report))
		return SPAWN_DESCRIPTORS;
	sigfd_restore();
	execute(getenv("PATH"), child->file, child->argv,
	    child->environment != NULL ? child->environment : environ, child->found);
	return SPAWN_EXEC;
}

pid_t
spawn(const struct spawn *child)
{
	const pid_t parent = getpid();
	pid_t pid = fork();
	if (pid != 0)
		return pid;

	struct spawn_failure failure;
	int report = child->report;
	failure.stage = (int)become(child, parent, &report, 0);
	failure.error = errno;
	failure.pid = getpid();
	/* If the report cannot be written the exit code still tells of a failure. */
	if (report != -1)
		(void)fd_write_all(report, &failure, sizeof failure);
	_exit(MSG_TEMPORARY);
}

/* ---- A child that borrows our memory --------------------------------------------------------- */

struct loan {
	const struct spawn *child;
	int low;
	struct spawn_failure *failure;
};

#ifdef FORKS_ONLY /* what watches the program follows nothing else */
static bool lends = false;
#else
static bool lends = true; /* until it turns out that this kernel, or a filter, does not let us */
#endif

/* On a stack of its own, in memory that is its parent's. */
static int
live_on(void *argument)
{
	const struct loan *loan = argument;
	int report = -1;

	loan->failure->stage = (int)become(loan->child, getppid(), &report, loan->low);
	loan->failure->error = errno;
	loan->failure->pid = getpid();
	_exit(MSG_TEMPORARY);
}

bool
spawn_may_lend(void)
{
	int status;

	if (prctl(PR_GET_SECCOMP, 0, 0, 0, 0) == 0)
		return true;
	const pid_t pid = fork();
	if (pid == 0) /* nothing is there to be closed */
		_exit(syscall(SYS_close_range, ~0U, ~0U, 0) == 0 ? 0 : MSG_TEMPORARY);
	return pid != -1 && waitpid(pid, &status, 0) == pid && status == 0;
}

/* The number of the child, or -1 with errno set: ENOSYS if only a copy will do. */
static pid_t
lend(struct loan *loan)
{
	/* For a path, and for what is called meanwhile. */
	_Alignas(16) char stack[PATH_MAX + 4096];
	struct spawn_failure *failure = loan->failure;

	const pid_t pid = clone(
	    live_on, stack + sizeof stack, CLONE_VM | CLONE_VFORK | CLONE_FILES | SIGCHLD, loan);
	if (pid == -1) {
		lends = errno == EAGAIN || errno == ENOMEM;
		errno = lends ? errno : ENOSYS;
		return -1;
	}
	if (failure->pid == 0 || failure->stage != SPAWN_COPY)
		return pid;
	lends = failure->error == ENOMEM;
	failure->pid = 0;
	/* It is about to end. If it is not reaped here, it will be where all others are. */
	(void)waitpid(pid, NULL, 0);
	errno = ENOSYS;
	return -1;
}

pid_t
spawn_lending(const struct spawn *child, int low, struct spawn_failure *failure)
{
	struct loan loan = {child, low, failure};

	failure->pid = 0;
	if (low == 0 || !lends)
		return spawn(child);
	const pid_t pid = lend(&loan);
	return pid == -1 && errno == ENOSYS ? spawn(child) : pid;
}

/* ---- Why it failed --------------------------------------------------------------------------- */

pid_t
spawn_reporting(struct spawn *child, int *report_fd)
{
	int ends[2];

	*report_fd = -1;
	if (!fd_pipe(ends))
		return -1;
	child->report = ends[1];
	/* Whatever inherits the other end may hold it open. */
	const pid_t pid = fd_set_nonblocking(ends[0], true) ? spawn(child) : -1;
	const int error = errno;
	fd_close(&ends[1]);
	if (pid == -1)
		fd_close(&ends[0]);
	*report_fd = ends[0];
	errno = error;
	return pid;
}

int
spawn_error(int *report_fd)
{
	struct spawn_failure failure;
	/* Written in one piece, hence read in one piece. */
	const bool told = fd_read(*report_fd, &failure, sizeof failure) == (ssize_t)sizeof failure;

	fd_close(report_fd);
	return told ? failure.error : 0;
}
