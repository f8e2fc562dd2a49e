/* batch: see batch.h.
 * SPDX-License-Identifier: ISC */
#include "batch.h"

#include <string.h>

enum { DATE_BLANKS = 2 };

_Static_assert((int)BATCH_STAMP >= (int)STAMP_MAX, "each stamp fits");
_Static_assert((int)BATCH_STAMP >= (int)TAI64N_LABEL + 1, "the label and its blank, too");

static void
add(struct batch *batch, const char *bytes, size_t length)
{
	memcpy(batch->text + batch->used, bytes, length);
	batch->used += length;
}

static void
show_time(struct batch *batch)
{
	char text[STAMP_SHOWN];
	size_t shown;

	switch (batch->stamps) {
	case STAMP_NONE:
		break;
	case STAMP_LABEL:
		tai64n_format(batch->stamp, &batch->time);
		batch->digits = TAI64N_LABEL;
		batch->stamp_length = TAI64N_LABEL + 1;
		break;
	case STAMP_DATE:
		shown = stamp_show_local(text, &batch->time);
		memcpy(batch->stamp, text, shown);
		batch->digits = shown;
		batch->stamp_length = shown + DATE_BLANKS;
		break;
	}
}

void
batch_set_time(struct batch *batch, const struct tai64n *time)
{
	batch->time = *time;
	memset(batch->stamp, ' ', sizeof batch->stamp);
	show_time(batch);
	batch->low = batch->stamp[batch->digits > 0 ? batch->digits - 1 : 0];
}

/* Which digit follows on DIGIT; 0 after the last one. */
static char
next_digit(const struct batch *batch, char digit)
{
	if (digit == '9')
		return batch->stamps == STAMP_LABEL ? 'a' : '\0';
	if (digit == 'f')
		return '\0';
	return ++digit;
}

/* Counts on in the text, since most of the time only its last digit changes. */
static void
next_stamp(struct batch *batch)
{
	char *digit = batch->stamp + batch->digits - 1;
	char next;

	if (++batch->time.nanoseconds == 1000000000) {
		batch_set_time(batch, &(struct tai64n){batch->time.seconds + 1, 0});
		return;
	}
	if (batch->low != '9' && batch->low != 'f') {
		batch->low++;
		return;
	}
	batch->low = next_digit(batch, batch->low);
	if (batch->low != '\0')
		return;
	batch->low = '0';
	while ((next = next_digit(batch, *--digit)) == '\0')
		*digit = '0';
	*digit = next;
}

/* Not the clock: the stamps have to be the same when the batch is made again. The last digit is kept
 * apart, since to copy what was just changed is slow. */
static void
stamp(struct batch *batch)
{
	char *text = batch->text + batch->used;

	memcpy(text, batch->stamp, BATCH_STAMP);
	text[batch->digits - 1] = batch->low;
	batch->used += batch->stamp_length;
	next_stamp(batch);
}

/* Of what stands behind the last piece. */
static size_t
head_length(const struct batch *batch)
{
	return batch->used - batch->start[batch->count];
}

/* What stands behind the last piece becomes a piece itself. */
static void
end_piece(struct batch *batch, bool unfinished)
{
	if (unfinished && !batch->unfinished && head_length(batch) >= BATCH_SEEN)
		memcpy(batch->seen, batch->text + batch->start[batch->count], BATCH_SEEN);
	batch->start[++batch->count] = (uint32_t)batch->used;
	batch->unfinished = unfinished;
}

bool
batch_in_line(const struct batch *batch)
{
	return batch->unfinished || head_length(batch) > 0;
}

size_t
batch_fill(struct batch *batch, const char *input, size_t length)
{
	size_t taken = 0;

	/* One turn for each line, or part of one. */
	while (taken < length && batch->count < BATCH_PIECES) {
		/* Room for a stamp and a byte, or for the newline of batch_end_line. */
		if (BATCH_TEXT - batch->used <= BATCH_STAMP)
			break;
		if (batch->stamps != STAMP_NONE && !batch_in_line(batch))
			stamp(batch);
		const size_t room = BATCH_TEXT - batch->used;
		size_t part = length - taken < room ? length - taken : room;
		const char *newline = memchr(input + taken, '\n', part);
		if (newline != NULL)
			part = (size_t)(newline + 1 - (input + taken));
		add(batch, input + taken, part);
		taken += part;
		if (newline != NULL)
			end_piece(batch, false);
		else if (batch->unfinished || head_length(batch) >= BATCH_SEEN)
			end_piece(batch, true);
	}
	return taken;
}

void
batch_end_line(struct batch *batch)
{
	if (!batch_in_line(batch))
		return;
	add(batch, "\n", 1);
	end_piece(batch, false);
}

const char *
batch_begun(const struct batch *batch, size_t *length)
{
	*length = batch->unfinished ? BATCH_SEEN : head_length(batch);
	return batch->unfinished ? batch->seen : batch->text + batch->start[batch->count];
}

void
batch_resume(struct batch *batch, const char *bytes, size_t length, bool out)
{
	add(batch, bytes, length);
	if (out)
		end_piece(batch, true);
}

void
batch_next(struct batch *batch)
{
	const size_t head = head_length(batch);

	memmove(batch->text, batch->text + batch->start[batch->count], head);
	batch->used = head;
	batch->count = 0;
	batch->continues = batch->unfinished;
}

const char *
batch_seen(const struct batch *batch, size_t i, size_t *length)
{
	const char *line = batch->text + batch->start[i];
	size_t bytes = batch->start[i + 1] - batch->start[i];

	if (line[bytes - 1] == '\n')
		bytes--;
	*length = bytes < BATCH_SEEN ? bytes : BATCH_SEEN;
	return line;
}
