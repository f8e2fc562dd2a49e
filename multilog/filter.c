/* filter: see filter.h.
 * SPDX-License-Identifier: ISC */
#include "filter.h"

#include "clock.h"
#include "fd.h"
#include "msg.h"
#include "pause.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char output[FILTER_SIZE];
static size_t used;

/* After a failed call on FD: waits if the descriptor is only not ready, because somebody who shares
 * it has made it non-blocking. */
static void
wait_or_exit(int fd, short events)
{
	struct pollfd slot = {.fd = fd, .events = events};

	if (errno != EAGAIN)
		exit(MSG_TEMPORARY);
	pause_until(&slot, 1, CLOCK_NEVER);
}

static void
flush(void)
{
	size_t done = 0;

	while (done < used) {
		ssize_t written = fd_write(STDOUT_FILENO, output + done, used - done);
		if (written == -1)
			wait_or_exit(STDOUT_FILENO, POLLOUT);
		else
			done += (size_t)written;
	}
	used = 0;
}

size_t
filter_read(char *buffer, size_t size)
{
	ssize_t got;

	flush();
	while ((got = fd_read(STDIN_FILENO, buffer, size)) == -1)
		wait_or_exit(STDIN_FILENO, POLLIN);
	return (size_t)got;
}

void
filter_put(const char *bytes, size_t length)
{
	while (length > 0) {
		if (used == sizeof output)
			flush();
		const size_t room = sizeof output - used;
		const size_t part = length < room ? length : room;
		memcpy(output + used, bytes, part);
		used += part;
		bytes += part;
		length -= part;
	}
}
