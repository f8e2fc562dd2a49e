/* announce: tells whoever started svscan that everything that starts by itself is ready or done: one
 * newline into the descriptor of -d, once, without ever waiting for the reader.
 * SPDX-License-Identifier: ISC */
#ifndef SVSCAN_ANNOUNCE_H
#define SVSCAN_ANNOUNCE_H

#include "scan.h"

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct announce {
	int fd;          /* -1 = nobody wants to know, or does any more */
	int interval_ms; /* from look to look, in case that nobody rings */
	bool begun;      /* it is known which services count */
	bool wanted;     /* something may have changed: a look is due */
	bool ready;      /* to be said as soon as there is room */
	size_t awaited;  /* the index of one that was not ready, if there still is such an index */
	int64_t look_ms; /* the next look, if nothing wants one before */
};

/* FD is inherited, and belongs to announce from now on; -1 = none. */
void announce_open(struct announce *announce, int fd, int interval_ms);

/* Only what is there now counts. To be called after the first look at the scan directory that has
 * read all of it. */
void announce_begin(struct announce *announce, const struct scan *scan);

/* Some service may have become ready, or may not count any more. */
void announce_want(struct announce *announce);

/* Looks if it is time to. To be called when all that was due has been done for the services. */
void announce_step(struct announce *announce, const struct scan *scan, int64_t now_ms);

/* What to poll for, and what to do when the poll has found it. */
struct pollfd announce_slot(const struct announce *announce);
void announce_write(struct announce *announce);

/* When the next look comes. */
int64_t announce_deadline(const struct announce *announce);

/* There is nothing to be told any more: the reader sees the end of the pipe. */
void announce_close(struct announce *announce);

#endif
