/* intake: the one place where log lines come in. Only a real end of the input ends it: a writer
 * that made the pipe non-blocking, or a failing device, costs time and no lines. From a pipe the
 * bytes can go into a file in one step, so that at any instant each is in the one or in the other.
 * SPDX-License-Identifier: ISC */
#ifndef MULTILOG_INTAKE_H
#define MULTILOG_INTAKE_H

#include "trouble.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct intake {
	int fd;
	bool ended;
	uint64_t device, inode; /* which file, FIFO or pipe it is; both 0: none */
	int look[2]; /* a pipe for copies of what is in the input; -1: bytes can only be read */
	size_t left; /* copies that could not be read */
	struct trouble trouble;
	int64_t nap_ms; /* clock_ms() until which readiness is not believed; 0 = it is */
};

/* Takes lines from FD, which stays the caller's. */
void intake_open(struct intake *intake, int fd);

/* Whether intake_move and intake_look can be used. */
bool intake_is_pipe(const struct intake *intake);

/* The descriptor to wait for, or -1 while there is nothing to be had from it. */
int intake_waits_for(const struct intake *intake);

/* When to come back although the descriptor is silent (clock_ms() time). */
int64_t intake_deadline(const struct intake *intake);

/* Reads at most SIZE bytes into BUFFER; to be called when the descriptor is ready. 0 = nothing this
 * time; look at ended. */
size_t intake_read(struct intake *intake, char *buffer, size_t size);

/* Copies at most SIZE bytes (PIPE_BUF or less) into BUFFER and leaves them where they are. 0 as
 * intake_read. */
size_t intake_look(struct intake *intake, char *buffer, size_t size);

/* Moves at most MOST bytes to the file FD, which is not open with O_APPEND: to *AT, which moves on, or
 * if AT is NULL to its own offset. 0 as intake_read; -1
 * with errno set: the file does not take them; EINVAL: it never will in this way. */
ssize_t intake_move(struct intake *intake, int fd, off_t *at, size_t most);

/* The bytes cannot be taken now, for ERROR: no input is waited for until the next attempt. The words
 * are those of trouble_begin. */
void intake_pause(struct intake *intake, const struct trouble_words *words, const char *object,
    int error, int64_t pause_ms);

#endif
