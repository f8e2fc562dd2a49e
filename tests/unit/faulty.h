/* faulty: the system calls of lib, the Nth of which fails, and the places that every machine has,
 * moved below a directory of the test. Definitions, which the linker takes in place of libc's: to be
 * included once. SPDX-License-Identifier: ISC */
#ifndef TESTS_FAULTY_H
#define TESTS_FAULTY_H

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* What is to fail. All zero = nothing. */
static struct faulty {
	unsigned left; /* calls up to the one that fails; 0 = none does */
	int error;     /* its errno */
	bool happened;
	const char *never; /* a directory of this name can never be made: EROFS */
} faulty;

static char faulty_top[64]; /* an absolute path: where /run/upkeep and /dev/shm are */

static inline bool
faulty_now(void)
{
	if (faulty.left == 0 || --faulty.left > 0)
		return false;
	errno = faulty.error;
	faulty.happened = true;
	return true;
}

static inline const char *
faulty_path(char moved[PATH_MAX], const char *path)
{
	if (strncmp(path, "/run/upkeep", 11) != 0 && strncmp(path, "/dev/shm", 8) != 0)
		return path;
	snprintf(moved, PATH_MAX, "%s%s", faulty_top, path);
	return moved;
}

static inline int
faulty_open(int dir, const char *path, int flags, mode_t mode)
{
	char moved[PATH_MAX];

	if (faulty_now())
		return -1;
	return (int)syscall(SYS_openat, dir, faulty_path(moved, path), flags, mode);
}

int
openat(int dir, const char *path, int flags, ...)
{
	va_list arguments;

	va_start(arguments, flags);
	const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(arguments, mode_t) : 0;
	va_end(arguments);
	return faulty_open(dir, path, flags, mode);
}

int
open(const char *path, int flags, ...)
{
	va_list arguments;

	va_start(arguments, flags);
	const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(arguments, mode_t) : 0;
	va_end(arguments);
	return faulty_open(AT_FDCWD, path, flags, mode);
}

int
fcntl(int fd, int command, ...)
{
	va_list arguments;

	va_start(arguments, command);
	const long argument = va_arg(arguments, long);
	va_end(arguments);
	return faulty_now() ? -1 : (int)syscall(SYS_fcntl, fd, command, argument);
}

#ifdef __GLIBC__
/* What open(2) is with _FORTIFY_SOURCE, where the flags are not known to the compiler. */
int __open_2(const char *path, int flags);
int __openat_2(int dir, const char *path, int flags);

int
__open_2(const char *path, int flags)
{
	return faulty_open(AT_FDCWD, path, flags, 0);
}

int
__openat_2(int dir, const char *path, int flags)
{
	return faulty_open(dir, path, flags, 0);
}
#endif

/* On 64 bits the kernel's struct stat is libc's. */
int
fstatat(int dir, const char *restrict path, struct stat *restrict st, int flags)
{
	return faulty_now() ? -1 : (int)syscall(SYS_newfstatat, dir, path, st, flags);
}

int
fstat(int fd, struct stat *st)
{
	return fstatat(fd, "", st, AT_EMPTY_PATH);
}

int
stat(const char *restrict path, struct stat *restrict st)
{
	return fstatat(AT_FDCWD, path, st, 0);
}

int
mkdirat(int dir, const char *path, mode_t mode)
{
	char moved[PATH_MAX];

	if (faulty.never != NULL && strcmp(path, faulty.never) == 0) {
		errno = EROFS;
		return -1;
	}
	return faulty_now() ? -1 : (int)syscall(SYS_mkdirat, dir, faulty_path(moved, path), mode);
}

int
mkdir(const char *path, mode_t mode)
{
	return mkdirat(AT_FDCWD, path, mode);
}

ssize_t
read(int fd, void *buffer, size_t size)
{
	return faulty_now() ? -1 : (ssize_t)syscall(SYS_read, fd, buffer, size);
}

/* What lib says of the faults is not for whoever runs the test. */
ssize_t
write(int fd, const void *bytes, size_t length)
{
	if (fd == STDERR_FILENO)
		return (ssize_t)length;
	return faulty_now() ? -1 : (ssize_t)syscall(SYS_write, fd, bytes, length);
}

int
ftruncate(int fd, off_t length)
{
	return faulty_now() ? -1 : (int)syscall(SYS_ftruncate, fd, length);
}

int
fchmod(int fd, mode_t mode)
{
	return faulty_now() ? -1 : (int)syscall(SYS_fchmod, fd, mode);
}

int
fchown(int fd, uid_t user, gid_t group)
{
	return faulty_now() ? -1 : (int)syscall(SYS_fchown, fd, user, group);
}

int
renameat(int from_dir, const char *from, int to_dir, const char *to)
{
	return faulty_now() ? -1 : (int)syscall(SYS_renameat2, from_dir, from, to_dir, to, 0);
}

int
unlinkat(int dir, const char *path, int flags)
{
	return faulty_now() ? -1 : (int)syscall(SYS_unlinkat, dir, path, flags);
}

ssize_t
readlinkat(int dir, const char *restrict path, char *restrict target, size_t size)
{
	return faulty_now() ? -1 : (ssize_t)syscall(SYS_readlinkat, dir, path, target, size);
}

ssize_t
pread(int fd, void *buffer, size_t size, off_t offset)
{
	return faulty_now() ? -1 : (ssize_t)syscall(SYS_pread64, fd, buffer, size, offset);
}

int
pipe2(int ends[2], int flags)
{
	return faulty_now() ? -1 : (int)syscall(SYS_pipe2, ends, flags);
}

int
ppoll(struct pollfd *slots, nfds_t count, const struct timespec *limit, const sigset_t *mask)
{
	struct timespec rest = {0, 0}; /* the kernel writes there what is left */

	if (limit != NULL)
		rest = *limit;
	return faulty_now() ? -1
			    : (int)syscall(SYS_ppoll, slots, count, limit != NULL ? &rest : NULL,
				  mask, (size_t)8);
}

int
fchdir(int fd)
{
	return faulty_now() ? -1 : (int)syscall(SYS_fchdir, fd);
}

#endif
