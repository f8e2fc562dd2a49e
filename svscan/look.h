/* look: reads the scan directory and tells scan what is there: at once when the kernel says that
 * something changed, and now and then in case it did not say so.
 * SPDX-License-Identifier: ISC */
#ifndef SVSCAN_LOOK_H
#define SVSCAN_LOOK_H

#include "scan.h"

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/* When a directory changed last, as its file system tells. */
struct look_stamp {
	struct timespec modified, changed;
};

struct look {
	int inotify_fd;       /* -1 = none to be had: we look more often instead */
	int watch;            /* of the scan directory */
	int interval_ms;      /* of the safety look */
	bool wanted;          /* something changed: a whole look is due */
	int64_t whole_ms;     /* time of the last whole look */
	int64_t safety_ms;    /* time of the next safety look */
	unsigned cheap_looks; /* since the last whole one */
	struct look_stamp stamp;
	bool stamp_settled; /* a later change cannot leave the stamp as it is */
	struct msg_fault unreadable, memory;
};

/* The scan directory is the working directory. The safety look comes every INTERVAL_MS. */
void look_open(struct look *look, int interval_ms);

/* Reads the kernel's hints, a bounded number of them. */
void look_read_hints(struct look *look, struct scan *scan, int64_t now_ms);

/* Somebody asked for a whole look. */
void look_want(struct look *look);

/* Looks if it is time to. */
void look_if_due(struct look *look, struct scan *scan, int64_t now_ms);

/* Whether the last look has read all of the scan directory. */
bool look_was_whole(const struct look *look);

/* When to look next. */
int64_t look_deadline(const struct look *look, const struct scan *scan);

/* Sees whether a directory under construction can be started; if not, it is watched. */
void look_check(struct look *look, struct scan *scan, struct scan_service *service, int64_t now_ms);

/* Ends the watch of a service that is to be forgotten. */
void look_unwatch(struct look *look, struct scan *scan, struct scan_service *service);

#endif
