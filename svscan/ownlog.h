/* ownlog: the logger in .svscan/log of the scan directory, for what nobody else logs: svscan's own
 * messages, standard error of everything below it, and standard output of services without a logger.
 * It is the last one to end. SPDX-License-Identifier: ISC */
#ifndef SVSCAN_OWNLOG_H
#define SVSCAN_OWNLOG_H

#include "scan.h"
#include "service.h"

#include <stdbool.h>
#include <stdint.h>

/* If there is such a directory, its logger becomes a part of SCAN, and its pipe that of a killed
 * predecessor, if there is one. The scan directory is the working directory. False with errno set if
 * that is not possible; may be tried again. */
bool ownlog_open(struct adopt *adopt, struct scan *scan, struct service_means *means);

/* To be called when something may have changed: our own messages go to the logger as long as its
 * supervise runs, and otherwise to where they would go without it. */
void ownlog_direct(struct scan *scan, struct service_means *means);

/* The supervise cannot be started, or the logger has to come to its end: nothing of ours goes there
 * any more, until ownlog_direct finds another supervise. */
void ownlog_leave(struct service_means *means);

/* The end of everything: what no logger has read goes outside, as far as there is room. */
void ownlog_spill(const struct scan *scan);

#endif
