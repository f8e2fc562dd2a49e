/* directory: one log directory that multilog writes to. What it has taken is on its way to disk in
 * order; whoever fails to write is told so, and comes back, until it is abandoned.
 * SPDX-License-Identifier: ISC */
#ifndef MULTILOG_DIRECTORY_H
#define MULTILOG_DIRECTORY_H

#include "logdir.h"
#include "processor.h"
#include "record.h"
#include "script.h"
#include "tai64n.h"
#include "trouble.h"

#include <dirent.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct rotate_step;

struct directory {
	const struct script_action *settings;
	const char *path; /* as given; for messages */
	int fd;
	int fd_lock;
	int fd_current; /* -1: there is none yet */
	uint64_t bytes; /* in current ... */
	ino_t inode;    /* ... which is this file */
	DIR *names;     /* of the directory; kept open, since opening it allocates */

	/* What the next multilog needs to know if we are killed. */
	bool recording; /* wanted; until a stranger's file is found in the way */
	bool spliced;   /* current is written to by splice(2), which needs it without O_APPEND */
	int fd_record;  /* -1: there is none */
	struct record record;
	bool torn;      /* current ends inside of a line, as its predecessor knew */
	bool keeps;     /* current goes on although its end was unclean */
	bool leaves;    /* the record and the spool stay when we end */
	uint64_t batch; /* the one that is delivered; 0 = none */
	uint64_t done;  /* bytes made of it that are in the files ... */
	uint64_t skip;  /* ... and those of them that a predecessor has written, not made yet */

	/* The rotation, recovery or close that is under way. */
	const struct rotate_step *step; /* to be done next; NULL = nothing is under way */
	bool aside;  /* lines go on into current meanwhile: what is left to do is the processor's */
	bool turns;  /* current takes no more; its rotation is next */
	bool asked;  /* its rotation was asked for, but can wait */
	int fd_work; /* the file that the steps pass on, or -1 */
	nlink_t links;              /* names of the file to be archived; 0 = it does not exist */
	struct tai64n last;         /* label of the last archived file */
	char archive[NAME_MAX + 1]; /* the archived file that the step is about */
	bool last_to_go;            /* with that one gone, the others are few enough */
	struct processor processor;
	int status; /* of the processor's end, as wait(2) gives it */

	struct trouble trouble;         /* of what is under way ... */
	struct trouble writing_trouble; /* ... and of the lines */
	bool abandoned;                 /* the end has come: nothing is tried twice any more */
	uint64_t lost;                  /* bytes that did not get into current for that reason */
};

/* Bytes that are still to be written. */
struct directory_text {
	const char *bytes;
	size_t length;
};

/* Whether what we take is counted, and how it comes in. */
enum directory_way { DIRECTORY_PLAIN, DIRECTORY_RECORDED, DIRECTORY_SPLICED };

/* Opens and locks the directory that SETTINGS name, making it if it does not exist, and begins its
 * recovery, which rotate_run carries on with. Dies if that is not possible, as 0.76 does. The
 * descriptors stay open as long as the process lives, and so does SETTINGS. */
void directory_open(
    struct directory *directory, const struct script_action *settings, enum directory_way way);

/* Writes TEXT to current, rotating where a file is full, and takes from TEXT what is written. True
 * when all is; false when the rest has to wait (see directory_deadline): call it again. */
bool directory_append(struct directory *directory, struct directory_text *text);

/* How many of the LENGTH bytes of TEXT go into a file of at most SIZE bytes that holds BYTES
 * (fewer than SIZE): up to the first newline that makes it full, else up to SIZE. */
size_t directory_fit(uint64_t bytes, uint64_t size, const char *text, size_t length);

/* How many bytes may be written to current, which is not full, without looking for a newline in
 * them: those behind are in the slack at the end of a file. */
uint64_t directory_blind(const struct directory *directory);

/* Whether current is full, if it ends with a newline. */
bool directory_is_full(const struct directory *directory);

/* Current takes no more lines; rotate_run or directory_append rotates it. */
void directory_begin_rotation(struct directory *directory);

/* From now on batch BATCH is written. */
void directory_begin_batch(struct directory *directory, uint64_t batch);

/* Writes the record: so many bytes are done, and those that current gets from now on will be, too.
 * FLAGS as in record.h. False with errno set: the old one still holds. */
bool directory_note(struct directory *directory, uint32_t flags);

/* Nothing is kept any more: the spool and the record are removed. */
void directory_forget(struct directory *directory);

/* The spool is done with for ever, but the record goes on. False with errno set: it is not. */
bool directory_drop_spool(struct directory *directory);

/* Whether current ends with a newline, or is empty, or cannot be looked at. */
bool directory_ends_line(const struct directory *directory);

/* When to try again what waits (clock_ms() time); CLOCK_NEVER if only a child can end the wait. */
int64_t directory_deadline(const struct directory *directory);

/* What waits for a time may be tried again now. */
void directory_hurry(struct directory *directory);

/* The last resort when multilog has to end: no waiting any more, not for the disk and not for the
 * processor, which is killed. What cannot be written from now on is counted as lost. */
void directory_abandon(struct directory *directory);

/* Says how much was lost, if anything was. */
void directory_report(const struct directory *directory);

#endif
