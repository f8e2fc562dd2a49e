/* rotate: see rotate.h.
 * SPDX-License-Identifier: ISC */
#include "rotate.h"

#include "directory.h"
#include "keep.h"
#include "logdir.h"
#include "msg.h"
#include "step.h"

#include <errno.h>
#include <stddef.h>

/* One row for each step: what it does, on which file, and the words for its failure, with the log
 * directory's path between them. */
#define STEP(run_, file_, before, after)                                                           \
	{                                                                                          \
		.run = step_##run_, .file = (file_), .words = { before, after }                    \
	}
/* A failure ends the program: at the start. */
#define STEP_OR_DIE(run_, file_, before, after)                                                    \
	{                                                                                          \
		.run = step_##run_, .file = (file_), .words = {before, after}, .fatal = true       \
	}
/* The message ends with the archived file's name. */
#define STEP_NAMED(run_, file_, ending_, before)                                                   \
	{                                                                                          \
		.run = step_##run_, .file = (file_), .ending = (ending_), .words = {before, "/"},  \
		.archive = true                                                                    \
	}
/* A failure goes BACK steps back. */
#define STEP_RETURN(run_, back_, before)                                                           \
	{                                                                                          \
		.run = step_##run_, .back = (back_), .words = { before, "" }                       \
	}
/* It cannot fail. */
#define STEP_SURE(run_, file_)                                                                     \
	{                                                                                          \
		.run = step_##run_, .file = (file_)                                                \
	}
#define STEP_END                                                                                   \
	{                                                                                          \
		.run = NULL                                                                        \
	}

/* clang-format off */

/* The file NAME goes into the archive, if it exists, and what is too old goes out. */
#define ARCHIVE(name, ending) \
	STEP(look_at_file, name, "unable to stat ", "/" name), \
	ARCHIVE_WHAT_IS_THERE(name, ending)

#define ARCHIVE_WHAT_IS_THERE(name, ending) \
	STEP_NAMED(link_archive, name, ending, "unable to link to "), \
	STEP(unlink_archived, name, "unable to remove ", "/" name), \
	STEP(find_oldest, NULL, "unable to read ", ""), \
	STEP_NAMED(remove_oldest, NULL, 0, "unable to remove ")

/* What has been done until files begin to move, and with the new current. */
#define HOLD_RECORD STEP(hold_record, NULL, "unable to write to ", "/" LOGDIR_RECORD)
#define NOTE_CURRENT STEP(note_current, NULL, "unable to write to ", "/" LOGDIR_RECORD)

/* current after an unclean end; the processor's state has been lost with it. */
#define BEGIN_AFRESH \
	STEP(look_unless_kept, LOGDIR_CURRENT, "unable to stat ", "/" LOGDIR_CURRENT), \
	ARCHIVE_WHAT_IS_THERE(LOGDIR_CURRENT, LOGDIR_UNFINISHED), \
	STEP_OR_DIE(make_state, LOGDIR_STATE, "unable to write to ", "/" LOGDIR_STATE), \
	STEP_OR_DIE(open_current, LOGDIR_CURRENT, "unable to write to ", "/" LOGDIR_CURRENT), \
	STEP_OR_DIE(mark_current_open, NULL, "unable to set mode of ", "/" LOGDIR_CURRENT), \
	NOTE_CURRENT, \
	STEP(sync_names, NULL, "unable to write ", " to disk")

/* From the full file to the empty one. The rename would overwrite a stray previous, which a copied
 * directory may hold. */
#define TURN \
	STEP(sync_current, NULL, "unable to write ", "/" LOGDIR_CURRENT " to disk"), \
	ARCHIVE(LOGDIR_PREVIOUS, LOGDIR_UNFINISHED), \
	STEP(rename_current, LOGDIR_PREVIOUS, \
	    "unable to rename current to previous in directory ", ""), \
	STEP(open_current, LOGDIR_CURRENT, "unable to create ", "/" LOGDIR_CURRENT), \
	NOTE_CURRENT, \
	STEP(mark_current_open, NULL, "unable to set mode of ", "/" LOGDIR_CURRENT), \
	STEP(mark_work_complete, NULL, "unable to set mode of ", "/" LOGDIR_PREVIOUS), \
	STEP_SURE(close_work, NULL)

static const struct rotate_step continuation[] = {
	STEP_OR_DIE(open_current, LOGDIR_CURRENT, "unable to append to ", "/" LOGDIR_CURRENT),
	STEP_OR_DIE(mark_current_open, NULL, "unable to set mode of ", "/" LOGDIR_CURRENT),
	NOTE_CURRENT,
	STEP_END,
};

static const struct rotate_step recover_processed[] = {
	HOLD_RECORD,
	STEP_SURE(discard_file, LOGDIR_STATE),
	STEP_SURE(discard_file, LOGDIR_NEWSTATE),
	STEP(remove_file, LOGDIR_PREVIOUS, "unable to remove ", "/" LOGDIR_PREVIOUS),
	ARCHIVE(LOGDIR_PROCESSED, LOGDIR_SAFE),
	BEGIN_AFRESH,
	STEP_END,
};

static const struct rotate_step recover_previous[] = {
	HOLD_RECORD,
	STEP_SURE(discard_file, LOGDIR_STATE),
	STEP_SURE(discard_file, LOGDIR_NEWSTATE),
	STEP_SURE(discard_file, LOGDIR_PROCESSED),
	ARCHIVE(LOGDIR_PREVIOUS, LOGDIR_UNFINISHED),
	BEGIN_AFRESH,
	STEP_END,
};

static const struct rotate_step turn[] = {
	TURN,
	ARCHIVE(LOGDIR_PREVIOUS, LOGDIR_SAFE),
	STEP(sync_names, NULL, "unable to write ", " to disk"),
	STEP_END,
};

static const struct rotate_step turn_and_process[] = {
	TURN,
	STEP(sync_names, NULL, "unable to write ", " to disk"),
	STEP_SURE(step_aside, NULL),
	STEP(start_processor, NULL, "unable to fork for processor in ", ""),
	STEP_RETURN(await_processor, 1, "wait failed for processor in "),
	STEP_RETURN(judge_signal, 2, "processor crashed in "),
	STEP_RETURN(judge_exit, 3, "processor failed in "),
	STEP(open_work, LOGDIR_PROCESSED, "unable to create ", "/" LOGDIR_PROCESSED),
	STEP(sync_work, NULL, "unable to write ", "/" LOGDIR_PROCESSED " to disk"),
	STEP(mark_work_complete, NULL, "unable to set mode of ", "/" LOGDIR_PROCESSED),
	STEP(open_work, LOGDIR_NEWSTATE, "unable to create ", "/" LOGDIR_NEWSTATE),
	STEP(sync_work, NULL, "unable to write ", "/" LOGDIR_NEWSTATE " to disk"),
	STEP_SURE(close_work, NULL),
	STEP(remove_file, LOGDIR_PREVIOUS, "unable to remove ", "/" LOGDIR_PREVIOUS),
	STEP(rename_newstate, LOGDIR_STATE,
	    "unable to rename newstate to state in directory ", ""),
	ARCHIVE(LOGDIR_PROCESSED, LOGDIR_SAFE),
	STEP(sync_names, NULL, "unable to write ", " to disk"),
	STEP_END,
};

static const struct rotate_step line_end[] = {
	STEP(end_line, NULL, "unable to write to ", "/" LOGDIR_CURRENT),
	STEP_END,
};

static const struct rotate_step closing[] = {
	STEP(sync_current, NULL, "unable to write ", "/" LOGDIR_CURRENT " to disk"),
	STEP(mark_current_complete, NULL, "unable to set mode of ", "/" LOGDIR_CURRENT),
	STEP_SURE(forget_record, NULL),
	STEP_END,
};

/* clang-format on */

static const struct rotate_step *const lists[ROTATE_LISTS] = {
    [ROTATE_CONTINUE] = continuation,
    [ROTATE_RECOVER_PROCESSED] = recover_processed,
    [ROTATE_RECOVER_PREVIOUS] = recover_previous,
    [ROTATE] = turn,
    [ROTATE_PROCESS] = turn_and_process,
    [ROTATE_END_LINE] = line_end,
    [ROTATE_CLOSE] = closing,
};

void
rotate_begin(struct directory *directory, enum rotate_list list)
{
	directory->step = lists[list];
}

/* How long to wait after ERROR: a shortage passes sooner than a disk gets empty. */
static int64_t
pause_after(int error)
{
	return error == EAGAIN || error == ENOMEM ? TROUBLE_SHORT_MS : TROUBLE_DISK_MS;
}

/* The step stays where it is, or goes back to where the failed work begins. */
static void
fail(struct directory *directory, const struct rotate_step *step, int error)
{
	if (step->fatal)
		msg_die_sys(MSG_TEMPORARY, error, "%s%s%s", step->words.before, directory->path,
		    step->words.after);
	trouble_begin(&directory->trouble, &step->words, directory->path,
	    step->archive ? directory->archive : "", error, pause_after(error));
	directory->step -= step->back;
}

/* True when all steps of the list are done. */
static bool
run_steps(struct directory *directory)
{
	if (trouble_waits(&directory->trouble))
		return false;
	while (directory->step->run != NULL) {
		const struct rotate_step *step = directory->step;
		switch (step->run(directory, step)) {
		case STEP_DONE:
			directory->step++;
			break;
		case STEP_BACK:
			directory->step--;
			break;
		case STEP_WAITS:
			return false;
		case STEP_FAILED:
			if (!keep_make_room(directory, errno)) {
				fail(directory, step, errno);
				return false;
			}
			directory->step -= step->back;
			break;
		}
	}
	directory->step = NULL;
	directory->aside = false;
	trouble_end(&directory->trouble);
	return true;
}

bool
rotate_run(struct directory *directory)
{
	const bool processed = directory->settings->processor != NULL;

	for (;;) {
		if (directory->step != NULL && !run_steps(directory))
			return directory->aside && !directory->turns;
		if (!directory->turns)
			return true;
		directory->turns = false;
		rotate_begin(directory, processed ? ROTATE_PROCESS : ROTATE);
	}
}

bool
rotate_finish(struct directory *directory)
{
	return rotate_run(directory) && directory->step == NULL;
}
