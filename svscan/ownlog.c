/* ownlog: see ownlog.h.
 * SPDX-License-Identifier: ISC */
#include "ownlog.h"

#include "clock.h"
#include "fd.h"
#include "msg.h"
#include "scandir.h"
#include "servicedir.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

void
ownlog_open(struct adopt *adopt, struct scan *scan, struct service_means *means)
{
	const int64_t now_ms = clock_ms();
	struct stat st;

	if (stat(SCANDIR_OWN "/" SERVICEDIR_LOG, &st) == -1 || stat(SCANDIR_OWN, &st) == -1) {
		if (errno == ENOENT || errno == ENOTDIR)
			return; /* nobody wants it */
		msg_die_sys(MSG_TEMPORARY, errno, "unable to stat " SCANDIR_OWN);
	}
	struct scan_service *own =
	    scan_see(scan, SCANDIR_OWN, st.st_dev, st.st_ino, SCAN_LINK, now_ms);
	if (own == NULL)
		msg_die_sys(MSG_TEMPORARY, ENOMEM, "unable to start " SCANDIR_OWN);
	own->own = true;
	if (!service_prepare(adopt, scan, means, own, now_ms))
		msg_die(MSG_TEMPORARY, "unable to start without " SCANDIR_OWN);
	/* Above the standard descriptors, which fd_reserve_standard has filled. */
	means->outside_fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);
	if (means->outside_fd == -1)
		msg_die_sys(MSG_TEMPORARY, errno, "unable to start " SCANDIR_OWN);
	scan->own = own;
}

/* Our standard error becomes FD. Fails for no open descriptor but for a moment (dup2(2), EBUSY); then
 * it stays where it was. */
static void
redirect(int fd)
{
	if (dup2(fd, STDERR_FILENO) != -1)
		msg_never_block();
}

void
ownlog_direct(const struct scan *scan, struct service_means *means)
{
	const struct scan_service *own = scan->own;

	if (own == NULL || own->log_write_fd == -1)
		return;
	if (own->child[SCAN_LOGGER].pid == 0)
		ownlog_leave(means);
	else if (!means->inside)
		redirect(own->log_write_fd);
	means->inside = own->child[SCAN_LOGGER].pid != 0;
}

void
ownlog_leave(struct service_means *means)
{
	if (means->inside)
		redirect(means->outside_fd);
	means->inside = false;
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
