/* report: why everything ended, for whoever looks for it after the last process has gone: on standard
 * error, and where Kubernetes takes it from. SPDX-License-Identifier: ISC */
#ifndef SVSCAN_REPORT_H
#define SVSCAN_REPORT_H

#include "verdict.h"

/* The last log lines of a culprit that logs to a directory are said, and written with the reason to
 * the termination log, if there is one. To be called when the loggers have ended; nothing if all went
 * well. */
void report_failure(const struct verdict *verdict);

#endif
