/* entries: the names in a directory, in order; as scandir(3), which in a static program brings a
 * general sort and memory that comes and goes.
 * SPDX-License-Identifier: ISC */
#ifndef LIB_ENTRIES_H
#define LIB_ENTRIES_H

#include <stdbool.h>
#include <stddef.h>

/* Reads the names in the directory PATH, sorted by their bytes, without "." and "..": *NAMES, *COUNT of
 * them, in one piece of memory that free(3) gives back, also after a failure; who ends soon need not.
 * False with errno set. */
bool entries_read(const char *path, char ***names, size_t *count);

/* Sorts COUNT names by their bytes. */
void entries_sort(char **names, size_t count);

#endif
