/* answer: what svwhy says about one service: sentences, the last lines of its log, what follows, what
 * to do. SPDX-License-Identifier: ISC */
#ifndef SVC_ANSWER_H
#define SVC_ANSWER_H

#include "causes.h"

#include <stdbool.h>
#include <stddef.h>

enum { ANSWER_FINDINGS = 8 };

struct finding {
	enum cause cause;
	struct facts facts;
};

/* All zero = nothing yet. */
struct answer {
	size_t count;
	struct finding findings[ANSWER_FINDINGS];
	struct facts facts; /* with which each begins */
	bool fine;          /* the service is as it is wanted to be */
	bool unsupervised, unknown;
	bool log;  /* its log may tell more, */
	bool died; /* or where else its last words are */
};

/* Adds CAUSE, and returns its facts, to be filled in. The last ones are dropped if there are too
 * many. */
struct facts *answer_add(struct answer *answer, enum cause cause);

/* Whether CAUSE is among the findings. */
bool answer_has(const struct answer *answer, enum cause cause);

/* Puts it out. DIR is the service directory, or -1. */
void answer_say(const struct answer *answer, int dir);

#endif
