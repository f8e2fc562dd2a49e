/* script: the commands of a shell script, as far as they can be told without running it. What it is
 * not sure of it marks, so that nobody warns of what is right. Pure.
 * SPDX-License-Identifier: ISC */
#ifndef LIB_SCRIPT_H
#define LIB_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>

enum { SCRIPT_SIZE = 16384, SCRIPT_WORDS = 64, SCRIPT_LINE = 2048 };

/* One line, continued ones joined. Its words are without quotes, redirections and comments. */
struct script_line {
	const char *words[SCRIPT_WORDS];
	char store[SCRIPT_LINE]; /* where they are */
	size_t count;
	bool plain;      /* one command, all words of which stand there as they are */
	bool background; /* an & ends it */
};

struct script {
	char text[SCRIPT_SIZE];
	const char *next; /* what script_next reads */
	bool shell;       /* its interpreter is a Bourne shell */
	bool doubtful;    /* it has a here-document, or was cut: lines may not be what they seem */
};

/* Takes LENGTH bytes of a file; more than there is room for are cut. */
void script_begin(struct script *script, const char *bytes, size_t length);

/* The next line that has words; false at the end. */
bool script_next(struct script *script, struct script_line *line);

/* The last part of a path. */
const char *script_base(const char *path);

/* The number of the word that is the program, behind assignments, "exec", and programs that execute
 * another with all that is theirs; the count of words if there is none. */
size_t script_program(const struct script_line *line);

/* The word behind the program NAME (with any path), NULL if there is none. */
const char *script_operand(const struct script_line *line, const char *name);

/* The first directory that a multilog on LINE writes to, NULL if there is none. */
const char *script_log_directory(const struct script_line *line);

#endif
