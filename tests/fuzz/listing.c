/* listing: any names in a log directory: those that count stay in order, each moment once, none is
 * made up, and what was kept is found again. One name on a line.
 * SPDX-License-Identifier: ISC */
#include "../../multilog/complaint.c"
#include "../../multilog/listing.c"
#include "../../multilog/room.c"

#include "fuzz.h"

enum { NAMES_MAX = 64 };

static void
check_kept(char *const *names, size_t kept)
{
	struct listing_file files[NAMES_MAX];
	const struct listing listing = {files, kept, kept};

	for (size_t i = 0; i < kept; i++) {
		files[i] = (struct listing_file){names[i], -1, false};
		PROMISE(ending(names[i]) != ENDING_PROCESSING);
		if (i > 0)
			PROMISE(strcmp(names[i - 1], names[i]) <= 0);
	}
	for (size_t i = 0; i < kept; i++)
		PROMISE(listing_has(&listing, names[i]));
	PROMISE(!listing_has(&listing, "@"));
}

static bool
same_moment(const char *a, const char *b)
{
	return memcmp(a, b, TAI64N_LABEL) == 0;
}

static void
check_name(const char *name)
{
	char made[LOGDIR_ARCHIVE_SIZE];
	struct tai64n label;

	PROMISE(strlen(name) >= TAI64N_LABEL && name[0] == '@');
	if (!listing_label(name, &label))
		return;
	logdir_archive_name(made, &label, LOGDIR_UNFINISHED);
	PROMISE(same_label(made, name) && listing_is_unfinished(made) && logdir_is_archive(made));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz input = {data, size};
	char *names[NAMES_MAX], *given[NAMES_MAX];
	size_t count = 0;

	while (count < NAMES_MAX && input.size > 0) {
		char *name = fuzz_line(&input);
		if (logdir_is_archive(name)) {
			check_name(name);
			given[count] = names[count] = name;
			count++;
		} else {
			free(name);
		}
	}
	const size_t kept = listing_arrange(names, count);
	PROMISE(kept <= count);
	check_kept(names, kept);
	/* What goes is not finished, or there in another form. */
	for (size_t i = kept; i < count; i++) {
		size_t j;
		for (j = 0; j < kept && !same_moment(names[i], names[j]); j++)
			;
		PROMISE(j < kept || ending(names[i]) == ENDING_PROCESSING);
	}
	/* All that were given are still there, kept or not: the caller frees them. */
	for (size_t i = 0; i < count; i++) {
		size_t j;
		for (j = 0; j < count && names[j] != given[i]; j++)
			;
		PROMISE(j < count);
	}
	for (size_t i = 0; i < count; i++)
		free(given[i]);
	return 0;
}
