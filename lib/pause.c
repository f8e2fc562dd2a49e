/* pause: see pause.h.
 * SPDX-License-Identifier: ISC */
#include "pause.h"

#include "clock.h"

#include <errno.h>
#include <time.h>

enum { NAP_NS = 10 * 1000 * 1000 };

void
pause_nap(void)
{
	static const struct timespec nap = {0, NAP_NS};
	nanosleep(&nap, NULL); /* a shorter nap, if interrupted, is as good */
}

void
pause_until(struct pollfd *slots, size_t count, int64_t deadline_ms)
{
	struct timespec timeout;
	struct timespec *limit = NULL;

	if (deadline_ms != CLOCK_NEVER) {
		int64_t left = deadline_ms - clock_ms();
		if (left < 0)
			left = 0;
		timeout.tv_sec = (time_t)(left / 1000);
		timeout.tv_nsec = (long)(left % 1000) * 1000000;
		limit = &timeout;
	}
	if (ppoll(slots, (nfds_t)count, limit, NULL) >= 0)
		return;
	for (size_t i = 0; i < count; i++)
		slots[i].revents = 0;
	/* ENOMEM, or EINVAL when the descriptor limit was lowered under us. */
	if (errno != EINTR)
		pause_nap();
}
