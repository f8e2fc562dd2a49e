/* batch: any input in any portions, and any record that a killed multilog may have left: no byte is
 * lost, doubled or moved, each line has its stamp, and who goes on with a batch makes the same bytes.
 * The first byte tells how; with bit 1 a record is in front. SPDX-License-Identifier: ISC */
#include "../../multilog/batch.c"
#include "../../multilog/record.c"

#include "fuzz.h"

enum { OUT_MAX = 512 * 1024, INPUT_MAX = 16 * 1024, LABEL_OUT = TAI64N_LABEL + 1 };

struct out {
	size_t length;
	char bytes[OUT_MAX];
};

static struct batch batch;
static struct out out, again;

/* An empty one, as in a new process; the bytes of the text need no zeros. */
static void
begin(bool stamps)
{
	memset(&batch, 0, offsetof(struct batch, start) + sizeof *batch.start);
	memset(batch.seen, 0, sizeof batch.seen);
	batch.stamps = stamps ? STAMP_LABEL : STAMP_NONE;
}

/* All pieces go out, except those that are out already. */
static void
deliver(struct out *to, bool first)
{
	for (size_t i = first ? 0 : 1; i < batch.count; i++) {
		const size_t length = batch.start[i + 1] - batch.start[i];
		size_t seen;
		const char *line = batch_seen(&batch, i, &seen);
		PROMISE(length > 0 && batch.start[i + 1] <= batch.used && seen <= length);
		PROMISE(to->length + length <= OUT_MAX && seen <= BATCH_SEEN);
		memcpy(to->bytes + to->length, line, length);
		to->length += length;
	}
	PROMISE(batch.used <= BATCH_TEXT && batch.count <= BATCH_PIECES);
	batch_next(&batch);
}

/* Another process goes on with the line that was begun, of which BEGUN_LENGTH bytes at LINE were read. */
static void
die_and_resume(const char *line, size_t begun_length)
{
	static char begun[BATCH_SEEN];
	size_t length;
	const bool stamps = batch.stamps, inside = batch.unfinished;
	const struct tai64n time = batch.time;
	const char *head = batch_begun(&batch, &length);

	const size_t stamp = stamps && begun_length > 0 ? LABEL_OUT : 0;
	const size_t kept =
	    stamp + begun_length < BATCH_SEEN ? stamp + begun_length : (size_t)BATCH_SEEN;
	PROMISE(length == kept && memcmp(head + stamp, line, length - stamp) == 0);
	memcpy(begun, head, length);
	begin(stamps);
	batch_set_time(&batch, &time);
	batch_resume(&batch, begun, length, inside);
	if (inside)
		batch_next(&batch);
}

/* Portions of 1 to 255 bytes, or all at once; one process, or a new one for each. */
static void
feed(struct out *to, const char *text, size_t size, uint8_t portion, bool dies)
{
	const struct tai64n start = {TAI64N_UNIX + 1700000000, 999999000};

	const char *line = text;

	to->length = 0;
	batch_set_time(&batch, &start);
	while (size > 0) {
		const size_t given = portion > 0 && portion < size ? portion : size;
		const size_t taken = batch_fill(&batch, text, given);
		PROMISE(taken > 0 && taken <= given);
		text += taken;
		size -= taken;
		deliver(to, true);
		const char *newline = memrchr(line, '\n', (size_t)(text - line));
		line = newline == NULL ? line : newline + 1;
		if (dies)
			die_and_resume(line, (size_t)(text - line));
	}
	batch_end_line(&batch);
	deliver(to, true);
	PROMISE(!batch_in_line(&batch));
}

/* What is out is TEXT, with a newline at its end, and a stamp before each line that is later than
 * the one before. */
static void
check_out(const char *text, size_t size, bool stamps)
{
	const char *next = out.bytes, *end = out.bytes + out.length;
	struct tai64n last = {0}, label;

	while (size > 0) {
		const char *newline = memchr(text, '\n', size);
		const size_t length = newline == NULL ? size : (size_t)(newline - text);
		if (stamps) {
			PROMISE(tai64n_parse(next, (size_t)(end - next), &label));
			PROMISE(tai64n_is_before(&last, &label) && next[TAI64N_LABEL] == ' ');
			PROMISE(label.nanoseconds < 1000000000);
			last = label;
			next += LABEL_OUT;
		}
		PROMISE((size_t)(end - next) > length && memcmp(next, text, length) == 0);
		PROMISE(next[length] == '\n');
		next += length + 1;
		text += length + (newline != NULL);
		size -= length + (newline != NULL);
	}
	PROMISE(next == end);
}

/* As spool.c goes on with what a record says, whoever has written it. */
static void
check_record(struct fuzz *input, bool stamps)
{
	struct record record = {.flags = (uint32_t)fuzz_number(input, 1)};
	char label[TAI64N_LABEL];

	memcpy(record.magic, magic, sizeof magic);
	record.flags |= RECORD_LEFT;
	record.nanoseconds = (uint32_t)fuzz_number(input, 4);
	record.seconds = fuzz_number(input, 8);
	record.head_length = (uint32_t)fuzz_number(input, 2);
	for (size_t i = 0; i < RECORD_HEAD && i < record.head_length && input->size > 0; i++)
		record.head[i] = (char)fuzz_byte(input);
	if (!is_well_formed(&record))
		return;
	begin(stamps);
	batch_set_time(&batch, &(struct tai64n){record.seconds, record.nanoseconds});
	const bool inside = (record.flags & RECORD_INSIDE) != 0;
	batch_resume(&batch, record.head, record.head_length, inside);
	if (inside)
		batch_next(&batch);
	(void)batch_fill(&batch, "a\nb\nc\n", 6);
	tai64n_format(label, &batch.time);
	PROMISE(!stamps || (memcmp(label, batch.stamp, TAI64N_LABEL - 1) == 0 &&
			       label[TAI64N_LABEL - 1] == batch.low));
	out.length = 0;
	deliver(&out, true);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz input = {data, size};
	const uint8_t how = fuzz_byte(&input), portion = fuzz_byte(&input);
	const bool stamps = (how & 1) != 0;

	if ((how & 2) != 0)
		check_record(&input, stamps);
	char *text = fuzz_text(input.data, input.size);
	/* What the fuzzer would have to write long for itself. */
	const size_t times = (how & 4) != 0 ? 1 + (size_t)(how >> 3) * 32 : 1;
	if (input.size > 0 && input.size * times <= INPUT_MAX) {
		char *all = fuzz_text(NULL, 0);
		all = realloc(all, input.size * times);
		if (all == NULL)
			abort();
		for (size_t i = 0; i < times; i++)
			memcpy(all + i * input.size, text, input.size);
		begin(stamps);
		feed(&out, all, input.size * times, 0, false);
		check_out(all, input.size * times, stamps);
		begin(stamps);
		feed(&again, all, input.size * times, portion, true);
		PROMISE(
		    again.length == out.length && memcmp(again.bytes, out.bytes, out.length) == 0);
		free(all);
	}
	free(text);
	return 0;
}
