/* script: multilog's arguments as a list of actions; no system call, and nothing is an error.
 * SPDX-License-Identifier: ISC */
#ifndef MULTILOG_SCRIPT_H
#define MULTILOG_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum script_kind {
	SCRIPT_DESELECT,  /* -PATTERN */
	SCRIPT_SELECT,    /* +PATTERN */
	SCRIPT_ALERT,     /* e: to standard error */
	SCRIPT_STATUS,    /* =FILE */
	SCRIPT_DIRECTORY, /* begins with . or / */
	SCRIPT_KINDS,
};

/* Limits of what s and n can ask for. */
enum {
	SCRIPT_SIZE_MIN = 4096,
	SCRIPT_SIZE_DEFAULT = 99999,
	SCRIPT_SIZE_MAX = 16777215,
	SCRIPT_COUNT_MIN = 2,
	SCRIPT_COUNT_DEFAULT = 10,
};

struct script_action {
	enum script_kind kind;
	const char *argument; /* the pattern, file or directory; "" with e. Lives in argv */
	/* What s, n and ! to the left of a directory have set for it. */
	uint64_t size;         /* bytes */
	uint64_t count;        /* archived files are fewer than this */
	const char *processor; /* command for sh, or NULL */
};

struct script {
	bool stamps; /* every line gets a label */
	size_t count;
	struct script_action *actions; /* the caller's */
};

/* Reads ARGV (NULL-terminated; without the program's name) into *SCRIPT, whose actions must have
 * room for as many as there are arguments. Unknown letters are passed over. */
void script_parse(char *const *argv, struct script *script);

#endif
