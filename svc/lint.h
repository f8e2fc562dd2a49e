/* lint: finds in a service directory, before it is used, what would keep the service from running as
 * it was meant. It only reads, executes nothing and waits for nothing.
 * SPDX-License-Identifier: ISC */
#ifndef SVC_LINT_H
#define SVC_LINT_H

#include "complain.h"

/* Looks at everything in the directory, but not into log/; puts out a line for each finding. */
void lint_directory(struct lint *lint);

#endif
