/* swap: makes of NAMEs in the current directory, as fast as it can and in any order, a link to each
 * TARGET, a FIFO, a file of its own, a directory, or nothing.
 *
 *   swap TARGET... -- NAME...
 *
 * Runs until it is killed; who owns the directory needs no other right.
 * SPDX-License-Identifier: ISC */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BESIDE ".swap"

static void
make(int form, char **targets, int count)
{
	if (form < count) {
		(void)!symlink(targets[form], BESIDE);
	} else if (form == count) {
		(void)mkfifo(BESIDE, 0666);
	} else if (form == count + 1) {
		close(open(BESIDE, O_WRONLY | O_CREAT, 0666));
	} else if (form == count + 2) {
		(void)mkdir(BESIDE, 0777);
	}
}

int
main(int argc, char **argv)
{
	int targets = 0;

	while (targets + 1 < argc && strcmp(argv[targets + 1], "--") != 0)
		targets++;
	char **names = argv + targets + 2;
	const int count = argc - targets - 2;
	if (count < 1)
		return 100;
	for (;;) {
		/* Whatever does not work in this round does in another one. */
		const char *name = names[rand() % count];
		make(rand() % (targets + 4), argv + 1, targets);
		if (renameat2(AT_FDCWD, BESIDE, AT_FDCWD, name, RENAME_EXCHANGE) == -1 &&
		    rename(BESIDE, name) == -1)
			(void)remove(name);
		(void)remove(BESIDE);
	}
}
