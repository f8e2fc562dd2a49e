/* program: see program.h.
 * SPDX-License-Identifier: ISC */
#include "program.h"

#include "fd.h"
#include "file.h"
#include "fmt.h"
#include "header.h"
#include "msg.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum { NESTED_MAX = 4 /* interpreters that are scripts themselves, as the kernel has it */ };

/* ---- The file -------------------------------------------------------------------------------- */

/* Why NAME cannot even be looked at, by errno. */
static enum cause
judge_absence(int dir, const char *name, struct facts *facts)
{
	char target[PATH_MAX];
	const int error = errno;
	const ssize_t length = readlinkat(dir, name, target, sizeof target - 1);

	if (error == ELOOP)
		return CAUSE_LINK_LOOP;
	if (error == ENOENT && length == -1)
		return CAUSE_MISSING;
	if (error == ENOENT) {
		target[length] = '\0';
		facts_set(facts, FACT_VALUE, "%s", target);
		return CAUSE_DANGLING;
	}
	facts_set(facts, FACT_VALUE, "you");
	return CAUSE_DENIED;
}

static enum cause
judge_kind(const struct stat *st, struct facts *facts)
{
	if (S_ISREG(st->st_mode))
		return CAUSE_NONE;
	if (S_ISDIR(st->st_mode))
		return CAUSE_DIRECTORY;
	facts_set(facts, FACT_VALUE, "%s",
	    S_ISFIFO(st->st_mode)   ? "FIFO"
	    : S_ISSOCK(st->st_mode) ? "socket"
				    : "device");
	return CAUSE_SPECIAL;
}

/* The directory at which the file system of the open file FD is mounted, "" if it cannot be found: up
 * from its own directory, as long as that is on the same device. */
static void
find_mount(int fd, char path[PATH_MAX])
{
	char link[sizeof "/proc/self/fd/" + 12];
	struct stat st, above;

	fmt(link, sizeof link, "/proc/self/fd/%d", fd);
	const ssize_t length = readlink(link, path, PATH_MAX - 1);
	path[length < 0 ? 0 : length] = '\0';
	for (char *slash = strrchr(path, '/'); slash != NULL; slash = strrchr(path, '/')) {
		*slash = '\0';
		if (fstat(fd, &st) == -1 || stat(slash == path ? "/" : path, &above) == -1 ||
		    st.st_dev != above.st_dev) {
			*slash = '/';
			return;
		}
	}
	strcpy(path, "/");
}

static enum cause
judge_rights(int fd, const struct stat *st, struct facts *facts)
{
	char mount[PATH_MAX];
	struct statvfs fs;

	if ((st->st_mode & (S_IXUSR | S_IXGRP | S_IXOTH)) == 0) {
		facts_mode(facts, FACT_VALUE, st->st_mode);
		return CAUSE_NOT_EXECUTABLE;
	}
	if (fstatvfs(fd, &fs) == 0 && (fs.f_flag & ST_NOEXEC) != 0) {
		find_mount(fd, mount);
		facts_quote(facts, FACT_VALUE, mount);
		return CAUSE_NOEXEC;
	}
	return CAUSE_NONE;
}

/* ---- What is in it --------------------------------------------------------------------------- */

static bool
read_header(int dir, const char *name, struct header *header)
{
	unsigned char bytes[HEADER_SIZE + 1];
	const ssize_t length = file_read(dir, name, (char *)bytes, sizeof bytes);

	if (length == -1)
		return false;
	header_read(bytes, (size_t)length, header);
	return true;
}

/* Whether the kernel may have been taught to execute more: binfmt_misc. */
static bool
has_emulators(void)
{
	struct file_walk kinds;
	const char *name;
	bool found = false;

	if (!file_walk_open(&kinds, "/proc/sys/fs/binfmt_misc"))
		return false;
	while (!found && (name = file_walk_next(&kinds)) != NULL)
		found =
		    name[0] != '.' && strcmp(name, "register") != 0 && strcmp(name, "status") != 0;
	file_walk_close(&kinds);
	return found;
}

/* What is no program for this kernel may be one for an emulator; if that was tried, it is not. */
static enum cause
unless_emulated(enum cause cause, int error)
{
	return error == ENOEXEC || !has_emulators() ? cause : CAUSE_NONE;
}

static enum cause
judge_machine(const struct header *header, int error, struct facts *facts)
{
	struct header ours;

	if (!read_header(AT_FDCWD, "/proc/self/exe", &ours) || ours.kind != HEADER_PROGRAM)
		return CAUSE_NONE;
	if (header_fits(ours.machine, header->machine) && ours.big_endian == header->big_endian)
		return CAUSE_NONE;
	if (header_machine(header->machine)[0] != '\0')
		facts_set(facts, FACT_VALUE, "%s", header_machine(header->machine));
	else
		facts_set(facts, FACT_VALUE, "number %u", header->machine);
	facts_set(facts, FACT_OTHER, "%s", header_machine(ours.machine));
	return unless_emulated(CAUSE_MACHINE, error);
}

/* Whether some directory of PATH has the program NAME. */
static bool
is_in_path(const char *path, const char *name)
{
	char file[PATH_MAX];

	for (;; path++) {
		const size_t length = strcspn(path, ":");
		const size_t written =
		    fmt(file, sizeof file, "%.*s/%s", (int)length, length > 0 ? path : ".", name);
		if (written < sizeof file && access(file, X_OK) == 0)
			return true;
		path += length;
		if (*path == '\0')
			return false;
	}
}

/* #!/usr/bin/env NAME: what the kernel executes is there, but the script needs another. */
static enum cause
judge_env(const struct header *header, struct facts *facts)
{
	const char *slash = strrchr(header->path, '/');
	const char *path = getenv("PATH");

	if (slash == NULL || strcmp(slash, "/env") != 0 || path == NULL ||
	    header->argument[strcspn(header->argument, " \t=/-")] != '\0' ||
	    header->argument[0] == '\0' || is_in_path(path, header->argument))
		return CAUSE_NONE;
	facts_set(facts, FACT_VALUE, "%s", header->argument);
	return CAUSE_ENV_MISSING;
}

static enum cause look(int dir, const char *name, int error, unsigned depth, struct facts *facts);

static enum cause
judge_interpreter(
    int dir, const struct header *header, int error, unsigned depth, struct facts *facts)
{
	const enum cause cause =
	    depth < NESTED_MAX ? look(dir, header->path, error, depth + 1, facts) : CAUSE_NONE;

	if (cause == CAUSE_NONE)
		return depth == 0 ? judge_env(header, facts) : CAUSE_NONE;
	facts_set(facts, FACT_VALUE, "%s", header->path);
	return cause == CAUSE_MISSING || cause == CAUSE_DANGLING ? CAUSE_INTERPRETER_MISSING
								 : CAUSE_INTERPRETER_BAD;
}

static enum cause
judge_script(int dir, const struct header *header, int error, unsigned depth, struct facts *facts)
{
	const char *last = header->argument[0] != '\0' ? header->argument : header->path;

	switch (header->fault) {
	case HEADER_NOTHING:
		return CAUSE_NO_INTERPRETER;
	case HEADER_LONG:
		return CAUSE_LONG_LINE;
	case HEADER_CR:
		facts_set(facts, FACT_VALUE, "%s", last);
		return CAUSE_CRLF;
	default:
		return judge_interpreter(dir, header, error, depth, facts);
	}
}

static enum cause
judge_program(int dir, const struct header *header, int error, struct facts *facts)
{
	const enum cause cause = judge_machine(header, error, facts);

	if (cause != CAUSE_NONE || header->path[0] == '\0')
		return cause;
	if (file_exists(dir, header->path) != 0)
		return CAUSE_NONE;
	facts_set(facts, FACT_VALUE, "%s", header->path);
	return CAUSE_LOADER_MISSING;
}

static enum cause
judge_content(int dir, const char *name, int error, unsigned depth, struct facts *facts)
{
	struct header header;

	if (!read_header(dir, name, &header))
		return CAUSE_NONE; /* a program may be executable and not readable */
	if (header.fault == HEADER_MARK)
		return CAUSE_BYTE_ORDER_MARK;
	switch (header.kind) {
	case HEADER_EMPTY:
		return CAUSE_EMPTY;
	case HEADER_SCRIPT:
		return judge_script(dir, &header, error, depth, facts);
	case HEADER_PROGRAM:
		return judge_program(dir, &header, error, facts);
	case HEADER_TEXT:
		return unless_emulated(CAUSE_NO_FIRST_LINE, error);
	default:
		return unless_emulated(CAUSE_NO_PROGRAM, error);
	}
}

/* ---- All together ---------------------------------------------------------------------------- */

/* DEPTH: how many scripts have led here. */
static enum cause
look(int dir, const char *name, int error, unsigned depth, struct facts *facts)
{
	struct stat st;
	int fd = openat(dir, name, O_PATH | O_CLOEXEC);

	if (fd == -1 || fstat(fd, &st) == -1)
		return judge_absence(dir, name, facts);
	enum cause cause = judge_kind(&st, facts);
	if (cause == CAUSE_NONE)
		cause = judge_rights(fd, &st, facts);
	if (cause == CAUSE_NONE)
		cause = judge_content(dir, name, error, depth, facts);
	fd_close(&fd);
	return cause;
}

enum cause
program_look(int dir, const char *name, int error, struct facts *facts)
{
	const enum cause cause = look(dir, name, error, 0, facts);

	if (cause != CAUSE_NONE || error == 0)
		return cause;
	/* It is well, as far as one can see: then it has been mended, or we may do what the
	 * service's user may not. */
	if (error == EACCES) {
		facts_set(facts, FACT_VALUE, "the user of its supervise");
		return CAUSE_DENIED;
	}
	facts_set(facts, FACT_VALUE, "%s", msg_error(error));
	return error == ENOENT ? CAUSE_WELL_NOW : CAUSE_REFUSED;
}
