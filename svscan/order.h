/* order: who may end now: each one after all that need it. Those that need each other in a loop count
 * as one, so that nobody waits for itself. Pure; a whole stop costs as many steps as there are
 * services and needs. SPDX-License-Identifier: ISC */
#ifndef SVSCAN_ORDER_H
#define SVSCAN_ORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct order_node;
struct order_need;

/* All zero = nobody is in it. */
struct order {
	struct order_node *nodes; /* by number, from 0 on */
	struct order_need *needs;
	uint32_t count, need_count, need_room;
	uint32_t visits; /* while loops are looked for: how many nodes were met */
	uint32_t path;   /* ... and the last of those whose loop is not known yet */
	uint32_t free;   /* the first of those that may end and were not told of */
};

/* COUNT of them, none needed so far. False without memory, or if there are too many. */
bool order_open(struct order *order, size_t count);
void order_close(struct order *order);

/* WHO needs WHAT. Twice is as good as once, and nobody is kept from ending by itself. False without
 * memory. Not after order_begin. */
bool order_need(struct order *order, size_t who, size_t what);

/* All needs are known: from here on there are answers. */
void order_begin(struct order *order);

/* NODE has ended, asked or not. More than once, or before order_begin, is no harm. */
void order_gone(struct order *order, size_t node);
bool order_is_gone(const struct order *order, size_t node);

/* One that may end now, and has not: each is told once. False if there is none at the moment. */
bool order_next(struct order *order, size_t *node);

#endif
