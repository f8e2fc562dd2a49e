/* heritage: what a killed supervise has left: its wishes, marks and counts in the state text, and its
 * child in the record. SPDX-License-Identifier: ISC */
#ifndef SUPERVISE_HERITAGE_H
#define SUPERVISE_HERITAGE_H

#include "service.h"

enum heritage {
	HERITAGE_NONE,
	HERITAGE_LIVING, /* EVENT_ADOPT is to follow */
	HERITAGE_DEAD, /* it died while nobody was there; adopt_await_status, then death_happened */
	HERITAGE_LEFTOVERS, /* ./run had died, and ./finish was still to come; effect_leftovers */
};

/* What the predecessor in the same directory left behind: its wishes and counts, if it had the same
 * parent and did not leave by itself, and its process. Called with the lock held, before the record
 * is written anew. The process, if there is one, is in SERVICE. */
enum heritage heritage_take(struct service *service);

#endif
