/* ownlog: see ownlog.h.
 * SPDX-License-Identifier: ISC */
#include "ownlog.h"

#include "clock.h"
#include "fd.h"
#include "msg.h"
#include "scandir.h"
#include "servicedir.h"
#include "svproto.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

/* False with errno set. */
static bool
begin(struct adopt *adopt, struct scan *scan, struct service_means *means, struct scan_service *own)
{
	own->own = true;
	scan->own = own;
	/* Above the standard descriptors, which fd_reserve_standard has filled. */
	if (means->outside_fd == -1)
		means->outside_fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);
	return means->outside_fd != -1 && service_prepare(adopt, scan, means, own, clock_ms());
}

bool
ownlog_open(struct adopt *adopt, struct scan *scan, struct service_means *means)
{
	struct stat st;

	if (stat(SCANDIR_OWN "/" SERVICEDIR_LOG, &st) == -1 || stat(SCANDIR_OWN, &st) == -1)
		return errno == ENOENT || errno == ENOTDIR; /* nobody wants it */
	struct scan_service *own =
	    scan_see(scan, SCANDIR_OWN, st.st_dev, st.st_ino, SCAN_LINK, clock_ms());
	return own != NULL && begin(adopt, scan, means, own);
}

/* Our standard error becomes FD. Fails for no open descriptor but for a moment (dup2(2), EBUSY): then
 * it stays where it was, and false. */
static bool
redirect(int fd)
{
	if (dup2(fd, STDERR_FILENO) == -1)
		return false;
	msg_never_block();
	return true;
}

/* At first that is taken for granted, so that nothing is missing in the log. */
static bool
runs(const struct scan_service *own, struct service_means *means)
{
	int log = means->doubtful ? service_open_directory(own, SCAN_LOGGER) : -1;

	if (log != -1 && sv_running(log) == 1)
		means->doubtful = false;
	fd_close(&log);
	return !means->doubtful;
}

void
ownlog_direct(struct scan *scan, struct service_means *means)
{
	const struct scan_service *own = scan->own;
	bool failed = false;

	if (own == NULL)
		return;
	if (own->log_write_fd == -1 || own->child[SCAN_LOGGER].pid == 0) {
		ownlog_leave(means);
		failed = means->inside; /* so that it cannot come to the end of its input */
	} else if (!means->inside && runs(own, means)) {
		means->inside = redirect(own->log_write_fd);
		failed = !means->inside;
	}
	if (failed)
		scan_touch(scan, clock_ms() + SCAN_RETRY_MS);
}

void
ownlog_leave(struct service_means *means)
{
	if (means->inside)
		means->inside = !redirect(means->outside_fd);
}

void
ownlog_spill(const struct scan *scan)
{
	char text[PIPE_BUF];
	struct pollfd room = {.fd = STDERR_FILENO, .events = POLLOUT};
	ssize_t got;

	if (scan->own == NULL || !fd_set_nonblocking(scan->own->log_read_fd, true))
		return;
	/* poll(2) promises room for PIPE_BUF bytes. Nobody who does not read is waited for. */
	while ((got = fd_read(scan->own->log_read_fd, text, sizeof text)) > 0 &&
	       poll(&room, 1, 0) == 1 && fd_write(STDERR_FILENO, text, (size_t)got) == got)
		;
}
