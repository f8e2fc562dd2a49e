/* stream: see stream.h.
 * SPDX-License-Identifier: ISC */
#include "stream.h"

#include <limits.h>
#include <poll.h>
#include <string.h>

/* A pipe that poll(2) calls writable takes PIPE_BUF bytes without waiting (pipe(7)), so a reader
 * who has stopped never stops us inside a write. */
bool
stream_is_writable(int fd)
{
	struct pollfd ready = {.fd = fd, .events = POLLOUT};

	return poll(&ready, 1, 0) != 0; /* a failure shows again in the write */
}

size_t
stream_part(const struct directory_text *rest)
{
	if (rest->length <= PIPE_BUF)
		return rest->length;
	const char *newline = memrchr(rest->bytes, '\n', PIPE_BUF);
	return newline == NULL ? PIPE_BUF : (size_t)(newline - rest->bytes) + 1;
}
