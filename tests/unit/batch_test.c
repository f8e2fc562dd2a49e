/* batch_test: whatever the reads look like, the pieces joined are the input with stamps, lines that
 * can be decided are pieces, and those that cannot are held. SPDX-License-Identifier: ISC */
#include "../../multilog/batch.c"
#include "../../multilog/calendar.c"
#include "../../multilog/stamp.c"

#include "check.h"

#include <stdlib.h>

static struct batch batch;

enum { INPUT_MAX = 3 * BATCH_TEXT, STAMP = TAI64N_LABEL + 1 };

static char input[INPUT_MAX], output[2 * INPUT_MAX];
static size_t input_length, output_length;

static void
begin(enum stamp_kind stamps)
{
	memset(&batch, 0, sizeof batch);
	batch.stamps = stamps;
	batch_set_time(&batch, &(struct tai64n){TAI64N_UNIX, 999999000});
	input_length = output_length = 0;
}

/* Takes the pieces out and checks what is promised of them. */
static void
take_pieces(void)
{
	for (size_t i = 0; i < batch.count; i++) {
		const char *piece = batch.text + batch.start[i];
		const size_t length = batch.start[i + 1] - batch.start[i];
		const bool whole = piece[length - 1] == '\n';
		size_t seen;

		CHECK(memchr(piece, '\n', length - 1) == NULL);
		CHECK(whole || i + 1 == batch.count);
		CHECK(whole || length >= BATCH_SEEN || (i == 0 && batch.continues));
		CHECK(batch_seen(&batch, i, &seen) == piece);
		CHECK(seen == (length - whole < BATCH_SEEN ? length - whole : BATCH_SEEN));
		memcpy(output + output_length, piece, length);
		output_length += length;
	}
	CHECK(batch.count == 0 || batch.unfinished == (output[output_length - 1] != '\n'));
	batch_next(&batch);
	CHECK(batch.used < BATCH_SEEN);
}

/* Feeds LENGTH bytes, each line's end a chance to see that everything decided is out. */
static void
feed(const char *bytes, size_t length)
{
	size_t taken = 0;

	while (taken < length) {
		size_t part = batch_fill(&batch, bytes + taken, length - taken);
		CHECK(part > 0);
		if (part == 0)
			return;
		taken += part;
		take_pieces();
	}
}

static void
test_random_reads(unsigned seed, size_t longest_read)
{
	begin(STAMP_NONE);
	srand(seed);
	while (input_length < INPUT_MAX - 6000) {
		size_t line = (size_t)rand() % (rand() % 8 == 0 ? 5000 : 60);
		memset(input + input_length, 'a' + rand() % 26, line);
		input_length += line;
		input[input_length++] = '\n';
	}
	for (size_t at = 0; at < input_length;) {
		size_t part = 1 + (size_t)rand() % longest_read;
		if (part > input_length - at)
			part = input_length - at;
		feed(input + at, part);
		at += part;
	}
	CHECK(!batch_in_line(&batch));
	CHECK(output_length == input_length && memcmp(output, input, input_length) == 0);
}

/* A short line waits for its newline, a long one does not. */
static void
test_decision(void)
{
	begin(STAMP_NONE);
	memset(input, 'x', INPUT_MAX);
	feed(input, BATCH_SEEN - 1);
	CHECK(output_length == 0 && batch_in_line(&batch));
	feed(input, 1);
	CHECK(output_length == BATCH_SEEN && batch_in_line(&batch) && batch.continues);
	feed(input, 10);
	CHECK(output_length == BATCH_SEEN + 10);
	feed("\n", 1);
	CHECK(output_length == BATCH_SEEN + 11 && !batch_in_line(&batch) && !batch.continues);
}

static void
test_end(void)
{
	begin(STAMP_NONE);
	batch_end_line(&batch);
	CHECK(batch.count == 0);
	feed("half", 4);
	batch_end_line(&batch);
	take_pieces();
	CHECK(output_length == 5 && memcmp(output, "half\n", 5) == 0);
	feed(input, BATCH_SEEN + 5);
	batch_end_line(&batch);
	take_pieces();
	CHECK(output_length == 5 + BATCH_SEEN + 6 && !batch_in_line(&batch));
}

/* Every line gets one stamp, the empty one too; it comes with the first byte and counts. */
static void
test_stamps(void)
{
	struct tai64n label;

	begin(STAMP_LABEL);
	feed("", 0);
	CHECK(!batch_in_line(&batch) && batch.used == 0);
	feed("\na", 2);
	feed("b\n", 2);
	CHECK(output_length == 2 * STAMP + 4);
	CHECK(tai64n_parse(output, output_length, &label) && output[STAMP - 1] == ' ');
	CHECK(output[STAMP] == '\n');
	CHECK(tai64n_parse(output + STAMP + 1, output_length, &label));
	CHECK(memcmp(output + 2 * STAMP + 1, "ab\n", 3) == 0);
	/* Each is a nanosecond later, also where a second begins. */
	begin(STAMP_LABEL);
	memset(input, '\n', 3000);
	feed(input, 3000);
	for (size_t i = 0; i < 3000; i++) {
		CHECK(tai64n_parse(output + i * (STAMP + 1), STAMP, &label));
		CHECK(label.seconds == TAI64N_UNIX + i / 1000 - (i >= 2000 ? i / 1000 - 1 : 0));
		CHECK(label.nanoseconds == (999999000 + i) % 1000000000);
	}
	begin(STAMP_LABEL);
	memset(input, 'x', BATCH_SEEN);
	feed(input, BATCH_SEEN - STAMP);
	CHECK(output_length == BATCH_SEEN);
}

/* The same with dates: each a nanosecond later, also where a second begins. */
static void
test_dates(void)
{
	struct tai64n time;

	begin(STAMP_DATE);
	memset(input, '\n', 3000);
	feed(input, 3000);
	CHECK(output_length == 3000 * (STAMP_MAX + 1));
	CHECK(memcmp(output, "1970-01-01 00:00:00.999999000  \n", STAMP_MAX + 1) == 0);
	CHECK(memcmp(output + 1000 * (STAMP_MAX + 1), "1970-01-01 00:00:01.000000000  \n",
		  STAMP_MAX + 1) == 0);
	for (size_t i = 0; i < 3000; i++) {
		const char *line = output + i * (STAMP_MAX + 1);
		CHECK(stamp_read(line, STAMP_MAX + 1, &time) == STAMP_MAX);
		CHECK(
		    (time.seconds - TAI64N_UNIX) * 1000000000 + time.nanoseconds == 999999000 + i);
	}
}

/* Full of tiny lines, with a stamp each: nothing is lost where a batch ends. */
static void
test_tiny_lines(enum stamp_kind stamps)
{
	enum { LINES = 20000 };
	size_t lines = 0;

	begin(stamps);
	memset(input, '\n', LINES);
	for (size_t at = 0; at < LINES;) {
		size_t part = batch_fill(&batch, input + at, LINES - at);
		CHECK(part > 0 && batch.count == part && batch.used <= BATCH_TEXT);
		if (part == 0)
			return;
		at += part;
		lines += batch.count;
		batch_next(&batch);
	}
	CHECK(lines == LINES);
}

int
main(void)
{
	setenv("TZ", "UTC", 1);
	tzset();
	test_random_reads(1, 3);
	test_random_reads(2, 2000);
	test_random_reads(3, 64 * 1024);
	test_random_reads(4, INPUT_MAX);
	test_decision();
	test_end();
	test_stamps();
	test_dates();
	test_tiny_lines(STAMP_NONE);
	test_tiny_lines(STAMP_LABEL);
	test_tiny_lines(STAMP_DATE);
	return check_end("batch_test");
}
