/* owed: ./finish and ./stop, which follow the end of ./run: they are not left out because there is no
 * room for a process just now, nor do they keep supervise for ever.
 * SPDX-License-Identifier: ISC */
#ifndef SUPERVISE_OWED_H
#define SUPERVISE_OWED_H

#include "service.h"

/* Makes the child that becomes KIND. What keeps it from that and may pass is tried again at
 * service->pending_ms. Returns what follows at once: EVENT_NOTHING if there is no such script,
 * EVENT_FORK_FAILED if it was tried often enough, else EVENT_NONE. */
enum machine_event owed_begin(struct service *service, enum sv_child kind);

/* That time has come: another try. Returns the same. */
enum machine_event owed_again(struct service *service);

/* The child that was to become KIND could not, for a reason that may pass: sets that time. False, and
 * this is said, if it was tried often enough. */
bool owed_put_off(struct service *service, enum sv_child kind);

#endif
