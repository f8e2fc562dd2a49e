/* members: see members.h.
 * SPDX-License-Identifier: ISC */
#include "members.h"

#include "proc.h"

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <unistd.h>

enum { ROUNDS_MAX = 100 /* for members that fork faster than we look */ };

static bool
is_member(pid_t pid, pid_t group)
{
	struct proc process;
	return proc_read(pid, &process) && process.group == group && proc_is_alive(&process);
}

/* True if it was one. */
static bool
signal_member(pid_t pid, pid_t group, int signal)
{
	if (!is_member(pid, group))
		return false;
	/* The descriptor means one process for ever: if that is a member, it is the right one.
	 * Before Linux 5.3 the look has to do. */
	int fd = proc_open(pid);
	if (fd == -1) {
		(void)kill(pid, signal); /* ESRCH: it has just died */
		return true;
	}
	const bool member = is_member(pid, group);
	if (member)
		(void)proc_signal(fd, signal);
	close(fd);
	return member;
}

static size_t
signal_all(pid_t group, int signal)
{
	struct proc_walk walk;
	pid_t pid;
	size_t count = 0;

	if (!proc_walk_open(&walk))
		return 0;
	while ((pid = proc_walk_next(&walk)) != 0)
		count += signal_member(pid, group, signal);
	proc_walk_close(&walk);
	return count;
}

void
members_signal(pid_t group, int signal)
{
	for (int round = 0; round < ROUNDS_MAX; round++)
		if (signal_all(group, signal) == 0 || signal != SIGKILL)
			return;
}
