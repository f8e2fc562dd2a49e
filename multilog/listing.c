/* listing: see listing.h.
 * SPDX-License-Identifier: ISC */
#include "listing.h"

#include "complaint.h"
#include "entries.h"
#include "fd.h"
#include "file.h"
#include "logdir.h"
#include "room.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* svlogd's name for what its processor has not finished: the same in .u is complete. */
enum { ENDING_PROCESSING = 't' };

/* How often a directory is listed again because it changed meanwhile: more than any logger can
 * rotate while a directory is read. */
enum { TRIES = 100 };

/* ---- Names ----------------------------------------------------------------------------------- */

bool
listing_label(const char *name, struct tai64n *label)
{
	return tai64n_parse(name, strlen(name), label);
}

/* How an archived file ended; 0 if its name does not tell. */
static char
ending(const char *name)
{
	if (name[TAI64N_LABEL] != '.')
		return '\0';
	return name[TAI64N_LABEL + 1];
}

bool
listing_is_unfinished(const char *name)
{
	return logdir_is_archive(name) && ending(name) == LOGDIR_UNFINISHED;
}

static bool
same_label(const char *a, const char *b)
{
	return strncmp(a, b, TAI64N_LABEL) == 0;
}

size_t
listing_arrange(char **names, size_t count)
{
	size_t kept = 0;

	entries_sort(names, count);
	for (size_t i = 0; i < count; i++) {
		char *name = names[i];
		/* The best form of several has the smallest name: .s, .s.gz, .u. */
		if (ending(name) == ENDING_PROCESSING ||
		    (kept > 0 && same_label(names[kept - 1], name)))
			continue;
		names[i] = names[kept];
		names[kept++] = name;
	}
	return kept;
}

bool
listing_has(const struct listing *listing, const char *name)
{
	size_t low = 0, high = listing->archived;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;
		const int order = strcmp(listing->files[middle].name, name);
		if (order == 0)
			return true;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

/* ---- The directory --------------------------------------------------------------------------- */

static void
add(struct listing *listing, char *name, int fd)
{
	listing->files = room_for(listing->files, listing->count + 1, sizeof *listing->files);
	listing->files[listing->count++] = (struct listing_file){name, fd, false};
}

void
listing_free(struct listing *listing)
{
	for (size_t i = 0; i < listing->count; i++) {
		free(listing->files[i].name);
		fd_close(&listing->files[i].fd);
	}
	free(listing->files);
	*listing = (struct listing){0};
}

/* All names of archived files of the open directory; false with errno set. */
static bool
read_names(DIR *stream, char ***names, size_t *count)
{
	const struct dirent *entry;

	while (errno = 0, (entry = readdir(stream)) != NULL) {
		if (!logdir_is_archive(entry->d_name))
			continue;
		*names = room_for(*names, *count + 1, sizeof **names);
		(*names)[(*count)++] = room_copy(entry->d_name);
	}
	return errno == 0;
}

static void
list_archived(struct listing *listing, int dir, const char *path)
{
	char **names = NULL;
	size_t count = 0;
	/* A description of its own, since reading moves it. */
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream = fd == -1 ? NULL : fdopendir(fd);

	if (stream == NULL || !read_names(stream, &names, &count))
		complaint(errno, "unable to read directory %s", path);
	if (stream != NULL)
		closedir(stream);
	else
		fd_close(&fd);
	const size_t kept = listing_arrange(names, count);
	for (size_t i = 0; i < kept; i++)
		add(listing, names[i], -1);
	for (size_t i = kept; i < count; i++)
		free(names[i]);
	free(names);
	listing->archived = listing->count;
}

/* The files whose names change, in the order in which they were written. */
static const char *const moving[] = {LOGDIR_PROCESSED, LOGDIR_PREVIOUS, LOGDIR_CURRENT};
enum { MOVING = sizeof moving / sizeof *moving };

/* Whether NAME is still the file FD, or still absent. */
static bool
is_unchanged(int dir, const char *name, int fd)
{
	struct stat now, then;

	if (fstatat(dir, name, &now, AT_SYMLINK_NOFOLLOW) == -1)
		return fd == -1;
	/* What cannot be opened may stay what it is. */
	return fd == -1 ||
	       (fstat(fd, &then) == 0 && now.st_dev == then.st_dev && now.st_ino == then.st_ino);
}

/* Whether the open file FD, which was NAME, is among the archived ones already: it gets its second
 * name before it loses the first. The number of names cannot tell, for it may have lost that since. */
static bool
is_archived(const struct listing *listing, int dir, const char *name, int fd)
{
	struct stat then, now;

	if (fstat(fd, &then) == -1)
		return false;
	/* Only a crash lets current itself have two; and it was current when the names were read. */
	if (strcmp(name, LOGDIR_CURRENT) == 0 && then.st_nlink == 1)
		return false;
	/* It was archived after it was written to; a copy of a directory may say otherwise. */
	for (size_t i = listing->archived; i-- > 0;) {
		const char *archived = listing->files[i].name;
		struct tai64n label;
		if (then.st_nlink == 1 && listing_label(archived, &label) &&
		    label.seconds + 1 < TAI64N_UNIX + (uint64_t)then.st_mtim.tv_sec)
			break;
		if (fstatat(dir, archived, &now, AT_SYMLINK_NOFOLLOW) == 0 &&
		    now.st_dev == then.st_dev && now.st_ino == then.st_ino)
			return true;
	}
	return false;
}

/* What a processor has made counts when it is complete, and when what it was made from has gone. */
static bool
counts(const char *name, int fd, int previous)
{
	struct stat st;

	if (strcmp(name, LOGDIR_PROCESSED) != 0)
		return true;
	return previous == -1 && fstat(fd, &st) == 0 && (st.st_mode & LOGDIR_COMPLETE_BIT) != 0;
}

static void
open_moving(int fds[MOVING], int dir, const char *path)
{
	for (size_t i = MOVING; i-- > 0;) {
		fds[i] = file_open_private(dir, moving[i], O_RDONLY, 0, FILE_REGULAR, 2);
		if (fds[i] == -1 && errno != ENOENT)
			complaint(errno, "unable to open %s/%s", path, moving[i]);
	}
}

static bool
all_unchanged(const int fds[MOVING], int dir)
{
	for (size_t i = 0; i < MOVING; i++)
		if (!is_unchanged(dir, moving[i], fds[i]))
			return false;
	return true;
}

void
listing_read(struct listing *listing, int dir, const char *path)
{
	int fds[MOVING];

	/* They are opened before the names are read, and if none of them has moved afterwards, what
	 * was read is the state of one moment. */
	for (unsigned tries = 0;; tries++) {
		*listing = (struct listing){0};
		open_moving(fds, dir, path);
		list_archived(listing, dir, path);
		if (tries == TRIES || all_unchanged(fds, dir))
			break;
		listing_free(listing);
		for (size_t i = 0; i < MOVING; i++)
			fd_close(&fds[i]);
	}
	for (size_t i = 0; i < MOVING; i++) {
		if (fds[i] == -1)
			continue;
		if (counts(moving[i], fds[i], fds[1]) &&
		    !is_archived(listing, dir, moving[i], fds[i]))
			add(listing, room_copy(moving[i]), fds[i]);
		else
			fd_close(&fds[i]);
	}
}
