/* tail: the last lines that a service has written to its log, for people.
 * SPDX-License-Identifier: ISC */
#ifndef SVC_TAIL_H
#define SVC_TAIL_H

#include "logtail.h"

#include <stdbool.h>

/* Whether its last lines contain WORDS. */
bool tail_has(const struct logtail *tail, const char *words);

/* Puts out its last lines, with times that people can read. */
void tail_say(const struct logtail *tail);

/* Puts out why the newest ones are not read. */
void tail_say_refused(const struct logtail *tail);

#endif
