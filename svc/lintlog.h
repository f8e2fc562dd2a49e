/* lintlog: whether a logger may write where its run lets it.
 * SPDX-License-Identifier: ISC */
#ifndef SVC_LINTLOG_H
#define SVC_LINTLOG_H

#include "complain.h"

/* Looks at the run of the logger LINT. */
void lintlog(struct lint *lint);

#endif
