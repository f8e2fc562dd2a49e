/* lintscript: what a shell script does that a supervised program must not do. Only what is certain
 * is an error; where it depends on a configuration file that is said.
 * SPDX-License-Identifier: ISC */
#ifndef SVC_LINTSCRIPT_H
#define SVC_LINTSCRIPT_H

#include "complain.h"

/* Looks at the script NAME of the service LINT, if it is one for a shell. */
void lintscript(struct lint *lint, const char *name);

#endif
