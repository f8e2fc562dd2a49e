/* lines: see lines.h.
 * SPDX-License-Identifier: ISC */
#include "lines.h"

#include <string.h>

_Static_assert((int)DELIVER_GATHERED >= (int)BATCH_TEXT + (int)SCRIPT_PREFIX_MAX,
    "each piece fits with its prefix");

void
lines_begin(struct deliver *deliver, struct deliver_target *target)
{
	const struct batch *batch = deliver->batch;

	deliver->piece = deliver->offset = 0;
	deliver->rest = (struct directory_text){deliver->gathered, 0};
	if (batch->count == 0)
		return;
	if (batch->continues)
		deliver->selected[0] = target->line_selected;
	target->line_selected = deliver->selected[batch->count - 1];
}

const char *
lines_piece(const struct batch *batch, size_t i, size_t *length)
{
	*length = batch->start[i + 1] - batch->start[i];
	return batch->text + batch->start[i];
}

size_t
lines_stamp(const struct batch *batch, size_t i)
{
	return i == 0 && batch->continues ? 0 : batch->stamp_length;
}

size_t
lines_put(
    char *text, const char *line, size_t length, size_t stamp, const struct script_action *action)
{
	char *at = text;

	at = mempcpy(at, line, stamp);
	at = mempcpy(at, action->prefix, action->prefix_length);
	at = mempcpy(at, line + stamp, length - stamp);
	return (size_t)(at - text);
}

bool
lines_gather(struct deliver *deliver, const struct script_action *action)
{
	static const struct script_action bare = {.prefix = ""};
	const struct batch *batch = deliver->batch;
	size_t used = 0, length;

	for (; deliver->piece < batch->count; deliver->piece++) {
		const size_t i = deliver->piece;
		if (!deliver->selected[i])
			continue;
		const bool rest = i == 0 && batch->continues;
		const char *line = lines_piece(batch, i, &length);
		if (length + action->prefix_length > sizeof deliver->gathered - used)
			break;
		used += lines_put(deliver->gathered + used, line, length, lines_stamp(batch, i),
		    rest ? &bare : action);
	}
	deliver->rest = (struct directory_text){deliver->gathered, used};
	return used > 0;
}
