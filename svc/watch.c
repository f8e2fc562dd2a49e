/* watch: see watch.h.
 * SPDX-License-Identifier: ISC */
#include "watch.h"

#include "fd.h"
#include "sigfd.h"
#include "svproto.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

/* What the kernel sends for a notification. A standard signal: any number of changes is one. */
static const int notification[] = {SIGIO};

static int signals = -1;

void
watch_begin(void)
{
	struct rlimit limit;

	/* Three or four descriptors for each service. If it fails, some are looked at instead. */
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		(void)prlimit(0, RLIMIT_NOFILE, &limit, NULL);
	}
	signals = sigfd_open(notification, 1);
}

/* Opens supervise/ of SERVICE and asks for a signal when files are put into it, which is how all of
 * them change, or removed, which somebody may do to begin anew. */
static int
open_notified(int service)
{
	int path = sv_open_directory(service);
	/* Unless the signal is blocked and read, it would end us. */
	int fd = path == -1 || signals == -1
		     ? -1
		     : openat(path, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	fd_close(&path);
	if (fd != -1 && fcntl(fd, F_NOTIFY, DN_CREATE | DN_RENAME | DN_DELETE | DN_MULTISHOT) == -1)
		fd_close(&fd); /* a kernel without it */
	return fd;
}

static bool
has_gone(int ok)
{
	struct pollfd slot = {.fd = ok};
	/* A failure (no memory) counts as gone: placing it anew does no harm. */
	return poll(&slot, 1, 0) != 0;
}

void
watch_forget(struct watch *watch)
{
	fd_close(&watch->ok);
	fd_close(&watch->directory);
}

bool
watch_place(struct watch *watch)
{
	/* The next one may have another directory. */
	if (watch->ok == -1 || has_gone(watch->ok)) {
		watch_forget(watch);
		watch->directory = open_notified(watch->service);
		watch->ok = sv_open_ok(watch->service);
	}
	return watch->ok != -1 && watch->directory != -1;
}

int
watch_signals(void)
{
	return signals;
}

void
watch_drain(void)
{
	while (signals != -1 && sigfd_next(signals) != 0)
		;
}

struct pollfd
watch_slot(const struct watch *watch)
{
	/* Without any events it is ready only by an error: its last reader has gone (poll(2)). */
	return (struct pollfd){.fd = watch->ok};
}
