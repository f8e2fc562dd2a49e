/* source: the lines of one log directory, in the order in which they were written, across all its
 * files and, if it is followed, across its rotations: each line once.
 * SPDX-License-Identifier: ISC */
#ifndef MULTILOG_SOURCE_H
#define MULTILOG_SOURCE_H

#include "listing.h"
#include "reader.h"
#include "tai64n.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { SOURCE_BUFFER = 64 * 1024 };

/* Between two bytes of a directory. */
struct source_place {
	size_t file; /* of the listing */
	uint64_t offset;
};

/* The end of what is followed. */
#define SOURCE_NO_END ((struct source_place){SIZE_MAX, 0})

/* A line, or of one that is longer than the buffer a part. */
struct source_line {
	const char *text; /* without its stamp and its newline; good until the next source_next */
	size_t length;
	bool begins; /* else it goes on with the line of the call before */
	bool ends;   /* else the next call goes on with it */
	bool stamped;
	struct tai64n time; /* if it is not stamped, that of the line before, or of the file */
};

/* Which lines are wanted. */
struct source_terms {
	bool has_since, has_until;
	struct tai64n since, until;
	bool follow; /* what comes later, too; a line counts when all of it is there */
};

/* A file that was read before it had its name in the archive. */
struct source_unnamed {
	int fd;
	struct tai64n last; /* the time of its last line */
};

struct source {
	char *name; /* as shown */
	char *path; /* of the directory, for complaints */
	int dir;
	dev_t device; /* of the directory */
	ino_t inode;
	struct source_terms terms;
	uint64_t ahead; /* seconds of its labels (leap.h) */

	struct source_line line; /* what source_next has found */
	struct tai64n key;       /* its place among the lines of other sources: never goes back */
	bool ready;              /* the caller's: line is still to be shown */
	bool hidden;             /* the caller's: the line that goes on is not to be shown */

	struct listing files;
	struct source_place begin, end; /* of what is wanted */
	size_t at;                      /* the file that is read, or to be opened next */
	uint64_t start;                 /* the offset in it to begin with */
	struct reader reader;
	bool left; /* current has a successor: what is there now is all of it */
	struct source_unnamed *unnamed;
	size_t unnamed_count;

	char *buffer;
	size_t taken, filled; /* the bytes between are not part of any line so far */
	bool border;          /* the file that they come from has ended ... */
	bool torn;            /* ... and perhaps not as it should have */
	bool fragment;        /* we began behind half a line */
	bool skip;            /* the rest of the line is not wanted */
	bool started;         /* the first line that is wanted was found */
	bool over;            /* the last one was */
	bool seen_stamp;
	struct tai64n file_time;   /* of lines before the first stamp */
	bool across;               /* the line that is next began in a file before ... */
	struct tai64n across_time; /* ... which had this time */
};

/* Begins to read at PLACE. */
void source_start(struct source *source, const struct source_place *place);

/* Goes on to the next line or part; false if there is none (yet). */
bool source_next(struct source *source);

/* As stamp_read (stamp.h), corrected by what the logger's labels are ahead. */
size_t source_stamp(
    const struct source *source, const char *line, size_t length, struct tai64n *time);

/* The size of the file INDEX of the listing; 0 if it has gone. */
uint64_t source_file_size(const struct source *source, size_t index);

#endif
