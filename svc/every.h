/* every: all services of the scan directory, sorted by name, each followed by its logger. Names that
 * begin with "." and entries that are no directories are passed over.
 * SPDX-License-Identifier: ISC */
#ifndef SVC_EVERY_H
#define SVC_EVERY_H

#include <stdbool.h>

/* Told of the service NAME ("web", "web/log"). SERVICE is a descriptor of its directory, which will
 * be closed, or -1 with errno set if that could not be opened. */
typedef void every_visit(const char *name, int service);

/* Whether what the user calls NAME is the logger of a service, as "web/log" is, and no service that is
 * called log. */
bool every_is_logger(const char *name);

/* If the scan directory cannot be read, the program ends: "unable to read directory DIR: ERROR". */
void every_service(every_visit *visit);

#endif
