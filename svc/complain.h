/* complain: what svlint has found, a line each: "PATH: error: TEXT; CURE".
 * SPDX-License-Identifier: ISC */
#ifndef SVC_COMPLAIN_H
#define SVC_COMPLAIN_H

#include "causes.h"

#include <stdbool.h>

/* One directory that is looked at. */
struct lint {
	const char *path; /* as the user knows it */
	int dir;
	bool logger;
	bool wrong;         /* an error was found, not only doubts */
	struct facts facts; /* of the next finding */
};

/* Puts out the line about the file NAME, "." for the directory itself. */
void complain(struct lint *lint, const char *name, enum cause cause);

#endif
