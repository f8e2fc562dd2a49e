/* envuidgid: runs a program with an account's numbers in $UID and $GID; envuidgid(8).
 * SPDX-License-Identifier: ISC */
#include "account.h"
#include "chain.h"
#include "fmt.h"
#include "msg.h"

#include <errno.h>
#include <stdlib.h>

static void
set_number(const char *variable, unsigned long number)
{
	char text[24];

	fmt(text, sizeof text, "%lu", number);
	if (setenv(variable, text, 1) == -1)
		msg_die_sys(MSG_TEMPORARY, errno, "unable to set %s", variable);
}

int
main(int argc, char **argv)
{
	struct account account;

	msg_program("envuidgid");
	if (argc < 3)
		msg_usage("envuidgid account child");
	account_find(argv[1], &account);
	set_number("GID", account.gid);
	set_number("UID", account.uid);
	chain_run(argv + 2);
}
