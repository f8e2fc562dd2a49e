/* spool: what multilog changes before it writes it, or writes to several directories, goes from the
 * pipe into a file in the first directory, one batch at a time. With the records it lets the next
 * multilog make the same bytes again and write those that are missing, whenever this one is killed.
 * SPDX-License-Identifier: ISC */
#ifndef MULTILOG_SPOOL_H
#define MULTILOG_SPOOL_H

#include "batch.h"
#include "deliver.h"
#include "directory.h"
#include "intake.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { SPOOL_READ = 64 * 1024 /* a pipe's usual capacity (pipe(7)): the most in a batch */ };

struct spool {
	struct directory *directory; /* whose record belongs to it */
	uint64_t script;             /* digest of the actions */
	int fd;                      /* -1: not open */
	uint64_t start;              /* of the batch */
	uint64_t end;                /* of the file */
	size_t unread;               /* bytes of the batch that are in no memory yet */
};

/* DIRECTORY is the first one; SCRIPT the digest of what is made of the lines. No system call. */
void spool_init(struct spool *spool, struct directory *directory, uint64_t script);

/* Makes the file, for the first batch. False with errno set. */
bool spool_create(struct spool *spool);

/* What a predecessor has left undone: the head of the line goes into the empty BATCH, the rest is to be
 * had from spool_fetch; what is in the files already will be passed over in DELIVER's directories.
 * Returns false if there is nothing. */
bool spool_recall(struct spool *spool, struct deliver *deliver, struct batch *batch);

/* Whether what the predecessor has begun comes from this INTAKE: its line goes on there. */
bool spool_is_of(const struct spool *spool, const struct intake *intake);

/* What is taken from now on comes from this INTAKE. False with errno set. */
bool spool_claim(struct spool *spool, const struct intake *intake);

/* The batch before is done. Begins the next one: its time, and the line that BATCH has begun. ENDS =
 * the input has ended: a newline will be added to that. False with errno set. */
bool spool_begin(struct spool *spool, struct deliver *deliver, struct batch *batch, bool ends);

/* Moves at most MOST bytes of the input into the file. As intake_move. */
ssize_t spool_take(struct spool *spool, struct intake *intake, size_t most);

/* Reads what was moved into BUFFER (SPOOL_READ bytes). -1 with errno set: it is still there. */
ssize_t spool_fetch(struct spool *spool, char *buffer);

/* All is done, and what comes next is not spooled. False with errno set. */
bool spool_rest(struct spool *spool);

/* All is delivered, and multilog ends: nothing but a line that spool_leave has left is there for the
 * next one, even if it finds the records of some directories only. False with errno set. */
bool spool_drop(struct spool *spool);

/* multilog ends while a line is begun: it is kept for the next one. False with errno set. */
bool spool_leave(struct spool *spool, const struct batch *batch);

#endif
