/* servicedir: see servicedir.h.
 * SPDX-License-Identifier: ISC */
#include "servicedir.h"

#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

int
servicedir_normally_down(int dir)
{
	return file_exists(dir, SERVICEDIR_DOWN);
}

int
servicedir_set_down(int dir)
{
	int fd = openat(
	    dir, SERVICEDIR_DOWN, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd == -1)
		return errno == EEXIST ? 0 : -1; /* of whatever type: it counts as down */
	close(fd);
	return 0;
}

int
servicedir_clear_down(int dir)
{
	return unlinkat(dir, SERVICEDIR_DOWN, 0) == 0 || errno == ENOENT ? 0 : -1;
}
