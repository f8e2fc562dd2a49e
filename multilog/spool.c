/* spool: see spool.h.
 * SPDX-License-Identifier: ISC */
#include "spool.h"

#include "fd.h"
#include "file.h"
#include "logdir.h"
#include "msg.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* The file is emptied when it has this size, and not after each batch: that is a system call less for
 * each line that comes alone. */
enum { SPOOL_FULL = 256 * 1024 };

void
spool_init(struct spool *spool, struct directory *directory, uint64_t script)
{
	*spool = (struct spool){.directory = directory, .script = script, .fd = -1};
}

/* Opens the file, which is at END then. */
static bool
open_file(struct spool *spool, int flags)
{
	struct stat st;

	spool->fd = file_open_private(
	    spool->directory->fd, LOGDIR_SPOOL, O_RDWR | flags, LOGDIR_MODE_NEW, FILE_REGULAR, 1);
	if (spool->fd == -1)
		return false;
	if (fstat(spool->fd, &st) == -1) {
		fd_close(&spool->fd);
		return false;
	}
	spool->end = (uint64_t)st.st_size;
	return true;
}

/* A file that has bytes but no record was put there by somebody else. */
bool
spool_create(struct spool *spool)
{
	if (spool->fd != -1)
		return true;
	if (!open_file(spool, O_CREAT))
		return false;
	if (spool->end == 0 || (spool->directory->record.flags & RECORD_SPOOLS) != 0)
		return true;
	fd_close(&spool->fd);
	errno = MSG_EFORMAT;
	return false;
}

bool
spool_recall(struct spool *spool, struct deliver *deliver, struct batch *batch)
{
	const struct record *record = &spool->directory->record;
	const bool inside = (record->flags & RECORD_INSIDE) != 0;

	if ((record->flags & RECORD_SPOOLS) == 0)
		return false;
	/* The bytes made by other actions cannot be told from those that are in the files. */
	deliver_resume_batch(deliver, record->batch, record->script == spool->script);
	spool->start = record->start;
	/* A file that ends before the batch begins was emptied for it. */
	if (open_file(spool, 0) && spool->end > record->start)
		spool->unread = (size_t)(spool->end - record->start);
	if (spool->unread > SPOOL_READ)
		spool->unread = SPOOL_READ; /* cannot be: not from us */
	batch_set_time(batch, &(struct tai64n){record->seconds, record->nanoseconds});
	batch_resume(batch, record->head, record->head_length, inside);
	if (inside) {
		deliver_decide(deliver, batch);
		batch_next(batch);
	}
	return true;
}

bool
spool_is_of(const struct spool *spool, const struct intake *intake)
{
	const struct record *record = &spool->directory->record;

	return record->input_device == intake->device && record->input_inode == intake->inode;
}

bool
spool_claim(struct spool *spool, const struct intake *intake)
{
	struct directory *directory = spool->directory;
	const struct record before = directory->record;

	if (spool_is_of(spool, intake))
		return true;
	directory->record.input_device = intake->device;
	directory->record.input_inode = intake->inode;
	if (directory_note(directory, directory->record.flags))
		return true;
	directory->record = before;
	return false;
}

/* No two batches have the same name as long as the machine runs, whoever makes them. */
static uint64_t
next_name(const struct directory *directory)
{
	struct timespec now;

	/* Cannot fail with this clock and our own pointer (clock_gettime(2)). */
	clock_gettime(CLOCK_MONOTONIC, &now);
	const uint64_t name = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
	return name > directory->batch ? name : directory->batch + 1;
}

static void
fill_record(struct spool *spool, const struct batch *batch, uint32_t flags)
{
	struct record *record = &spool->directory->record;
	size_t length;
	const char *head = batch_begun(batch, &length);

	record->script = spool->script;
	record->start = spool->start;
	record->seconds = batch->time.seconds;
	record->nanoseconds = batch->time.nanoseconds;
	record->head_length = (uint32_t)length;
	memcpy(record->head, head, length);
	record->flags = RECORD_SPOOLS | (batch->unfinished ? RECORD_INSIDE : 0) | flags;
}

/* Between the two records the file is shorter than the first one says: that means empty, too. */
static bool
empty_file(struct spool *spool)
{
	if (spool->end < SPOOL_FULL)
		return true;
	if (!directory_note(spool->directory, spool->directory->record.flags) ||
	    ftruncate(spool->fd, 0) == -1)
		return false;
	spool->start = spool->end = 0;
	spool->directory->record.start = 0;
	return true;
}

bool
spool_begin(struct spool *spool, struct deliver *deliver, struct batch *batch, bool ends)
{
	spool->start = spool->end;
	const struct tai64n now = tai64n_now();
	batch_set_time(batch, &now);
	fill_record(spool, batch, ends ? RECORD_ENDS : 0);
	deliver_begin_batch(deliver, next_name(spool->directory));
	return empty_file(spool) &&
	       directory_note(spool->directory, spool->directory->record.flags);
}

ssize_t
spool_take(struct spool *spool, struct intake *intake, size_t most)
{
	off_t at = (off_t)spool->end;
	const ssize_t moved =
	    intake_move(intake, spool->fd, &at, most < SPOOL_READ ? most : SPOOL_READ);

	if (moved > 0) {
		spool->end += (uint64_t)moved;
		spool->unread = (size_t)moved;
	}
	return moved;
}

ssize_t
spool_fetch(struct spool *spool, char *buffer)
{
	if (spool->unread == 0)
		return 0;
	const ssize_t got =
	    pread(spool->fd, buffer, spool->unread, (off_t)(spool->end - spool->unread));
	if (got == (ssize_t)spool->unread)
		spool->unread = 0;
	else if (got >= 0)
		errno = EIO; /* somebody else has cut the file */
	return got == -1 || spool->unread > 0 ? -1 : got;
}

bool
spool_rest(struct spool *spool)
{
	struct record *record = &spool->directory->record;

	record->start = spool->start = spool->end;
	record->head_length = 0;
	directory_begin_batch(spool->directory, 0);
	return directory_note(spool->directory, RECORD_SPOOLS);
}

/* A line that is left for the next one is in no directory yet. */
bool
spool_drop(struct spool *spool)
{
	return spool->directory->leaves || directory_drop_spool(spool->directory);
}

/* It is on disk before we end, and counts in every boot: nobody may come back before the next one. */
bool
spool_leave(struct spool *spool, const struct batch *batch)
{
	struct directory *directory = spool->directory;

	spool->start = spool->end;
	fill_record(spool, batch, RECORD_HELD | RECORD_LEFT);
	directory->batch = next_name(directory);
	directory->done = 0;
	directory->leaves = true;
	return directory_note(directory, directory->record.flags) &&
	       fsync(directory->fd_record) == 0;
}
