/* file: see file.h.
 * SPDX-License-Identifier: ISC */
#include "file.h"

#include "fd.h"
#include "fmt.h"
#include "msg.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static bool
is_owned_by(int dir, uid_t owner)
{
	struct stat st;
	return fstatat(dir, "", &st, AT_EMPTY_PATH) == 0 && st.st_uid == owner;
}

/* 0, or the error for which what NAME in AT means must not be used as a file of DIR. */
static int
distrust(int dir, int at, const char *name, enum file_kind kind, nlink_t links)
{
	struct stat st;

	if (fstatat(at, name, &st, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW) == -1)
		return errno;
	if (S_ISLNK(st.st_mode))
		return ELOOP; /* as open(2) says it */
	if (S_ISDIR(st.st_mode))
		return EISDIR; /* as open(2) says it */
	if (kind == FILE_FIFO && !S_ISFIFO(st.st_mode))
		return MSG_ENOTFIFO;
	if (kind == FILE_REGULAR && !S_ISREG(st.st_mode))
		return MSG_ENOTREG;
	if (st.st_uid != 0 && st.st_uid != geteuid() && !is_owned_by(dir, st.st_uid))
		return MSG_EOWNER;
	/* Whoever owns the directory may have linked what is not his into it. */
	if (st.st_nlink > links || (st.st_nlink > 1 && !is_owned_by(dir, st.st_uid)))
		return MSG_ELINKS;
	return 0;
}

int
file_open_private(
    int dir, const char *name, int flags, mode_t mode, enum file_kind kind, nlink_t links)
{
	/* Looked at before, since to be opened already means something to a device, and nobody's
	 * file is to be opened for him; and once more, since it may have become another one in
	 * between. */
	int error = distrust(dir, dir, name, kind, links);
	if (error != 0 && (error != ENOENT || (flags & O_CREAT) == 0)) {
		errno = error;
		return -1;
	}
	/* Truncation must wait until the file is known to be ours. */
	int fd = openat(
	    dir, name, (flags & ~O_TRUNC) | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, mode);
	if (fd == -1)
		return -1;
	error = distrust(dir, fd, "", kind, links);
	if (error == 0 && (flags & O_TRUNC) != 0 && ftruncate(fd, 0) == -1)
		error = errno;
	if (error == 0)
		return fd;
	close(fd);
	errno = error;
	return -1;
}

int
file_open_fifo(int dir, const char *name, int flags, mode_t mode)
{
	/* Whatever prevents the FIFO from being made, the open reports what is there. */
	(void)mkfifoat(dir, name, mode);
	return file_open_private(dir, name, flags, 0, FILE_FIFO, 1);
}

int
file_exists(int dir, const char *name)
{
	struct stat st;
	if (fstatat(dir, name, &st, 0) == 0)
		return 1;
	return errno == ENOENT ? 0 : -1;
}

bool
file_is_trusted(int dir, const char *name)
{
	struct stat st[2];

	if (fstatat(dir, "", &st[0], AT_EMPTY_PATH) == -1 ||
	    fstatat(dir, name, &st[1], AT_SYMLINK_NOFOLLOW) == -1)
		return false;
	for (size_t i = 0; i < 2; i++)
		if ((st[i].st_uid != 0 && st[i].st_uid != geteuid()) ||
		    (st[i].st_mode & (S_IWGRP | S_IWOTH)) != 0)
			return false;
	return true;
}

/* In a user namespace everybody who has no number there is shown with this one (overflowuid in proc(5)),
 * which outside of them is the account nobody: root of the host, too, who owns what is mounted. */
enum { NOBODY = 65534 };

static bool
is_somebody(unsigned id)
{
	static const char all[] = "4294967295"; /* numbers from 0 on: no such namespace */
	char map[64];                           /* of three columns of ten (user_namespaces(7)) */

	if (id != NOBODY)
		return true;
	return file_read(AT_FDCWD, "/proc/self/uid_map", map, sizeof map) > 32 &&
	       memcmp(map + 22, all, sizeof all - 1) == 0;
}

bool
file_has_writer(const struct stat *st, char writer[FILE_WRITER_SIZE])
{
	const bool to_all = (st->st_mode & S_IWOTH) != 0;
	const bool to_group =
	    (st->st_mode & S_IWGRP) != 0 && st->st_gid != 0 && is_somebody(st->st_gid);
	/* Whoever owns it can change its mode. */
	const bool to_owner = st->st_uid != 0 && is_somebody(st->st_uid);

	if (to_all)
		fmt(writer, FILE_WRITER_SIZE, "everybody");
	else if (to_owner)
		fmt(writer, FILE_WRITER_SIZE, "user %u", (unsigned)st->st_uid);
	else if (to_group)
		fmt(writer, FILE_WRITER_SIZE, "group %u", (unsigned)st->st_gid);
	return to_all || to_group || to_owner;
}

ssize_t
file_read_open(int fd, char *buffer, size_t size)
{
	size_t used = 0;

	if (fd == -1)
		return -1;
	while (used < size - 1) {
		ssize_t got = fd_read(fd, buffer + used, size - 1 - used);
		if (got == -1) {
			int error = errno;
			close(fd);
			errno = error;
			return -1;
		}
		if (got == 0)
			break;
		used += (size_t)got;
	}
	close(fd);
	buffer[used] = '\0';
	return (ssize_t)used;
}

/* Whether ST is what can be read; else errno tells why not. */
static bool
is_regular(const struct stat *st)
{
	errno = S_ISDIR(st->st_mode) ? EISDIR : MSG_ENOTREG;
	return S_ISREG(st->st_mode);
}

ssize_t
file_read(int dir, const char *name, char *buffer, size_t size)
{
	struct stat st;

	/* Looked at before, since to be opened already means something to a device or a FIFO; and
	 * once more, since it may have become another one in between. */
	if (fstatat(dir, name, &st, 0) == -1 || !is_regular(&st))
		return -1;
	int fd = openat(dir, name, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd == -1)
		return -1;
	if (fstat(fd, &st) == 0 && is_regular(&st))
		return file_read_open(fd, buffer, size);
	const int error = errno;
	close(fd);
	errno = error;
	return -1;
}

/* Opens TEMPORARY as a new file; what a predecessor left there is removed first. */
static int
open_new(int dir, const char *temporary, mode_t mode)
{
	const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
	int fd = openat(dir, temporary, flags, mode);
	if (fd != -1 || errno != EEXIST)
		return fd;
	if (unlinkat(dir, temporary, 0) == -1 && errno != ENOENT)
		return -1;
	return openat(dir, temporary, flags, mode);
}

/* EINVAL: the group has no number in this user namespace; the others: not on this file system. */
static bool
is_refusal(int error)
{
	return error == EPERM || error == EINVAL || error == EOPNOTSUPP || error == ENOSYS;
}

/* Gives FD the mode and the group of OLD. False with errno set if that cannot be done just now, which is
 * no reason to forget them. */
static bool
keep_mode_and_group(int fd, const struct stat *old)
{
	struct stat new;

	if (fstat(fd, &new) == -1)
		return false;
	/* Harmless if refused: nobody has more rights than before. The group goes first, since
	 * chown(2) may clear mode bits. */
	if (old->st_gid != new.st_gid && fchown(fd, (uid_t)-1, old->st_gid) == -1)
		return is_refusal(errno);
	return (old->st_mode & 0777) == (new.st_mode & 0777) ||
	       fchmod(fd, old->st_mode & 0777) == 0 || is_refusal(errno);
}

/* Opens TEMPORARY as *FD and writes it. OLD is what it is to replace, or NULL: none of the rights that its
 * owner took away are there even for a moment, or if they cannot be changed afterwards. */
static enum file_step
write_new(int dir, const char *temporary, const void *data, size_t length, mode_t mode,
    const struct stat *old, int *fd)
{
	*fd = open_new(dir, temporary, old != NULL ? mode & old->st_mode : mode);
	if (*fd == -1)
		return FILE_OPEN;
	if ((old == NULL || keep_mode_and_group(*fd, old)) && fd_write_all(*fd, data, length))
		return FILE_DONE;
	const int error = errno;
	fd_close(fd);
	(void)unlinkat(dir, temporary, 0); /* a leftover is removed by the next attempt */
	errno = error;
	return FILE_WRITE;
}

enum file_step
file_replace_open(int dir, const char *name, const char *temporary, const void *data, size_t length,
    mode_t mode, int *fd)
{
	struct stat old;
	const bool found = fstatat(dir, name, &old, AT_SYMLINK_NOFOLLOW) == 0;

	*fd = -1;
	if (!found && errno != ENOENT)
		return FILE_WRITE;
	const enum file_step step = write_new(
	    dir, temporary, data, length, mode, found && S_ISREG(old.st_mode) ? &old : NULL, fd);
	if (step != FILE_DONE || renameat(dir, temporary, dir, name) == 0)
		return step;
	const int error = errno;
	fd_close(fd);
	errno = error;
	return FILE_RENAME;
}

enum file_step
file_replace(
    int dir, const char *name, const char *temporary, const void *data, size_t length, mode_t mode)
{
	int fd;
	const enum file_step step =
	    file_replace_open(dir, name, temporary, data, length, mode, &fd);

	fd_close(&fd);
	return step;
}

bool
file_make_directories(int dir, const char *path, mode_t mode)
{
	char part[PATH_MAX];
	size_t length = strlen(path);

	if (length >= sizeof part) {
		errno = ENAMETOOLONG;
		return false;
	}
	for (size_t i = 1; i < length; i++) {
		if (path[i] != '/')
			continue;
		memcpy(part, path, i);
		part[i] = '\0';
		if (mkdirat(dir, part, mode) == -1 && errno != EEXIST)
			return false;
	}
	return mkdirat(dir, path, mode) == 0 || errno == EEXIST;
}

bool
file_make_target(int dir, const char *name, mode_t mode)
{
	char target[PATH_MAX];
	const ssize_t length = readlinkat(dir, name, target, sizeof target - 1);

	if (length == -1)
		return false;
	target[length] = '\0';
	return file_make_directories(dir, target, mode);
}

/* ---- Names ----------------------------------------------------------------------------------- */

bool
file_walk_open_at(struct file_walk *walk, int dir, const char *path)
{
	walk->at = 0;
	walk->end = 0;
	walk->fd = openat(dir, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return walk->fd != -1;
}

bool
file_walk_open(struct file_walk *walk, const char *path)
{
	return file_walk_open_at(walk, AT_FDCWD, path);
}

void
file_walk_close(struct file_walk *walk)
{
	fd_close(&walk->fd);
}

/* As the kernel writes it (getdents(2)); the C libraries of our oldest systems have no name for it,
 * and readdir(3) allocates. */
struct entry {
	uint64_t inode;
	int64_t offset;
	unsigned short length;
	unsigned char type;
	char name[];
};

const char *
file_walk_next(struct file_walk *walk)
{
	errno = 0;
	if (walk->at == walk->end) {
		long got = syscall(SYS_getdents64, walk->fd, walk->buffer, sizeof walk->buffer);
		if (got <= 0)
			return NULL;
		walk->at = 0;
		walk->end = (size_t)got;
	}
	const struct entry *entry = (const void *)(walk->buffer + walk->at);
	walk->at += entry->length;
	return entry->name;
}
