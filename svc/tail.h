/* tail: the last lines that a service has written to its log.
 * SPDX-License-Identifier: ISC */
#ifndef SVC_TAIL_H
#define SVC_TAIL_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

enum { TAIL_BYTES = 16384 /* at most so many are read for them */ };

struct tail {
	char path[PATH_MAX + NAME_MAX]; /* of the file, from the service directory */
	size_t length;
	char bytes[TAIL_BYTES + 1];
};

enum tail_kind {
	TAIL_NO_LOG, /* the service has no log/ */
	TAIL_EMPTY,  /* nothing is there, or to be read by us */
	TAIL_LINES,
};

/* Opens the directory that the run in LOG, a service's log/, lets multilog write to, or the usual one
 * if that cannot be told; its PATH, from there. -1 with errno set. */
int tail_open(int log, char path[PATH_MAX]);

/* Reads the end of the log of the service in the directory DIR: of the current file or, if that is
 * empty, of the newest archived one. */
enum tail_kind tail_read(struct tail *tail, int dir);

/* Whether its last lines contain WORDS. */
bool tail_has(const struct tail *tail, const char *words);

/* Puts out its last lines, with times that people can read. */
void tail_say(const struct tail *tail);

#endif
