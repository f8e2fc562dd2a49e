/* adopt: what a killed svscan, or a killed supervise, has left running. Live supervises of a dead
 * parent become ours, with the pipe between a service and its logger, as if we had started them.
 * Found through /proc; where that is missing nothing is adopted, and nothing is started twice
 * either, since each supervise holds its lock.
 * SPDX-License-Identifier: ISC */
#ifndef SVSCAN_ADOPT_H
#define SVSCAN_ADOPT_H

#include "scan.h"
#include "service.h"

#include "proc.h"

#include <stdbool.h>
#include <stdint.h>

struct adopt {
	int directory_fd; /* the scan directory: the svscan that has it locked may adopt */
	bool locked;
	int epoll_fd;    /* in it are all adopted supervises that the kernel can watch; or -1 */
	size_t blind;    /* how many it cannot */
	int64_t look_ms; /* when to look at those */
};

/* The scan directory is the working directory. What cannot be had at the moment is tried again by
 * adopt_supervise. */
void adopt_open(struct adopt *adopt, struct scan *scan);

enum adopt_result {
	ADOPT_NOTHING, /* there is none to be adopted */
	ADOPT_DONE,    /* the supervise is ours from now on */
	ADOPT_LATER,   /* there is one, but something is in the way at the moment */
};

/* Adopts the supervise of ROLE if one lives whose parent is dead. */
enum adopt_result adopt_supervise(struct adopt *adopt, struct scan *scan,
    const struct service_means *means, struct scan_service *service, enum scan_role role,
    int64_t now_ms);

/* Whether there is no supervise to be adopted yet, but will be soon. */
bool adopt_is_pending(struct adopt *adopt, const struct scan *scan,
    const struct scan_service *service, enum scan_role role);

/* Finds the pipe that the service and its logger already have, from whoever of them lives. SERVICE
 * has none yet. False with errno set if there is one that cannot be opened now, or if that cannot be
 * told now. */
bool adopt_pipe(struct adopt *adopt, const struct scan *scan, const struct service_means *means,
    struct scan_service *service);

/* An adopted supervise that has died, or NULL. Returned again until it is released. */
struct scan_child *adopt_next_death(struct adopt *adopt, const struct scan *scan, int64_t now_ms);

/* When to call adopt_next_death although the epoll descriptor is quiet. */
int64_t adopt_deadline(const struct adopt *adopt);

/* CHILD has died: ends the watch. */
void adopt_release(struct adopt *adopt, struct scan_child *child);

#endif
