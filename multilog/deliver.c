/* deliver: see deliver.h.
 * SPDX-License-Identifier: ISC */
#include "deliver.h"

#include "clock.h"
#include "fd.h"
#include "match.h"
#include "msg.h"
#include "rotate.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ALERT_MAX = 200 /* bytes of a line that e shows */ };

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
deliver_open(struct deliver *deliver, const struct script *script)
{
	deliver->script = script;
	deliver->targets = allocate(script->count, sizeof *deliver->targets);
	/* As in 0.76: no directory is touched before all status files are open. */
	for (size_t i = 0; i < script->count; i++)
		if (script->actions[i].kind == SCRIPT_STATUS)
			deliver->targets[i].fd = open_status(script->actions[i].argument);
	for (size_t i = 0; i < script->count; i++) {
		struct deliver_target *target = &deliver->targets[i];
		if (script->actions[i].kind != SCRIPT_DIRECTORY)
			continue;
		target->directory = allocate(1, sizeof *target->directory);
		directory_open(target->directory, &script->actions[i]);
	}
}

/* ---- Actions ---------------------------------------------------------------------------------
 * Each returns true when it is done with the batch. */

/* The rest of an unfinished line follows its beginning, not the patterns. */
static size_t
first_line(const struct batch *batch)
{
	return batch->continues ? 1 : 0;
}

/* Both - and +: a line that is not yet what the action makes of it becomes so if it matches. */
static bool
carry_selection(
    struct deliver *deliver, struct deliver_target *target, const struct script_action *action)
{
	const struct batch *batch = deliver->batch;
	const bool select = action->kind == SCRIPT_SELECT;
	size_t length;

	(void)target;
	for (size_t i = first_line(batch); i < batch->count; i++) {
		if (deliver->selected[i] == select)
			continue;
		const char *line = batch_seen(batch, i, &length);
		if (match(action->argument, line, length))
			deliver->selected[i] = select;
	}
	return true;
}

/* Adds what e shows of a line to GATHERED. */
static void
add_alert(struct deliver *deliver, const char *line, size_t length, size_t *used)
{
	static const char more[] = "...";
	const size_t shown = length > ALERT_MAX ? ALERT_MAX : length;

	memcpy(deliver->gathered + *used, line, shown);
	*used += shown;
	if (length > ALERT_MAX) {
		memcpy(deliver->gathered + *used, more, sizeof more - 1);
		*used += sizeof more - 1;
	}
	deliver->gathered[(*used)++] = '\n';
}

static void
gather_alerts(struct deliver *deliver)
{
	size_t used = 0, length;

	for (size_t i = first_line(deliver->batch); i < deliver->batch->count; i++) {
		if (!deliver->selected[i])
			continue;
		const char *line = batch_seen(deliver->batch, i, &length);
		add_alert(deliver, line, length, &used);
	}
	deliver->rest = (struct directory_text){deliver->gathered, used};
}

/* A pipe that poll(2) calls writable takes PIPE_BUF bytes without waiting (pipe(7)), so a reader
 * who has stopped never stops us inside a write. */
static bool
is_stderr_writable(void)
{
	struct pollfd ready = {.fd = STDERR_FILENO, .events = POLLOUT};

	return poll(&ready, 1, 0) != 0; /* a failure shows again in the write */
}

/* As many whole lines of REST as one write of PIPE_BUF bytes takes. */
static size_t
whole_lines(const struct directory_text *rest)
{
	if (rest->length <= PIPE_BUF)
		return rest->length;
	const char *newline = memrchr(rest->bytes, '\n', PIPE_BUF);
	return newline == NULL ? PIPE_BUF : (size_t)(newline - rest->bytes) + 1;
}

static bool
carry_alert(
    struct deliver *deliver, struct deliver_target *target, const struct script_action *action)
{
	(void)target;
	(void)action;
	if (!deliver->begun)
		gather_alerts(deliver);
	deliver->begun = true;
	while (deliver->rest.length > 0 && !deliver->given_up) {
		if (!is_stderr_writable())
			return false;
		const size_t part = whole_lines(&deliver->rest);
		ssize_t written = fd_write(STDERR_FILENO, deliver->rest.bytes, part);
		if (written == -1 && errno == EAGAIN)
			return false;
		if (written <= 0)
			return true; /* nobody is there to be alerted; the log has the lines */
		deliver->rest.bytes += written;
		deliver->rest.length -= (size_t)written;
	}
	return true;
}

/* The line that the status file is to show, or NULL. Of the lines of one batch nobody could read
 * any but the last. */
static const char *
last_selected(const struct deliver *deliver, size_t *length)
{
	for (size_t i = deliver->batch->count; i > first_line(deliver->batch); i--)
		if (deliver->selected[i - 1])
			return batch_seen(deliver->batch, i - 1, length);
	return NULL;
}

static bool
carry_status(
    struct deliver *deliver, struct deliver_target *target, const struct script_action *action)
{
	static const struct trouble_words seeking = {"unable to move to beginning of ", ""};
	static const struct trouble_words writing = {"unable to write ", ""};
	char text[BATCH_SEEN + 1];
	size_t length;
	const char *line = last_selected(deliver, &length);
	const struct trouble_words *failed = NULL;

	if (line == NULL || deliver->given_up)
		return true;
	if (trouble_waits(&target->trouble))
		return false;
	memset(text, '\n', sizeof text);
	memcpy(text, line, length);
	if (lseek(target->fd, 0, SEEK_SET) == -1)
		failed = &seeking;
	else if (!fd_write_all(target->fd, text, sizeof text))
		failed = &writing;
	if (failed != NULL) {
		trouble_begin(
		    &target->trouble, failed, action->argument, "", errno, TROUBLE_DISK_MS);
		return false;
	}
	trouble_end(&target->trouble);
	return true;
}

/* Puts the selected pieces into rest: where they are if all are selected, else copied together. */
static void
gather_selected(struct deliver *deliver, struct deliver_target *target)
{
	const struct batch *batch = deliver->batch;
	size_t used = 0, i = 0;

	if (batch->continues && batch->count > 0)
		deliver->selected[0] = target->line_selected;
	while (i < batch->count && deliver->selected[i])
		i++;
	if (i == batch->count) {
		deliver->rest = (struct directory_text){batch->text, batch->start[batch->count]};
	} else {
		for (i = 0; i < batch->count; i++) {
			if (!deliver->selected[i])
				continue;
			const size_t length = batch->start[i + 1] - batch->start[i];
			memcpy(deliver->gathered + used, batch->text + batch->start[i], length);
			used += length;
		}
		deliver->rest = (struct directory_text){deliver->gathered, used};
	}
	if (batch->count > 0)
		target->line_selected = deliver->selected[batch->count - 1];
}

static bool
carry_directory(
    struct deliver *deliver, struct deliver_target *target, const struct script_action *action)
{
	(void)action;
	if (!deliver->begun)
		gather_selected(deliver, target);
	deliver->begun = true;
	return directory_append(target->directory, &deliver->rest);
}

static bool (*const carry[SCRIPT_KINDS])(
    struct deliver *deliver, struct deliver_target *target, const struct script_action *action) = {
    [SCRIPT_DESELECT] = carry_selection,
    [SCRIPT_SELECT] = carry_selection,
    [SCRIPT_ALERT] = carry_alert,
    [SCRIPT_STATUS] = carry_status,
    [SCRIPT_DIRECTORY] = carry_directory,
};

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

/* ---- All directories ------------------------------------------------------------------------- */

/* Does for every directory in turn what BEGIN begins, and what is under way there. */
static bool
every_directory(struct deliver *deliver, void (*begin)(struct directory *directory))
{
	for (; deliver->at < deliver->script->count; next_action(deliver)) {
		struct directory *directory = deliver->targets[deliver->at].directory;
		if (directory == NULL || directory->abandoned)
			continue;
		if (!deliver->begun)
			begin(directory);
		deliver->begun = true;
		if (!rotate_run(directory))
			return false;
	}
	deliver->at = 0;
	return true;
}

/* directory_open has begun it. */
static void
begin_nothing(struct directory *directory)
{
	(void)directory;
}

/* For ALRM. A file that is empty now stays as it is. */
static void
begin_rotation(struct directory *directory)
{
	if (directory->bytes > 0)
		directory_begin_rotation(directory);
}

static void
begin_close(struct directory *directory)
{
	rotate_begin(directory, ROTATE_CLOSE);
}

bool
deliver_prepare(struct deliver *deliver)
{
	return every_directory(deliver, begin_nothing);
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
	else if (target->directory != NULL)
		wait.deadline_ms = directory_deadline(target->directory);
	else
		wait.deadline_ms = target->trouble.retry_ms;
	return wait;
}

void
deliver_hurry(struct deliver *deliver)
{
	struct deliver_target *target = &deliver->targets[deliver->at];

	trouble_hurry(target->directory != NULL ? &target->directory->trouble : &target->trouble);
}

void
deliver_report(const struct deliver *deliver)
{
	for (size_t i = 0; i < deliver->script->count; i++)
		if (deliver->targets[i].directory != NULL)
			directory_report(deliver->targets[i].directory);
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
