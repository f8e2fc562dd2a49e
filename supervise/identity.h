/* identity: whether the process that has the number of a record now is the recorded one.
 * SPDX-License-Identifier: ISC */
#ifndef SUPERVISE_IDENTITY_H
#define SUPERVISE_IDENTITY_H

#include "service.h"

/* Whether the record was written in this boot. Without /proc, then or now, its age must tell. */
bool identity_is_of_this_boot(const struct service *service, const struct sv_record *record);

/* Whether the recorded process lives. If that cannot be told, dies with a message that says so and
 * what to do: nothing may be started beside it. */
bool identity_lives(const struct service *service, const struct sv_record *record);

/* Whether it is known to be dead: reaped, or still to be. */
bool identity_is_past(const struct service *service, const struct sv_record *record);

#endif
