/* clock: see clock.h.
 * SPDX-License-Identifier: ISC */
#include "clock.h"

#include <time.h>

int64_t
clock_ms(void)
{
	struct timespec now;
	/* Cannot fail: the clock is as old as Linux 2.6, the pointer ours (clock_gettime(2)). */
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t
clock_earlier(int64_t a_ms, int64_t b_ms)
{
	return a_ms < b_ms ? a_ms : b_ms;
}
