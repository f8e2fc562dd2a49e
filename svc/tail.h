/* tail: the last lines that a service has written to its log.
 * SPDX-License-Identifier: ISC */
#ifndef SVC_TAIL_H
#define SVC_TAIL_H

/* Puts out the last lines of the log of the service in the directory DIR, with times that people
 * can read; or where its output goes instead. Nothing if it has written nothing. */
void tail_say(int dir);

#endif
