/* envdir: runs a program with variables as the files of a directory say; envdir(8).
 * SPDX-License-Identifier: ISC */
#include "chain.h"
#include "msg.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

/* The first line of the file NAME, to be freed, and in *LENGTH its bytes: 0 if the file is empty.
 * False if there is no such file. */
static bool
read_line(int fd, const char *name, char **line, ssize_t *length)
{
	size_t size = 0;

	/* A FIFO without a writer is an empty file, nothing to wait for. */
	int fd_file = openat(fd, name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd_file == -1 && errno == ENOENT)
		return false; /* a link that leads nowhere, or removed just now */
	FILE *file = fd_file == -1 ? NULL : fdopen(fd_file, "r");
	if (file == NULL)
		die_unreadable(name);
	*length = getline(line, &size, file);
	if (ferror(file) || (*length == -1 && !feof(file)))
		die_unreadable(name);
	if (*length == -1)
		*length = 0;
	fclose(file); /* only read: nothing can be lost */
	return true;
}

/* Sets the variable of the file NAME, or removes it if the file is empty. */
static void
apply(int fd, const char *name)
{
	char *line = NULL, *variable;
	ssize_t length;

	if (!read_line(fd, name, &line, &length))
		return;
	if (length > 0)
		trim(line, (size_t)length);
	const char *equals = length > 0 ? "=" : "", *value = length > 0 ? line : "";
	/* putenv(3) keeps a text with "=", wherever it comes from (in NAME it counts, as in 0.76),
	 * and takes one without for the name of a variable to be removed. What begins with "=" has
	 * no name that anybody could ask for; musl refuses it. */
	if (asprintf(&variable, "%s%s%s%s", prefix, name, equals, value) == -1 ||
	    (putenv(variable) != 0 && errno != EINVAL))
		msg_die_sys(MSG_TEMPORARY, errno, "unable to set %s%s", prefix, name);
	if (strchr(variable, '=') == NULL)
		free(variable);
	free(line);
}

/* 0.76 enters the directory before it reads it: two permissions, two messages. */
static DIR *
open_directory(void)
{
	int fd = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1 || faccessat(fd, ".", X_OK, AT_EACCESS) == -1)
		msg_die_sys(MSG_TEMPORARY, errno, "unable to switch to directory %s", directory);
	close(fd);
	DIR *names = opendir(directory);
	if (names == NULL)
		msg_die_sys(MSG_TEMPORARY, errno, "unable to read directory %s", directory);
	return names;
}

int
main(int argc, char **argv)
{
	const char *path = getenv("PATH"); /* a new PATH is for the program, not to find it */
	const struct dirent *entry;

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
	DIR *names = open_directory();
	for (errno = 0; (entry = readdir(names)) != NULL; errno = 0)
		if (entry->d_name[0] != '.')
			apply(dirfd(names), entry->d_name);
	if (errno != 0)
		msg_die_sys(MSG_TEMPORARY, errno, "unable to read directory %s", directory);
	chain_run_in(path, argv + 1);
}
