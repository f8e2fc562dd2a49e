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

struct straight {
	struct intake *intake;
	struct directory *directory;
	bool busy;                    /* there was plenty in the pipe last time */
	struct directory_text ending; /* the newline that the input does not have */
};

/* Whether all that the script does is to write what comes to one directory. */
bool straight_fits(const struct script *script);

void straight_open(struct straight *straight, struct intake *intake, struct directory *directory);

/* Moves what is in the pipe, as far as it fits into current; with TO_LINE_END only up to the first
 * newline. Nothing of the directory is under way. False if the file cannot be written to in this
 * way: then nothing was taken. */
bool straight_take(struct straight *straight, bool to_line_end);

/* Whether a line was begun and its newline has not come yet. */
bool straight_in_line(const struct straight *straight);

/* A newline is to be added; straight_settle does it. */
void straight_end_line(struct straight *straight);

/* Goes on with the rotation that is under way. False if something waits: see directory_deadline. */
bool straight_settle(struct straight *straight);

#endif
