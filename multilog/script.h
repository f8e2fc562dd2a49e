/* script: multilog's arguments as a list of actions; no system call, and nothing is an error.
 * SPDX-License-Identifier: ISC */
#ifndef MULTILOG_SCRIPT_H
#define MULTILOG_SCRIPT_H

#include "stamp.h"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum script_kind {
	SCRIPT_DESELECT,  /* -PATTERN */
	SCRIPT_SELECT,    /* +PATTERN */
	SCRIPT_ALERT,     /* e: to standard error */
	SCRIPT_STATUS,    /* =FILE */
	SCRIPT_OUTPUT,    /* 1: to standard output */
	SCRIPT_DIRECTORY, /* begins with . or / */
	SCRIPT_KINDS,
};

/* Limits of what can be asked for. */
enum {
	SCRIPT_SIZE_MIN = 4096,
	SCRIPT_SIZE_DEFAULT = 99999,
	SCRIPT_SIZE_MAX = 16777215,  /* as in 0.76 ... */
	SCRIPT_SIZE_LARGE = INT_MAX, /* ... and for who says it with a suffix */
	SCRIPT_COUNT_MIN = 2,
	SCRIPT_COUNT_DEFAULT = 10,
	SCRIPT_PREFIX_MAX = 1000,
};

/* A full disk is no reason to remove anything. */
#define SCRIPT_SPARE_ALL UINT64_MAX

struct script_action {
	enum script_kind kind;
	const char *argument; /* the pattern, file or directory; else "". Lives in argv */
	/* What actions to the left have set for it: F for patterns, p also for SCRIPT_OUTPUT, and
	 * all the others for directories. */
	bool glob;             /* F: the pattern is one of fnmatch(3) */
	const char *prefix;    /* p: in front of each line ... */
	size_t prefix_length;  /* ... so many bytes of it, or 0 */
	uint64_t size;         /* s: bytes of a file */
	uint64_t count;        /* n: archived files are fewer than this */
	uint64_t total;        /* S: bytes of all files; 0 = as many as they have */
	uint64_t spare;        /* N: so many archived files stay although the disk is full */
	uint64_t period_s;     /* R: seconds; 0 = a file has all the time that it needs */
	const char *processor; /* !: command for sh, or NULL */
};

struct script {
	enum stamp_kind stamps; /* what every line gets */
	size_t count;
	struct script_action *actions; /* the caller's */
};

/* Reads ARGV (NULL-terminated; without the program's name) into *SCRIPT, whose actions must have
 * room for as many as there are arguments. Unknown letters are passed over. */
void script_parse(char *const *argv, struct script *script);

#endif
