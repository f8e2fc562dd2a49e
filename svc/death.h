/* death: what the end of a program tells people, beyond its number.
 * SPDX-License-Identifier: ISC */
#ifndef SVC_DEATH_H
#define SVC_DEATH_H

/* A sentence, without its full stop, about the wait status STATUS; NULL if there is no more to say. */
const char *death_hint(int status);

#endif
