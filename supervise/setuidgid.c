/* setuidgid: runs a program as another account, with no way back; setuidgid(8).
 * SPDX-License-Identifier: ISC */
#include "account.h"
#include "chain.h"
#include "msg.h"

#include <errno.h>
#include <grp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* As many supplementary groups as the kernel takes (getgroups(2)); musl's initgroups stops at 32.
 * What is not used costs no memory. */
static gid_t groups[65536];

/* Fills groups for ACCOUNT, its own group first; returns their number. */
static size_t
list_groups(const struct account *account, bool supplementary)
{
	int count = sizeof groups / sizeof *groups;

	groups[0] = account->gid;
	if (!supplementary || account->name == NULL)
		return 1;
	errno = EINVAL; /* too many, which getgrouplist(3) does not put into errno */
	if (getgrouplist(account->name, account->gid, groups, &count) == -1)
		msg_die_sys(MSG_TEMPORARY, errno, "unable to list groups of %s", account->name);
	return (size_t)count;
}

int
main(int argc, char **argv)
{
	struct account account;

	msg_program("setuidgid");
	/* 0.76 takes every other first word for the account, even one that begins with "-". */
	const bool supplementary = argc > 1 && strcmp(argv[1], "-s") == 0;
	if (argc < (supplementary ? 4 : 3))
		msg_usage("setuidgid [-s] account child");
	argv += supplementary ? 2 : 1;
	account_find(argv[0], &account);
	const size_t count = list_groups(&account, supplementary);

	/* The user last: it is the right to do all this. As root, setuid(2) and setgid(2) set the
	 * saved numbers as well, and the kernel takes the capabilities (capabilities(7)). */
	if (setgroups(count, groups) == -1 || setgid(account.gid) == -1)
		msg_die_sys(MSG_TEMPORARY, errno, "unable to setgid");
	if (setuid(account.uid) == -1)
		msg_die_sys(MSG_TEMPORARY, errno, "unable to setuid");
	chain_run(argv + 1);
}
