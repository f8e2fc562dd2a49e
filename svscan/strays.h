/* strays: ends what services and the command have left behind, and says so.
 * SPDX-License-Identifier: ISC */
#ifndef SVSCAN_STRAYS_H
#define SVSCAN_STRAYS_H

#include "scan.h"
#include "tree.h"

#include <stddef.h>

/* What is left without being a logger's; nothing if /proc does not tell. Each of these functions
 * looks at all processes anew. */
size_t strays_count(struct tree *tree, const struct scan *scan);

/* Asks them to end, also those that are stopped. */
void strays_end(struct tree *tree, const struct scan *scan);

/* Kills what has a kind from FIRST on, and looks again until nothing new appears. */
void strays_kill(struct tree *tree, const struct scan *scan, enum tree_kind first);

#endif
