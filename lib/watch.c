/* watch: see watch.h.
 * SPDX-License-Identifier: ISC */
#include "watch.h"

#include "fd.h"
#include "svproto.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* Files are put into a directory by making or renaming them, which is how all of supervise/ changes,
 * and removed by somebody who begins anew. */
enum { CHANGES = DN_CREATE | DN_RENAME | DN_DELETE };

/* Opens supervise/ of SERVICE, or SERVICE itself as long as that has none, and asks for a signal.
 * Where we cannot make one in SERVICE, no supervise of ours will: it may come anywhere. */
static int
open_notified(int service)
{
	int path = sv_open_directory(service);
	const bool comes = path == -1 && errno == ENOENT && faccessat(service, ".", W_OK, 0) == 0;
	const int watched = comes ? service : path;
	int fd = watched == -1 ? -1 : openat(watched, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	fd_close(&path);
	if (fd != -1 && fcntl(fd, F_NOTIFY, CHANGES | DN_MULTISHOT) == -1)
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

/* Whether the directory is still the one that is to be watched: somebody may have removed
 * supervise/, while the supervise that it belonged to lives on. */
static bool
is_current(const struct watch *watch)
{
	struct stat now, watched;
	int path = sv_open_directory(watch->service);
	const bool current = path != -1 && watch->directory != -1 && fstat(path, &now) == 0 &&
			     fstat(watch->directory, &watched) == 0 &&
			     now.st_dev == watched.st_dev && now.st_ino == watched.st_ino;

	fd_close(&path);
	return current;
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
	if (watch->ok != -1 && !has_gone(watch->ok) && is_current(watch))
		return true;
	/* The next one may have another directory. */
	watch_forget(watch);
	watch->directory = open_notified(watch->service);
	watch->ok = sv_open_ok(watch->service);
	return watch->ok != -1;
}

bool
watch_once(int directory, int signal)
{
	return fcntl(directory, F_SETSIG, signal) != -1 &&
	       fcntl(directory, F_NOTIFY, CHANGES) != -1;
}

struct pollfd
watch_slot(const struct watch *watch)
{
	/* Without any events it is ready only by an error: its last reader has gone (poll(2)). */
	return (struct pollfd){.fd = watch->ok};
}
