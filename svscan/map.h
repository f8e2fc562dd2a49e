/* map: a hash table whose nodes live in the things it finds, so that neither adding nor removing
 * can fail. SPDX-License-Identifier: ISC */
#ifndef SVSCAN_MAP_H
#define SVSCAN_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Part of the thing that is found. The thing must outlive its place in the map. */
struct map_node {
	struct map_node *next;
	uint64_t hash;
};

/* Grows with its content; memory of the caller's things is not its business. */
struct map {
	struct map_node **buckets;
	size_t size; /* a power of two */
	size_t count;
};

/* The thing of TYPE whose member MEMBER is NODE. */
#define MAP_THING(node, type, member) ((type *)(void *)((char *)(node)-offsetof(type, member)))

/* False if there is no memory even for a small table. */
bool map_open(struct map *map);

/* Forgets all nodes; they and their things stay. All zero, or closed, is no harm. */
void map_close(struct map *map);

/* Adds NODE under HASH. Equal hashes may occur any number of times. */
void map_add(struct map *map, struct map_node *node, uint64_t hash);

/* Takes NODE, which is in the map, out of it. */
void map_remove(struct map *map, struct map_node *node);

/* The nodes under HASH, one after the other; NULL when there are no more. The caller compares the
 * things themselves. */
struct map_node *map_first(const struct map *map, uint64_t hash);
struct map_node *map_next(const struct map_node *node);

/* Hashes that spread well over any power of two. */
uint64_t map_hash_number(uint64_t number);
uint64_t map_hash_text(const char *text);

#endif
