/* directory: see directory.h.
 * SPDX-License-Identifier: ISC */
#include "directory.h"

#include "clock.h"
#include "fd.h"
#include "file.h"
#include "keep.h"
#include "msg.h"
#include "pause.h"
#include "rotate.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* A file is full at the first newline in its last 2000 bytes: so files end at a line's end unless a
 * line is longer than that. */
enum { SLACK = 2000 };

enum { LOCK_WAIT_MS = 1000 };

static const struct trouble_words writing = {"unable to write to ", "/" LOGDIR_CURRENT};
static const struct trouble_words noting = {"unable to write to ", "/" LOGDIR_RECORD};

/* ---- Start ----------------------------------------------------------------------------------- */

static _Noreturn void
die(const struct directory *directory, const char *before, const char *after)
{
	msg_die_sys(MSG_TEMPORARY, errno, "%s%s%s", before, directory->path, after);
}

/* A second multilog here is a mistake in a run script, and not waited for. But one that was killed may
 * have left a child that holds its lock for the moment until it closes it (spawn). */
static bool
acquire(int fd)
{
	const int64_t until_ms = clock_ms() + LOCK_WAIT_MS;

	while (flock(fd, LOCK_EX | LOCK_NB) == -1) {
		if (errno != EWOULDBLOCK || clock_ms() >= until_ms)
			return false;
		pause_nap();
	}
	return true;
}

static void
lock(struct directory *directory)
{
	directory->fd_lock = file_open_private(directory->fd, LOGDIR_LOCK,
	    O_WRONLY | O_APPEND | O_CREAT, LOGDIR_MODE_NEW, FILE_REGULAR, 1);
	if (directory->fd_lock == -1 || !acquire(directory->fd_lock))
		die(directory, "unable to lock directory ", "");
}

/* The type and mode of the file NAME, links not followed; 0 if there is none. AFTER is for the
 * message. */
static mode_t
mode_of(const struct directory *directory, const char *name, const char *after)
{
	struct stat st;

	if (fstatat(directory->fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return st.st_mode;
	if (errno != ENOENT)
		die(directory, "unable to stat ", after);
	return 0;
}

/* Whether the byte before SIZE in current is a newline, or there is none, or it cannot be read. */
static bool
ends_line(const struct directory *directory, off_t size)
{
	char last;

	if (size == 0)
		return true;
	int fd = file_open_private(directory->fd, LOGDIR_CURRENT, O_RDONLY, 0, FILE_REGULAR, 1);
	if (fd == -1)
		return true;
	const ssize_t got = pread(fd, &last, 1, size - 1);
	close(fd);
	return got != 1 || last == '\n';
}

/* Whether current, with which the predecessor ended, ends inside of a line. */
static bool
is_torn(const struct directory *directory)
{
	struct stat st;

	return fstatat(directory->fd, LOGDIR_CURRENT, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       st.st_ino == directory->record.inode && !ends_line(directory, st.st_size);
}

/* What the predecessor has noted. Whatever cannot be read there is no reason not to start. */
static void
recall(struct directory *directory)
{
	directory->fd_record = record_open(directory->fd, false);
	if (directory->fd_record == -1 || !record_load(directory->fd_record, &directory->record))
		return;
	directory->batch = directory->record.batch;
	directory->done = directory->skip = record_done(&directory->record, directory->names);
	/* It goes on although its end was unclean: nothing of the line is missing. All others go into
	 * the archive, as 0.76 does it. */
	directory->torn = is_torn(directory);
	directory->keeps = directory->torn && record_is_of_this_boot(&directory->record);
}

/* What was left behind decides how to go on. */
static enum rotate_list
first_steps(const struct directory *directory)
{
	if (mode_of(directory, LOGDIR_CURRENT, "/" LOGDIR_CURRENT) & LOGDIR_COMPLETE_BIT)
		return ROTATE_CONTINUE;
	/* The mode of a link says nothing; believed, it would cost us previous. */
	const mode_t processed = mode_of(directory, LOGDIR_PROCESSED, "/" LOGDIR_PROCESSED);
	if (S_ISREG(processed) && (processed & LOGDIR_COMPLETE_BIT) != 0)
		return ROTATE_RECOVER_PROCESSED;
	return ROTATE_RECOVER_PREVIOUS;
}

/* A clock that was set back, even to the beginning of 1970, makes no name that sorts before those that
 * exist. What is further ahead than that was not made by a clock. */
static void
recall_label(struct directory *directory)
{
	const struct tai64n now = tai64n_now();
	const struct dirent *entry;
	struct tai64n label;

	rewinddir(directory->names);
	while ((entry = readdir(directory->names)) != NULL)
		if (tai64n_parse(entry->d_name, strlen(entry->d_name), &label) &&
		    label.seconds < now.seconds + INT32_MAX &&
		    tai64n_is_before(&directory->last, &label))
			directory->last = label;
}

void
directory_open(
    struct directory *directory, const struct script_action *settings, enum directory_way way)
{
	*directory = (struct directory){
	    .settings = settings,
	    .path = settings->argument,
	    .fd_lock = -1,
	    .fd_current = -1,
	    .fd_work = -1,
	    .fd_record = -1,
	    .period_end_ms = CLOCK_NEVER,
	    .recording = way != DIRECTORY_PLAIN,
	    .spliced = way == DIRECTORY_SPLICED,
	};
	processor_init(&directory->processor, settings->processor);
	/* If it cannot be made, or exists, the open tells. */
	(void)mkdir(directory->path, LOGDIR_MODE_DIRECTORY);
	directory->fd = open(directory->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (directory->fd == -1)
		die(directory, "unable to open directory ", "");
	directory->names = fdopendir(directory->fd);
	if (directory->names == NULL)
		die(directory, "unable to open directory ", "");
	lock(directory);
	recall_label(directory);
	recall(directory);
	rotate_begin(directory, first_steps(directory));
}

/* ---- What is kept ---------------------------------------------------------------------------- */

bool
directory_note(struct directory *directory, uint32_t flags)
{
	struct record *record = &directory->record;
	const struct record before = *record;

	record->batch = directory->batch;
	record->done = directory->done;
	record->inode = directory->inode;
	record->size = directory->bytes;
	record->flags = flags;
	if (record_store(directory->fd_record, record))
		return true;
	*record = before;
	return false;
}

void
directory_begin_batch(struct directory *directory, uint64_t batch)
{
	directory->batch = batch;
	directory->done = directory->skip = 0;
}

/* The record last: without it the spool would be a stranger's file. What cannot be removed does no
 * harm, since all of it is done. */
void
directory_forget(struct directory *directory)
{
	if (directory->fd_record == -1)
		return;
	if ((directory->record.flags & RECORD_SPOOLS) != 0)
		(void)unlinkat(directory->fd, LOGDIR_SPOOL, 0);
	(void)unlinkat(directory->fd, LOGDIR_RECORD, 0);
	fd_close(&directory->fd_record);
	directory->recording = false;
	directory->batch = 0;
}

/* If the record cannot be written the old one holds, and the batch is made once more. */
bool
directory_drop_spool(struct directory *directory)
{
	if ((directory->record.flags & RECORD_SPOOLS) == 0)
		return true;
	directory_begin_batch(directory, 0);
	if (!directory_note(directory, 0))
		return false;
	(void)unlinkat(directory->fd, LOGDIR_SPOOL, 0);
	return true;
}

bool
directory_ends_line(const struct directory *directory)
{
	return ends_line(directory, (off_t)directory->bytes);
}

/* Before the first byte of a batch is written here, the record says which batch it belongs to. */
static bool
note_batch(struct directory *directory)
{
	if (directory->fd_record == -1 || directory->record.batch == directory->batch)
		return true;
	if (directory_note(directory, 0)) {
		trouble_end(&directory->writing_trouble);
		return true;
	}
	if (keep_make_room(directory, errno))
		return note_batch(directory);
	trouble_begin(
	    &directory->writing_trouble, &noting, directory->path, "", errno, TROUBLE_DISK_MS);
	return false;
}

/* ---- Writing --------------------------------------------------------------------------------- */

/* The first newline that counts is the one that makes the file full; those before it do not end a
 * file, and behind it nothing may follow. */
size_t
directory_fit(uint64_t bytes, uint64_t size, const char *text, size_t length)
{
	const uint64_t room = size - bytes;
	const size_t most = length < room ? length : (size_t)room;
	const uint64_t full = size - SLACK;
	const uint64_t first = full > bytes ? full - bytes - 1 : 0;

	if (first >= most)
		return most;
	const char *newline = memchr(text + first, '\n', most - (size_t)first);
	return newline == NULL ? most : (size_t)(newline - text) + 1;
}

uint64_t
directory_blind(const struct directory *directory)
{
	const uint64_t full = directory->settings->size - SLACK;

	return full > directory->bytes + 1 ? full - directory->bytes - 1 : 0;
}

bool
directory_is_full(const struct directory *directory)
{
	return directory->bytes >= directory->settings->size - SLACK;
}

void
directory_begin_rotation(struct directory *directory)
{
	directory->turns = true;
}

/* One write, or room for one. False when it failed. */
static bool
append_some(struct directory *directory, struct directory_text *text)
{
	const uint64_t size = directory->settings->size;
	const size_t part = directory_fit(directory->bytes, size, text->bytes, text->length);
	ssize_t written = fd_write(directory->fd_current, text->bytes, part);

	if (written <= 0 && keep_make_room(directory, written == 0 ? ENOSPC : errno))
		return true;
	if (written <= 0) {
		trouble_begin(&directory->writing_trouble, &writing, directory->path, "",
		    written == 0 ? ENOSPC : errno, TROUBLE_DISK_MS);
		return false;
	}
	trouble_end(&directory->writing_trouble);
	text->bytes += written;
	text->length -= (size_t)written;
	directory->bytes += (uint64_t)written;
	directory->done += (uint64_t)written;
	if (directory_is_full(directory) && text->bytes[-1] == '\n')
		directory_begin_rotation(directory);
	return true;
}

/* Better a file that is too long than bytes that are nowhere. */
static void
append_or_lose(struct directory *directory, struct directory_text *text)
{
	while (text->length > 0) {
		ssize_t written = fd_write(directory->fd_current, text->bytes, text->length);
		if (written <= 0)
			break;
		text->bytes += written;
		text->length -= (size_t)written;
	}
	directory->lost += text->length;
	text->length = 0;
}

/* What a predecessor has written before it was killed is not written again. */
static void
skip_written(struct directory *directory, struct directory_text *text)
{
	const size_t part = directory->skip < text->length ? (size_t)directory->skip : text->length;

	directory->skip -= part;
	text->bytes += part;
	text->length -= part;
}

bool
directory_append(struct directory *directory, struct directory_text *text)
{
	skip_written(directory, text);
	while (!directory->abandoned) {
		if (!rotate_run(directory))
			return directory->aside && text->length == 0;
		if (trouble_waits(&directory->writing_trouble))
			return false;
		if (text->length == 0)
			return true;
		/* A file that ends inside a long line waits for the next byte to be rotated. */
		if (directory->bytes >= directory->settings->size)
			directory_begin_rotation(directory);
		else if (!note_batch(directory) || !append_some(directory, text))
			return false;
	}
	append_or_lose(directory, text);
	return true;
}

int64_t
directory_deadline(const struct directory *directory)
{
	const int64_t deadline_ms = trouble_deadline(&directory->trouble);

	return clock_earlier(deadline_ms, trouble_deadline(&directory->writing_trouble));
}

void
directory_hurry(struct directory *directory)
{
	trouble_hurry(&directory->trouble);
	trouble_hurry(&directory->writing_trouble);
}

/* ---- The last resort ------------------------------------------------------------------------- */

void
directory_abandon(struct directory *directory)
{
	directory->abandoned = true;
	processor_kill(&directory->processor);
}

void
directory_report(const struct directory *directory)
{
	if (directory->lost > 0)
		msg_warn("unable to write to %s/" LOGDIR_CURRENT " before the end: %llu bytes lost",
		    directory->path, (unsigned long long)directory->lost);
}
