/* fd: see fd.h.
 * SPDX-License-Identifier: ISC */
#include "fd.h"

#include "num.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

void
fd_reserve_standard(void)
{
	for (int fd = 0; fd <= 2; fd++) {
		if (fcntl(fd, F_GETFD) != -1)
			continue;
		/* open(2) takes the lowest free number: exactly FD. A path descriptor of the root
		 * needs no /dev, and reads and writes on it fail as on a closed one. */
		if (open("/", O_PATH | O_CLOEXEC) == -1)
			return; /* no memory this early: the next open fails too and reports */
	}
}

ssize_t
fd_read(int fd, void *buffer, size_t size)
{
	ssize_t got;
	do
		got = read(fd, buffer, size);
	while (got == -1 && errno == EINTR);
	return got;
}

ssize_t
fd_write(int fd, const void *data, size_t length)
{
	ssize_t written;
	do
		written = write(fd, data, length);
	while (written == -1 && errno == EINTR);
	return written;
}

bool
fd_write_all(int fd, const void *data, size_t length)
{
	const char *next = data;
	while (length > 0) {
		ssize_t written = fd_write(fd, next, length);
		if (written == -1)
			return false;
		if (written == 0) {
			errno = ENOSPC;
			return false;
		}
		next += written;
		length -= (size_t)written;
	}
	return true;
}

bool
fd_set_nonblocking(int fd, bool on)
{
	int flags = fcntl(fd, F_GETFL);
	if (flags == -1)
		return false;
	return fcntl(fd, F_SETFL, on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK) != -1;
}

bool
fd_pipe(int ends[2])
{
	return pipe2(ends, O_CLOEXEC) == 0;
}

void
fd_close(int *fd)
{
	if (*fd == -1)
		return;
	close(*fd);
	*fd = -1;
}

int
fd_take_pipe(const char *variable)
{
	const char *text = getenv(variable);
	uint64_t number;
	struct stat st;
	int fd = -1;

	if (text == NULL)
		return -1;
	if (num_parse(text, INT_MAX, &number) && number > STDERR_FILENO &&
	    fstat((int)number, &st) == 0 && S_ISFIFO(st.st_mode) &&
	    fcntl((int)number, F_SETFD, FD_CLOEXEC) == 0)
		fd = (int)number;
	(void)unsetenv(variable); /* fails for no valid name (unsetenv(3)) */
	return fd;
}
