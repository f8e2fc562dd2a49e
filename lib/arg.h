/* arg: the words of a command line, as getopt(3) of POSIX takes them apart, without the messages of
 * libc's, for which a static program would be 3 KB larger.
 * SPDX-License-Identifier: ISC */
#ifndef LIB_ARG_H
#define LIB_ARG_H

#include <stddef.h>

struct arg {
	char **rest;       /* what has not been read yet: in the end the operands, then NULL */
	const char *known; /* letters of options; a colon after each that takes a value */
	char *group;       /* letters that are left in the word before that; NULL = none */
	char *value;       /* of the last option */
	int letter;        /* the last one, whatever it was */
};

enum { ARG_END = -1 };

/* The ARGC words of ARGV, the first of which is our name. */
struct arg arg_begin(int argc, char **argv, const char *known);

/* The next option: its letter; '?' if it is not known, ':' if its value is missing; ARG_END: only
 * operands are left. */
int arg_next(struct arg *arg);

/* How many words are left. */
size_t arg_count(const struct arg *arg);

#endif
