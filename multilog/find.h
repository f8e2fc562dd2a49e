/* find: the log directories of services: by name, or of all services of the scan directory. It looks
 * at directories only, so no supervise has to run. SPDX-License-Identifier: ISC */
#ifndef MULTILOG_FIND_H
#define MULTILOG_FIND_H

#include <stdbool.h>
#include <stddef.h>

/* Told of each log directory: the NAME to be shown, its PATH, and a descriptor which now belongs to
 * the callee. */
typedef void find_found(const char *name, const char *path, int dir);

/* Finds the log directories of the COUNT services NAMES; of 0, all of the scan directory. With
 * WATCH, changes are told (change.h) which make it worth to call it again. What cannot be looked at
 * is named on stderr; a scan directory that cannot be read ends the program. */
void find_logs(char *const *names, size_t count, bool watch, find_found *found);

#endif
