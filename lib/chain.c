/* chain: see chain.h.
 * SPDX-License-Identifier: ISC */
#include "chain.h"

#include "msg.h"
#include "spawn.h"

#include <errno.h>
#include <stdlib.h>

void
chain_run(char *const *argv)
{
	chain_run_in(getenv("PATH"), argv);
}

void
chain_run_in(const char *path, char *const *argv)
{
	spawn_exec_in(path, argv[0], argv);
	msg_die_sys(MSG_TEMPORARY, errno, "unable to run %s", argv[0]);
}
