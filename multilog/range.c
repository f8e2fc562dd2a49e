/* range: see range.h.
 * SPDX-License-Identifier: ISC */
#include "range.h"

#include "fd.h"
#include "reader.h"
#include "seek.h"
#include "source.h"

#include <stddef.h>

/* A file of the listing, open to be searched. */
struct candidate {
	int fd; /* -1 = it cannot be opened; who reads it will say so */
	bool owned;
	bool plain;
	uint64_t size;
};

static void
open_candidate(const struct source *source, size_t index, struct candidate *candidate)
{
	const struct listing_file *file = &source->files.files[index];

	candidate->plain = true;
	candidate->owned = file->fd == -1;
	candidate->fd =
	    file->fd != -1 ? file->fd : reader_file(source->dir, file->name, &candidate->plain);
	candidate->size = source_file_size(source, index);
}

static void
close_candidate(struct candidate *candidate)
{
	if (candidate->owned)
		fd_close(&candidate->fd);
}

/* The first file that may have lines of MOMENT or later: archived files were finished at the time
 * that their names tell. */
static size_t
first_file(const struct listing *files, const struct tai64n *moment)
{
	struct tai64n label;
	size_t i;

	for (i = 0; i < files->archived; i++)
		if (!listing_label(files->files[i].name, &label) ||
		    !tai64n_is_before(&label, moment))
			break;
	return i;
}

/* Compressed files, and those without stamps, are not searched: a range that begins there begins
 * with their first line, and one that ends there ends behind them. What is too much is not shown. */
enum side { BEGIN, END };

/* The place of the first line that is not before MOMENT, for that SIDE of a range. */
static struct source_place
find_place(const struct source *source, struct tai64n moment, enum side side)
{
	struct source_place place = {0, 0};

	moment.seconds += source->ahead; /* names and lines are looked at as they are */
	place.file = first_file(&source->files, &moment);

	for (; place.file < source->files.count; place.file++) {
		const bool last = place.file + 1 == source->files.count;
		struct candidate file;
		bool exact = false;
		place.offset = 0;
		open_candidate(source, place.file, &file);
		if (file.fd != -1 && file.plain)
			exact = seek_moment(file.fd, file.size, &moment, &place.offset);
		close_candidate(&file);
		if (exact && place.offset == file.size && !last)
			continue; /* all lines are older */
		if (!exact && side == END)
			place.file++;
		break;
	}
	return place;
}

void
range_find(struct source *source)
{
	const struct source_terms *terms = &source->terms;
	const size_t count = source->files.count;

	source->begin = (struct source_place){0, 0};
	source->end = SOURCE_NO_END;
	if (terms->has_since)
		source->begin = find_place(source, terms->since, BEGIN);
	if (terms->has_until) {
		struct tai64n after = terms->until;
		after.nanoseconds++; /* one more than the clock ever has does no harm */
		source->end = find_place(source, after, END);
	} else if (count > 0) {
		/* What is written from now on does not belong to it. */
		source->end = (struct source_place){count - 1, source_file_size(source, count - 1)};
	}
}

/* The first line that begins at OFFSET or behind it in the file INDEX, of which LIMIT bytes count.
 * The beginning of the file if there is none, or if it cannot be searched. */
static uint64_t
line_at(const struct source *source, size_t index, uint64_t limit, uint64_t offset)
{
	struct candidate file;
	uint64_t line = 0;

	open_candidate(source, index, &file);
	if (file.fd != -1 && file.plain)
		line = seek_line(file.fd, limit, offset);
	close_candidate(&file);
	return line < limit ? line : 0;
}

static bool
is_behind(const struct source_place *a, const struct source_place *b)
{
	return a->file != b->file ? a->file > b->file : a->offset > b->offset;
}

bool
range_tail(const struct source *source, uint64_t bytes, struct source_place *place)
{
	size_t file = source->end.file;
	uint64_t limit = source->end.offset;

	if (file >= source->files.count) {
		file = source->files.count;
		limit = 0;
	}
	for (;;) {
		if (limit > bytes) {
			*place = (struct source_place){
			    file, line_at(source, file, limit, limit - bytes)};
			break;
		}
		bytes -= limit;
		if (file == 0) {
			*place = source->begin;
			return false;
		}
		limit = source_file_size(source, --file);
	}
	if (is_behind(place, &source->begin))
		return true;
	*place = source->begin;
	return false;
}
