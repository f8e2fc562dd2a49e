/* line: the line of svstat about one service: 0.76's, byte by byte, and what more there is to say.
 * SPDX-License-Identifier: ISC */
#ifndef SVC_LINE_H
#define SVC_LINE_H

#include <stdbool.h>

/* Puts out "NAME: ..." and a newline. SERVICE is -1 with errno set if the directory could not be
 * opened. VERBOSE: not only 0.76's part. */
void line_say(const char *name, int service, bool verbose);

#endif
