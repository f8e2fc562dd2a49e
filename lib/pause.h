/* pause: the only place where a daemon waits.
 * SPDX-License-Identifier: ISC */
#ifndef LIB_PAUSE_H
#define LIB_PAUSE_H

#include <poll.h>
#include <stddef.h>
#include <stdint.h>

/* Waits until one of the COUNT slots is ready or DEADLINE_MS (clock_ms() time; CLOCK_NEVER = none)
 * has passed. A slot with fd -1 is absent. Afterwards every revents is valid: 0 unless ready.
 * Interruption and a kernel out of memory (after a nap of 10 ms, so that it cannot spin) look like
 * "nothing ready yet"; the caller's loop comes back. */
void pause_until(struct pollfd *slots, size_t count, int64_t deadline_ms);

/* 10 ms. For a loop whose descriptor is ready and cannot be read: poll would come back at once. */
void pause_nap(void);

#endif
