/* stamp: any bytes as lines of a log: a stamp that was read can be shown and means the same read
 * again, and a moment is found at the start of a line, none later than the first stamp that is not
 * before it. SPDX-License-Identifier: ISC */
#include "../../multilog/calendar.c"
#include "../../multilog/seek.c"
#include "../../multilog/stamp.c"

#include "fuzz.h"

#include <sys/mman.h>

static void
check_stamp(const char *line, size_t length)
{
	char text[STAMP_SHOWN + 3];
	struct tai64n time, again;
	const size_t used = stamp_read(line, length, &time);

	PROMISE(used <= length && used <= STAMP_MAX);
	if (used == 0)
		return;
	PROMISE(time.nanoseconds < 1000000000);
	const size_t local = stamp_show_local(text, &time);
	PROMISE(local > 0 && local < STAMP_SHOWN);
	text[local] = text[local + 1] = ' ';
	PROMISE(stamp_read(text, local + 2, &again) == local + 2 || time.seconds < TAI64N_UNIX);
	if (time.seconds >= TAI64N_UNIX)
		PROMISE(again.seconds == time.seconds && again.nanoseconds == time.nanoseconds);
	PROMISE(stamp_show_utc(text, &time) < STAMP_SHOWN);
}

/* What seek_moment must find, told naively: stamps that go on, never back. */
static bool
is_sorted(const char *text, size_t size)
{
	struct tai64n last = {0}, time;

	for (size_t at = 0; at < size;) {
		const size_t left = size - at;
		if (stamp_read(text + at, left < STAMP_MAX ? left : STAMP_MAX, &time) > 0) {
			if (tai64n_is_before(&time, &last))
				return false;
			last = time;
		}
		const char *newline = memchr(text + at, '\n', left);
		at = newline == NULL ? size : (size_t)(newline - text) + 1;
	}
	return true;
}

static uint64_t
naive(const char *text, size_t size, const struct tai64n *moment)
{
	struct tai64n time;

	for (size_t at = 0; at < size;) {
		const size_t left = size - at;
		if (stamp_read(text + at, left < STAMP_MAX ? left : STAMP_MAX, &time) > 0 &&
		    !tai64n_is_before(&time, moment))
			return at;
		const char *newline = memchr(text + at, '\n', left);
		at = newline == NULL ? size : (size_t)(newline - text) + 1;
	}
	return size;
}

/* The text TIMES times over, so that it is longer than a block. */
static void
check_seek(const char *text, size_t size, uint8_t times, const struct tai64n *moment)
{
	static int fd = -1;
	static char file[64 * 1024];
	size_t length = 0;
	uint64_t offset;

	for (; times > 0 && length + size <= sizeof file; times--, length += size)
		memcpy(file + length, text, size);
	if (fd == -1)
		fd = memfd_create("log", 0);
	if (ftruncate(fd, 0) == -1 || pwrite(fd, file, length, 0) != (ssize_t)length)
		abort();
	const bool found = seek_moment(fd, length, moment, &offset);
	PROMISE(offset <= length && (found || offset == 0));
	PROMISE(offset == 0 || offset == length || file[offset - 1] == '\n');
	if (found && is_sorted(file, length))
		PROMISE(offset == naive(file, length, moment));
	for (size_t i = 0; i < 3; i++) {
		const uint64_t from = length * i / 3;
		const uint64_t line = seek_line(fd, length, from);
		PROMISE(line >= from && line <= length);
		PROMISE(line == 0 || line == length || file[line - 1] == '\n');
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz input = {data, size};
	const uint8_t times = fuzz_last(&input);
	const uint8_t ahead = fuzz_last(&input);
	struct tai64n moment = {TAI64N_UNIX + 1700000000, 0}, time;
	char *text = fuzz_bytes(input.data, input.size);

	setenv("TZ", "UTC", 1);
	tzset();
	check_stamp(text, input.size);
	if (stamp_read(text, input.size, &time) > 0)
		moment = (struct tai64n){time.seconds + ahead - 100, time.nanoseconds};
	if (input.size > 0)
		check_seek(text, input.size, times, &moment);
	free(text);
	return 0;
}
