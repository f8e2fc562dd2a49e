/* complaint: what could not be shown is named on standard error, once, however often it is tried.
 * SPDX-License-Identifier: ISC */
#ifndef MULTILOG_COMPLAINT_H
#define MULTILOG_COMPLAINT_H

#include "msg.h"

#include <stdbool.h>

/* "svlog: warning: TEXT: ERROR", or without an error if ERROR is 0; not if it was said before. */
void complaint(int error, const char *format, ...) MSG_PRINTF(2, 3);

/* Whether there was any. */
bool complaint_any(void);

#endif
