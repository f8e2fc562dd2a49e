/* needs: the services that a service directory names in its file needs, before anything runs.
 * SPDX-License-Identifier: ISC */
#ifndef SVC_NEEDS_H
#define SVC_NEEDS_H

#include "servicedir.h"

#include <stdbool.h>
#include <stddef.h>

/* Opens the service NAME as one in BESIDE would mean it: in the scan directory or, before it is
 * enabled, beside this one. -1 with errno set. */
int needs_open(int beside, const char *name);

/* Reads the needs of SERVICE into LIST, without complaints; "" if there are none. */
void needs_read(int service, char list[SERVICEDIR_NEEDS_SIZE]);

/* Whether both are descriptors of the same directory. */
bool needs_is_same(int a, int b);

/* Whether the service NAME, needed by SERVICE (whose directory lies in BESIDE), needs that one in
 * turn, perhaps by way of others: true, and the way there is written to CHAIN ("db -> web"). */
bool needs_lead_back(int beside, const char *name, int service, char *chain, size_t size);

#endif
