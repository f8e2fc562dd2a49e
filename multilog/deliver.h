/* deliver: carries the actions of a script out, one after the other, each for a whole batch; stops
 * where something has to wait and goes on from there.
 * SPDX-License-Identifier: ISC */
#ifndef MULTILOG_DELIVER_H
#define MULTILOG_DELIVER_H

#include "batch.h"
#include "console.h"
#include "directory.h"
#include "script.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where the lines of an action go to. */
struct deliver_target {
	struct directory *directory; /* SCRIPT_DIRECTORY */
	int fd;                      /* SCRIPT_STATUS: the open file */
	struct console *console;     /* SCRIPT_OUTPUT */
	struct trouble trouble;      /* of the status file, or of standard output */
	bool line_selected;          /* whether it takes the rest of an unfinished line */
};

/* What is gathered from a batch. A line of 201 bytes grows by two when e shows it. */
enum { DELIVER_GATHERED = BATCH_TEXT + BATCH_TEXT / 64 };

struct deliver {
	const struct script *script;
	struct deliver_target *targets; /* one for each action */
	const struct batch *batch;
	size_t at;  /* the action that is carried out */
	bool begun; /* rest is what it still has to do */
	struct directory_text rest;
	size_t piece, offset; /* what comes after rest, where that is gathered in parts */
	bool given_up;        /* nothing waits any more */
	bool selected[BATCH_PIECES];
	char gathered[DELIVER_GATHERED]; /* what is selected, where that is not all */
};

/* Opens the files of SCRIPT, which must live on, and then its directories, each in its order, for
 * lines that come in that WAY. Dies as 0.76 does. */
void deliver_open(struct deliver *deliver, const struct script *script, enum directory_way way);

/* The directory number N, from 0; NULL if there are fewer. */
struct directory *deliver_directory(const struct deliver *deliver, size_t n);

/* Whether all directories keep a record. */
bool deliver_is_recorded(const struct deliver *deliver);

/* What is delivered from now on is batch BATCH; nothing of it is in the files yet. */
void deliver_begin_batch(struct deliver *deliver, uint64_t batch);

/* The same batch as a predecessor had: what it has written is passed over, unless KNOWN is false. */
void deliver_resume_batch(struct deliver *deliver, uint64_t batch, bool known);

/* BATCH is the beginning of a line that was delivered before: only where its rest belongs to. */
void deliver_decide(struct deliver *deliver, const struct batch *batch);

/* No directory keeps anything any more. */
void deliver_forget(struct deliver *deliver);

/* BATCH is to be delivered; it must not change before deliver_run has returned true. */
void deliver_begin(struct deliver *deliver, const struct batch *batch);

/* All of these go on where they had to stop. True when everything is done; false if something
 * waits, see deliver_wait. None is called while another one waits. */
bool deliver_prepare(struct deliver *deliver);   /* recovers the directories */
bool deliver_end_lines(struct deliver *deliver); /* those that a predecessor has left torn */
bool deliver_run(struct deliver *deliver);       /* the batch */
bool deliver_rotate(struct deliver *deliver);    /* every current that was asked to, if not empty */
bool deliver_close(struct deliver *deliver);     /* every current: complete and on disk */

/* All directories are asked to rotate; and whether that can be done now for one: beside
 * a processor it cannot. */
void deliver_ask_rotation(struct deliver *deliver);
bool deliver_is_asked(const struct deliver *deliver);

/* Goes on with what is under way though no line may ever come that would wait for it: processors,
 * and the rotation that comes after one; and when to do so although no child has ended (clock_ms()
 * time). */
void deliver_tend(struct deliver *deliver);
int64_t deliver_deadline(const struct deliver *deliver);

/* What is waited for: a time (clock_ms()), and a descriptor to become writable, or -1. */
struct deliver_wait {
	int64_t deadline_ms;
	int fd;
};

struct deliver_wait deliver_wait(const struct deliver *deliver);

/* What waits for a time may be tried again now. */
void deliver_hurry(struct deliver *deliver);

/* What waits does so in vain: it is passed over, and so is its like from now on. */
void deliver_give_up(struct deliver *deliver);

/* The end: says what was lost because of that; the beginning of a line goes where it can. */
void deliver_report(const struct deliver *deliver);

#endif
