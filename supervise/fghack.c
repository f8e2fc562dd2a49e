/* fghack: stays in the foreground as long as a program that goes into the background, and what it
 * leaves there, holds a pipe open; fghack(8). SPDX-License-Identifier: ISC */
#include "chain.h"
#include "fd.h"
#include "msg.h"

#include <errno.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

/* A daemon that closes "all" descriptors often means a fixed number of the lowest. */
enum { COPIES = 30 };

_Noreturn static void
become_child(const int ends[2], char *const *argv)
{
	close(ends[0]);
	for (int i = 0; i < COPIES; i++)
		if (dup(ends[1]) == -1)
			break; /* the limit is reached: it only gets away more easily */
	chain_run(argv);
}

int
main(int argc, char **argv)
{
	char ignored[256];
	int ends[2], status;
	ssize_t length;

	fd_reserve_standard();
	msg_program("fghack");
	if (argc < 2)
		msg_usage("fghack child");
	if (pipe(ends) == -1) /* not close-on-exec: being inherited is its purpose */
		msg_die_sys(MSG_TEMPORARY, errno, "unable to create pipe");
	const pid_t pid = fork();
	if (pid == -1)
		msg_die_sys(MSG_TEMPORARY, errno, "unable to fork");
	if (pid == 0)
		become_child(ends, argv + 1);
	close(ends[1]);
	do /* somebody may write there; the end is what counts, and a pipe has no errors */
		length = fd_read(ends[0], ignored, sizeof ignored);
	while (length > 0);
	while (waitpid(pid, &status, 0) == -1)
		if (errno != EINTR)
			msg_die_sys(MSG_TEMPORARY, errno, "wait failed");
	if (WIFSIGNALED(status))
		msg_die(MSG_TEMPORARY, "child crashed");
	return WEXITSTATUS(status);
}
