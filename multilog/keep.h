/* keep: which archived files a directory is to lose: the oldest, when there are too many, when they
 * are too large together, and when the disk is full.
 * SPDX-License-Identifier: ISC */
#ifndef MULTILOG_KEEP_H
#define MULTILOG_KEEP_H

#include "script.h"

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

struct directory;

/* What a look at a directory has found. */
struct keep {
	uint64_t count;            /* of archived files */
	uint64_t bytes;            /* of all of them; 0 if SETTINGS do not ask */
	uint64_t oldest_bytes;     /* of the oldest one */
	char oldest[NAME_MAX + 1]; /* its name; "" if there is none */
};

/* Reads the names. False with errno set. */
bool keep_look(const struct directory *directory, struct keep *found);

/* Whether COUNT archived files of BYTES together are more than SETTINGS allow. The youngest is never
 * too much: a limit that is too small must not throw away what was just written. */
bool keep_is_too_much(const struct script_action *settings, uint64_t count, uint64_t bytes);

/* Whether a file of full size has no room on the disk; false where SETTINGS do not ask for it. */
bool keep_lacks_room(const struct directory *directory);

/* If ERROR says that the disk is full, and SETTINGS allow it: removes the oldest file and says so.
 * True if that was done and what failed can be tried again; errno is ERROR in any case. */
bool keep_make_room(const struct directory *directory, int error);

#endif
