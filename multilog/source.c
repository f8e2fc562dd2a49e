/* source: see source.h.
 * SPDX-License-Identifier: ISC */
#include "source.h"

#include "complaint.h"
#include "follow.h"
#include "logdir.h"
#include "room.h"
#include "stamp.h"
#include "utf8.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

size_t
source_stamp(const struct source *source, const char *line, size_t length, struct tai64n *time)
{
	const size_t stamp = stamp_read(line, length, time);

	/* Only labels can be wrong; dates are what people read. */
	if (stamp > 0 && line[0] == '@')
		time->seconds -= source->ahead;
	return stamp;
}

/* ---- Files ----------------------------------------------------------------------------------- */

static struct listing_file *
current_file(struct source *source)
{
	return &source->files.files[source->at];
}

uint64_t
source_file_size(const struct source *source, size_t index)
{
	const struct listing_file *file = &source->files.files[index];
	struct stat st;
	const int code = file->fd != -1
			     ? fstat(file->fd, &st)
			     : fstatat(source->dir, file->name, &st, AT_SYMLINK_NOFOLLOW);

	return code == 0 ? (uint64_t)st.st_size : 0;
}

/* Lines without a stamp have the time at which their file ended, if there was no stamp before. */
static void
set_file_time(struct source *source)
{
	const struct listing_file *file = current_file(source);
	struct stat st;

	if (source->seen_stamp)
		return;
	source->file_time = (struct tai64n){TAI64N_UNIX, 0};
	if (file->fd == -1) {
		if (listing_label(file->name, &source->file_time))
			source->file_time.seconds -= source->ahead;
	} else if (fstat(file->fd, &st) == 0) {
		source->file_time.seconds += (uint64_t)st.st_mtim.tv_sec;
		source->file_time.nanoseconds = (uint32_t)st.st_mtim.tv_nsec;
	}
}

/* Opens the next file that can be opened. One that has gone was removed by multilog: what it keeps
 * is all there is. */
static bool
open_file(struct source *source)
{
	for (; source->at < source->files.count; source->at++, source->start = 0) {
		const struct listing_file *file = current_file(source);
		if (source->at > source->end.file)
			return false;
		if (file->done)
			continue;
		if (file->fd == -1 ? reader_open(&source->reader, source->dir, file->name)
				   : reader_use(&source->reader, file->fd,
					 strcmp(file->name, LOGDIR_PROCESSED) != 0)) {
			source->reader.offset = source->start;
			return true;
		}
		if (errno != ENOENT)
			complaint(errno, "unable to open %s/%s", source->path, file->name);
	}
	return false;
}

static bool
is_last(const struct source *source)
{
	return source->at + 1 >= source->files.count;
}

/* The file has ended, or cannot be read any further. */
static void
leave_file(struct source *source)
{
	const struct listing_file *file = current_file(source);
	const char *expander = reader_close(&source->reader, true);

	if (expander != NULL)
		complaint(
		    errno, "unable to expand %s/%s with %s", source->path, file->name, expander);
	/* The rest of a line that was divided between two files is still to come. */
	source->border = source->filled > source->taken || !source->line.ends;
	if (source->border && !source->across) {
		source->across = true;
		source->across_time = source->file_time;
	}
	source->torn = expander != NULL || listing_is_unfinished(file->name);
	source->at++;
	source->start = 0;
}

/* ---- Bytes ----------------------------------------------------------------------------------- */

/* GOT bytes of a new file stand one byte behind those of the last one. Usually they are the rest of
 * its last line; but who was killed has written no newline. */
static void
cross_border(struct source *source, size_t got)
{
	char *place = source->buffer + source->filled;
	struct tai64n time;

	if (source->torn || source_stamp(source, place + 1, got, &time) > 0) {
		*place = '\n';
		source->filled++;
	} else {
		memmove(place, place + 1, got);
	}
	source->border = false;
}

/* How many bytes may be read now. */
static size_t
wanted(const struct source *source)
{
	const size_t room = SOURCE_BUFFER - source->filled - source->border;

	if (source->at == source->end.file && reader_is_plain(&source->reader)) {
		const uint64_t left = source->end.offset > source->reader.offset
					  ? source->end.offset - source->reader.offset
					  : 0;
		return left < room ? (size_t)left : room;
	}
	return room;
}

/* Reads on in the open file. False at its end. */
static bool
read_file(struct source *source)
{
	const size_t size = wanted(source);
	const ssize_t got = size == 0 ? 0
				      : reader_read(&source->reader,
					    source->buffer + source->filled + source->border, size);

	if (got == -1)
		complaint(errno, "unable to read %s/%s", source->path, current_file(source)->name);
	if (got <= 0)
		return false;
	set_file_time(source);
	if (source->border)
		cross_border(source, (size_t)got);
	source->filled += (size_t)got;
	return true;
}

/* At the end of the last file: whether there may be more. A file that has a successor is read once
 * more, since its last bytes may be younger than its end that we saw. */
static bool
goes_on(struct source *source)
{
	if (!source->terms.follow)
		return false;
	if (source->left) {
		source->left = false;
		if (source->at < source->files.count)
			leave_file(source);
		return follow_list(source);
	}
	const enum follow_end end = follow_look(source);
	source->left = end == FOLLOW_MOVED;
	if (end == FOLLOW_EMPTIED)
		source->reader.offset = 0;
	return end != FOLLOW_WAIT;
}

/* Reads on in this file or the next ones. False if there is nothing (yet). */
static bool
fill(struct source *source)
{
	for (;;) {
		const bool open = source->reader.fd != -1 || open_file(source);
		if (open && read_file(source))
			return true;
		if (open && !(is_last(source) && source->terms.follow))
			leave_file(source);
		else if (!goes_on(source))
			return false;
	}
}

/* ---- Lines ----------------------------------------------------------------------------------- */

/* The LENGTH bytes that are next, and SKIPPED behind them, are a line or a part of one. */
static void
take(struct source *source, size_t length, size_t skipped, bool ends)
{
	struct source_line *line = &source->line;

	line->begins = line->ends;
	line->ends = ends;
	line->text = source->buffer + source->taken;
	line->length = length;
	source->taken += length + skipped;
}

/* As much of a long line as there is room for, but no half character. */
static void
take_part(struct source *source)
{
	const size_t length = source->filled - source->taken;

	take(source, length - utf8_unfinished(source->buffer + source->taken, length), 0, false);
}

static void
make_room(struct source *source)
{
	source->filled -= source->taken;
	memmove(source->buffer, source->buffer + source->taken, source->filled);
	source->taken = 0;
}

/* Finds the next line or part. */
static bool
find_line(struct source *source)
{
	size_t known = 0; /* bytes without a newline */

	for (;;) {
		const size_t length = source->filled - source->taken;
		const char *next = source->buffer + source->taken;
		const char *newline = memchr(next + known, '\n', length - known);
		if (newline != NULL) {
			take(source, (size_t)(newline - next), 1, true);
			return true;
		}
		if (source->taken > 0)
			make_room(source);
		known = length;
		if (length + 1 >= SOURCE_BUFFER) { /* one for the border */
			take_part(source);
			return true;
		}
		if (fill(source))
			continue;
		if (length == 0 || source->terms.follow)
			return false;
		take(source, length, 0, true);
		return true;
	}
}

/* What the start of a line says about its time. */
static void
read_stamp(struct source *source)
{
	struct source_line *line = &source->line;
	const size_t stamp = source_stamp(source, line->text, line->length, &line->time);

	line->stamped = stamp > 0;
	line->text += stamp;
	line->length -= stamp;
	if (line->stamped)
		source->seen_stamp = true;
	else if (!source->seen_stamp)
		line->time = source->across ? source->across_time : source->file_time;
	source->across = false;
	if (tai64n_is_before(&source->key, &line->time))
		source->key = line->time;
}

/* Whether the line that begins is wanted. After the first one all are, whatever their times, until
 * one is too late: a clock that was set back does not hide what was written then. */
static bool
is_wanted(struct source *source)
{
	const struct source_terms *terms = &source->terms;

	if (terms->has_since && !source->started &&
	    tai64n_is_before(&source->line.time, &terms->since))
		return false;
	source->started = true;
	source->over = terms->has_until && tai64n_is_before(&terms->until, &source->line.time);
	return !source->over;
}

/* The file before ended within a line. What we began with is the rest of it, unless it has a stamp of
 * its own: then a file is missing between the two. */
static void
judge_fragment(struct source *source)
{
	struct source_line *line = &source->line;
	struct tai64n time;

	source->fragment = false;
	if (source_stamp(source, line->text, line->length, &time) > 0) {
		line->begins = true;
		source->skip = false;
	}
}

bool
source_next(struct source *source)
{
	while (!source->over && find_line(source)) {
		if (source->fragment)
			judge_fragment(source);
		if (source->line.begins) {
			read_stamp(source);
			source->skip = source->skip || !is_wanted(source);
		}
		const bool skip = source->skip;
		if (source->line.ends)
			source->skip = false;
		if (!skip)
			return true;
	}
	if (source->over)
		(void)reader_close(&source->reader, false);
	return false;
}

/* The last byte of the file INDEX; a newline if it cannot be told. One that is compressed has to be
 * read for it. */
static char
last_byte(struct source *source, size_t index)
{
	const struct listing_file *file = &source->files.files[index];
	struct reader reader;
	char last = '\n';
	ssize_t got;

	if (file->fd == -1 ? !reader_open(&reader, source->dir, file->name)
			   : !reader_use(&reader, file->fd, true))
		return last;
	if (reader_is_plain(&reader)) {
		const uint64_t size = source_file_size(source, index);
		reader.offset = size > 0 ? size - 1 : 0;
	}
	while ((got = reader_read(&reader, source->buffer, SOURCE_BUFFER)) > 0)
		last = source->buffer[got - 1];
	(void)reader_close(&reader, false);
	return last;
}

/* Whether the bytes at PLACE go on with a line of the file before. */
static bool
is_inside_line(struct source *source, const struct source_place *place)
{
	const size_t before = place->file - 1;

	if (place->offset != 0 || place->file == 0 || place->file >= source->files.count)
		return false;
	return !listing_is_unfinished(source->files.files[before].name) &&
	       last_byte(source, before) != '\n';
}

void
source_start(struct source *source, const struct source_place *place)
{
	(void)reader_close(&source->reader, false);
	if (source->buffer == NULL)
		source->buffer = room_for(NULL, SOURCE_BUFFER, 1);
	source->at = place->file;
	source->start = place->offset;
	source->taken = source->filled = 0;
	source->border = source->torn = source->left = source->across = false;
	source->started = source->over = source->seen_stamp = false;
	source->key = source->file_time = (struct tai64n){0};
	source->fragment = source->skip = is_inside_line(source, place);
	source->line = (struct source_line){.ends = !source->skip};
}
