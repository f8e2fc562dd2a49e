/* svok: tells by its exit code whether a supervise runs for a service.
 * SPDX-License-Identifier: ISC */
#include "fd.h"
#include "msg.h"
#include "scandir.h"
#include "svproto.h"

#include <errno.h>

/* No supervise there, now or ever. The same number as for misuse: 0.76's choice. */
enum { NOT_RUNNING = 100 };

int
main(int argc, char **argv)
{
	fd_reserve_standard();
	msg_program("svok");
	if (argc < 2)
		msg_usage("svok dir");

	/* As in 0.76 the first argument is a directory even if it begins with "-", and further
	 * ones are ignored. */
	const char *name = argv[1];
	int service = scandir_open(name);
	if (service == -1)
		msg_die_sys(MSG_TEMPORARY, errno, "unable to chdir to %s", name);
	int running = sv_running(service);
	if (running == 1)
		return 0;
	if (running == 0 || errno == ENOENT)
		return NOT_RUNNING;
	msg_die_sys(MSG_TEMPORARY, errno, "unable to open %s/" SV_DIRECTORY "/" SV_OK, name);
}
