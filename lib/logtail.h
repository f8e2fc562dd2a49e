/* logtail: the last lines that a service has written to its log, as far as its logger is a multilog
 * whose directory can be told. SPDX-License-Identifier: ISC */
#ifndef LIB_LOGTAIL_H
#define LIB_LOGTAIL_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

enum { LOGTAIL_BYTES = 16384 /* at most so many are read for them */ };

/* Too large for a stack. */
struct logtail {
	char path[PATH_MAX + NAME_MAX]; /* of the file, from the service directory */
	int error; /* why the current one is not read: an errno or enum msg_errno; else 0 */
	size_t length;
	char bytes[LOGTAIL_BYTES + 1]; /* the end of the file, and a NUL */
};

enum logtail_kind {
	LOGTAIL_NO_LOG, /* the service has no log/ */
	LOGTAIL_EMPTY,  /* nothing is there, or to be read by us */
	LOGTAIL_LINES,
};

/* Opens the directory that the run in LOG, a service's log/, lets multilog write to, or the usual one
 * if that cannot be told; its PATH, from there. -1 with errno set. */
int logtail_open(int log, char path[PATH_MAX]);

/* Reads the end of the log of the service in the directory DIR: of the current file or, if that is
 * empty, of the newest archived one. */
enum logtail_kind logtail_read(struct logtail *tail, int dir);

/* Where the last lines begin in its bytes. */
const char *logtail_lines(const struct logtail *tail);

#endif
