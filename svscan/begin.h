/* begin: all that svscan is made of, and its start: the only part that may end without a stop.
 * SPDX-License-Identifier: ISC */
#ifndef SVSCAN_BEGIN_H
#define SVSCAN_BEGIN_H

#include "adopt.h"
#include "announce.h"
#include "bell.h"
#include "command.h"
#include "init.h"
#include "look.h"
#include "options.h"
#include "scan.h"
#include "service.h"
#include "stop.h"

#include <stdbool.h>

struct svscan {
	size_t attended; /* services that the last turns have come to; the next one goes on there */
	struct init init;
	struct scan scan;
	struct look look;
	struct bell bell;
	struct service_means means;
	struct adopt adopt;
	struct command command;
	const bool *forgiven; /* exit codes of the command that count as 0 */
	struct stop stop;
	struct announce announce;
};

/* Takes the signals; then all the rest, as OPTIONS want it. SVSCAN is all zero before. What fails ends
 * us with a message; but process 1, whose end is the end of everything, tries again, unless it is the
 * directory that is wrong, or it is told to stop. */
void begin_signals(struct svscan *svscan);
void begin(struct svscan *svscan, const struct options *options);

#endif
