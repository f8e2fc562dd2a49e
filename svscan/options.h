/* options: what the command line and the environment of svscan say, or its end with a line that says
 * what is wrong with them. SPDX-License-Identifier: ISC */
#ifndef SVSCAN_OPTIONS_H
#define SVSCAN_OPTIONS_H

#include <stdbool.h>

struct options {
	int ready_fd; /* close-on-exec; -1 = none */
	int grace_ms;
	int interval_ms;
	bool keep;
	const char *directory; /* NULL = the working directory */
};

void options_read(struct options *options, int argc, char **argv);

#endif
