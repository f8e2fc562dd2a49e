/* envdir: runs a program with variables as the files of a directory say; envdir(8).
 * SPDX-License-Identifier: ISC */
#include "chain.h"
#include "fd.h"
#include "file.h"
#include "fmt.h"
#include "msg.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern char **environ;

static const char *directory;
static const char *prefix = "";

/* Turns the first line of a file, LENGTH bytes, into a value: without its end and the blanks there,
 * and with newline for NUL, which no value can hold. */
static void
trim(char *line, size_t length)
{
	if (length > 0 && line[length - 1] == '\n')
		length--;
	while (length > 0 && (line[length - 1] == ' ' || line[length - 1] == '\t'))
		length--;
	for (size_t i = 0; i < length; i++)
		if (line[i] == '\0')
			line[i] = '\n';
	line[length] = '\0';
}

_Noreturn static void
die_unreadable(const char *name)
{
	msg_die_sys(MSG_TEMPORARY, errno, "unable to read %s/%s", directory, name);
}

/* What is needed once is never given back: so all of malloc(3) but its beginning stays out of a static
 * program. */
static void *
get(size_t size)
{
	void *memory = malloc(size);

	if (memory == NULL)
		msg_die_sys(MSG_TEMPORARY, ENOMEM, "unable to read %s", directory);
	return memory;
}

/* ---- The new environment --------------------------------------------------------------------- */

/* As it is, with room for MORE variables. */
static char **
copy_environment(size_t more)
{
	size_t count = 0;

	while (environ[count] != NULL)
		count++;
	char **copy = get((count + more + 1) * sizeof *copy);
	memcpy(copy, environ, (count + 1) * sizeof *copy);
	return copy;
}

/* Takes out what has the same name as TEXT, which ends with it or has a "=" there. */
static void
unset(const char *text)
{
	const size_t length = strcspn(text, "=");
	char **kept = environ;

	for (char **next = environ; *next != NULL; next++)
		if (strncmp(*next, text, length) != 0 || (*next)[length] != '=')
			*kept++ = *next;
	*kept = NULL;
}

static void
set(char *text)
{
	static size_t room;

	if (room == 0) {
		room = 64;
		environ = copy_environment(room);
	}
	unset(text);
	char **end = environ;
	while (*end != NULL)
		end++;
	end[0] = text;
	end[1] = NULL;
	room--;
}

/* ---- Files ----------------------------------------------------------------------------------- */

/* The first line of the file, good until the next one, with room for one byte more; and its length. */
static char *
read_line(int fd, const char *name, size_t *length)
{
	static char *buffer;
	static size_t size;
	char *newline;
	ssize_t got;

	*length = 0;
	do {
		if (*length + 1 >= size) {
			char *larger = get(size += size + 4096);
			if (*length > 0)
				memcpy(larger, buffer, *length);
			buffer = larger;
		}
		got = fd_read(fd, buffer + *length, size - 1 - *length);
		if (got == -1)
			die_unreadable(name);
		newline = memchr(buffer + *length, '\n', (size_t)got);
		*length += (size_t)got;
	} while (got > 0 && newline == NULL);
	if (newline != NULL)
		*length = (size_t)(newline - buffer) + 1;
	return buffer;
}

/* Sets the variable of the file NAME, or removes it if the file is empty. */
static void
apply(int dir, const char *name)
{
	size_t length;

	/* A FIFO without a writer is an empty file, nothing to wait for. */
	int fd = openat(dir, name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd == -1 && errno == ENOENT)
		return; /* a link that leads nowhere, or removed just now */
	if (fd == -1)
		die_unreadable(name);
	char *line = read_line(fd, name, &length);
	close(fd);
	const char *equals = length > 0 ? "=" : "";
	trim(line, length);
	const size_t size = strlen(prefix) + strlen(name) + strlen(equals) + strlen(line) + 1;
	char *variable = get(size);
	fmt(variable, size, "%s%s%s%s", prefix, name, equals, line);
	/* A "=" in NAME counts, too, as in 0.76. */
	if (strchr(variable, '=') != NULL)
		set(variable);
	else
		unset(variable);
}

/* 0.76 enters the directory before it reads it: two permissions, two messages. */
static void
open_directory(struct file_walk *names)
{
	int fd = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1 || faccessat(fd, ".", X_OK, AT_EACCESS) == -1)
		msg_die_sys(MSG_TEMPORARY, errno, "unable to switch to directory %s", directory);
	close(fd);
	if (!file_walk_open(names, directory))
		msg_die_sys(MSG_TEMPORARY, errno, "unable to read directory %s", directory);
}

int
main(int argc, char **argv)
{
	const char *path = getenv("PATH"); /* a new PATH is for the program, not to find it */
	struct file_walk names;
	const char *name;

	msg_program("envdir");
	/* 0.76 takes every other first word for the directory, even one that begins with "-". */
	const bool prefixed = argc > 1 && strcmp(argv[1], "-p") == 0;
	if (argc < (prefixed ? 5 : 3)) {
		msg_say("usage: envdir [-p prefix] dir child");
		return MSG_TEMPORARY; /* not 100: 0.76's choice */
	}
	if (prefixed)
		prefix = argv[2];
	argv += prefixed ? 3 : 1;
	directory = argv[0];
	open_directory(&names);
	while ((name = file_walk_next(&names)) != NULL)
		if (name[0] != '.')
			apply(names.fd, name);
	if (errno != 0)
		msg_die_sys(MSG_TEMPORARY, errno, "unable to read directory %s", directory);
	chain_run_in(path, argv + 1);
}
