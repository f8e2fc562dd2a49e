/* sequence: see sequence.h.
 * SPDX-License-Identifier: ISC */
#include "sequence.h"

#include "map.h"
#include "plan.h"

#include "fd.h"
#include "svstate.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct sequence_place {
	struct map_node by_name; /* while the needs are read */
	struct scan_service *service;
};

/* ---- What they need -------------------------------------------------------------------------- */

/* The state text of SERVICE. One that is still to be adopted has not been opened yet. */
static bool
read_state(const struct scan_service *service, char text[SV_TEXT_MAX])
{
	int fd = -1;

	if (service->directory_fd != -1)
		return sv_read_text(service->directory_fd, text);
	fd = open(service->name, O_PATH | O_DIRECTORY | O_CLOEXEC);
	const bool read = fd != -1 && sv_read_text(fd, text);
	fd_close(&fd);
	return read;
}

/* WHO needs what is called NAME, if there is such a service. A name that was given to another
 * directory a moment ago means both: WHO may have been started with either. */
static bool
add_need(struct sequence *sequence, const struct scan *scan, const struct map *names,
    const struct scan_service *who, const char *name)
{
	struct map_node *node = map_first(names, map_hash_text(name));
	struct stat st;
	bool found = false;

	for (; node != NULL; node = map_next(node)) {
		const struct sequence_place *place =
		    MAP_THING(node, struct sequence_place, by_name);
		if (strcmp(place->service->name, name) != 0)
			continue;
		found = true;
		if (!order_need(&sequence->order, who->turn, place->service->turn))
			return false;
	}
	/* It may be the second name of a service. */
	if (found || stat(name, &st) == -1)
		return true;
	const struct scan_service *what = scan_find(scan, st.st_dev, st.st_ino);
	return what == NULL || order_need(&sequence->order, who->turn, what->turn);
}

/* Without a state text (another suite has none) nothing is needed. */
static bool
add_needs(struct sequence *sequence, const struct scan *scan, const struct map *names,
    const struct scan_service *service)
{
	char text[SV_TEXT_MAX], list[SV_TEXT_MAX], name[SV_NAME_SIZE];

	if (!read_state(service, text) || !sv_text_get(text, SV_KEY_NEEDS, list, sizeof list))
		return true;
	for (const char *next = list; (next = sv_next_name(next, name)) != NULL;)
		if (!add_need(sequence, scan, names, service, name))
			return false;
	return true;
}

/* ---- Who is held back ------------------------------------------------------------------------ */

static void
number(struct sequence *sequence, const struct scan *scan, struct map *names)
{
	for (size_t i = 0; i < scan->count; i++) {
		struct sequence_place *place = &sequence->places[i];
		place->service = scan->services[i];
		place->service->turn = (uint32_t)i;
		map_add(names, &place->by_name, map_hash_text(place->service->name));
	}
}

static bool
add_all(struct sequence *sequence, const struct scan *scan, const struct map *names)
{
	for (size_t i = 0; i < scan->count; i++) {
		if (plan_is_gone(&scan->services[i]->child[SCAN_SERVICE]))
			order_gone(&sequence->order, i);
		else if (!add_needs(sequence, scan, names, scan->services[i]))
			return false;
	}
	return true;
}

static void
close_all(struct sequence *sequence)
{
	order_close(&sequence->order);
	free(sequence->places);
	sequence->places = NULL;
}

bool
sequence_begin(struct sequence *sequence, struct scan *scan)
{
	struct map names = {.buckets = NULL};

	sequence->places = calloc(scan->count + 1, sizeof *sequence->places); /* never of size 0 */
	bool good = order_open(&sequence->order, scan->count) && sequence->places != NULL &&
		    map_open(&names);
	if (good) {
		number(sequence, scan, &names);
		good = add_all(sequence, scan, &names);
	}
	map_close(&names);
	if (!good) {
		close_all(sequence);
		return false;
	}
	order_begin(&sequence->order);
	for (size_t i = 0; i < scan->count; i++)
		scan->services[i]->held = true;
	return true;
}

void
sequence_look(struct sequence *sequence, const struct scan_service *service)
{
	if (sequence->places != NULL && plan_is_gone(&service->child[SCAN_SERVICE]))
		order_gone(&sequence->order, service->turn);
}

struct scan_service *
sequence_next(struct sequence *sequence)
{
	size_t next;

	if (sequence->places == NULL || !order_next(&sequence->order, &next))
		return NULL;
	sequence->places[next].service->held = false;
	return sequence->places[next].service;
}

size_t
sequence_give_up(struct sequence *sequence, const struct scan *scan)
{
	size_t count = 0;

	for (size_t i = 0; i < scan->count; i++) {
		struct scan_service *service = scan->services[i];
		count += service->held && !plan_is_gone(&service->child[SCAN_SERVICE]);
		service->held = false;
	}
	close_all(sequence);
	return count;
}
