/* step: see step.h.
 * SPDX-License-Identifier: ISC */
#include "step.h"

#include "clock.h"
#include "directory.h"
#include "fd.h"
#include "file.h"
#include "keep.h"
#include "logdir.h"
#include "msg.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* A result like those of system calls as the end of a step. */
static enum step_end
result(int code)
{
	return code == -1 ? STEP_FAILED : STEP_DONE;
}

/* A step that is repeated after a crash may find its work done. */
static enum step_end
tolerate_absence(int code)
{
	return code == -1 && errno != ENOENT ? STEP_FAILED : STEP_DONE;
}

/* ---- current --------------------------------------------------------------------------------- */

enum step_end
step_sync_current(struct directory *directory, const struct rotate_step *step)
{
	(void)step;
	return result(fsync(directory->fd_current));
}

/* The new file is private until it has its mode; the append flag is 0.76's, and keeps two writers,
 * if there ever are, from overwriting each other. */
enum step_end
step_open_current(struct directory *directory, const struct rotate_step *step)
{
	struct stat st;
	const int append = directory->spliced ? 0 : O_APPEND;
	int fd = file_open_private(directory->fd, step->file, O_WRONLY | append | O_CREAT,
	    LOGDIR_MODE_NEW, FILE_REGULAR, 1);

	if (fd == -1)
		return STEP_FAILED;
	if (fstat(fd, &st) == -1 || (directory->spliced && lseek(fd, 0, SEEK_END) == -1)) {
		close(fd);
		return STEP_FAILED;
	}
	/* The old file stays open until it has its mode; and as long as there is no new one, what
	 * has to be written at the very end can go there. */
	fd_close(&directory->fd_work);
	directory->fd_work = directory->fd_current;
	directory->fd_current = fd;
	directory->bytes = (uint64_t)st.st_size;
	directory->inode = st.st_ino;
	directory->period_end_ms = CLOCK_NEVER;
	return STEP_DONE;
}

enum step_end
step_mark_current_open(struct directory *directory, const struct rotate_step *step)
{
	(void)step;
	return result(fchmod(directory->fd_current, LOGDIR_MODE_OPEN));
}

enum step_end
step_mark_current_complete(struct directory *directory, const struct rotate_step *step)
{
	(void)step;
	return result(fchmod(directory->fd_current, LOGDIR_MODE_COMPLETE));
}

/* Not counted as made of a batch: this line's newline is in none. */
enum step_end
step_end_line(struct directory *directory, const struct rotate_step *step)
{
	(void)step;
	if (directory_ends_line(directory))
		return STEP_DONE;
	const ssize_t written = fd_write(directory->fd_current, "\n", 1);
	if (written == 0)
		errno = ENOSPC;
	if (written <= 0)
		return STEP_FAILED;
	directory->bytes++;
	return STEP_DONE;
}

enum step_end
step_rename_current(struct directory *directory, const struct rotate_step *step)
{
	return result(renameat(directory->fd, LOGDIR_CURRENT, directory->fd, step->file));
}

/* ---- The record ------------------------------------------------------------------------------ */

/* What was current may be removed before the next record is written. */
enum step_end
step_hold_record(struct directory *directory, const struct rotate_step *step)
{
	(void)step;
	if (directory->fd_record == -1 || directory->record.magic[0] == '\0')
		return STEP_DONE;
	directory->record.done = directory->done;
	directory->record.flags |= RECORD_HELD;
	return record_store(directory->fd_record, &directory->record) ? STEP_DONE : STEP_FAILED;
}

/* Without a record multilog does what 0.76 does, and what it has read is lost when it is killed. */
static enum step_end
do_without_record(struct directory *directory)
{
	if (!record_is_refused(errno))
		return STEP_FAILED;
	msg_warn_sys(
	    errno, "unable to use %s/" LOGDIR_RECORD ", going on without", directory->path);
	directory->recording = false;
	return STEP_DONE;
}

enum step_end
step_note_current(struct directory *directory, const struct rotate_step *step)
{
	const uint32_t over = RECORD_HELD | RECORD_LEFT;

	(void)step;
	if (!directory->recording)
		return STEP_DONE;
	if (directory->fd_record == -1)
		directory->fd_record = record_open(directory->fd, true);
	if (directory->fd_record == -1)
		return do_without_record(directory);
	return directory_note(directory, directory->record.flags & ~over) ? STEP_DONE : STEP_FAILED;
}

enum step_end
step_forget_record(struct directory *directory, const struct rotate_step *step)
{
	(void)step;
	if (!directory->leaves)
		directory_forget(directory);
	return STEP_DONE;
}

/* ---- The other files ------------------------------------------------------------------------- */

/* The processor may have removed or replaced the file; then an empty one takes its place, as in
 * 0.76. */
enum step_end
step_open_work(struct directory *directory, const struct rotate_step *step)
{
	fd_close(&directory->fd_work);
	directory->fd_work = file_open_private(directory->fd, step->file,
	    O_WRONLY | O_APPEND | O_CREAT, LOGDIR_MODE_NEW, FILE_REGULAR, 1);
	return result(directory->fd_work);
}

enum step_end
step_sync_work(struct directory *directory, const struct rotate_step *step)
{
	(void)step;
	return result(fsync(directory->fd_work));
}

enum step_end
step_mark_work_complete(struct directory *directory, const struct rotate_step *step)
{
	(void)step;
	return result(fchmod(directory->fd_work, LOGDIR_MODE_COMPLETE));
}

enum step_end
step_close_work(struct directory *directory, const struct rotate_step *step)
{
	(void)step;
	fd_close(&directory->fd_work);
	return STEP_DONE;
}

enum step_end
step_remove_file(struct directory *directory, const struct rotate_step *step)
{
	return tolerate_absence(unlinkat(directory->fd, step->file, 0));
}

/* For files whose content nobody will look at: what takes their place truncates them. */
enum step_end
step_discard_file(struct directory *directory, const struct rotate_step *step)
{
	(void)unlinkat(directory->fd, step->file, 0);
	return STEP_DONE;
}

enum step_end
step_make_state(struct directory *directory, const struct rotate_step *step)
{
	int fd = file_open_private(directory->fd, step->file, O_WRONLY | O_CREAT | O_TRUNC,
	    LOGDIR_MODE_OPEN, FILE_REGULAR, 1);

	if (fd == -1)
		return STEP_FAILED;
	close(fd);
	return STEP_DONE;
}

enum step_end
step_rename_newstate(struct directory *directory, const struct rotate_step *step)
{
	return result(renameat(directory->fd, LOGDIR_NEWSTATE, directory->fd, step->file));
}

/* The names are as durable as the bytes. Some file systems cannot sync a directory and say EINVAL
 * (fsync(2)); then there is nothing to be done. */
enum step_end
step_sync_names(struct directory *directory, const struct rotate_step *step)
{
	(void)step;
	return fsync(directory->fd) == -1 && errno != EINVAL ? STEP_FAILED : STEP_DONE;
}

/* ---- Into the archive ------------------------------------------------------------------------ */

/* The number of its names tells whether a predecessor died between link and unlink. */
enum step_end
step_look_at_file(struct directory *directory, const struct rotate_step *step)
{
	struct stat st;

	directory->links = 0;
	if (fstatat(directory->fd, step->file, &st, AT_SYMLINK_NOFOLLOW) == 0)
		directory->links = st.st_nlink;
	else if (errno != ENOENT)
		return STEP_FAILED;
	return STEP_DONE;
}

enum step_end
step_look_unless_kept(struct directory *directory, const struct rotate_step *step)
{
	directory->links = 0;
	return directory->keeps ? STEP_DONE : step_look_at_file(directory, step);
}

/* The clock's label, or the first free one behind the last: two files never want the same name, and
 * they sort as they were written. */
static void
choose_label(struct directory *directory)
{
	struct tai64n label = tai64n_now();
	struct tai64n next = directory->last;

	next.nanoseconds += 1000; /* the resolution of the labels */
	if (next.nanoseconds >= 1000000000) {
		next.nanoseconds -= 1000000000;
		next.seconds++;
	}
	if (tai64n_is_before(&label, &next))
		label = next;
	directory->last = label;
}

/* A second name, so that a kill between this and the removal of the first leaves one of two links
 * and never none. */
enum step_end
step_link_archive(struct directory *directory, const struct rotate_step *step)
{
	int code;

	if (directory->links != 1)
		return STEP_DONE; /* nothing there, or linked before a crash */
	do {
		choose_label(directory);
		logdir_archive_name(directory->archive, &directory->last, step->ending);
		code = linkat(directory->fd, step->file, directory->fd, directory->archive, 0);
	} while (code == -1 && errno == EEXIST);
	return result(code);
}

enum step_end
step_unlink_archived(struct directory *directory, const struct rotate_step *step)
{
	if (directory->links == 0)
		return STEP_DONE;
	return tolerate_absence(unlinkat(directory->fd, step->file, 0));
}

/* Reads the directory: the oldest archived file's name goes into archive if there is too much, else
 * archive becomes empty. */
enum step_end
step_find_oldest(struct directory *directory, const struct rotate_step *step)
{
	const struct script_action *settings = directory->settings;
	struct keep found;

	(void)step;
	directory->archive[0] = '\0';
	if (directory->links == 0)
		return STEP_DONE;
	if (!keep_look(directory, &found))
		return STEP_FAILED;
	if (!keep_is_too_much(settings, found.count, found.bytes))
		return STEP_DONE;
	memcpy(directory->archive, found.oldest, sizeof found.oldest);
	directory->last_to_go =
	    !keep_is_too_much(settings, found.count - 1, found.bytes - found.oldest_bytes);
	return STEP_DONE;
}

/* A name that is gone already is as good as removed: somebody else tidies up, too. */
enum step_end
step_remove_oldest(struct directory *directory, const struct rotate_step *step)
{
	(void)step;
	if (directory->archive[0] == '\0')
		return STEP_DONE;
	if (unlinkat(directory->fd, directory->archive, 0) == -1 && errno != ENOENT)
		return STEP_FAILED;
	return directory->last_to_go ? STEP_DONE : STEP_BACK;
}

/* ---- The processor --------------------------------------------------------------------------- */

enum step_end
step_step_aside(struct directory *directory, const struct rotate_step *step)
{
	(void)step;
	directory->aside = true;
	return STEP_DONE;
}

enum step_end
step_start_processor(struct directory *directory, const struct rotate_step *step)
{
	(void)step;
	return processor_start(&directory->processor, directory->fd, directory->fd_lock)
		   ? STEP_DONE
		   : STEP_FAILED;
}

enum step_end
step_await_processor(struct directory *directory, const struct rotate_step *step)
{
	(void)step;
	switch (processor_look(&directory->processor, &directory->status)) {
	case PROCESSOR_RUNS:
		return STEP_WAITS;
	case PROCESSOR_ENDED:
		return STEP_DONE;
	case PROCESSOR_UNKNOWN:
		break;
	}
	return STEP_FAILED;
}

/* Two steps, since each has words of its own. There is no errno for either, but for a full disk that
 * its own writes have met, if room may be made there. */
enum step_end
step_judge_signal(struct directory *directory, const struct rotate_step *step)
{
	(void)step;
	errno = 0;
	return WIFSIGNALED(directory->status) ? STEP_FAILED : STEP_DONE;
}

enum step_end
step_judge_exit(struct directory *directory, const struct rotate_step *step)
{
	(void)step;
	if (WEXITSTATUS(directory->status) == 0)
		return STEP_DONE;
	errno = keep_lacks_room(directory) ? ENOSPC : 0;
	return STEP_FAILED;
}
