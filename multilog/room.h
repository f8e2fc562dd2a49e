/* room: memory for a program that lives as long as its question: without any it ends.
 * SPDX-License-Identifier: ISC */
#ifndef MULTILOG_ROOM_H
#define MULTILOG_ROOM_H

#include <stddef.h>

/* BLOCK (or NULL), now with room for COUNT elements of SIZE bytes. */
void *room_for(void *block, size_t count, size_t size);

/* A copy of TEXT. */
char *room_copy(const char *text);

#endif
