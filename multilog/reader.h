/* reader: the bytes of one log file, which may be compressed.
 * SPDX-License-Identifier: ISC */
#ifndef MULTILOG_READER_H
#define MULTILOG_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct reader {
	int fd; /* of the file, or of the pipe from the program that expands it; -1 = none */
	bool owned;
	const char *const *expander; /* its arguments; NULL = the file is plain */
	pid_t child;                 /* of the expander; 0 = none */
	int report;                  /* from the expander, if it could not be executed; -1 = none */
	uint64_t offset;             /* in a plain file, of what is read next */
};

#define READER_NONE ((struct reader){.fd = -1, .report = -1})

/* A descriptor of the file NAME in DIR, and whether it is plain. -1 with errno set. */
int reader_file(int dir, const char *name, bool *plain);

/* Opens the archived file NAME in DIR. False with errno set: ENOENT if it has gone. */
bool reader_open(struct reader *reader, int dir, const char *name);

/* Reads from the open file FD, which stays the caller's. PLAIN: whatever it looks like. False with
 * errno set. */
bool reader_use(struct reader *reader, int fd, bool plain);

/* Whether it can be read from any place. */
bool reader_is_plain(const struct reader *reader);

/* Reads on, at most SIZE bytes. 0 = this is the end, so far; -1 with errno set. */
ssize_t reader_read(struct reader *reader, char *buffer, size_t size);

/* Closes it. WHOLE: its end was reached. NULL, or the name of the program that should have expanded
 * all of it and has failed, with errno set, or 0. */
const char *reader_close(struct reader *reader, bool whole);

#endif
