/* file: small files that others read while we write them, and names that a stranger may have
 * planted. SPDX-License-Identifier: ISC */
#ifndef LIB_FILE_H
#define LIB_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

enum file_kind { FILE_REGULAR, FILE_FIFO };

/* Opens NAME in the directory DIR (a descriptor, or AT_FDCWD) without ever following a link or
 * waiting, close-on-exec, and accepts it only if it is of KIND, has at most LINKS names (one unless
 * it belongs to the owner of DIR) and belongs to root, to us or to the owner of DIR. What is refused
 * is not even opened, unless it was put there in this very moment. FLAGS and MODE as for open(2). Returns the descriptor
 * (O_NONBLOCK is on), or -1 with errno set, also to one of enum msg_errno. */
int file_open_private(
    int dir, const char *name, int flags, mode_t mode, enum file_kind kind, nlink_t links);

/* As file_open_private with O_CREAT for a FIFO: makes it with MODE first if the name is free. */
int file_open_fifo(int dir, const char *name, int flags, mode_t mode);

/* Whether NAME exists (links followed): 1 yes, 0 no, -1 cannot tell, errno set. */
int file_exists(int dir, const char *name);

/* Whether nobody but root and ourselves can have written NAME in DIR, or put it there. */
bool file_is_trusted(int dir, const char *name);

enum { FILE_WRITER_SIZE = 24 /* "user 4294967295" and a NUL */ };

/* Whether somebody besides root can write what ST tells of; then WRITER says who: "user 1000",
 * "group 33", "everybody". Root's own group does not count. */
bool file_has_writer(const struct stat *st, char writer[FILE_WRITER_SIZE]);

/* Reads the regular file NAME (links followed; nothing else is opened) into BUFFER, at most
 * SIZE - 1 bytes, and ends it with NUL. Returns the count, or -1 with errno set. */
ssize_t file_read(int dir, const char *name, char *buffer, size_t size);

/* The same from an open descriptor; closes it. FD -1 is passed on as the failure it is. */
ssize_t file_read_open(int fd, char *buffer, size_t size);

/* How far file_replace came: each failure has its own message. */
enum file_step { FILE_DONE, FILE_OPEN, FILE_WRITE, FILE_RENAME };

/* Replaces NAME in DIR in one step: writes LENGTH bytes of DATA to TEMPORARY, then renames it. Mode
 * and group of an existing NAME are kept (its owner may have delegated them); else MODE, less the
 * umask. No fsync. FILE_DONE, or the step that failed with errno set and NAME untouched. */
enum file_step file_replace(
    int dir, const char *name, const char *temporary, const void *data, size_t length, mode_t mode);

/* The same; done, the file stays open for writing as *FD. */
enum file_step file_replace_open(int dir, const char *name, const char *temporary, const void *data,
    size_t length, mode_t mode, int *fd);

/* mkdir -p: makes PATH (relative to DIR) and its missing parents with MODE; existing ones are left
 * alone. False with errno set. */
bool file_make_directories(int dir, const char *path, mode_t mode);

/* The same for what the link NAME in DIR points to. */
bool file_make_target(int dir, const char *name, mode_t mode);

/* A walk over the names in a directory, without allocating. */
struct file_walk {
	int fd;
	size_t at, end;
	/* Some tens of names at a time; more would cost every supervise resident memory. */
	_Alignas(long) char buffer[1024];
};

/* PATH may be relative to the directory DIR. False with errno set. */
bool file_walk_open(struct file_walk *walk, const char *path);
bool file_walk_open_at(struct file_walk *walk, int dir, const char *path);

/* The next name, valid until the next call; NULL at the end, with errno 0 unless the rest cannot be
 * read. */
const char *file_walk_next(struct file_walk *walk);

void file_walk_close(struct file_walk *walk);

#endif
