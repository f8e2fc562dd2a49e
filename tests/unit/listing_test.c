/* listing_test: the order of archived files, and which of them are the same in two forms.
 * SPDX-License-Identifier: ISC */
#include "../../multilog/complaint.c"
#include "../../multilog/listing.c"
#include "../../multilog/room.c"

#include "check.h"

/* Labels of three moments. */
#define A "@400000006553f10a00000000"
#define B "@400000006553f10a00000001"
#define C "@400000006553f10b00000000"

enum { NAMES_MAX = 8 };

/* What stays of NAMES (up to NULL), in order, with a blank behind each. */
static const char *
arranged(const char *const given[NAMES_MAX])
{
	static char result[512];
	char *names[NAMES_MAX];
	size_t count = 0;

	for (; count < NAMES_MAX && given[count] != NULL; count++)
		names[count] = room_copy(given[count]);
	const size_t kept = listing_arrange(names, count);
	result[0] = '\0';
	for (size_t i = 0; i < kept; i++) {
		strcat(result, names[i]);
		strcat(result, " ");
	}
	for (size_t i = 0; i < count; i++)
		free(names[i]);
	return result;
}

#define ARRANGED(...) arranged((const char *const[NAMES_MAX]){__VA_ARGS__})

static void
test_arrange(void)
{
	CHECK_TEXT(ARRANGED(NULL), "");
	CHECK_TEXT(ARRANGED(C ".s", A ".u", B ".s"), A ".u " B ".s " C ".s ");
	/* gzip(1) in place has not removed what it compresses. */
	CHECK_TEXT(ARRANGED(A ".s.gz", A ".s", B ".s.gz"), A ".s " B ".s.gz ");
	/* svlogd's processor has finished A, but not B. */
	CHECK_TEXT(ARRANGED(A ".u", A ".s", B ".u", B ".t"), A ".s " B ".u ");
	CHECK_TEXT(ARRANGED(A ".t"), "");
	CHECK_TEXT(ARRANGED(A, B "x", C ".weird"), A " " B "x " C ".weird ");
}

static void
test_names(void)
{
	struct tai64n label;

	CHECK(listing_label(A ".s", &label) && label.seconds == TAI64N_UNIX + 1700000000);
	CHECK(!listing_label("@zzzz00006553f10a00000000.s", &label));
	CHECK(listing_is_unfinished(A ".u") && listing_is_unfinished(A ".u.gz"));
	CHECK(!listing_is_unfinished(A ".s") && !listing_is_unfinished(A));
	CHECK(!listing_is_unfinished("current"));
}

static void
test_has(void)
{
	static char names[][TAI64N_LABEL + 3] = {A ".s", B ".s", C ".u"};
	struct listing_file files[3];
	struct listing listing = {files, 3, 3};

	for (size_t i = 0; i < 3; i++) {
		files[i] = (struct listing_file){names[i], -1, false};
		listing.archived = i + 1;
		for (size_t j = 0; j < 3; j++)
			CHECK(listing_has(&listing, names[j]) == (j <= i));
	}
	CHECK(!listing_has(&listing, A ".t") && !listing_has(&listing, ""));
	listing.archived = 0;
	CHECK(!listing_has(&listing, A ".s"));
}

int
main(void)
{
	test_arrange();
	test_names();
	test_has();
	return check_end("listing_test");
}
