/* scandir: see scandir.h.
 * SPDX-License-Identifier: ISC */
#include "scandir.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

const char *
scandir_path(void)
{
	const char *path = getenv(SCANDIR_VARIABLE);
	return path != NULL && path[0] != '\0' ? path : SCANDIR_DEFAULT;
}

/* A path, or what stands in the current directory: taken as it is, as 0.76 does. */
static bool
is_here(const char *name)
{
	struct stat st;
	if (name[0] == '/' || name[0] == '.' || name[0] == '\0')
		return true;
	return stat(name, &st) == 0 && S_ISDIR(st.st_mode);
}

/* Whether the scan directory knows NAME; if not, NAME itself is what messages should show. */
static bool
is_there(const char *path)
{
	struct stat st;
	return stat(path, &st) == 0;
}

bool
scandir_find(const char *name, char *path, size_t size)
{
	int length = -1;

	if (!is_here(name)) {
		length = snprintf(path, size, "%s/%s", scandir_path(), name);
		if (length >= 0 && (size_t)length < size && !is_there(path))
			length = -1;
	}
	if (length < 0)
		length = snprintf(path, size, "%s", name);
	if (length >= 0 && (size_t)length < size)
		return true;
	errno = ENAMETOOLONG;
	return false;
}
