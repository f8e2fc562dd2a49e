/* change: sleeping until somebody writes, rotates, or makes a log directory. It tells by directory
 * notification (fcntl(2), F_NOTIFY), of which there is no limit, and nothing wakes when nothing
 * happens. Place the watch, then look: what happens in between is told.
 * SPDX-License-Identifier: ISC */
#ifndef MULTILOG_CHANGE_H
#define MULTILOG_CHANGE_H

#include <stdbool.h>

/* What has changed. */
enum {
	CHANGE_LOGS = 1,   /* files in a log directory */
	CHANGE_TREE = 2,   /* names where log directories may appear */
	CHANGE_READER = 4, /* nobody reads our standard output any more */
};

/* Once, before the first watch. */
void change_begin(void);

/* From now on changes in the log directory DIR are told. */
void change_watch_log(int dir);

/* From now on new names in the directory PATH are told, if it exists: then the result is true. */
bool change_watch_tree(const char *path);

/* None of those that change_watch_tree has placed is told any more. */
void change_forget_tree(void);

/* Sleeps until there is a change. Where the kernel does not tell, everything may have changed a
 * quarter of a second later. */
unsigned change_wait(void);

#endif
