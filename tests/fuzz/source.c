/* source: any bytes as the files of a log directory: svlog ends, shows every line once and in the
 * order of the files, never goes back in time, and what it shows from some moment on, or of the last
 * bytes, is the end of that. SPDX-License-Identifier: ISC
 *
 * The input: a byte for the range, then files, each with a byte for its name before it and a byte FF
 * behind it. */
#include "../../multilog/source.h"

#include "../../multilog/leap.h"
#include "../../multilog/range.h"
#include "../../multilog/stamp.h"

#include "fuzz.h"
#include "spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { OUT_MAX = 256 * 1024, PATH_ROOM = 64 };

struct out {
	size_t length;
	char bytes[OUT_MAX];
};

static struct out all, part, expected;

static const char *const file_names[] = {"@400000006553f10a00000000.s",
    "@400000006553f10a00000000.u", "@400000006553f10b00000000.u", "@400000006553f10b00000000.t",
    "@400000006553f10c00000000.s", "@400000006553f10d00000000", "previous", "processed", "current"};
enum { FILES = sizeof file_names / sizeof *file_names };

/* In place of lib's: no process is made for what looks compressed. */
pid_t
spawn(const struct spawn *child)
{
	(void)child;
	errno = EAGAIN;
	return -1;
}

/* ---- The directory ------------------------------------------------------------------------ */

static char path[PATH_ROOM];
static int dir;

static void
remove_directory(void)
{
	for (size_t i = 0; i < FILES; i++)
		(void)unlinkat(dir, file_names[i], 0);
	(void)rmdir(path);
}

static void
make_directory(void)
{
	const char *parent = getenv("TMPDIR");

	snprintf(path, sizeof path, "%.40s/fuzz-source.XXXXXX", parent != NULL ? parent : "/tmp");
	if (mkdtemp(path) == NULL || (dir = open(path, O_RDONLY | O_DIRECTORY)) == -1)
		abort();
	atexit(remove_directory);
	setenv("TZ", "UTC", 1);
	tzset();
}

static void
fill_directory(struct fuzz *input)
{
	for (size_t i = 0; i < FILES; i++)
		(void)unlinkat(dir, file_names[i], 0);
	while (input->size > 0) {
		const char *name = file_names[fuzz_byte(input) % FILES];
		const uint8_t *end =
		    input->size == 0 ? NULL : memchr(input->data, 0xff, input->size);
		const size_t length = end == NULL ? input->size : (size_t)(end - input->data);
		const int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC, 0744);
		if (fd == -1 || write(fd, input->data, length) != (ssize_t)length)
			abort();
		close(fd);
		input->data += length + (end != NULL);
		input->size -= length + (end != NULL);
	}
}

/* ---- What is shown ------------------------------------------------------------------------ */

static void
add(struct out *out, const char *bytes, size_t length)
{
	PROMISE(out->length + length <= OUT_MAX);
	if (length > 0)
		memcpy(out->bytes + out->length, bytes, length);
	out->length += length;
}

/* All that SOURCE shows from PLACE on. */
static void
read_all(struct source *source, const struct source_place *place, struct out *out)
{
	struct tai64n key = {0};

	out->length = 0;
	source_start(source, place);
	while (source_next(source)) {
		add(out, source->line.text, source->line.length);
		if (source->line.ends)
			add(out, "\n", 1);
		PROMISE(!tai64n_is_before(&source->key, &key));
		key = source->key;
	}
	PROMISE(source->reader.fd == -1);
}

/* ---- What must be shown ------------------------------------------------------------------- */

/* The bytes of the file INDEX. False if it looks compressed. */
static bool
read_bytes(const struct source *source, size_t index, char **bytes, size_t *length)
{
	const struct listing_file *file = &source->files.files[index];
	const int fd = openat(dir, file->name, O_RDONLY);
	struct stat st;

	if (fd == -1 || fstat(fd, &st) == -1)
		abort();
	*length = (size_t)st.st_size;
	*bytes = fuzz_text(NULL, 0);
	*bytes = realloc(*bytes, *length + 1);
	if (*bytes == NULL || read(fd, *bytes, *length) != (ssize_t)*length)
		abort();
	close(fd);
	const char *const magics[] = {"\x1f\x8b", "BZh", "\xfd\x37zXZ", "\x28\xb5\x2f\xfd"};
	for (size_t i = 0; i < sizeof magics / sizeof *magics; i++)
		if (*length >= strlen(magics[i]) &&
		    memcmp(*bytes, magics[i], strlen(magics[i])) == 0)
			return false;
	return true;
}

static void
add_line(const struct source *source, const char *line, size_t length)
{
	struct tai64n time;
	const size_t stamp = source_stamp(source, line, length, &time);

	add(&expected, line + stamp, length - stamp);
	add(&expected, "\n", 1);
}

/* The lines of all files, one file behind the other, told naively. False if that is for others to
 * tell: the contents of compressed files. */
static bool
expect(const struct source *source)
{
	static struct out text;
	bool torn = false, plain = true;

	text.length = expected.length = 0;
	for (size_t i = 0; i < source->files.count; i++) {
		char *bytes;
		size_t length;
		struct tai64n time;
		plain = read_bytes(source, i, &bytes, &length) && plain;
		const bool border = text.length > 0 && text.bytes[text.length - 1] != '\n';
		if (length > 0 && border &&
		    (torn || source_stamp(source, bytes, length, &time) > 0))
			add(&text, "\n", 1);
		add(&text, bytes, length);
		torn = listing_is_unfinished(source->files.files[i].name);
		free(bytes);
	}
	for (size_t at = 0; at < text.length;) {
		const char *newline = memchr(text.bytes + at, '\n', text.length - at);
		const size_t end = newline == NULL ? text.length : (size_t)(newline - text.bytes);
		add_line(source, text.bytes + at, end - at);
		at = end + 1;
	}
	return plain;
}

/* Whether END can be judged: multilog archives no empty file, so a line ends at most one file after
 * that in which it begins. */
static bool
ends_with(const struct source *source, const struct out *out, const struct out *end)
{
	for (size_t i = 0; i + 1 < source->files.count; i++)
		if (source_file_size(source, i) == 0)
			return true;
	return end->length <= out->length &&
	       memcmp(out->bytes + out->length - end->length, end->bytes, end->length) == 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz input = {data, size};
	const uint8_t how = fuzz_byte(&input);
	struct source source = {.path = path, .name = path, .reader = READER_NONE};
	struct source_place place;

	if (path[0] == '\0')
		make_directory();
	source.dir = dir;
	fill_directory(&input);
	listing_read(&source.files, dir, path);
	source.ahead = leap_find(&source);
	range_find(&source);
	const bool plain = expect(&source);
	read_all(&source, &source.begin, &all);
	if (plain)
		PROMISE(all.length == expected.length &&
			memcmp(all.bytes, expected.bytes, all.length) == 0);
	(void)range_tail(&source, how, &place);
	read_all(&source, &place, &part);
	PROMISE(!plain || ends_with(&source, &all, &part));
	source.terms.has_since = true;
	source.terms.since = (struct tai64n){TAI64N_UNIX + 1700000000 - 8 + how % 16, 0};
	range_find(&source);
	read_all(&source, &source.begin, &part);
	PROMISE(!plain || ends_with(&source, &all, &part));
	listing_free(&source.files);
	free(source.buffer);
	return 0;
}
