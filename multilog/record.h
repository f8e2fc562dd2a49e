/* record: a page beside current that tells the next multilog which bytes of what its predecessor had
 * taken are in the files already. It is overwritten in place by single writes, so that a SIGKILL
 * finds the old one or the new one; and it costs no room on a disk that is full.
 * SPDX-License-Identifier: ISC */
#ifndef MULTILOG_RECORD_H
#define MULTILOG_RECORD_H

#include <dirent.h>
#include <stdbool.h>
#include <stdint.h>

enum {
	RECORD_HEAD = 1000, /* bytes of a line that was begun: what decides about it */
	RECORD_BOOT = 40,   /* the id of a boot (proc.h), filled up with NULs */
	RECORD_SPOOLS = 1,  /* the spool and what follows flags belong to it */
	RECORD_INSIDE = 2,  /* the head is in the files already: its line goes on */
	RECORD_ENDS = 4,    /* the input has ended, so a newline ends the head */
	RECORD_HELD = 8,    /* what current has grown since was not made of the batch */
	RECORD_LEFT = 16,   /* multilog has ended in order: counts in every boot */
};

/* The bytes on disk, which logdir(5) describes, in the machine's own order. */
struct record {
	char magic[8];
	char boot[RECORD_BOOT]; /* without RECORD_LEFT it counts in this boot only: what a machine
				   has on its disk when it loses its power, nobody knows */
	uint64_t batch;         /* which one; 0 = none */
	uint64_t done;          /* bytes made of it that were in the files ... */
	uint64_t inode;         /* ... when this one was current ... */
	uint64_t size;          /* ... and of this size. What it has grown since was made of it */
	uint64_t script;        /* digest of the actions that make the bytes */
	uint64_t start;         /* where in the spool the batch begins */
	uint64_t input_device; /* what was read from: the rest of a line that was begun comes ... */
	uint64_t input_inode;  /* ... from there and from nowhere else. Both 0: nobody knows */
	uint64_t seconds;      /* the time that the stamps begin with */
	uint32_t nanoseconds;
	uint32_t flags;
	uint32_t head_length;
	char head[RECORD_HEAD];
};

/* Opens the record in the log directory DIR; CREATE = makes it if there is none. -1 with errno set:
 * ENOENT; MSG_EFORMAT if a stranger has put something else under its name. */
int record_open(int dir, bool create);

/* Whether ERROR, of making the record or the spool, is one that no waiting can cure: a file of this
 * name that is none of ours, or a directory that we may not change. */
bool record_is_refused(int error);

/* Reads it. False if nothing in it counts: it is new, or of another boot. Then all of it is zero. */
bool record_load(int fd, struct record *record);

/* Whether it was written in this boot: with RECORD_LEFT it may be of another one. */
bool record_is_of_this_boot(const struct record *record);

/* Writes it, as of this boot. False with errno set: the old one still holds. */
bool record_store(int fd, struct record *record);

/* How many bytes of the batch are in the files of the log directory NAMES, wherever what was current
 * has gone. If it cannot be found: what is certain, for better twice than never. */
uint64_t record_done(const struct record *record, DIR *names);

#endif
