/* follow: see follow.h.
 * SPDX-License-Identifier: ISC */
#include "follow.h"

#include "fd.h"
#include "logdir.h"
#include "room.h"
#include "source.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Bytes at the start of a file by which it is known again. */
enum { HEAD = 1024 };

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

/* Whether what READER has is what a processor has made of OLD, which has gone: it begins as that one
 * did, or at least before that one ended. */
static bool
is_made_of(const struct source *source, struct reader *reader, const struct source_unnamed *old)
{
	char head[HEAD], old_head[HEAD];
	struct tai64n time;
	const ssize_t got = reader_read(reader, head, sizeof head);
	const ssize_t old_got = pread(old->fd, old_head, sizeof old_head, 0);

	if (got <= 0 || old_got <= 0)
		return false;
	if (memcmp(head, old_head, (size_t)(got < old_got ? got : old_got)) == 0)
		return true;
	return source_stamp(source, head, (size_t)got, &time) > 0 &&
	       !tai64n_is_before(&old->last, &time);
}

/* Whether FILE, an archived one or processed, which is new, was made of the oldest unnamed file. If
 * that one has gone and it was not, that one was removed for good, and it is the turn of the next.
 * True: it is the first of the unnamed ones still. */
static bool
is_processed(struct source *source, const struct listing_file *file)
{
	struct reader reader;
	struct stat st;

	while (source->unnamed_count > 0) {
		const struct source_unnamed *oldest = &source->unnamed[0];
		if (fstat(oldest->fd, &st) == -1 || st.st_nlink > 0)
			return false;
		if (file->fd == -1 ? !reader_open(&reader, source->dir, file->name)
				   : !reader_use(&reader, file->fd, false))
			return false; /* who reads it will say so */
		const bool made_of_it = is_made_of(source, &reader, oldest);
		(void)reader_close(&reader, false);
		if (made_of_it)
			return true;
		forget_unnamed(source, 0);
	}
	return false;
}

/* Whether the archived FILE, which is new, has been read. */
static bool
was_read(struct source *source, const struct listing_file *file)
{
	struct stat st;

	if (fstatat(source->dir, file->name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return false;
	size_t unnamed = find_unnamed(source, &st);
	if (unnamed == source->unnamed_count) {
		if (!is_processed(source, file))
			return false;
		unnamed = 0;
	}
	forget_unnamed(source, unnamed);
	return true;
}

/* The same for a FILE that has no name yet. */
static bool
was_read_unnamed(struct source *source, struct listing_file *file)
{
	struct stat st;

	if (fstat(file->fd, &st) == -1)
		return false;
	if (find_unnamed(source, &st) < source->unnamed_count)
		return true;
	if (strcmp(file->name, LOGDIR_PROCESSED) != 0 || !is_processed(source, file))
		return false;
	/* In place of what it was made of: it is known now, and will get a name. */
	fd_close(&source->unnamed[0].fd);
	source->unnamed[0].fd = file->fd;
	file->fd = -1;
	return true;
}

bool
follow_list(struct source *source)
{
	struct listing fresh;
	bool more = false;

	keep_unnamed(source);
	listing_read(&fresh, source->dir, source->path);
	for (size_t i = 0; i < fresh.count; i++) {
		struct listing_file *file = &fresh.files[i];
		file->done = i < fresh.archived
				 ? listing_has(&source->files, file->name) || was_read(source, file)
				 : was_read_unnamed(source, file);
		more = more || !file->done;
	}
	listing_free(&source->files);
	source->files = fresh;
	source->at = 0;
	source->start = 0;
	source->end = SOURCE_NO_END;
	return more;
}
