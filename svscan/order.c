/* order: see order.h.
 * SPDX-License-Identifier: ISC */
#include "order.h"

#include <stdlib.h>

enum { FIRST_ROOM = 64 };

#define NONE UINT32_MAX

struct order_need {
	uint32_t what;
	uint32_t next; /* need of the same node, or NONE */
};

/* The members of a loop are a chain that begins at one of them, the leader; who is in no loop leads
 * itself. */
struct order_node {
	uint32_t need;   /* its first one, or NONE */
	uint32_t leader; /* NONE until it is known */
	uint32_t next;   /* in the chain that it is in: path, loop or free */
	uint32_t held;   /* of a leader: needs from outside of the loop, by loops not gone yet */
	uint32_t alive;  /* of a leader: members that are not gone */
	uint32_t ended;  /* of a leader: the last member that has gone since order_begin, ... */
	uint32_t before; /* ... and of a member: the one that had gone before it; or NONE */
	bool gone;
	/* While loops are looked for: */
	uint32_t visit;  /* when it was met, from 1 on; 0 = not yet */
	uint32_t oldest; /* the earliest visit that leads to it and that it leads to */
	uint32_t follow; /* the next need to be followed */
	uint32_t from;   /* the node that led here, or NONE */
};

bool
order_open(struct order *order, size_t count)
{
	*order = (struct order){.path = NONE, .free = NONE};
	if (count >= NONE)
		return false;
	order->nodes = calloc(count + 1, sizeof *order->nodes); /* never of size 0 */
	if (order->nodes == NULL)
		return false;
	order->count = (uint32_t)count;
	for (uint32_t i = 0; i < order->count; i++)
		order->nodes[i].need = order->nodes[i].leader = order->nodes[i].next =
		    order->nodes[i].ended = NONE;
	return true;
}

void
order_close(struct order *order)
{
	free(order->nodes);
	free(order->needs);
	*order = (struct order){.path = NONE, .free = NONE};
}

bool
order_need(struct order *order, size_t who, size_t what)
{
	if (order->need_count == order->need_room) {
		const uint32_t room = order->need_room == 0 ? FIRST_ROOM : order->need_room * 2;
		void *larger = room < order->need_room
				   ? NULL
				   : realloc(order->needs, room * sizeof *order->needs);
		if (larger == NULL)
			return false;
		order->needs = larger;
		order->need_room = room;
	}
	order->needs[order->need_count] = (struct order_need){
	    .what = (uint32_t)what,
	    .next = order->nodes[who].need,
	};
	order->nodes[who].need = order->need_count++;
	return true;
}

/* ---- Loops: Tarjan's strongly connected components, without recursion ------------------------- */

static void
visit(struct order *order, uint32_t number, uint32_t from)
{
	struct order_node *node = &order->nodes[number];

	node->visit = node->oldest = ++order->visits;
	node->follow = node->need;
	node->from = from;
	node->next = order->path;
	order->path = number;
}

static void
note_older(struct order_node *node, uint32_t visit)
{
	if (visit < node->oldest)
		node->oldest = visit;
}

/* Nothing older leads to FIRST and back: it and all that was met after it on the path are a loop. */
static void
close_loop(struct order *order, uint32_t first)
{
	const uint32_t leader = order->path;

	order->path = order->nodes[first].next;
	order->nodes[first].next = NONE;
	for (uint32_t i = leader; i != NONE; i = order->nodes[i].next)
		order->nodes[i].leader = leader;
}

static void
find_loops_from(struct order *order, uint32_t start)
{
	struct order_node *nodes = order->nodes;
	uint32_t at = start;

	visit(order, start, NONE);
	while (at != NONE) {
		struct order_node *node = &nodes[at];
		if (node->follow != NONE) {
			const struct order_need *need = &order->needs[node->follow];
			node->follow = need->next;
			if (nodes[need->what].visit == 0) {
				visit(order, need->what, at);
				at = need->what;
			} else if (nodes[need->what].leader == NONE) {
				note_older(node, nodes[need->what].visit);
			}
			continue;
		}
		if (node->oldest == node->visit)
			close_loop(order, at);
		if (node->from != NONE)
			note_older(&nodes[node->from], node->oldest);
		at = node->from;
	}
}

/* ---- Turns ----------------------------------------------------------------------------------- */

/* Nobody outside of the loop of LEADER needs it any more. */
static void
set_free(struct order *order, uint32_t leader)
{
	uint32_t member = leader;

	while (member != NONE) {
		const uint32_t next = order->nodes[member].next;
		order->nodes[member].next = order->free;
		order->free = member;
		member = next;
	}
}

/* Changes by BY what NODE holds outside of its own loop; what nobody holds any more is free. */
static void
hold(struct order *order, const struct order_node *node, int by)
{
	for (uint32_t i = node->need; i != NONE; i = order->needs[i].next) {
		const uint32_t leader = order->nodes[order->needs[i].what].leader;
		if (leader == node->leader)
			continue;
		order->nodes[leader].held += (uint32_t)by;
		if (by < 0 && order->nodes[leader].held == 0)
			set_free(order, leader);
	}
}

/* NODE has ended. What its loop needs is held by all of the loop, until the last member has gone. */
static void
let_go(struct order *order, uint32_t node)
{
	struct order_node *leader = &order->nodes[order->nodes[node].leader];

	order->nodes[node].before = leader->ended;
	leader->ended = node;
	if (--leader->alive > 0)
		return;
	for (uint32_t i = leader->ended; i != NONE; i = order->nodes[i].before)
		hold(order, &order->nodes[i], -1);
}

void
order_begin(struct order *order)
{
	for (uint32_t i = 0; i < order->count; i++)
		if (order->nodes[i].visit == 0)
			find_loops_from(order, i);
	for (uint32_t i = 0; i < order->count; i++) {
		if (order->nodes[i].gone)
			continue;
		order->nodes[order->nodes[i].leader].alive++;
		hold(order, &order->nodes[i], 1);
	}
	for (uint32_t i = 0; i < order->count; i++)
		if (order->nodes[i].leader == i && order->nodes[i].held == 0)
			set_free(order, i);
}

bool
order_is_gone(const struct order *order, size_t node)
{
	return order->nodes[node].gone;
}

void
order_gone(struct order *order, size_t node)
{
	if (order->nodes[node].gone)
		return;
	order->nodes[node].gone = true;
	if (order->visits > 0) /* else it has never held anything */
		let_go(order, (uint32_t)node);
}

bool
order_next(struct order *order, size_t *node)
{
	while (order->free != NONE) {
		const uint32_t first = order->free;
		order->free = order->nodes[first].next;
		if (!order->nodes[first].gone) {
			*node = first;
			return true;
		}
	}
	return false;
}
