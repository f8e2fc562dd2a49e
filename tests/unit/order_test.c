/* order_test: who may end when. Every graph of up to four nodes, each in every course of events,
 * also with ends that nobody asked for; then large ones, drawn at random, against a slow reference.
 * SPDX-License-Identifier: ISC */
#include "../../svscan/order.c"

#include "check.h"

enum { MANY = 64 /* nodes of the largest graph that the reference can do: bits of a word */ };

/* The reference: sets are words, one bit for each node. */
struct graph {
	unsigned count;
	uint64_t needs[MANY];   /* what each node needs */
	uint64_t reaches[MANY]; /* ... directly or not */
	uint64_t dead_early;    /* gone before anybody asked */
};

static uint64_t
bit(size_t node)
{
	return UINT64_C(1) << node;
}

/* Warshall's closure. */
static void
close_graph(struct graph *graph)
{
	memcpy(graph->reaches, graph->needs, sizeof graph->needs);
	for (unsigned via = 0; via < graph->count; via++)
		for (unsigned i = 0; i < graph->count; i++)
			if ((graph->reaches[i] & bit(via)) != 0)
				graph->reaches[i] |= graph->reaches[via];
}

static bool
in_one_loop(const struct graph *graph, unsigned a, unsigned b)
{
	return a == b || ((graph->reaches[a] & bit(b)) != 0 && (graph->reaches[b] & bit(a)) != 0);
}

/* Whether somebody in the loop of NODE is not GONE. */
static bool
loop_lives(const struct graph *graph, uint64_t gone, unsigned node)
{
	for (unsigned i = 0; i < graph->count; i++)
		if ((gone & bit(i)) == 0 && in_one_loop(graph, i, node))
			return true;
	return false;
}

/* Whether somebody outside of NODE's loop needs it or another one in that loop, and was there when the
 * stop began, and is not gone, with all of his own loop. */
static bool
is_held(const struct graph *graph, uint64_t gone, unsigned node)
{
	for (unsigned who = 0; who < graph->count; who++)
		for (unsigned what = 0; what < graph->count; what++)
			if ((graph->needs[who] & bit(what)) != 0 &&
			    (graph->dead_early & bit(who)) == 0 && in_one_loop(graph, node, what) &&
			    !in_one_loop(graph, node, who) && loop_lives(graph, gone, who))
				return true;
	return false;
}

static uint64_t
expected(const struct graph *graph, uint64_t gone)
{
	uint64_t may_end = 0;

	for (unsigned node = 0; node < graph->count; node++)
		if (!is_held(graph, gone, node))
			may_end |= bit(node);
	return may_end & ~gone;
}

static void
open_order(struct order *order, const struct graph *graph)
{
	CHECK(order_open(order, graph->count));
	for (unsigned who = 0; who < graph->count; who++)
		for (unsigned what = 0; what < graph->count; what++)
			if ((graph->needs[who] & bit(what)) != 0)
				CHECK(order_need(order, who, what));
	for (unsigned i = 0; i < graph->count; i++)
		if ((graph->dead_early & bit(i)) != 0)
			order_gone(order, i);
	order_begin(order);
}

/* Takes what is told; TOLD is what was told before. */
static uint64_t
take(struct order *order, uint64_t told)
{
	uint64_t news = 0;
	size_t node;

	while (order_next(order, &node)) {
		CHECK(((told | news) & bit(node)) == 0); /* each once */
		news |= bit(node);
	}
	return news;
}

/* Lets the nodes end in the given COURSE, asked or not; at each point exactly those that may end have
 * been told. */
static void
follow(const struct graph *graph, const unsigned *course, unsigned length)
{
	struct order order;
	uint64_t gone = graph->dead_early, told = 0;

	open_order(&order, graph);
	told = take(&order, told);
	CHECK((told & ~gone) == expected(graph, gone));
	for (unsigned i = 0; i < length; i++) {
		order_gone(&order, course[i]);
		if (i % 2 == 0)
			order_gone(&order, course[i]); /* once more is no harm */
		gone |= bit(course[i]);
		CHECK(order_is_gone(&order, course[i]));
		told |= take(&order, told);
		CHECK((told & ~gone) == expected(graph, gone));
	}
	order_close(&order);
}

/* All permutations of COURSE from AT on. */
static void
follow_all(const struct graph *graph, unsigned *course, unsigned at)
{
	if (at == graph->count) {
		follow(graph, course, graph->count);
		return;
	}
	for (unsigned i = at; i < graph->count; i++) {
		const unsigned saved = course[at];
		course[at] = course[i];
		course[i] = saved;
		follow_all(graph, course, at + 1);
		course[i] = course[at];
		course[at] = saved;
	}
}

/* Each graph of COUNT nodes is a number: one bit for each possible need, itself included. */
static void
test_all_graphs(unsigned count)
{
	struct graph graph = {.count = count};
	unsigned course[4] = {0, 1, 2, 3};

	for (uint64_t number = 0; number < bit((size_t)count * count); number++) {
		for (unsigned who = 0; who < count; who++)
			graph.needs[who] = number >> (who * count) & (bit(count) - 1);
		close_graph(&graph);
		graph.dead_early = 0;
		if (count < 4) {
			follow_all(&graph, course, 0);
			for (graph.dead_early = 1; graph.dead_early < bit(count);
			     graph.dead_early++)
				follow(&graph, course, count);
			continue;
		}
		/* Of four there are too many courses to try each one with each graph. */
		unsigned turned[4];
		for (unsigned i = 0; i < count; i++)
			turned[i] = number % 7 < 3 ? count - 1 - i : (i + (unsigned)number) % count;
		follow(&graph, turned, count);
	}
}

/* ---- Large ones ------------------------------------------------------------------------------ */

static uint64_t seed = 20261122;

/* xorshift64. */
static unsigned
draw(unsigned below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (unsigned)(seed % below);
}

static void
shuffle(unsigned *course, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		course[i] = i;
	for (unsigned i = count; i > 1; i--) {
		const unsigned other = draw(i), saved = course[i - 1];
		course[i - 1] = course[other];
		course[other] = saved;
	}
}

/* From a few needs for all of them to several each, so with and without loops. */
static void
test_random_graphs(void)
{
	unsigned course[MANY];

	for (int round = 0; round < 60; round++) {
		struct graph graph = {.count = 1 + draw(MANY)};
		const unsigned needs = draw(graph.count * 3);
		for (unsigned i = 0; i < needs; i++)
			graph.needs[draw(graph.count)] |= bit(draw(graph.count));
		if (round % 3 == 0)
			graph.dead_early = bit(draw(graph.count));
		close_graph(&graph);
		shuffle(course, graph.count);
		follow(&graph, course, graph.count);
	}
}

/* Polite services: who is told ends next, the last told first. Returns how many ended. */
static uint32_t
let_all_end(struct order *order)
{
	uint32_t ended = 0;
	size_t node;

	for (; order_next(order, &node); ended++)
		order_gone(order, node);
	return ended;
}

static void
test_large(void)
{
	enum { COUNT = 300000 };
	struct order order;

	/* A chain; recursion would need a deep stack. */
	CHECK(order_open(&order, COUNT));
	for (size_t i = 1; i < COUNT; i++)
		CHECK(order_need(&order, i, i - 1));
	order_begin(&order);
	CHECK(let_all_end(&order) == COUNT);
	order_close(&order);
	/* All need one, which needs all but one of them: one loop, and one outside. */
	CHECK(order_open(&order, COUNT));
	for (size_t i = 1; i < COUNT; i++) {
		CHECK(order_need(&order, i, 0));
		CHECK(i == 1 || order_need(&order, 0, i));
	}
	order_begin(&order);
	size_t first;
	CHECK(order_next(&order, &first) && first == 1);
	CHECK(!order_next(&order, &first));
	order_gone(&order, 1);
	CHECK(let_all_end(&order) == COUNT - 1);
	order_close(&order);
	/* As many needs as there is room for in a state text, all the same ones. */
	CHECK(order_open(&order, COUNT));
	for (size_t i = 100; i < COUNT; i++)
		for (size_t need = 0; need < 8; need++)
			CHECK(order_need(&order, i, need % 2));
	order_begin(&order);
	CHECK(let_all_end(&order) == COUNT);
	order_close(&order);
}

static void
test_nobody(void)
{
	struct order order;
	size_t node;

	CHECK(order_open(&order, 0));
	order_begin(&order);
	CHECK(!order_next(&order, &node));
	order_close(&order);
	order_close(&order); /* as all zero */
	CHECK(!order_open(&order, UINT32_MAX));
}

int
main(void)
{
	test_nobody();
	for (unsigned count = 1; count <= 4; count++)
		test_all_graphs(count);
	test_random_graphs();
	test_large();
	return check_end("order_test");
}
