/* members: see members.h.
 * SPDX-License-Identifier: ISC */
#include "members.h"

#include "clock.h"
#include "file.h"
#include "num.h"
#include "proc.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

enum {
	DEPTH_MAX = 10000, /* of the family tree; a chain of numbers used again could be a ring */
	QUICK_ROUNDS = 16, /* at the youngest processes, for one look at all of them */
	LATEST = 12,       /* how many of them ... */
	AHEAD = 2,         /* ... and how many that are born meanwhile */
};

static bool
is_spared(const struct members *members, pid_t pid)
{
	for (size_t i = 0; i < members->spared_count; i++)
		if (members->spared[i] == pid)
			return true;
	return false;
}

/* Climbs from PROCESS to ourselves. */
static bool
descends(const struct members *members, struct proc process)
{
	const pid_t self = getpid();

	for (int depth = 0; depth < DEPTH_MAX; depth++) {
		if (process.parent == self)
			return !is_spared(members, process.pid);
		if (process.parent <= 1 || !proc_read(process.parent, &process))
			return false;
	}
	return false;
}

static bool
is_member(const struct members *members, pid_t pid)
{
	struct proc process;

	if (!proc_read(pid, &process) || !proc_is_alive(&process))
		return false;
	switch (members->of) {
	case MEMBERS_GROUP:
		return process.group == members->root;
	case MEMBERS_SESSION:
		return process.group == members->root || process.session == members->root;
	default:
		return descends(members, process);
	}
}

/* True if it is one, and alive. */
static bool
signal_member(const struct members *members, pid_t pid, int signal)
{
	if (!is_member(members, pid))
		return false;
	if (signal == 0)
		return true;
	/* The descriptor means one process for ever: if that is a member, it is the right one.
	 * Before Linux 5.3 the look has to do. ESRCH: it has just died. */
	const int fd = proc_open(pid);
	if (fd == -1) {
		(void)kill(pid, signal);
		return true;
	}
	const bool member = is_member(members, pid);
	if (member)
		(void)proc_signal(fd, signal);
	close(fd);
	return member;
}

size_t
members_signal(const struct members *members, int signal)
{
	struct proc_walk walk;
	pid_t pid;
	size_t count = 0;

	if (!proc_walk_open(&walk))
		return 0;
	while ((pid = proc_walk_next(&walk)) != 0)
		count += signal_member(members, pid, signal);
	proc_walk_close(&walk);
	return count;
}

/* The number that was given out last (proc(5), loadavg); 0 = unknown. */
static uint64_t
latest(void)
{
	char text[128];
	uint64_t last = 0;

	if (file_read(AT_FDCWD, "/proc/loadavg", text, sizeof text) == -1)
		return 0;
	const char *digits = strrchr(text, ' ');
	if (digits != NULL)
		num_prefix(digits + 1, &last);
	return last;
}

/* What forks and exits is gone before a look at all processes is over. But its next number is close
 * to the latest one, and those few are looked at quickly. */
static void
kill_latest(const struct members *members)
{
	const uint64_t last = latest();

	for (uint64_t back = 0; back < LATEST && back < last; back++)
		signal_member(members, (pid_t)(last + AHEAD - back), SIGKILL);
}

bool
members_are_gone(const struct members *members)
{
	const uint64_t before = latest();
	return members_signal(members, 0) == 0 && latest() == before;
}

size_t
members_kill(const struct members *members, int limit_ms)
{
	const int64_t deadline_ms = clock_ms() + limit_ms;
	size_t count;

	do {
		for (int i = 0; i < QUICK_ROUNDS; i++)
			kill_latest(members);
		count = members_signal(members, SIGKILL);
	} while (count > 0 && clock_ms() < deadline_ms);
	return count;
}

bool
members_are_visible(void)
{
	struct proc_walk walk;
	const bool visible = proc_walk_open(&walk);
	if (visible)
		proc_walk_close(&walk);
	return visible;
}
