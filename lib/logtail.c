/* logtail: see logtail.h.
 * SPDX-License-Identifier: ISC */
#include "logtail.h"

#include "fd.h"
#include "file.h"
#include "fmt.h"
#include "logdir.h"
#include "script.h"
#include "servicedir.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LINES = 10 };

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
	struct file_walk walk;
	const char *name;

	newest[0] = '\0';
	if (!file_walk_open_at(&walk, directory, "."))
		return;
	while ((name = file_walk_next(&walk)) != NULL)
		if (logdir_is_archive(name) && (newest[0] == '\0' || logdir_is_older(newest, name)))
			fmt(newest, NAME_MAX + 1, "%s", name);
	file_walk_close(&walk);
}

/* ---- Files ----------------------------------------------------------------------------------- */

/* Sets the path to NAME in the log directory, which the user knows as PATH. */
static void
set_path(struct logtail *tail, const char *path, const char *name)
{
	const bool absolute = path[0] == '/';

	path += strncmp(path, "./", 2) == 0 ? 2 : 0;
	fmt(tail->path, sizeof tail->path, "%s%s/%s", absolute ? "" : SERVICEDIR_LOG "/", path,
	    name);
}

/* Reads the end of NAME in DIRECTORY, which the user knows as PATH; false if there is nothing, or if
 * the error tells why it is not read. */
static bool
read_end(struct logtail *tail, int directory, const char *path, const char *name)
{
	struct stat st;
	/* Two names: it may be on its way into the archive. */
	int fd =
	    name[0] == '\0' ? -1 : file_open_private(directory, name, O_RDONLY, 0, FILE_REGULAR, 2);

	tail->error = fd == -1 ? errno : 0;
	if (fd != -1 && fstat(fd, &st) == 0) {
		const off_t begin = st.st_size > LOGTAIL_BYTES ? st.st_size - LOGTAIL_BYTES : 0;
		const ssize_t got = pread(fd, tail->bytes, LOGTAIL_BYTES, begin);
		tail->length = got > 0 ? (size_t)got : 0;
		tail->error = got == -1 ? errno : 0;
	}
	fd_close(&fd);
	tail->bytes[tail->length] = '\0';
	set_path(tail, path, name);
	return tail->length > 0;
}

int
logtail_open(int log, char path[PATH_MAX])
{
	find_directory(log, path);
	return openat(log, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

enum logtail_kind
logtail_read(struct logtail *tail, int dir)
{
	char path[PATH_MAX], archive[NAME_MAX + 1];
	int log = openat(dir, SERVICEDIR_LOG, O_PATH | O_DIRECTORY | O_CLOEXEC);
	bool found = false;
	int error;

	tail->length = 0;
	tail->error = 0;
	if (log == -1)
		return LOGTAIL_NO_LOG;
	int directory = logtail_open(log, path);
	if (directory != -1) {
		find_archive(directory, archive);
		found = read_end(tail, directory, path, LOGDIR_CURRENT);
		error = tail->error;
		found = found || read_end(tail, directory, path, archive);
	} else {
		error = errno;
		set_path(tail, path, LOGDIR_CURRENT);
	}
	tail->error = error == ENOENT ? 0 : error;
	fd_close(&directory);
	fd_close(&log);
	return found ? LOGTAIL_LINES : LOGTAIL_EMPTY;
}

const char *
logtail_lines(const struct logtail *tail)
{
	const char *begin = tail->bytes + tail->length;
	unsigned count = 0;

	if (tail->length > 0 && begin[-1] == '\n')
		begin--; /* it ends the last line, and begins none */
	for (; begin > tail->bytes; begin--)
		if (begin[-1] == '\n' && ++count == LINES)
			break;
	return begin;
}
