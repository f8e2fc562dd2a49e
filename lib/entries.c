/* entries: see entries.h.
 * SPDX-License-Identifier: ISC */
#include "entries.h"

#include "file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- In order -------------------------------------------------------------------------------- */

/* Lets NAMES[AT] sink until both below it are smaller. */
static void
sink(char **names, size_t at, size_t count)
{
	char *name = names[at];
	size_t below;

	while ((below = 2 * at + 1) < count) {
		if (below + 1 < count && strcmp(names[below], names[below + 1]) < 0)
			below++;
		if (strcmp(name, names[below]) >= 0)
			break;
		names[at] = names[below];
		at = below;
	}
	names[at] = name;
}

void
entries_sort(char **names, size_t count)
{
	for (size_t at = count / 2; at > 0; at--)
		sink(names, at - 1, count);
	while (count > 1) {
		char *largest = names[0];
		names[0] = names[--count];
		names[count] = largest;
		sink(names, 0, count);
	}
}

/* ---- From the directory ---------------------------------------------------------------------- */

enum { TRIES_MAX = 8 /* in a directory to which names are added all the time */ };

/* The next one but "." and ".."; as file_walk_next. */
static const char *
next_name(struct file_walk *walk)
{
	const char *name;

	while ((name = file_walk_next(walk)) != NULL)
		if (strcmp(name, ".") != 0 && strcmp(name, "..") != 0)
			break;
	return name;
}

/* How many there are, and the bytes of all, each with a NUL. False with errno set. */
static bool
measure(const char *path, size_t *count, size_t *bytes)
{
	struct file_walk walk;
	const char *name;

	*count = *bytes = 0;
	if (!file_walk_open(&walk, path))
		return false;
	for (; (name = next_name(&walk)) != NULL; ++*count)
		*bytes += strlen(name) + 1;
	const int error = errno;
	file_walk_close(&walk);
	errno = error;
	return error == 0;
}

/* Fills NAMES, up to COUNT with BYTES behind them; whether that were all goes to *ALL. False with errno
 * set. */
static bool
fill(const char *path, char **names, size_t *count, size_t bytes, bool *all)
{
	struct file_walk walk;
	const char *name;
	const size_t room = *count;
	char *next = (char *)(names + room), *const end = next + bytes;

	if (!file_walk_open(&walk, path))
		return false;
	*count = 0;
	while ((name = next_name(&walk)) != NULL) {
		const size_t size = strlen(name) + 1;
		if (*count == room || size > (size_t)(end - next))
			break;
		names[(*count)++] = memcpy(next, name, size);
		next += size;
	}
	const int error = name == NULL ? errno : 0;
	*all = name == NULL;
	file_walk_close(&walk);
	errno = error;
	return error == 0;
}

bool
entries_read(const char *path, char ***names, size_t *count)
{
	size_t bytes;
	bool all = false;

	*names = NULL;
	/* What has come between the two looks may have taken the place of what was there before. That
	 * is rare: what was not enough is not given back. */
	for (int tries = 0; !all && tries < TRIES_MAX; tries++) {
		if (!measure(path, count, &bytes))
			return false;
		*names = malloc(*count * sizeof **names + bytes + 1);
		if (*names == NULL || !fill(path, *names, count, bytes, &all))
			return false;
	}
	entries_sort(*names, *count);
	return true;
}
