/* seek_test: the place that the search finds is the one that reading all would find, in files of any
 * shape. SPDX-License-Identifier: ISC */
#include "../../multilog/calendar.c"
#include "../../multilog/seek.c"
#include "../../multilog/stamp.c"

#include "check.h"

#include <stdlib.h>
#include <sys/mman.h>

enum { FILE_MAX = 1 << 20, LINES_MAX = 5000 };

static char content[FILE_MAX];
static size_t content_length;

static struct place {
	uint64_t offset;
	struct tai64n time;
	bool stamped;
} lines[LINES_MAX];
static size_t line_count;

static long
any(long below)
{
	return random() % below;
}

/* Makes up a file: STEPS is how far stamps go at most, BARE how many of 100 lines have none. */
static void
make_up(long steps, long bare, long longest)
{
	struct tai64n time = {TAI64N_UNIX + 1700000000, 0};
	const long wanted = any(LINES_MAX);

	content_length = line_count = 0;
	while ((long)line_count < wanted) {
		const long length = any(100) < 3 ? any(longest) : any(80);
		if (content_length + (size_t)length + 64 > FILE_MAX)
			break;
		struct place *line = &lines[line_count++];
		time.seconds += (uint64_t)any(steps);
		*line = (struct place){content_length, time, any(100) >= bare};
		if (line->stamped) {
			tai64n_format(content + content_length, &time);
			content_length += TAI64N_LABEL;
			content[content_length++] = ' ';
		}
		memset(content + content_length, 'x', (size_t)length);
		content_length += (size_t)length;
		content[content_length++] = '\n';
	}
	content_length -= line_count > 0 && any(2) == 0; /* the last one is not finished */
}

/* What reading everything finds. */
static uint64_t
by_reading(const struct tai64n *moment)
{
	for (size_t i = 0; i < line_count; i++)
		if (lines[i].stamped && !tai64n_is_before(&lines[i].time, moment))
			return lines[i].offset;
	return content_length;
}

static uint64_t
next_line(uint64_t offset)
{
	for (size_t i = 0; i < line_count; i++)
		if (lines[i].offset >= offset)
			return lines[i].offset;
	return content_length;
}

static void
compare(int fd)
{
	for (int i = 0; i < 30; i++) {
		struct tai64n moment = {TAI64N_UNIX + 1700000000, 0};
		uint64_t found;
		if (line_count > 0)
			moment = lines[(size_t)random() % line_count].time;
		moment.seconds += (uint64_t)any(3);
		moment.seconds -= (uint64_t)any(3);
		if (seek_moment(fd, content_length, &moment, &found))
			CHECK(found == by_reading(&moment));
		else
			CHECK(found == 0);
		const uint64_t offset = (uint64_t)any((long)content_length + 1);
		CHECK(seek_line(fd, content_length, offset) == next_line(offset));
	}
}

int
main(void)
{
	const int fd = memfd_create("log", MFD_CLOEXEC);

	CHECK(fd != -1);
	srandom(5);
	setenv("TZ", "UTC0", 1);
	for (int i = 0; i < 200; i++) {
		make_up(1 + any(4), any(3) == 0 ? any(60) : 0, any(2) == 0 ? 20000 : 300);
		CHECK(ftruncate(fd, 0) == 0);
		CHECK(pwrite(fd, content, content_length, 0) == (ssize_t)content_length);
		compare(fd);
	}
	/* Without stamps there is nothing to find. */
	make_up(1, 100, 300);
	uint64_t found = 1;
	CHECK(ftruncate(fd, 0) == 0);
	CHECK(pwrite(fd, content, content_length, 0) == (ssize_t)content_length);
	CHECK(!seek_moment(fd, content_length, &lines[0].time, &found) && found == 0);
	close(fd);
	return check_end("seek_test");
}
