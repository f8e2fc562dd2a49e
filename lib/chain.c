/* chain: see chain.h.
 * SPDX-License-Identifier: ISC */
#include "chain.h"

#include "msg.h"
#include "spawn.h"

#include <errno.h>

void
chain_run(char *const *argv)
{
	spawn_exec(argv[0], argv);
	msg_die_sys(MSG_TEMPORARY, errno, "unable to run %s", argv[0]);
}
