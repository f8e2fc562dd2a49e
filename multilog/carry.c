/* carry: see carry.h.
 * SPDX-License-Identifier: ISC */
#include "carry.h"

#include "console.h"
#include "fd.h"
#include "glob.h"
#include "lines.h"
#include "match.h"
#include "stream.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum { ALERT_MAX = 200 /* bytes of a line that e shows */ };

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
		if (action->glob ? glob_match(action->argument, line, length)
				 : match(action->argument, line, length))
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
		if (!stream_is_writable(STDERR_FILENO))
			return false;
		const size_t part = stream_part(&deliver->rest);
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

/* The selected pieces go into rest part by part. */
static bool
carry_with_prefix(
    struct deliver *deliver, struct deliver_target *target, const struct script_action *action)
{
	if (!deliver->begun)
		lines_begin(deliver, target);
	deliver->begun = true;
	do {
		if (!directory_append(target->directory, &deliver->rest))
			return false;
	} while (lines_gather(deliver, action));
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
	if (action->prefix_length > 0)
		return carry_with_prefix(deliver, target, action);
	if (!deliver->begun)
		gather_selected(deliver, target);
	deliver->begun = true;
	return directory_append(target->directory, &deliver->rest);
}

bool (*const carry[SCRIPT_KINDS])(
    struct deliver *deliver, struct deliver_target *target, const struct script_action *action) = {
    [SCRIPT_DESELECT] = carry_selection,
    [SCRIPT_SELECT] = carry_selection,
    [SCRIPT_ALERT] = carry_alert,
    [SCRIPT_STATUS] = carry_status,
    [SCRIPT_OUTPUT] = console_carry,
    [SCRIPT_DIRECTORY] = carry_directory,
};
