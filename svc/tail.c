/* tail: see tail.h.
 * SPDX-License-Identifier: ISC */
#include "tail.h"

#include "facts.h"
#include "fd.h"
#include "file.h"
#include "fmt.h"
#include "logdir.h"
#include "output.h"
#include "script.h"
#include "servicedir.h"
#include "tai64n.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
	LINES = 10,
	CUT_AT = 400, /* what is longer is cut */
};

/* ---- Where the log is ------------------------------------------------------------------------ */

#define USUAL_DIRECTORY "./main"

/* The directory that log/run writes to, relative to log/; the usual one if that cannot be told. */
static void
find_directory(int log, char directory[PATH_MAX])
{
	static struct script script;
	static char bytes[SCRIPT_SIZE + 1];
	struct script_line line;
	const ssize_t length = file_read(log, SERVICEDIR_RUN, bytes, sizeof bytes);
	const char *found = NULL;

	strcpy(directory, USUAL_DIRECTORY);
	if (length == -1)
		return;
	script_begin(&script, bytes, (size_t)length);
	while (found == NULL && script_next(&script, &line))
		found = script_log_directory(&line);
	if (found != NULL && strlen(found) < PATH_MAX)
		strcpy(directory, found);
}

/* The newest of the archived files in DIRECTORY, "" if there is none. */
static void
find_archive(int directory, char newest[NAME_MAX + 1])
{
	const struct dirent *entry;
	int fd = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream = fd == -1 ? NULL : fdopendir(fd);

	newest[0] = '\0';
	if (stream == NULL) {
		fd_close(&fd);
		return;
	}
	while ((entry = readdir(stream)) != NULL)
		if (logdir_is_archive(entry->d_name) &&
		    (newest[0] == '\0' || logdir_is_older(newest, entry->d_name)))
			fmt(newest, NAME_MAX + 1, "%s", entry->d_name);
	closedir(stream);
}

/* ---- Lines ----------------------------------------------------------------------------------- */

/* Where the last lines begin in the LENGTH BYTES. */
static const char *
find_lines(const char *bytes, size_t length)
{
	const char *begin = bytes + length;
	unsigned count = 0;

	if (length > 0 && begin[-1] == '\n')
		begin--; /* it ends the last line, and begins none */
	for (; begin > bytes; begin--)
		if (begin[-1] == '\n' && ++count == LINES)
			break;
	return begin;
}

/* A label as local time. */
static void
say_time(const struct tai64n *label)
{
	char text[64];
	struct tm tm;
	const time_t seconds = (time_t)(label->seconds - TAI64N_UNIX);

	if (localtime_r(&seconds, &tm) == NULL)
		return;
	const size_t length = strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &tm);
	fmt(text + length, sizeof text - length, ".%03u", label->nanoseconds / 1000000 % 1000);
	output_text(text);
}

static void
say_line(const char *line, size_t length)
{
	struct tai64n label;
	char text[CUT_AT + sizeof "..."];

	output_text("        ");
	if (tai64n_parse(line, length, &label)) {
		say_time(&label);
		line += TAI64N_LABEL;
		length -= TAI64N_LABEL;
	}
	const size_t kept = length < CUT_AT ? length : CUT_AT;
	memcpy(text, line, kept);
	strcpy(text + kept, kept < length ? "..." : "");
	for (char *tab = text; (tab = strchr(tab, '\t')) != NULL;)
		*tab = ' ';
	facts_defuse(text, kept);
	output_text(text);
	output_text("\n");
}

static void
say_lines(const char *bytes, size_t length)
{
	const char *next = find_lines(bytes, length), *const end = bytes + length;

	while (next < end) {
		const char *newline = memchr(next, '\n', (size_t)(end - next));
		const char *line_end = newline != NULL ? newline : end;
		say_line(next, (size_t)(line_end - next));
		next = line_end + 1;
	}
}

/* ---- Files ----------------------------------------------------------------------------------- */

/* Reads the end of NAME in DIRECTORY, which the user knows as PATH; false if there is nothing. */
static bool
read_end(struct tail *tail, int directory, const char *path, const char *name)
{
	struct stat st;
	int fd = name[0] == '\0'
		     ? -1
		     : openat(directory, name, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	if (fd != -1 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
		const off_t begin = st.st_size > TAIL_BYTES ? st.st_size - TAIL_BYTES : 0;
		const ssize_t got = pread(fd, tail->bytes, TAIL_BYTES, begin);
		tail->length = got > 0 ? (size_t)got : 0;
	}
	fd_close(&fd);
	tail->bytes[tail->length] = '\0';
	const bool absolute = path[0] == '/';
	path += strncmp(path, "./", 2) == 0 ? 2 : 0;
	fmt(tail->path, sizeof tail->path, "%s%s/%s", absolute ? "" : SERVICEDIR_LOG "/", path,
	    name);
	return tail->length > 0;
}

int
tail_open(int log, char path[PATH_MAX])
{
	find_directory(log, path);
	return openat(log, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

enum tail_kind
tail_read(struct tail *tail, int dir)
{
	char path[PATH_MAX], archive[NAME_MAX + 1];
	int log = openat(dir, SERVICEDIR_LOG, O_PATH | O_DIRECTORY | O_CLOEXEC);
	bool found = false;

	tail->length = 0;
	if (log == -1)
		return TAIL_NO_LOG;
	int directory = tail_open(log, path);
	if (directory != -1) {
		find_archive(directory, archive);
		found = read_end(tail, directory, path, LOGDIR_CURRENT) ||
			read_end(tail, directory, path, archive);
	}
	fd_close(&directory);
	fd_close(&log);
	return found ? TAIL_LINES : TAIL_EMPTY;
}

bool
tail_has(const struct tail *tail, const char *words)
{
	return strstr(find_lines(tail->bytes, tail->length), words) != NULL;
}

void
tail_say(const struct tail *tail)
{
	char path[sizeof tail->path];

	fmt(path, sizeof path, "%s", tail->path);
	facts_defuse(path, strlen(path));
	output_text("    the last lines of ");
	output_text(path);
	output_text(":\n");
	say_lines(tail->bytes, tail->length);
}
