/* setlock: runs a program that holds a lock on a file until it, and every process that inherits the
 * descriptor, has ended; setlock(8). SPDX-License-Identifier: ISC */
#include "arg.h"
#include "chain.h"
#include "fd.h"
#include "msg.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

static const char usage[] = "setlock [ -nNxX ] file program [ arg ... ]";

/* With -x somebody else's lock is no failure; 0.76 treats a file that cannot be opened alike. */
_Noreturn static void
fail(int silent, const char *verb, const char *file)
{
	if (silent)
		exit(0);
	msg_die_sys(MSG_TEMPORARY, errno, "unable to %s %s", verb, file);
}

int
main(int argc, char **argv)
{
	struct arg arg = arg_begin(argc, argv, "nNxX");
	int option, dont_wait = 0, silent = 0;

	fd_reserve_standard(); /* the lock must not become somebody's standard output */
	msg_program("setlock");
	while ((option = arg_next(&arg)) != ARG_END) {
		if (option == 'n' || option == 'N')
			dont_wait = option == 'n' ? LOCK_NB : 0;
		else if (option == 'x' || option == 'X')
			silent = option == 'x';
		else {
			msg_bad_option(option, arg.letter);
			msg_usage(usage);
		}
	}
	argv = arg.rest;
	if (arg_count(&arg) < 2)
		msg_usage(usage);

	/* Inherited on purpose: the lock belongs to the open description (flock(2)). */
	int fd_lock = open(argv[0], O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK, 0600);
	if (fd_lock == -1)
		fail(silent, "open", argv[0]);
	if (flock(fd_lock, LOCK_EX | dont_wait) == -1)
		fail(silent, "lock", argv[0]);
	chain_run(argv + 1);
}
