/* shutdown: see shutdown.h.
 * SPDX-License-Identifier: ISC */
#include "shutdown.h"

#include "clock.h"

/* The test that alters rows compiles this file with an empty SHUTDOWN_CONST. */
#ifndef SHUTDOWN_CONST
#define SHUTDOWN_CONST const
#endif

/* How a phase begins: at the latest after so many sixteenths of the limit G; earlier when nothing
 * of what the phase before waits for is left; or at once when the stop is forced. The last bodies
 * may be collected for a sixteenth more: nobody alive is waited for any longer. The last script has
 * two sixteenths at least. */
static SHUTDOWN_CONST struct shutdown_row {
	int sixteenths;
	enum shutdown_awaited earlier;
	bool when_forced;
	unsigned effects;
} rows[SHUTDOWN_PHASES] = {
    [SHUTDOWN_COMMAND] = {0, SHUTDOWN_REQUEST, true, SHUTDOWN_END_COMMAND},
    [SHUTDOWN_SERVICES] = {4, SHUTDOWN_COMMAND_LEFT, true, SHUTDOWN_END_SERVICES},
    [SHUTDOWN_REST] = {8, SHUTDOWN_SERVICE_LEFT, true, SHUTDOWN_END_REST},
    [SHUTDOWN_STRAYS] = {12, SHUTDOWN_SERVICE_LEFT, true,
	SHUTDOWN_KILL_COMMAND | SHUTDOWN_KILL_SERVICES | SHUTDOWN_TERM_STRAYS},
    [SHUTDOWN_LOGGERS] = {14, SHUTDOWN_STRAY_LEFT, true,
	SHUTDOWN_KILL_STRAYS | SHUTDOWN_END_LOGGERS},
    [SHUTDOWN_LAST] = {16, SHUTDOWN_LOGGER_LEFT, true, SHUTDOWN_KILL_ALL},
    [SHUTDOWN_FINISH] = {17, SHUTDOWN_CHILD_LEFT, false, SHUTDOWN_RUN_FINISH},
    [SHUTDOWN_OVER] = {19, SHUTDOWN_FINISH_LEFT, true, SHUTDOWN_KILL_FINISH},
};

void
shutdown_open(struct shutdown *stop, int64_t grace_ms)
{
	*stop = (struct shutdown){.phase = SHUTDOWN_RUNNING, .grace_ms = grace_ms};
}

void
shutdown_request(struct shutdown *stop, int64_t now_ms)
{
	if (stop->requested) {
		stop->forced = true;
		return;
	}
	stop->requested = true;
	stop->began_ms = now_ms;
}

/* The row of the phase that comes next, or NULL after the last. */
static const struct shutdown_row *
next_row(const struct shutdown *stop)
{
	return stop->phase == SHUTDOWN_OVER ? NULL : &rows[stop->phase + 1];
}

enum shutdown_awaited
shutdown_awaits(const struct shutdown *stop)
{
	const struct shutdown_row *row = next_row(stop);
	return row == NULL ? SHUTDOWN_FINISH_LEFT : row->earlier;
}

int64_t
shutdown_deadline(const struct shutdown *stop)
{
	const struct shutdown_row *row = next_row(stop);
	if (row == NULL || !stop->requested)
		return CLOCK_NEVER;
	return stop->began_ms + stop->grace_ms * row->sixteenths / 16;
}

bool
shutdown_step(struct shutdown *stop, size_t left, int64_t now_ms)
{
	const struct shutdown_row *row = next_row(stop);
	if (row == NULL || !stop->requested)
		return false;
	if (left > 0 && now_ms < shutdown_deadline(stop) && !(stop->forced && row->when_forced))
		return false;
	stop->phase++;
	/* The last script has its time even then, unless there is another such wish. */
	if (stop->phase == SHUTDOWN_FINISH)
		stop->forced = false;
	return true;
}

unsigned
shutdown_effects(const struct shutdown *stop)
{
	return rows[stop->phase].effects;
}
