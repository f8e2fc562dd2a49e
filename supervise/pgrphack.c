/* pgrphack: runs a program in a session and process group of its own; pgrphack(8).
 * SPDX-License-Identifier: ISC */
#include "chain.h"
#include "msg.h"

#include <unistd.h>

int
main(int argc, char **argv)
{
	msg_program("pgrphack");
	if (argc < 2)
		msg_usage("pgrphack child");
	(void)setsid(); /* fails only for one that leads a process group already */
	chain_run(argv + 1);
}
