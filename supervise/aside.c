/* aside: see aside.h.
 * SPDX-License-Identifier: ISC */
#include "aside.h"

#include "fd.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

bool
aside_start(struct aside *aside, struct spawn child)
{
	int ends[2];

	aside->pid = 0;
	if (!fd_pipe(ends))
		return false;
	child.group = SPAWN_OWN_GROUP;
	child.report = ends[1];
	const pid_t pid = spawn(&child);
	const int error = errno;
	close(ends[1]);
	if (pid == -1) {
		close(ends[0]);
		errno = error;
		return false;
	}
	*aside = (struct aside){.pid = pid, .report = ends[0]};
	return true;
}

/* It leads a group, and is not reaped, so both numbers are its own. */
void
aside_kill(const struct aside *aside)
{
	(void)kill(-aside->pid, SIGKILL);
	(void)kill(aside->pid, SIGKILL); /* if it has not made its group yet */
}

int
aside_reap(struct aside *aside)
{
	struct spawn_failure failure;

	(void)waitpid(aside->pid, NULL, WNOHANG); /* it is dead and ours */
	/* One write, whole or not at all; whoever had the other end has executed or died. */
	const bool failed = fd_read(aside->report, &failure, sizeof failure) == sizeof failure;
	aside_forget(aside);
	return failed ? failure.error : 0;
}

void
aside_forget(struct aside *aside)
{
	aside->pid = 0;
	fd_close(&aside->report);
}
