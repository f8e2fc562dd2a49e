/* straight: lines that are written as they come, to one directory, go from the pipe into current
 * without being looked at, except where a file ends. At any instant every byte is in the pipe or in
 * a file: a SIGKILL loses, repeats and tears nothing, and there is nothing to be recovered.
 * SPDX-License-Identifier: ISC */
#ifndef MULTILOG_STRAIGHT_H
#define MULTILOG_STRAIGHT_H

#include "directory.h"
#include "intake.h"
#include "script.h"

#include <stdbool.h>

/* How current ends. */
enum straight_line { STRAIGHT_UNKNOWN, STRAIGHT_DONE, STRAIGHT_BEGUN };

struct straight {
	struct intake *intake;
	struct directory *directory;
	bool busy;   /* there was plenty in the pipe last time: nobody waits for single lines */
	bool rushed; /* current may end inside of a line that nobody has looked at */
	enum straight_line line;
	struct directory_text ending; /* the newline that the input does not have */
};

enum straight_end {
	STRAIGHT_TAKEN,   /* or nothing was there, or it has to wait */
	STRAIGHT_HEAD,    /* nothing but the beginning of a line, which is not to be seen yet */
	STRAIGHT_REFUSED, /* the file cannot be written to in this way */
};

/* Whether all that the script does is to write what comes to one directory. */
bool straight_fits(const struct script *script);

void straight_open(struct straight *straight, struct intake *intake, struct directory *directory);

/* Moves what is in the pipe, as far as it fits into current; with TO_LINE_END only up to the first
 * newline. Nothing of the directory is under way. Only what is taken in a rush may end current inside
 * of a line that is shorter than patterns would look at. */
enum straight_end straight_take(struct straight *straight, bool to_line_end);

/* Whether current ends inside of a line; RUSH: and nobody has looked at that line. */
bool straight_in_line(struct straight *straight);
bool straight_in_rush(struct straight *straight);

/* Others have written whole lines to current. */
void straight_forget_line(struct straight *straight);

/* multilog ends while a line is begun: the next one is told where its rest comes from. */
void straight_leave(struct straight *straight);

/* A newline is to be added; straight_settle does it. */
void straight_end_line(struct straight *straight);

/* Goes on with the rotation that is under way. False if something waits: see directory_deadline. */
bool straight_settle(struct straight *straight);

#endif
