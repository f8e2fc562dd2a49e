/* reader: see reader.h.
 * SPDX-License-Identifier: ISC */
#include "reader.h"

#include "fd.h"
#include "file.h"
#include "seek.h"
#include "spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MAGIC_MAX = 6 };

/* Files are known by what they begin with, for a processor writes compressed files under plain
 * names. */
static const struct expander {
	const char *magic;
	const char *const arguments[3];
} expanders[] = {
    {"\x1f\x8b", {"gzip", "-dc", NULL}},
    {"BZh", {"bzip2", "-dc", NULL}},
    {"\xfd\x37zXZ", {"xz", "-dc", NULL}},
    {"\x28\xb5\x2f\xfd", {"zstd", "-dc", NULL}},
};

static const char *const *
find_expander(int fd)
{
	char magic[MAGIC_MAX];
	const ssize_t got = pread(fd, magic, sizeof magic, 0);

	for (size_t i = 0; i < sizeof expanders / sizeof *expanders; i++) {
		const size_t length = strlen(expanders[i].magic);
		if (got >= (ssize_t)length && memcmp(magic, expanders[i].magic, length) == 0)
			return expanders[i].arguments;
	}
	return NULL;
}

/* Starts the expander on the file FD. On success the reader has the pipe and its child. */
static bool
start_expander(struct reader *reader, int fd)
{
	int out[2] = {-1, -1}, report[2] = {-1, -1};
	int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
	/* spawn does not write to the arguments; execve(2) is only declared so. */
	union {
		const char *const *given;
		char *const *wanted;
	} arguments = {reader->expander};

	if (nowhere != -1 && fd_pipe(out) && fd_pipe(report))
		reader->child = spawn(&(struct spawn){
		    .file = arguments.given[0],
		    .argv = arguments.wanted,
		    .lock = -1,
		    .directory = -1,
		    .standard = {fd, out[1], nowhere},
		    .report = report[1],
		    .group = SPAWN_SAME_GROUP,
		    .life = SPAWN_DIES_WITH_US,
		});
	else
		reader->child = -1;
	const int error = errno;
	fd_close(&nowhere);
	fd_close(&out[1]);
	fd_close(&report[1]);
	if (reader->child == -1) {
		reader->child = 0;
		fd_close(&out[0]);
		fd_close(&report[0]);
	}
	reader->fd = out[0];
	reader->owned = true;
	reader->report = report[0];
	errno = error;
	return reader->fd != -1;
}

int
reader_file(int dir, const char *name, bool *plain)
{
	/* Two names: it may be on its way into the archive. */
	const int fd = file_open_private(dir, name, O_RDONLY, 0, FILE_REGULAR, 2);

	if (fd != -1)
		*plain = find_expander(fd) == NULL;
	return fd;
}

bool
reader_open(struct reader *reader, int dir, const char *name)
{
	bool plain;
	int fd = reader_file(dir, name, &plain);

	*reader = READER_NONE;
	if (fd == -1)
		return false;
	if (reader_use(reader, fd, plain) && plain) {
		reader->owned = true;
		return true;
	}
	const int error = errno;
	fd_close(&fd); /* the expander has its own */
	errno = error;
	return reader->fd != -1;
}

bool
reader_use(struct reader *reader, int fd, bool plain)
{
	*reader = READER_NONE;
	reader->expander = plain ? NULL : find_expander(fd);
	if (reader->expander != NULL)
		return lseek(fd, 0, SEEK_SET) == 0 && start_expander(reader, fd);
	reader->fd = fd;
	return true;
}

bool
reader_is_plain(const struct reader *reader)
{
	return reader->expander == NULL;
}

/* Whether the GOT bytes of BUFFER, at the reader's offset, may begin with a hole; then that is passed
 * over, and they are to be read again. */
static bool
pass_hole(struct reader *reader, const char *buffer, ssize_t got)
{
	const uint64_t before = reader->offset;

	if (got <= 0 || buffer[0] != '\0' || buffer[got - 1] != '\0')
		return false;
	reader->offset = seek_data(reader->fd, before);
	return reader->offset != before;
}

ssize_t
reader_read(struct reader *reader, char *buffer, size_t size)
{
	ssize_t got;

	if (!reader_is_plain(reader))
		return fd_read(reader->fd, buffer, size);
	do
		got = pread(reader->fd, buffer, size, (off_t)reader->offset);
	while ((got == -1 && errno == EINTR) || pass_hole(reader, buffer, got));
	if (got > 0)
		reader->offset += (uint64_t)got;
	return got;
}

/* The verdict on the expander: true, or false with errno set, 0 if it has failed by itself. */
static bool
has_succeeded(struct reader *reader)
{
	struct spawn_failure failure;
	int status;

	if (fd_read(reader->report, &failure, sizeof failure) == (ssize_t)sizeof failure) {
		(void)waitpid(reader->child, NULL, 0);
		errno = failure.error;
		return false;
	}
	while (waitpid(reader->child, &status, 0) == -1)
		if (errno != EINTR)
			return false;
	errno = 0;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

const char *
reader_close(struct reader *reader, bool whole)
{
	const char *failed = NULL;
	int error = 0;

	if (reader->owned)
		fd_close(&reader->fd);
	if (reader->child > 0) {
		/* Otherwise it has ended, or does so at its next write; and nobody wants its
		 * verdict. */
		if (!whole)
			(void)kill(reader->child, SIGKILL);
		if (!has_succeeded(reader) && whole) {
			error = errno;
			failed = reader->expander[0];
		}
		fd_close(&reader->report);
	}
	*reader = READER_NONE;
	errno = error;
	return failed;
}
