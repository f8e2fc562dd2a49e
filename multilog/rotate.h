/* rotate: what happens to the files of a log directory between two lines, as lists of steps. Every
 * step may be repeated; one that fails is tried again later without those before it; and a kill
 * between any two leaves a directory that the next multilog recovers without losing a file.
 * SPDX-License-Identifier: ISC */
#ifndef MULTILOG_ROTATE_H
#define MULTILOG_ROTATE_H

#include <stdbool.h>

struct directory;

enum rotate_list {
	ROTATE_CONTINUE,          /* start: current was closed cleanly */
	ROTATE_RECOVER_PROCESSED, /* start: it was not; the processor's work is complete */
	ROTATE_RECOVER_PREVIOUS,  /* start: neither */
	ROTATE,                   /* current is full */
	ROTATE_PROCESS,           /* the same with a processor, beside which lines go on */
	ROTATE_END_LINE,          /* the rest of the last line will never come */
	ROTATE_CLOSE,             /* the end */
	ROTATE_LISTS,
};

/* LIST is to be done now; nothing else is under way. */
void rotate_begin(struct directory *directory, enum rotate_list list);

/* Does what is under way as far as possible, and then the rotation that is due. True when lines may
 * be written; a processor may still be at work. False: it goes on when the directory's deadline has
 * passed or a child has ended. A step of the start that daemontools calls fatal ends the program. */
bool rotate_run(struct directory *directory);

/* The same, but true only when nothing is left to do. */
bool rotate_finish(struct directory *directory);

#endif
