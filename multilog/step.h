/* step: the single steps of a rotation, a recovery and a close. Each makes one change at most, and
 * may be repeated until it succeeds. SPDX-License-Identifier: ISC */
#ifndef MULTILOG_STEP_H
#define MULTILOG_STEP_H

#include "trouble.h"

#include <stdbool.h>

struct directory;

enum step_end {
	STEP_DONE,
	STEP_BACK,   /* done, and so the step before it is due again */
	STEP_WAITS,  /* a child has not ended yet */
	STEP_FAILED, /* errno says why; 0 = there is no errno for it */
};

struct rotate_step {
	struct trouble_words words; /* around the directory's path when it fails */
	enum step_end (*run)(struct directory *directory, const struct rotate_step *step);
	const char *file; /* what it works on */
	char ending;      /* of the archived file */
	bool archive;     /* the message ends with the archived file's name */
	bool fatal;       /* a failure ends the program: it happens at the start only */
	unsigned back;    /* how many steps a failure goes back */
};

/* current: on disk; a new one, the old becoming the work file; its mode; the end of its last line; its
 * way to STEP's file. */
enum step_end step_sync_current(struct directory *directory, const struct rotate_step *step);
enum step_end step_open_current(struct directory *directory, const struct rotate_step *step);
enum step_end step_mark_current_open(struct directory *directory, const struct rotate_step *step);
enum step_end step_mark_current_complete(
    struct directory *directory, const struct rotate_step *step);
enum step_end step_end_line(struct directory *directory, const struct rotate_step *step);
enum step_end step_rename_current(struct directory *directory, const struct rotate_step *step);

/* The record: what is done is held fast before files move; the same for a new current; it goes, if
 * nothing is left to do. */
enum step_end step_hold_record(struct directory *directory, const struct rotate_step *step);
enum step_end step_note_current(struct directory *directory, const struct rotate_step *step);
enum step_end step_forget_record(struct directory *directory, const struct rotate_step *step);

/* The work file: STEP's file from open to close. */
enum step_end step_open_work(struct directory *directory, const struct rotate_step *step);
enum step_end step_sync_work(struct directory *directory, const struct rotate_step *step);
enum step_end step_mark_work_complete(struct directory *directory, const struct rotate_step *step);
enum step_end step_close_work(struct directory *directory, const struct rotate_step *step);

/* STEP's file: gone, or at least tried to be; created empty; newstate in its place. */
enum step_end step_remove_file(struct directory *directory, const struct rotate_step *step);
enum step_end step_discard_file(struct directory *directory, const struct rotate_step *step);
enum step_end step_make_state(struct directory *directory, const struct rotate_step *step);
enum step_end step_rename_newstate(struct directory *directory, const struct rotate_step *step);

/* The directory itself on disk. */
enum step_end step_sync_names(struct directory *directory, const struct rotate_step *step);

/* STEP's file, if it exists, into the archive, and the oldest out of it. */
enum step_end step_look_at_file(struct directory *directory, const struct rotate_step *step);
enum step_end step_look_unless_kept(struct directory *directory, const struct rotate_step *step);
enum step_end step_link_archive(struct directory *directory, const struct rotate_step *step);
enum step_end step_unlink_archived(struct directory *directory, const struct rotate_step *step);
enum step_end step_find_oldest(struct directory *directory, const struct rotate_step *step);
enum step_end step_remove_oldest(struct directory *directory, const struct rotate_step *step);

/* The rest is the processor's: lines need not wait for it. */
enum step_end step_step_aside(struct directory *directory, const struct rotate_step *step);

/* The processor from its start to the verdict on its end. */
enum step_end step_start_processor(struct directory *directory, const struct rotate_step *step);
enum step_end step_await_processor(struct directory *directory, const struct rotate_step *step);
enum step_end step_judge_signal(struct directory *directory, const struct rotate_step *step);
enum step_end step_judge_exit(struct directory *directory, const struct rotate_step *step);

#endif
