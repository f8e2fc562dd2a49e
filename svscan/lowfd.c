/* lowfd: see lowfd.h.
 * SPDX-License-Identifier: ISC */
#include "lowfd.h"

#include "fd.h"
#include "file.h"
#include "num.h"
#include "spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <unistd.h>

/* The kernel's smallest table (NR_OPEN_DEFAULT): less than that saves nothing. */
enum { LOW_MIN = 64 };

/* The first number above all descriptors that we have inherited, which go on to our children; or 0 if
 * that cannot be told. Our own are close-on-exec, each of them. */
static int
above_inherited(void)
{
	struct file_walk walk;
	const char *name;
	uint64_t fd;
	int above = LOW_MIN;

	if (!file_walk_open(&walk, "/proc/self/fd"))
		return 0;
	while ((name = file_walk_next(&walk)) != NULL)
		if (num_parse(name, INT32_MAX - 1, &fd) && (int)fd >= above &&
		    (fcntl((int)fd, F_GETFD) & FD_CLOEXEC) == 0)
			above = (int)fd + 1;
	if (errno != 0)
		above = 0;
	file_walk_close(&walk);
	return above;
}

/* No child is made that way any more. */
static void
give_up(struct lowfd *lowfd)
{
	lowfd->low = 0;
	fd_close(&lowfd->home_fd);
	for (size_t i = 0; i < LOWFD_COUNT; i++)
		fd_close(&lowfd->fd[i]);
}

static bool
open_all(struct lowfd *lowfd)
{
	lowfd->home_fd = open("/", O_PATH | O_CLOEXEC);
	if (lowfd->home_fd == -1)
		return false;
	for (size_t i = 0; i < LOWFD_COUNT; i++) {
		lowfd->fd[i] = fcntl(lowfd->home_fd, F_DUPFD_CLOEXEC, 0);
		if (lowfd->fd[i] == -1)
			return false;
		if (lowfd->fd[i] >= lowfd->low)
			lowfd->low = lowfd->fd[i] + 1;
	}
	return true;
}

void
lowfd_open(struct lowfd *lowfd, rlim_t fd_limit)
{
	*lowfd = (struct lowfd){.home_fd = -1, .fd = {-1, -1, -1, -1}};
	if (spawn_may_lend())
		lowfd->low = above_inherited();
	/* With so few descriptors there is nothing to be saved, and none to spare. */
	if (lowfd->low == 0 || fd_limit <= (rlim_t)lowfd->low || !open_all(lowfd))
		give_up(lowfd);
}

/* False if FD is to be in a slot, but cannot. */
static bool
lower(struct lowfd *lowfd, int *fd)
{
	if (*fd < lowfd->low)
		return true;
	if (dup3(*fd, lowfd->fd[lowfd->used], O_CLOEXEC) == -1)
		return false;
	*fd = lowfd->fd[lowfd->used++];
	return true;
}

int
lowfd_take(struct lowfd *lowfd, struct spawn *child)
{
	const struct spawn before = *child;
	/* The number of what is inherited is in its environment. */
	bool all = lowfd->low != 0 && child->inherited < lowfd->low && lower(lowfd, &child->placed);

	for (int i = 0; all && i <= 2; i++)
		all = lower(lowfd, &child->standard[i]);
	if (all)
		return lowfd->low;
	*child = before;
	return 0;
}

void
lowfd_leave(struct lowfd *lowfd)
{
	while (lowfd->low != 0 && lowfd->used > 0)
		/* A pipe that stays open there would never end. */
		if (dup3(lowfd->home_fd, lowfd->fd[--lowfd->used], O_CLOEXEC) == -1)
			give_up(lowfd);
	lowfd->used = 0;
}
