/* deliver: see deliver.h.
 * SPDX-License-Identifier: ISC */
#include "deliver.h"

#include "carry.h"
#include "clock.h"
#include "msg.h"
#include "rotate.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- Start ----------------------------------------------------------------------------------- */

/* The file is made with a private mode and opened again, so that what exists may be a device that
 * cannot be appended to. */
static int
open_status(const char *path)
{
	const int flags = O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
	int fd = open(path, flags | O_APPEND | O_CREAT, LOGDIR_MODE_NEW);

	if (fd == -1)
		msg_die_sys(MSG_TEMPORARY, errno, "unable to create %s", path);
	close(fd);
	fd = open(path, flags);
	if (fd == -1)
		msg_die_sys(MSG_TEMPORARY, errno, "unable to write %s", path);
	return fd;
}

/* All memory comes from here, at the start. One more, so that 0 is no case of its own. */
static void *
allocate(size_t count, size_t size)
{
	void *memory = calloc(count + 1, size);

	if (memory == NULL)
		msg_die(MSG_TEMPORARY, "out of memory");
	return memory;
}

void
deliver_open(struct deliver *deliver, const struct script *script, enum directory_way way)
{
	deliver->script = script;
	deliver->targets = allocate(script->count, sizeof *deliver->targets);
	/* As in 0.76: no directory is touched before all status files are open. */
	for (size_t i = 0; i < script->count; i++)
		if (script->actions[i].kind == SCRIPT_STATUS)
			deliver->targets[i].fd = open_status(script->actions[i].argument);
	for (size_t i = 0; i < script->count; i++) {
		struct deliver_target *target = &deliver->targets[i];
		if (script->actions[i].kind == SCRIPT_OUTPUT) {
			target->console = allocate(1, sizeof *target->console);
			console_open(target->console);
		}
		if (script->actions[i].kind != SCRIPT_DIRECTORY)
			continue;
		target->directory = allocate(1, sizeof *target->directory);
		directory_open(target->directory, &script->actions[i], way);
	}
}

/* ---- A batch --------------------------------------------------------------------------------- */

/* One action at a time for all lines, and not one line at a time: a directory gets a batch in one
 * write, and whatever waits does so at one place. */
void
deliver_begin(struct deliver *deliver, const struct batch *batch)
{
	deliver->batch = batch;
	deliver->at = 0;
	deliver->begun = false;
	memset(deliver->selected, true, batch->count);
}

/* The action is done; the next one begins. */
static void
next_action(struct deliver *deliver)
{
	deliver->begun = false;
	deliver->at++;
}

bool
deliver_run(struct deliver *deliver)
{
	if (deliver->batch == NULL)
		return true;
	while (deliver->at < deliver->script->count) {
		const struct script_action *action = &deliver->script->actions[deliver->at];
		struct deliver_target *target = &deliver->targets[deliver->at];
		if (!carry[action->kind](deliver, target, action))
			return false;
		next_action(deliver);
	}
	deliver->batch = NULL;
	deliver->at = 0;
	return true;
}

/* ---- What is kept ---------------------------------------------------------------------------- */

struct directory *
deliver_directory(const struct deliver *deliver, size_t n)
{
	for (size_t i = 0; i < deliver->script->count; i++)
		if (deliver->targets[i].directory != NULL && n-- == 0)
			return deliver->targets[i].directory;
	return NULL;
}

bool
deliver_is_recorded(const struct deliver *deliver)
{
	const struct directory *directory;

	for (size_t i = 0; (directory = deliver_directory(deliver, i)) != NULL; i++)
		if (!directory->recording)
			return false;
	return true;
}

void
deliver_begin_batch(struct deliver *deliver, uint64_t batch)
{
	struct directory *directory;

	for (size_t i = 0; (directory = deliver_directory(deliver, i)) != NULL; i++)
		directory_begin_batch(directory, batch);
}

void
deliver_resume_batch(struct deliver *deliver, uint64_t batch, bool known)
{
	struct directory *directory;

	for (size_t i = 0; (directory = deliver_directory(deliver, i)) != NULL; i++)
		if (!known || directory->batch != batch)
			directory_begin_batch(directory, batch);
}

void
deliver_decide(struct deliver *deliver, const struct batch *batch)
{
	deliver_begin(deliver, batch);
	for (size_t i = 0; i < deliver->script->count; i++) {
		const struct script_action *action = &deliver->script->actions[i];
		if (action->kind == SCRIPT_DIRECTORY || action->kind == SCRIPT_OUTPUT)
			deliver->targets[i].line_selected = deliver->selected[0];
		else if (action->kind == SCRIPT_SELECT || action->kind == SCRIPT_DESELECT)
			(void)carry[action->kind](deliver, &deliver->targets[i], action);
	}
	deliver->batch = NULL;
}

void
deliver_forget(struct deliver *deliver)
{
	struct directory *directory;

	for (size_t i = 0; (directory = deliver_directory(deliver, i)) != NULL; i++)
		directory_forget(directory);
}

/* ---- All directories ------------------------------------------------------------------------- */

/* Does for every directory in turn what BEGIN begins, as soon as that returns true, and what is under
 * way there as far as lines wait for it. */
static bool
every_directory(struct deliver *deliver, bool (*begin)(struct directory *directory))
{
	for (; deliver->at < deliver->script->count; next_action(deliver)) {
		struct directory *directory = deliver->targets[deliver->at].directory;
		if (directory == NULL || directory->abandoned)
			continue;
		deliver->begun = deliver->begun || begin(directory);
		if (!deliver->begun || !rotate_run(directory))
			return false;
	}
	deliver->at = 0;
	return true;
}

/* directory_open has begun it. */
static bool
begin_nothing(struct directory *directory)
{
	(void)directory;
	return true;
}

static bool
begin_end_line(struct directory *directory)
{
	if (directory->torn && directory->step == NULL) /* else it is not current any more */
		rotate_begin(directory, ROTATE_END_LINE);
	return true;
}

/* Lines do not wait for the processor, so neither does this. */
static bool
is_due(const struct directory *directory)
{
	return directory->asked && directory->step == NULL;
}

/* A file that is empty now stays as it is. */
static bool
begin_rotation(struct directory *directory)
{
	if (!is_due(directory))
		return true;
	directory->asked = false;
	if (directory->bytes > 0)
		directory_begin_rotation(directory);
	return true;
}

static bool
begin_close(struct directory *directory)
{
	if (!rotate_finish(directory))
		return false;
	rotate_begin(directory, ROTATE_CLOSE);
	return true;
}

bool
deliver_prepare(struct deliver *deliver)
{
	return every_directory(deliver, begin_nothing);
}

bool
deliver_end_lines(struct deliver *deliver)
{
	return every_directory(deliver, begin_end_line);
}

void
deliver_ask_rotation(struct deliver *deliver)
{
	struct directory *directory;

	for (size_t i = 0; (directory = deliver_directory(deliver, i)) != NULL; i++)
		directory->asked = true;
}

bool
deliver_is_asked(const struct deliver *deliver)
{
	const struct directory *directory;

	for (size_t i = 0; (directory = deliver_directory(deliver, i)) != NULL; i++)
		if (is_due(directory))
			return true;
	return false;
}

bool
deliver_rotate(struct deliver *deliver)
{
	return every_directory(deliver, begin_rotation);
}

bool
deliver_close(struct deliver *deliver)
{
	return every_directory(deliver, begin_close);
}

/* ---- Waiting --------------------------------------------------------------------------------- */

struct deliver_wait
deliver_wait(const struct deliver *deliver)
{
	const struct deliver_target *target = &deliver->targets[deliver->at];
	struct deliver_wait wait = {.deadline_ms = CLOCK_NEVER, .fd = -1};

	if (deliver->at == deliver->script->count)
		return wait;
	if (deliver->script->actions[deliver->at].kind == SCRIPT_ALERT)
		wait.fd = STDERR_FILENO;
	else if (trouble_waits(&target->trouble))
		wait.deadline_ms = target->trouble.retry_ms;
	else if (target->console != NULL && console_wait(target->console, &wait.deadline_ms))
		wait.fd = STDOUT_FILENO;
	else if (target->directory != NULL)
		wait.deadline_ms = directory_deadline(target->directory);
	return wait;
}

void
deliver_tend(struct deliver *deliver)
{
	struct directory *directory;

	for (size_t i = 0; (directory = deliver_directory(deliver, i)) != NULL; i++)
		if (directory->step != NULL && !directory->abandoned)
			(void)rotate_run(directory);
}

int64_t
deliver_deadline(const struct deliver *deliver)
{
	const struct directory *directory;
	int64_t deadline_ms = CLOCK_NEVER;

	for (size_t i = 0; (directory = deliver_directory(deliver, i)) != NULL; i++)
		if (directory->step != NULL && !directory->abandoned)
			deadline_ms = clock_earlier(deadline_ms, directory_deadline(directory));
	return deadline_ms;
}

void
deliver_hurry(struct deliver *deliver)
{
	for (size_t i = 0; i < deliver->script->count; i++) {
		struct deliver_target *target = &deliver->targets[i];
		trouble_hurry(&target->trouble);
		if (target->directory != NULL)
			directory_hurry(target->directory);
	}
}

void
deliver_report(const struct deliver *deliver)
{
	for (size_t i = 0; i < deliver->script->count; i++) {
		if (deliver->targets[i].directory != NULL)
			directory_report(deliver->targets[i].directory);
		if (deliver->targets[i].console != NULL)
			console_end(deliver->targets[i].console);
	}
}

void
deliver_give_up(struct deliver *deliver)
{
	struct directory *directory = deliver->targets[deliver->at].directory;

	if (directory != NULL)
		directory_abandon(directory);
	else
		deliver->given_up = true;
}
