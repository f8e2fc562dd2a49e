/* tail: the last lines that a service has written to its log.
 * SPDX-License-Identifier: ISC */
#ifndef SVC_TAIL_H
#define SVC_TAIL_H

#include <stdbool.h>

/* Puts out the last lines of the log of the service in the directory DIR, with times that people
 * can read. Nothing if it has written nothing; if it has no log, EVEN_WITHOUT says where its output
 * goes instead. */
void tail_say(int dir, bool even_without);

#endif
