/* follow: see follow.h.
 * SPDX-License-Identifier: ISC */
#include "follow.h"

#include "fd.h"
#include "logdir.h"
#include "room.h"
#include "source.h"
#include "stamp.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

static bool
same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

enum follow_end
follow_look(const struct source *source)
{
	struct stat current, ours;

	/* Between two steps of a rotation there is none: the next step is told, too. */
	if (fstatat(source->dir, LOGDIR_CURRENT, &current, AT_SYMLINK_NOFOLLOW) == -1)
		return FOLLOW_WAIT;
	if (source->reader.fd == -1 || fstat(source->reader.fd, &ours) == -1 ||
	    !same_file(&current, &ours))
		return S_ISREG(current.st_mode) ? FOLLOW_MOVED : FOLLOW_WAIT;
	return (uint64_t)current.st_size < source->reader.offset ? FOLLOW_EMPTIED : FOLLOW_WAIT;
}

/* Keeps the descriptors of the files that have been read before they had a name: as long as they are
 * open, no other file gets their inode numbers. */
static void
keep_unnamed(struct source *source)
{
	struct listing *files = &source->files;

	for (size_t i = files->archived; i < files->count; i++) {
		struct listing_file *file = &files->files[i];
		if (file->done) /* it is among them */
			continue;
		source->unnamed =
		    room_for(source->unnamed, source->unnamed_count + 1, sizeof *source->unnamed);
		source->unnamed[source->unnamed_count++] =
		    (struct source_unnamed){file->fd, source->line.time};
		file->fd = -1;
	}
}

static void
forget_unnamed(struct source *source, size_t index)
{
	struct source_unnamed *unnamed = &source->unnamed[index];

	fd_close(&unnamed->fd);
	source->unnamed_count--;
	memmove(unnamed, unnamed + 1, (source->unnamed_count - index) * sizeof *unnamed);
}

/* The unnamed file that the file of ST is; unnamed_count if none. */
static size_t
find_unnamed(const struct source *source, const struct stat *st)
{
	struct stat unnamed;
	size_t i;

	for (i = 0; i < source->unnamed_count; i++)
		if (fstat(source->unnamed[i].fd, &unnamed) == 0 && same_file(&unnamed, st))
			break;
	return i;
}

/* The first stamp of the archived file NAME; false if it does not begin with one. */
static bool
first_stamp(const struct source *source, const char *name, struct tai64n *time)
{
	char head[STAMP_MAX];
	struct reader reader;

	if (!reader_open(&reader, source->dir, name))
		return false;
	const ssize_t got = reader_read(&reader, head, sizeof head);
	(void)reader_close(&reader, false);
	return got > 0 && source_stamp(source, head, (size_t)got, time) > 0;
}

/* Whether the new archived file NAME is what a processor has made of the oldest unnamed file, which
 * has gone then: it begins before that one ended. If it does not, that one was removed for good. */
static bool
is_processed(struct source *source, const char *name)
{
	struct stat st;
	struct tai64n time;

	while (source->unnamed_count > 0) {
		const struct source_unnamed *oldest = &source->unnamed[0];
		if (fstat(oldest->fd, &st) == 0 && st.st_nlink > 0)
			return false;
		const bool made_of_it =
		    first_stamp(source, name, &time) && tai64n_is_before(&time, &oldest->last);
		forget_unnamed(source, 0);
		if (made_of_it)
			return true;
	}
	return false;
}

/* Whether the archived file NAME, which is new, has been read. */
static bool
was_read(struct source *source, const char *name)
{
	struct stat st;

	if (fstatat(source->dir, name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return false;
	const size_t unnamed = find_unnamed(source, &st);
	if (unnamed == source->unnamed_count)
		return is_processed(source, name);
	forget_unnamed(source, unnamed);
	return true;
}

bool
follow_list(struct source *source)
{
	struct listing fresh;
	struct stat st;
	bool more = false;

	keep_unnamed(source);
	listing_read(&fresh, source->dir, source->path);
	for (size_t i = 0; i < fresh.archived; i++) {
		struct listing_file *file = &fresh.files[i];
		file->done =
		    listing_has(&source->files, file->name) || was_read(source, file->name);
	}
	for (size_t i = fresh.archived; i < fresh.count; i++) {
		struct listing_file *file = &fresh.files[i];
		/* What was processed has been read when it was current. */
		file->done = strcmp(file->name, LOGDIR_PROCESSED) == 0 ||
			     (fstat(file->fd, &st) == 0 &&
				 find_unnamed(source, &st) < source->unnamed_count);
	}
	for (size_t i = 0; i < fresh.count; i++)
		more = more || !fresh.files[i].done;
	listing_free(&source->files);
	source->files = fresh;
	source->at = 0;
	source->start = 0;
	source->end = SOURCE_NO_END;
	return more;
}
