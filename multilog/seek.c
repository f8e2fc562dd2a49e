/* seek: see seek.h.
 * SPDX-License-Identifier: ISC */
#include "seek.h"

#include "stamp.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

enum {
	BLOCK = 4096,
	HEAD = 16 * BLOCK, /* a file without a stamp in so many bytes has none */
};

/* A block of the file. */
struct window {
	int fd;
	uint64_t size; /* of the file */
	uint64_t start;
	size_t length;
	char bytes[BLOCK];
};

/* The bytes of the file from OFFSET on, at least WANTED (< BLOCK) if there are so many; how many
 * there are goes to *LENGTH. A file that cannot be read ends there. */
static const char *
look(struct window *window, uint64_t offset, size_t wanted, size_t *length)
{
	ssize_t got;

	if (offset + wanted > window->size)
		wanted = (size_t)(window->size - offset);
	if (offset < window->start || offset + wanted > window->start + window->length) {
		const uint64_t left = window->size - offset;
		do
			got = pread(window->fd, window->bytes, left < BLOCK ? (size_t)left : BLOCK,
			    (off_t)offset);
		while (got == -1 && errno == EINTR);
		window->start = offset;
		window->length = got > 0 ? (size_t)got : 0;
	}
	*length = window->length - (size_t)(offset - window->start);
	return window->bytes + (offset - window->start);
}

uint64_t
seek_data(int fd, uint64_t offset)
{
	off_t data = lseek(fd, (off_t)offset, SEEK_DATA);

	if (data == -1 && errno == ENXIO) /* nothing but a hole */
		data = lseek(fd, 0, SEEK_END);
	return data > (off_t)offset ? (uint64_t)data : offset;
}

/* Where the line at OFFSET ends: behind its newline, or at the end of the file. */
static uint64_t
line_end(struct window *window, uint64_t offset)
{
	while (offset < window->size) {
		size_t length;
		const char *bytes = look(window, offset, 1, &length);
		const char *newline = length > 0 ? memchr(bytes, '\n', length) : NULL;
		if (newline != NULL)
			return offset + (uint64_t)(newline - bytes) + 1;
		if (length == 0)
			break;
		offset += length;
		if (bytes[length - 1] == '\0')
			offset = seek_data(window->fd, offset);
	}
	return window->size;
}

/* The first line that begins at OFFSET or behind it. */
static uint64_t
line_start(struct window *window, uint64_t offset)
{
	return offset == 0 ? 0 : line_end(window, offset - 1);
}

/* The first line with a stamp that begins at OFFSET or behind it, and before LIMIT. False if there
 * is none. */
static bool
find_stamp(
    struct window *window, uint64_t offset, uint64_t limit, uint64_t *found, struct tai64n *time)
{
	for (offset = line_start(window, offset); offset < limit;
	     offset = line_end(window, offset)) {
		size_t length;
		const char *line = look(window, offset, STAMP_MAX, &length);
		if (stamp_read(line, length, time) > 0) {
			*found = offset;
			return true;
		}
	}
	return false;
}

static uint64_t
smaller(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

bool
seek_moment(int fd, uint64_t size, const struct tai64n *moment, uint64_t *offset)
{
	struct window window = {.fd = fd, .size = size};
	/* All stamps before low are before the moment, the first one at high or behind it is not. */
	uint64_t low = 0, high = size, found;
	struct tai64n time;

	*offset = 0;
	if (!find_stamp(&window, 0, smaller(size, HEAD), &found, &time))
		return false;
	while (high - low > BLOCK) {
		const uint64_t middle = low + (high - low) / 2;
		if (find_stamp(&window, middle, high, &found, &time) &&
		    tai64n_is_before(&time, moment))
			low = found;
		else
			high = middle;
	}
	for (*offset = size; find_stamp(&window, low, size, &found, &time);
	     low = line_end(&window, found)) {
		if (!tai64n_is_before(&time, moment)) {
			*offset = found;
			break;
		}
	}
	return true;
}

uint64_t
seek_line(int fd, uint64_t size, uint64_t offset)
{
	struct window window = {.fd = fd, .size = size};

	return line_start(&window, offset);
}
