/* orphan: see orphan.h.
 * SPDX-License-Identifier: ISC */
#include "orphan.h"

#include "fd.h"
#include "svproto.h"

#include <string.h>

bool
orphan_open(struct orphans *orphans)
{
	memset(orphans, 0, sizeof *orphans);
	return map_open(&orphans->claims);
}

static struct orphan_claim *
claim_of(const struct orphans *orphans, pid_t pid, uint64_t ticks)
{
	struct map_node *node = map_first(&orphans->claims, map_hash_number((uint64_t)pid));

	for (; node != NULL; node = map_next(node)) {
		struct orphan_claim *claim = MAP_THING(node, struct orphan_claim, by_pid);
		if (claim->pid == pid && claim->ticks == ticks)
			return claim;
	}
	return NULL;
}

void
orphan_release(struct orphans *orphans, struct orphan_claim *claim)
{
	if (claim->pid == 0)
		return;
	map_remove(&orphans->claims, &claim->by_pid);
	claim->pid = 0;
	fd_close(&claim->fd);
}

static void
tell(struct orphans *orphans, struct orphan_claim *claim, int status)
{
	const struct sv_handover message = {claim->pid, status};

	/* The pipe is empty, so there is room; EPIPE means that the reader is dead, and the next
	 * one will ask again. SIGPIPE is blocked. */
	(void)fd_write(claim->fd, &message, sizeof message);
	orphan_release(orphans, claim);
}

void
orphan_died(struct orphans *orphans, const struct orphan_death *death)
{
	struct orphan_claim *claim = claim_of(orphans, death->pid, death->ticks);

	orphans->kept[orphans->next] = *death;
	orphans->next = (orphans->next + 1) % ORPHAN_KEPT;
	if (claim != NULL)
		tell(orphans, claim, death->status);
}

const struct orphan_death *
orphan_find(const struct orphans *orphans, pid_t pid, uint64_t ticks, int64_t now_ms)
{
	for (size_t i = 0; i < ORPHAN_KEPT; i++) {
		const struct orphan_death *death = &orphans->kept[i];
		if (death->pid == pid && death->ticks == ticks &&
		    now_ms - death->died_ms < ORPHAN_KEEP_MS)
			return death;
	}
	return NULL;
}

void
orphan_claim(struct orphans *orphans, struct orphan_claim *claim, pid_t pid, uint64_t ticks, int fd,
    int64_t now_ms)
{
	const struct orphan_death *death = orphan_find(orphans, pid, ticks, now_ms);

	claim->pid = pid;
	claim->ticks = ticks;
	claim->fd = fd;
	map_add(&orphans->claims, &claim->by_pid, map_hash_number((uint64_t)pid));
	if (death != NULL)
		tell(orphans, claim, death->status);
}
