/* listing: the files of one log directory in the order in which they were written. A rotation at any
 * moment neither hides a file nor shows it twice.
 * SPDX-License-Identifier: ISC */
#ifndef MULTILOG_LISTING_H
#define MULTILOG_LISTING_H

#include "tai64n.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct listing_file {
	char *name;
	int fd; /* of those whose names change, open; -1 = an archived file, opened by its name */
	bool done; /* it is not to be read (again) */
};

struct listing {
	struct listing_file *files;
	size_t count;
	size_t archived; /* the first so many are archived, sorted by name */
};

/* Lists the directory DIR, whose PATH is for complaints. It is empty if it cannot be read. */
void listing_read(struct listing *listing, int dir, const char *path);

/* Closes and frees all of it. */
void listing_free(struct listing *listing);

/* Whether there is an archived file NAME. */
bool listing_has(const struct listing *listing, const char *name);

/* When the archived file NAME was finished; false if its name does not tell. */
bool listing_label(const char *name, struct tai64n *label);

/* Whether the end of the file NAME may be torn: multilog was killed when it wrote it. */
bool listing_is_unfinished(const char *name);

/* Sorts the COUNT NAMES of archived files, and moves to the end those that are no more than another
 * form of one that stays: what a processor or gzip(1) has not finished, or has not removed yet.
 * Returns how many stay. */
size_t listing_arrange(char **names, size_t count);

#endif
