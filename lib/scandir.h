/* scandir: the names by which svscan, svc and users find the scan directory; scandir(5).
 * SPDX-License-Identifier: ISC */
#ifndef LIB_SCANDIR_H
#define LIB_SCANDIR_H

#include <stdbool.h>
#include <stddef.h>

#define SCANDIR_VARIABLE "SVDIR"
#define SCANDIR_DEFAULT "/service"
#define SCANDIR_FINISH ".svscan/finish" /* in it; what svscan executes last */

/* What belongs to the scan directory itself; no service, as all names with a dot. */
#define SCANDIR_OWN ".svscan"

/* $SVDIR if it is set and not empty, else /service. */
const char *scandir_path(void);

/* Where the service argument NAME of a command is: NAME itself if it begins with "/" or "." or is a
 * directory here, or if the scan directory does not know it; else its place in the scan directory.
 * Writes the path to PATH (SIZE bytes); false with errno ENAMETOOLONG if it does not fit. */
bool scandir_find(const char *name, char *path, size_t size);

/* Opens the service directory that the argument NAME of a command means, close-on-exec and good for
 * the *at calls. Like chdir(2) it demands the right to search it. -1 with errno set. */
int scandir_open(const char *name);

#endif
