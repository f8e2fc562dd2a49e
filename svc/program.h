/* program: looks at a file as execve(2) would, and tells why that would fail, or has. It never
 * executes anything and never waits.
 * SPDX-License-Identifier: ISC */
#ifndef SVC_PROGRAM_H
#define SVC_PROGRAM_H

#include "causes.h"

/* What keeps NAME in the directory DIR from being executed: CAUSE_NONE if nothing is to be seen.
 * ERROR is what an attempt has failed with, 0 if nobody has tried: it decides where looking leaves a
 * doubt. Sets FACT_VALUE and FACT_OTHER as the cause needs them. */
enum cause program_look(int dir, const char *name, int error, struct facts *facts);

#endif
