/* batch: what was read, cut into lines and stamped; no system call but the clock.
 * A line's fate is decided by its first bytes, so a line that is too long to be held whole goes out
 * in pieces: memory stays bounded and nothing is ever split or shortened in a log.
 * SPDX-License-Identifier: ISC */
#ifndef MULTILOG_BATCH_H
#define MULTILOG_BATCH_H

#include "stamp.h"
#include "tai64n.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	BATCH_SEEN = 1000,       /* of a line, stamp included: what patterns, e and = look at */
	BATCH_TEXT = 160 * 1024, /* a full pipe of 20-byte lines, stamped */
	BATCH_PIECES = 4 * 1024, /* and their number */
	BATCH_STAMP = 32,        /* room for a stamp, a size that is copied fast */
};

/* All zero = empty, without stamps. The pieces stand one behind the other in the text. A piece is a
 * line with its newline; or, of a line longer than BATCH_SEEN, a part. Only the first piece can
 * continue a line, only the last can leave one unfinished. */
struct batch {
	enum stamp_kind stamps;
	struct tai64n time;      /* of the next stamp ... */
	char stamp[BATCH_STAMP]; /* ... and that with its blanks, less ... */
	char low;                /* ... the last digit, */
	size_t digits;           /* which is the last of so many bytes ... */
	size_t stamp_length;     /* ... and the stamp has so many */
	bool continues;          /* the first piece belongs to a line that an earlier batch began */
	bool unfinished;         /* the last piece's line goes on in the next batch */
	size_t count;            /* of pieces */
	size_t used; /* of text; behind the last piece stands the head of a line, still short */
	uint32_t start[BATCH_PIECES + 1]; /* of each piece, and where the last ends */
	char text[BATCH_TEXT];
	char seen[BATCH_SEEN]; /* of an unfinished line: its beginning */
};

/* The next stamp is of TIME; each is a nanosecond later than the one before. */
void batch_set_time(struct batch *batch, const struct tai64n *time);

/* Takes as much of the LENGTH bytes of INPUT as fits behind what is there and returns how much
 * that was. An empty batch takes at least one byte. */
size_t batch_fill(struct batch *batch, const char *input, size_t length);

/* Ends the line that was begun, if there is one, as if its newline had come. */
void batch_end_line(struct batch *batch);

/* Whether a line was begun and its newline has not come yet. */
bool batch_in_line(const struct batch *batch);

/* All pieces are where they belong: makes room, keeps the head of the next line. */
void batch_next(struct batch *batch);

/* What has to be kept to go on with the line that was begun, in another process: the bytes and, in
 * *LENGTH, how many; at most BATCH_SEEN. If the batch is unfinished they are out already. */
const char *batch_begun(const struct batch *batch, size_t *length);

/* Begins with that in an empty batch. OUT = they are out already: then they are the only piece, for
 * patterns to look at, until batch_next is called. */
void batch_resume(struct batch *batch, const char *bytes, size_t length, bool out);

/* What patterns, e and = see of piece I: the bytes and, in *LENGTH, how many. */
const char *batch_seen(const struct batch *batch, size_t i, size_t *length);

#endif
