/* follow: what a rotation does to a directory that is being read: which files are new, and which are
 * those that were read before they had a name. SPDX-License-Identifier: ISC */
#ifndef MULTILOG_FOLLOW_H
#define MULTILOG_FOLLOW_H

#include <stdbool.h>

struct source;

/* What the end of the file that is read last means. */
enum follow_end {
	FOLLOW_WAIT,    /* there is no more for now */
	FOLLOW_EMPTIED, /* somebody has emptied it, and it begins again */
	FOLLOW_MOVED,   /* current is another file now */
};

enum follow_end follow_look(const struct source *source);

/* Lists the directory again. What was read is marked as done. Whether there is anything else. */
bool follow_list(struct source *source);

#endif
