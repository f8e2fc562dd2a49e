/* when: moments as people write them: 10m, 14:30, 2026-01-31 12:00, a label.
 * SPDX-License-Identifier: ISC */
#ifndef MULTILOG_WHEN_H
#define MULTILOG_WHEN_H

#include "tai64n.h"

#include <stdbool.h>

/* The moment that TEXT means at NOW, in local time (tzset(3) must have been called); svlog(8) has
 * the forms. False if it means none. */
bool when_read(const char *text, const struct tai64n *now, struct tai64n *moment);

#endif
