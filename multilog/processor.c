/* processor: see processor.h.
 * SPDX-License-Identifier: ISC */
#include "processor.h"

#include "clock.h"
#include "fd.h"
#include "file.h"
#include "logdir.h"
#include "msg.h"
#include "spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STATE_FD = 4, NEWSTATE_FD = 5, FIRST_FREE_FD = 6 };

/* The child's files, opened in this order, so that none lands on a number that is set later. */
static const struct {
	const char *name;
	int flags;
	nlink_t links;
	int fd;
} files[] = {
    {LOGDIR_PREVIOUS, O_RDONLY, 2, STDIN_FILENO},
    {LOGDIR_PROCESSED, O_WRONLY | O_CREAT | O_TRUNC, 1, STDOUT_FILENO},
    {LOGDIR_STATE, O_RDONLY, 1, STATE_FD},
    {LOGDIR_NEWSTATE, O_WRONLY | O_CREAT | O_TRUNC, 1, NEWSTATE_FD},
};

void
processor_init(struct processor *processor, const char *command)
{
	*processor = (struct processor){.command = command, .fd_report = -1};
}

/* FD becomes the descriptor NUMBER of the program to be executed. */
static bool
place(int fd, int number)
{
	if (fd == number)
		return fcntl(fd, F_SETFD, 0) != -1;
	if (dup2(fd, number) == -1)
		return false;
	close(fd);
	return true;
}

/* Runs in the child, in the log directory. 0 or an errno. */
static int
open_files(void *unused)
{
	(void)unused;
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		/* What a processor that crashed has left behind may still write to the old one. If
		 * it cannot be removed the open tells. */
		if ((files[i].flags & O_CREAT) != 0)
			(void)unlinkat(AT_FDCWD, files[i].name, 0);
		int fd = file_open_private(AT_FDCWD, files[i].name, files[i].flags,
		    LOGDIR_MODE_OPEN, FILE_REGULAR, files[i].links);
		/* Without the O_NONBLOCK of a private open. */
		if (fd == -1 || fcntl(fd, F_SETFL, 0) == -1 || !place(fd, files[i].fd))
			return errno;
	}
	/* Cannot fail with these numbers. We may have been started with them ignored. */
	signal(SIGTERM, SIG_DFL);
	signal(SIGALRM, SIG_DFL);
	return 0;
}

/* It stays in our process group, as in 0.76: what is sent to the group reaches both. */
bool
processor_start(struct processor *processor, int directory, int lock)
{
	static char shell[] = "sh", option[] = "-c";
	char *const argv[] = {shell, option, (char *)(uintptr_t)processor->command, NULL};
	int ends[2];

	if (!fd_pipe(ends))
		return false;
	/* Above the numbers that the child sets. */
	int fd_report =
	    fd_set_nonblocking(ends[0], true) ? fcntl(ends[1], F_DUPFD_CLOEXEC, FIRST_FREE_FD) : -1;
	int error = errno;
	fd_close(&ends[1]);
	if (fd_report == -1) {
		fd_close(&ends[0]);
		errno = error;
		return false;
	}
	const struct spawn child = {
	    .file = "/bin/sh",
	    .argv = argv,
	    .lock = lock,
	    .directory = directory,
	    .standard = {-1, -1, -1},
	    .report = fd_report,
	    .group = SPAWN_SAME_GROUP,
	    .record = open_files,
	};
	pid_t pid = spawn(&child);
	error = errno;
	fd_close(&fd_report);
	if (pid == -1) {
		fd_close(&ends[0]);
		errno = error;
		return false;
	}
	processor->pid = pid;
	processor->fd_report = ends[0];
	return true;
}

/* The child is dead, or nobody can tell: then there may be nothing to be read yet. */
static void
say_why_not(struct processor *processor)
{
	struct spawn_failure failure;

	if (fd_read(processor->fd_report, &failure, sizeof failure) != (ssize_t)sizeof failure)
		msg_well(&processor->fault);
	else if (msg_due(&processor->fault, failure.error, clock_ms()))
		msg_fatal_sys(failure.error, "unable to run %s", processor->command);
	fd_close(&processor->fd_report);
}

enum processor_news
processor_look(struct processor *processor, int *status)
{
	pid_t pid = waitpid(processor->pid, status, WNOHANG);

	if (pid == 0 || (pid == -1 && errno == EINTR))
		return PROCESSOR_RUNS;
	const int error = errno;
	processor->pid = 0;
	say_why_not(processor);
	errno = error;
	return pid == -1 ? PROCESSOR_UNKNOWN : PROCESSOR_ENDED;
}

void
processor_kill(struct processor *processor)
{
	if (processor->pid > 0)
		(void)kill(processor->pid, SIGKILL); /* ours and unreaped: it exists */
}
