/* map: see map.h.
 * SPDX-License-Identifier: ISC */
#include "map.h"

#include <stdlib.h>

enum { FIRST_SIZE = 64 };

bool
map_open(struct map *map)
{
	map->count = 0;
	map->size = FIRST_SIZE;
	map->buckets = calloc(FIRST_SIZE, sizeof *map->buckets);
	return map->buckets != NULL;
}

void
map_close(struct map *map)
{
	free(map->buckets);
	*map = (struct map){.buckets = NULL};
}

static struct map_node **
bucket(const struct map *map, uint64_t hash)
{
	return &map->buckets[hash & (map->size - 1)];
}

/* Doubles the table. Without memory it stays as it is: slower, but right. */
static void
grow(struct map *map)
{
	struct map old = *map;
	struct map_node **larger = calloc(old.size * 2, sizeof *larger);

	if (larger == NULL)
		return;
	map->buckets = larger;
	map->size = old.size * 2;
	for (size_t i = 0; i < old.size; i++) {
		struct map_node *node = old.buckets[i];
		while (node != NULL) {
			struct map_node *next = node->next;
			struct map_node **place = bucket(map, node->hash);
			node->next = *place;
			*place = node;
			node = next;
		}
	}
	free(old.buckets);
}

void
map_add(struct map *map, struct map_node *node, uint64_t hash)
{
	/* Two to a bucket on average: comparing hashes is cheaper than the memory of more. */
	if (map->count >= map->size * 2)
		grow(map);
	struct map_node **place = bucket(map, hash);
	node->hash = hash;
	node->next = *place;
	*place = node;
	map->count++;
}

void
map_remove(struct map *map, struct map_node *node)
{
	struct map_node **place = bucket(map, node->hash);
	while (*place != node)
		place = &(*place)->next;
	*place = node->next;
	map->count--;
}

static struct map_node *
from(struct map_node *node, uint64_t hash)
{
	while (node != NULL && node->hash != hash)
		node = node->next;
	return node;
}

struct map_node *
map_first(const struct map *map, uint64_t hash)
{
	return from(*bucket(map, hash), hash);
}

struct map_node *
map_next(const struct map_node *node)
{
	return from(node->next, node->hash);
}

/* The finalizer of splitmix64: every bit of the number reaches the low bits. */
uint64_t
map_hash_number(uint64_t number)
{
	number ^= number >> 30;
	number *= UINT64_C(0xbf58476d1ce4e5b9);
	number ^= number >> 27;
	number *= UINT64_C(0x94d049bb133111eb);
	return number ^ number >> 31;
}

/* FNV-1a. */
uint64_t
map_hash_text(const char *text)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);
	for (; *text != '\0'; text++)
		hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
	return map_hash_number(hash);
}
