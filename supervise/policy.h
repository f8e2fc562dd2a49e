/* policy: how soon a service is started again, and when it is not. Pure: no system call, no clock.
 * SPDX-License-Identifier: ISC */
#ifndef SUPERVISE_POLICY_H
#define SUPERVISE_POLICY_H

#include "servicedir.h"
#include "svproto.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { POLICY_DEATHS_MAX = 100 /* the most that max-deaths can ask for */ };

/* All zero = nothing has happened yet. Times are clock_ms(). */
struct policy {
	uint64_t pause_ms; /* from the last start to the next one; meaningless until paced */
	bool paced;        /* it has been lengthened since the last command */
	size_t next, count;
	int64_t deaths_ms[POLICY_DEATHS_MAX + 1]; /* a ring: when nobody had commanded it */
};

/* Somebody has given a command that starts the service or lets it start: what was counts no more. */
void policy_forgive(struct policy *policy);

/* The pause from one start to the next as it is now. */
uint64_t policy_pause_ms(const struct policy *policy, const struct servicedir *settings);

/* The service has died after a life of LIFE_MS. To be called once for each death, after the next
 * start was determined. */
void policy_lived(struct policy *policy, const struct servicedir *settings, uint64_t life_ms);

/* It has died at NOW_MS, and nobody had commanded that. True if that was one too many. */
bool policy_died(struct policy *policy, const struct servicedir *settings, int64_t now_ms);

/* As if it had died COUNT times in this way, the last times at the KNOWN AGES_MS before NOW_MS, the
 * newest first, and all others long ago. */
void policy_recall(
    struct policy *policy, size_t count, const uint64_t *ages_ms, size_t known, int64_t now_ms);

#endif
