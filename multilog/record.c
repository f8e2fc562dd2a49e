/* record: see record.h.
 * SPDX-License-Identifier: ISC */
#include "record.h"

#include "file.h"
#include "logdir.h"
#include "msg.h"
#include "proc.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char magic[8] = "upkeep1";

enum { SECOND = 1000000000 /* nanoseconds: stamps are counted on from what a record says */ };

/* Whether the open file may be overwritten: it is one of ours, or one of which a machine that lost
 * its power has kept the name only. */
static bool
is_ours(int fd)
{
	char start[sizeof magic];
	ssize_t got = pread(fd, start, sizeof start, 0);

	return got == 0 || (got == (ssize_t)sizeof start &&
			       (start[0] == '\0' || memcmp(start, magic, sizeof magic) == 0));
}

int
record_open(int dir, bool create)
{
	int fd = file_open_private(
	    dir, LOGDIR_RECORD, O_RDWR | (create ? O_CREAT : 0), LOGDIR_MODE_NEW, FILE_REGULAR, 1);

	if (fd == -1 || is_ours(fd))
		return fd;
	close(fd);
	errno = MSG_EFORMAT;
	return -1;
}

bool
record_is_refused(int error)
{
	return error >= MSG_ENOTFIFO || error == EISDIR || error == ELOOP || error == EACCES ||
	       error == EPERM || error == EROFS;
}

/* The id of this boot. One that nobody can tell is like no other, not even itself. */
static void
take_boot(char boot[RECORD_BOOT])
{
	_Static_assert((int)PROC_BOOT_SIZE <= (int)RECORD_BOOT, "the id fits");
	memset(boot, 0, RECORD_BOOT);
	proc_boot_id(boot);
}

static bool
is_well_formed(const struct record *record)
{
	return memcmp(record->magic, magic, sizeof magic) == 0 &&
	       record->head_length <= RECORD_HEAD && record->nanoseconds < SECOND;
}

/* Makes it one of this boot. False if it was of another one: no pipe of that exists any more. */
static bool
renew(struct record *record)
{
	char boot[RECORD_BOOT];

	memcpy(boot, record->boot, sizeof boot);
	take_boot(record->boot);
	if (boot[0] != '\0' && memcmp(boot, record->boot, sizeof boot) == 0)
		return true;
	record->input_device = record->input_inode = 0;
	return false;
}

bool
record_load(int fd, struct record *record)
{
	/* The first write has made it this long. */
	if (pread(fd, record, sizeof *record, 0) == (ssize_t)sizeof *record &&
	    is_well_formed(record) && (renew(record) || (record->flags & RECORD_LEFT) != 0))
		return true;
	memset(record, 0, sizeof *record);
	return false;
}

/* The input is known in one boot only. */
bool
record_is_of_this_boot(const struct record *record)
{
	return record->input_inode != 0;
}

/* The first time all of it, so that later ones find their room on the disk. */
bool
record_store(int fd, struct record *record)
{
	const bool first = record->magic[0] == '\0';
	const size_t length =
	    first ? sizeof *record : offsetof(struct record, head) + record->head_length;

	if (first) {
		memcpy(record->magic, magic, sizeof magic);
		take_boot(record->boot);
	}
	ssize_t written = pwrite(fd, record, length, 0);
	if (written == (ssize_t)length)
		return true;
	if (first)
		memset(record->magic, 0, sizeof record->magic);
	if (written >= 0)
		errno = ENOSPC;
	return false;
}

/* The size of the file NAME if it is the one that was current then; else -1. */
static int64_t
size_if_it(const struct record *record, int dir, const char *name)
{
	struct stat st;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == -1 || st.st_ino != record->inode)
		return -1;
	return st.st_size;
}

static int64_t
size_of_it(const struct record *record, DIR *names)
{
	const int dir = dirfd(names);
	const struct dirent *entry;
	int64_t size = size_if_it(record, dir, LOGDIR_CURRENT);

	if (size == -1)
		size = size_if_it(record, dir, LOGDIR_PREVIOUS);
	rewinddir(names);
	while (size == -1 && (entry = readdir(names)) != NULL)
		if (logdir_is_archive(entry->d_name))
			size = size_if_it(record, dir, entry->d_name);
	return size;
}

uint64_t
record_done(const struct record *record, DIR *names)
{
	if ((record->flags & RECORD_HELD) != 0)
		return record->done;
	const int64_t size = size_of_it(record, names);
	return record->done + (size > (int64_t)record->size ? (uint64_t)size - record->size : 0);
}
