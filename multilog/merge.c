/* merge: see merge.h.
 * SPDX-License-Identifier: ISC */
#include "merge.h"

#include "room.h"

void
merge_grow(struct merge *merge, size_t sources)
{
	merge->elements = room_for(merge->elements, sources, sizeof *merge->elements);
}

static bool
is_before(const struct merge_element *a, const struct merge_element *b)
{
	if (tai64n_is_before(&a->time, &b->time))
		return true;
	return !tai64n_is_before(&b->time, &a->time) && a->source < b->source;
}

void
merge_put(struct merge *merge, size_t source, const struct tai64n *time)
{
	const struct merge_element new = {*time, source};
	size_t place = merge->count++;

	while (place > 0 && is_before(&new, &merge->elements[(place - 1) / 2])) {
		merge->elements[place] = merge->elements[(place - 1) / 2];
		place = (place - 1) / 2;
	}
	merge->elements[place] = new;
}

/* Where the element MOVED can stand at PLACE or below, once younger ones have gone up. */
static size_t
sink(struct merge *merge, const struct merge_element *moved)
{
	size_t place = 0;

	for (;;) {
		size_t child = 2 * place + 1;
		if (child >= merge->count)
			return place;
		if (child + 1 < merge->count &&
		    is_before(&merge->elements[child + 1], &merge->elements[child]))
			child++;
		if (!is_before(&merge->elements[child], moved))
			return place;
		merge->elements[place] = merge->elements[child];
		place = child;
	}
}

bool
merge_take(struct merge *merge, size_t *source)
{
	if (merge->count == 0)
		return false;
	*source = merge->elements[0].source;
	merge->count--;
	const struct merge_element moved = merge->elements[merge->count];
	merge->elements[sink(merge, &moved)] = moved;
	return true;
}
