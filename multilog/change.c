/* change: see change.h.
 * SPDX-License-Identifier: ISC */
#include "change.h"

#include "clock.h"
#include "fd.h"
#include "msg.h"
#include "pause.h"
#include "room.h"
#include "sigfd.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <unistd.h>

enum { LOOK_MS = 250 };

/* Signals of which any number is one: what is told is that something has changed, not what. */
enum { LOGS = SIGIO, TREE = SIGURG };
static const int signals[] = {LOGS, TREE};
static int fd_signals = -1;

static int *tree; /* the descriptors of its watched directories */
static size_t tree_count;

/* The kernel does not tell of all directories. */
static bool blind;

void
change_begin(void)
{
	fd_signals = sigfd_open(signals, sizeof signals / sizeof *signals);
	/* Without it the first notification would end us. */
	if (fd_signals == -1)
		msg_die_sys(MSG_TEMPORARY, errno, "unable to watch for changes");
}

static void
watch(int dir, int signal, unsigned long events)
{
	if (fcntl(dir, F_SETSIG, signal) == -1 || fcntl(dir, F_NOTIFY, events | DN_MULTISHOT) == -1)
		blind = true;
}

void
change_watch_log(int dir)
{
	watch(dir, LOGS, DN_MODIFY | DN_CREATE | DN_RENAME);
}

bool
change_watch_tree(const char *path)
{
	const int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd == -1) {
		blind = blind || (errno != ENOENT && errno != ENOTDIR);
		return false;
	}
	tree = room_for(tree, tree_count + 1, sizeof *tree);
	tree[tree_count++] = fd;
	watch(fd, TREE, DN_CREATE | DN_RENAME);
	return true;
}

void
change_forget_tree(void)
{
	while (tree_count > 0)
		close(tree[--tree_count]);
}

/* What was told since the last time. */
static unsigned
told(void)
{
	unsigned changes = 0;
	int signal;

	while ((signal = sigfd_next(fd_signals)) != 0)
		changes |= signal == TREE ? CHANGE_TREE : CHANGE_LOGS;
	return changes;
}

unsigned
change_wait(void)
{
	const int64_t deadline = blind ? clock_ms() + LOOK_MS : CLOCK_NEVER;
	unsigned changes = told();

	while (changes == 0) {
		/* Without any events the output is ready only by an error: its reader has gone. */
		struct pollfd slots[] = {
		    {.fd = fd_signals, .events = POLLIN}, {.fd = STDOUT_FILENO}};
		pause_until(slots, 2, deadline);
		changes = told();
		if (slots[1].revents != 0)
			changes |= CHANGE_READER;
		if (blind && clock_ms() >= deadline)
			changes |= CHANGE_LOGS | CHANGE_TREE;
	}
	return changes;
}
