/* inventory: see inventory.h.
 * SPDX-License-Identifier: ISC */
#include "inventory.h"

#include "file.h"

#include <errno.h>
#include <string.h>

_Static_assert(SERVICEDIR_FILES + SERVICEDIR_SCRIPTS <= 32, "a set has a bit for each name");

static uint32_t
bit_of(const char *name)
{
	for (unsigned i = 0; i < SERVICEDIR_FILES; i++)
		if (strcmp(name, servicedir_names[i]) == 0)
			return INVENTORY_FILE(i);
	for (unsigned i = 0; i < SERVICEDIR_SCRIPTS; i++)
		if (strcmp(name, servicedir_scripts[i]) == 0)
			return INVENTORY_FILE(SERVICEDIR_FILES + i);
	return 0;
}

/* The kernel holds the directory while it fills a buffer, not from one to the next: a file that is
 * replaced in between may be in neither. So more than one buffer tells nothing. */
static uint32_t
read_names(struct file_walk *walk)
{
	uint32_t names = 0;
	const char *name;

	while ((name = file_walk_next(walk)) != NULL) {
		names |= bit_of(name);
		if (walk->at < walk->end)
			continue;
		return file_walk_next(walk) == NULL && errno == 0 ? names : INVENTORY_ALL;
	}
	return errno == 0 ? names : INVENTORY_ALL;
}

uint32_t
inventory_read(int dir)
{
	struct file_walk walk;

	if (!file_walk_open_at(&walk, dir, "."))
		return INVENTORY_ALL;
	const uint32_t names = read_names(&walk);
	file_walk_close(&walk);
	return names;
}

bool
inventory_has(uint32_t names, const char *name)
{
	const uint32_t bit = bit_of(name);
	return bit == 0 || (names & bit) != 0;
}
