/* find: supervises and services that lost their parent, by the files that they left and by /proc.
 * The files are believed only if root or we alone can have written them; without /proc nothing is
 * found. SPDX-License-Identifier: ISC */
#ifndef SVSCAN_FIND_H
#define SVSCAN_FIND_H

#include "scan.h"

#include "proc.h"

#include <stdbool.h>

/* DIRECTORY is the descriptor of a service directory, or of a logger's. */

/* Whether a supervise was ever there: if not, there is nothing to be found, which saves a lot of
 * looking when a container starts. */
bool find_past(const struct scan_service *service, enum scan_role role);

/* The live supervise in DIRECTORY whose parent is dead. */
bool find_supervise(const struct scan *scan, int directory, struct proc *supervise);

/* The live process that the record in DIRECTORY names. */
bool find_recorded(const struct scan *scan, int directory, struct proc *process);

/* Whether a supervise holds the lock without having shown itself yet: just started, by a svscan
 * that is dead now. Not if the holder can be seen to belong to somebody else. */
bool find_pending(const struct scan *scan, int directory);

/* What our supervise of ROLE runs, has adopted, or left behind when it was killed, as its record
 * tells. */
bool find_child(const struct scan *scan, const struct scan_service *service, enum scan_role role,
    struct proc *process);

/* Whether the service in DIRECTORY is essential and has failed, as its state text tells; then *STATUS
 * is that of its last death, as waitpid(2) has it, or SV_STATUS_UNKNOWN. */
bool find_failure(int directory, int *status);

/* Whether a logger of this service was supervised in this boot: only then is the pipe that the
 * service has as its output known to be its own. */
bool find_had_logger(const struct scan *scan, const struct scan_service *service);

#endif
