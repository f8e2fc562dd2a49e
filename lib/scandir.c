/* scandir: see scandir.h.
 * SPDX-License-Identifier: ISC */
#include "scandir.h"

#include "fmt.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

const char *
scandir_path(void)
{
	const char *path = getenv(SCANDIR_VARIABLE);
	return path != NULL && path[0] != '\0' ? path : SCANDIR_DEFAULT;
}

/* A path, or what stands in the current directory: taken as it is, as 0.76 does. Also if that cannot
 * be found out just now: a command must not reach another service of that name. */
static bool
is_here(const char *name)
{
	struct stat st;
	if (name[0] == '/' || name[0] == '.' || name[0] == '\0')
		return true;
	if (stat(name, &st) == 0)
		return S_ISDIR(st.st_mode);
	return errno != ENOENT && errno != ENOTDIR && errno != EACCES && errno != ELOOP;
}

/* Whether the scan directory knows NAME; if not, NAME itself is what the caller's message is about.
 * Where we may not look it might, and the reason is what the user must be told. */
static bool
is_there(const char *path)
{
	struct stat st;
	return stat(path, &st) == 0 || (errno != ENOENT && errno != ENOTDIR);
}

bool
scandir_find(const char *name, char *path, size_t size)
{
	size_t length = 0;

	if (!is_here(name)) {
		length = fmt(path, size, "%s/%s", scandir_path(), name);
		if (length < size && !is_there(path))
			length = 0;
	}
	if (length == 0)
		length = fmt(path, size, "%s", name);
	if (length < size)
		return true;
	errno = ENAMETOOLONG;
	return false;
}

int
scandir_open(const char *name)
{
	char path[PATH_MAX];

	if (!scandir_find(name, path, sizeof path))
		return -1;
	int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1)
		return -1;
	/* O_PATH asks for no right to the directory itself, but walking through it does. */
	int service = openat(fd, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int error = errno;
	close(fd);
	errno = error;
	return service;
}
