/* keep: see keep.h.
 * SPDX-License-Identifier: ISC */
#include "keep.h"

#include "directory.h"
#include "logdir.h"
#include "msg.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* The bytes of an archived file, if anybody wants to know. One that has gone has none. */
static uint64_t
weigh(const struct directory *directory, const char *name)
{
	struct stat st;

	if (directory->settings->total == 0 ||
	    fstatat(directory->fd, name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return 0;
	return (uint64_t)st.st_size;
}

bool
keep_look(const struct directory *directory, struct keep *found)
{
	const struct dirent *entry;

	found->count = found->bytes = found->oldest_bytes = 0;
	found->oldest[0] = '\0';
	rewinddir(directory->names);
	while (errno = 0, (entry = readdir(directory->names)) != NULL) {
		if (!logdir_is_archive(entry->d_name))
			continue;
		const uint64_t bytes = weigh(directory, entry->d_name);
		found->bytes += bytes;
		if (found->count++ > 0 && !logdir_is_older(entry->d_name, found->oldest))
			continue;
		found->oldest_bytes = bytes;
		memcpy(found->oldest, entry->d_name, strlen(entry->d_name) + 1);
	}
	return errno == 0;
}

bool
keep_is_too_much(const struct script_action *settings, uint64_t count, uint64_t bytes)
{
	/* The file that grows may have its full size before the next look. */
	const uint64_t room =
	    settings->total > settings->size ? settings->total - settings->size : 0;

	return count >= settings->count || (settings->total > 0 && count > 1 && bytes > room);
}

/* A file system without a limit has no number of blocks (statfs(2)). */
bool
keep_lacks_room(const struct directory *directory)
{
	struct statvfs disk;

	return directory->settings->spare != SCRIPT_SPARE_ALL &&
	       fstatvfs(directory->fd, &disk) == 0 && disk.f_blocks > 0 &&
	       (uint64_t)disk.f_bavail * disk.f_frsize < directory->settings->size;
}

bool
keep_make_room(const struct directory *directory, int error)
{
	struct keep found;
	bool removed = false;

	if (directory->settings->spare == SCRIPT_SPARE_ALL || (error != ENOSPC && error != EDQUOT))
		return false;
	if (keep_look(directory, &found) && found.count > directory->settings->spare)
		removed = unlinkat(directory->fd, found.oldest, 0) == 0;
	if (removed)
		msg_warn_sys(error, "removed %s/%s", directory->path, found.oldest);
	errno = error;
	return removed;
}
