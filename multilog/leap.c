/* leap: see leap.h.
 * SPDX-License-Identifier: ISC */
#include "leap.h"

#include "fd.h"
#include "reader.h"
#include "source.h"

#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	LEAP_SECONDS = 27, /* TAI - UTC, 37 seconds, less the 10 of daemontools */
	TOLERANCE = 2,     /* seconds between the label of a line and its writing */
	TAIL = 4096,       /* bytes in which the last label is looked for */
	FILES = 3,         /* the newest ones, in case they are empty */
};

/* The last label at the start of a line in the LENGTH bytes at TEXT. */
static bool
last_label(const char *text, size_t length, struct tai64n *label)
{
	for (size_t end = length; end > 0;) {
		const char *newline = memrchr(text, '\n', end - 1);
		const size_t start = newline == NULL ? 0 : (size_t)(newline + 1 - text);
		if (tai64n_parse(text + start, length - start, label))
			return true;
		end = start;
	}
	return false;
}

/* By how many seconds the last label of the file is younger than the file, modulo 2^64, since a label
 * may say anything. False if there is none. */
static bool
is_ahead_by(int fd, uint64_t *seconds)
{
	char tail[TAIL];
	struct stat st;
	struct tai64n label;

	if (fstat(fd, &st) == -1)
		return false;
	const off_t offset = st.st_size > TAIL ? st.st_size - TAIL : 0;
	const ssize_t got = pread(fd, tail, sizeof tail, offset);
	if (got <= 0 || !last_label(tail, (size_t)got, &label))
		return false;
	*seconds = label.seconds - TAI64N_UNIX - (uint64_t)st.st_mtim.tv_sec;
	return true;
}

uint64_t
leap_find(const struct source *source)
{
	const struct listing *files = &source->files;
	uint64_t ahead = 0;
	bool found = false;

	for (size_t i = 0; i < FILES && i < files->count && !found; i++) {
		const struct listing_file *file = &files->files[files->count - 1 - i];
		bool plain = true;
		int fd = file->fd != -1 ? file->fd : reader_file(source->dir, file->name, &plain);
		found = fd != -1 && plain && is_ahead_by(fd, &ahead);
		if (file->fd == -1)
			fd_close(&fd);
	}
	return found && ahead - (LEAP_SECONDS - TOLERANCE) <= UINT64_C(2) * TOLERANCE ? LEAP_SECONDS
										      : 0;
}
