/* orphan: the services of killed supervises come to svscan, and it alone learns how they end. It
 * hands that on to the supervise that has adopted them, also if they died first.
 * SPDX-License-Identifier: ISC */
#ifndef SVSCAN_ORPHAN_H
#define SVSCAN_ORPHAN_H

#include "map.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum {
	ORPHAN_KEPT = 64,       /* deaths kept for a supervise that is still to come ... */
	ORPHAN_KEEP_MS = 60000, /* ... and for how long */
};

/* A process that died. Number and start time together are never used again. */
struct orphan_death {
	pid_t pid; /* 0 = none */
	uint64_t ticks;
	int status; /* as waitpid(2) has it */
	int64_t died_ms;
};

/* That somebody waits for the death of one process. */
struct orphan_claim {
	struct map_node by_pid;
	pid_t pid; /* 0 = no claim */
	uint64_t ticks;
	int fd; /* where to tell it */
};

struct orphans {
	struct map claims;
	struct orphan_death kept[ORPHAN_KEPT]; /* a ring */
	size_t next;                           /* the oldest one */
};

/* False without memory. */
bool orphan_open(struct orphans *orphans);

/* A child of ours that is no supervise has died: tells who waits for it, and keeps it, since also
 * that one may be killed before it has made use of it. */
void orphan_died(struct orphans *orphans, const struct orphan_death *death);

/* The kept death of this process, or NULL. */
const struct orphan_death *orphan_find(
    const struct orphans *orphans, pid_t pid, uint64_t ticks, int64_t now_ms);

/* From now on CLAIM waits for this process: its status goes into FD (a pipe, not blocking) as a
 * struct sv_handover, at once if it is kept. FD belongs to the claim, which ends with that. */
void orphan_claim(struct orphans *orphans, struct orphan_claim *claim, pid_t pid, uint64_t ticks,
    int fd, int64_t now_ms);

/* Ends CLAIM, if there is one; whoever reads the pipe sees its end. */
void orphan_release(struct orphans *orphans, struct orphan_claim *claim);

#endif
