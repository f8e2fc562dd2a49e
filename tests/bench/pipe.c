/* pipe: the two ends of a benchmark of loggers. "pipe write LENGTH BYTES" writes lines of LENGTH bytes
 * as fast as they are taken; "pipe copy [t]" is the limit: what the least program needs that copies
 * them, with t each with a stamp, from standard input to standard output.
 * SPDX-License-Identifier: ISC */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PIECE = 64 * 1024, STAMP = 26 };

static bool
put(const char *bytes, size_t length)
{
	while (length > 0) {
		const ssize_t written = write(STDOUT_FILENO, bytes, length);
		if (written <= 0)
			return false;
		bytes += written;
		length -= (size_t)written;
	}
	return true;
}

static int
write_lines(size_t line, unsigned long long bytes)
{
	static char text[PIECE];
	const size_t whole = line > 0 && line <= PIECE ? PIECE / line * line : 0;

	if (whole == 0)
		return 100;
	memset(text, 'x', whole);
	for (size_t i = line; i <= whole; i += line)
		text[i - 1] = '\n';
	for (unsigned long long done = 0; done < bytes; done += whole)
		if (!put(text, whole))
			return 111;
	return 0;
}

static int
copy(bool stamps)
{
	static char input[PIECE], output[PIECE * (STAMP + 1)];
	static const char stamp[] = "@400000006553f10a075bcbf4 ";
	ssize_t got;

	while ((got = read(STDIN_FILENO, input, sizeof input)) > 0) {
		const char *const end = input + got;
		size_t used = 0;
		for (const char *at = input; stamps && at < end;) {
			const char *newline = memchr(at, '\n', (size_t)(end - at));
			const size_t part = (size_t)((newline == NULL ? end : newline + 1) - at);
			memcpy(output + used, stamp, STAMP);
			memcpy(output + used + STAMP, at, part);
			used += STAMP + part;
			at += part;
		}
		if (!(stamps ? put(output, used) : put(input, (size_t)got)))
			return 111;
	}
	return got == 0 ? 0 : 111;
}

int
main(int argc, char **argv)
{
	if (argc == 4 && strcmp(argv[1], "write") == 0)
		return write_lines(strtoul(argv[2], NULL, 10), strtoull(argv[3], NULL, 10));
	if (argc >= 2 && strcmp(argv[1], "copy") == 0)
		return copy(argc > 2);
	fputs("pipe: usage: pipe write length bytes | pipe copy [t]\n", stderr);
	return 100;
}
