/* machine: see machine.h. The first row that fits decides. Silence is a row, too, so that it is
 * known to be meant.
 * SPDX-License-Identifier: ISC */
#include "machine.h"

#include <stddef.h>

/* The test that alters rows compiles this file with an empty MACHINE_CONST. */
#ifndef MACHINE_CONST
#define MACHINE_CONST const
#endif

enum {
	IN_DOWN = 1 << SV_STATE_DOWN,
	IN_STARTING = 1 << SV_STATE_STARTING,
	IN_UP = 1 << SV_STATE_UP,
	IN_STOPPING = 1 << SV_STATE_STOPPING,
	IN_BACKOFF = 1 << SV_STATE_BACKOFF,
	IN_CHILD = IN_STARTING | IN_UP | IN_STOPPING, /* the states with a process */
	IN_IDLE = IN_DOWN | IN_BACKOFF,               /* and those without */
	IN_ANY = IN_CHILD | IN_IDLE,
};

enum {
	WANT_UP = 1 << SV_WANT_UP,
	WANT_DOWN = 1 << SV_WANT_DOWN,
	WANT_ONCE = 1 << SV_WANT_ONCE,
	WANT_ANY = WANT_UP | WANT_DOWN | WANT_ONCE,
};

enum { STAYING = 1 << 0, LEAVING = 1 << 1, EITHER = STAYING | LEAVING };

/* What a row leaves as it is. */
enum { SAME_STATE = SV_STATE_COUNT, SAME_WANT = SV_WANT_ONCE + 1 };

/* What a row does to the marks. */
enum { KEEP_MARKS, SET_LEAVING, SET_PAUSED, CLEAR_PAUSED };

struct row {
	unsigned in;      /* set of states */
	unsigned on;      /* set of events */
	unsigned want;    /* set of wishes */
	unsigned leaving; /* STAYING, LEAVING or EITHER */
	unsigned next;    /* enum sv_state or SAME_STATE */
	unsigned wish;    /* enum sv_want or SAME_WANT */
	unsigned marks;
	unsigned effects;
};

enum { ENDED = EVENT_EXITED | EVENT_UNEXECUTED };
enum { SIGNALLED = EVENT_PAUSE | EVENT_CONTINUE | EVENT_SIGNAL };

/* clang-format off */
static MACHINE_CONST struct row rows[] = {
	/* in, on, want, leaving -> next, wish, marks, effects */

	/* start */
	{IN_DOWN, EVENT_BEGIN, WANT_UP, EITHER,
	    SV_STATE_STARTING, SAME_WANT, KEEP_MARKS, EFFECT_FORK | EFFECT_PUBLISH},
	{IN_DOWN, EVENT_BEGIN, WANT_DOWN | WANT_ONCE, EITHER,
	    SAME_STATE, SAME_WANT, KEEP_MARKS, EFFECT_NONE},
	{IN_DOWN, EVENT_ADOPT, WANT_UP | WANT_ONCE, EITHER,
	    SV_STATE_UP, SAME_WANT, KEEP_MARKS, EFFECT_PUBLISH},
	/* it was told to end, or should have been when supervise was killed */
	{IN_DOWN, EVENT_ADOPT, WANT_DOWN, EITHER,
	    SV_STATE_STOPPING, SAME_WANT, CLEAR_PAUSED, EFFECT_END | EFFECT_PUBLISH},
	{IN_STARTING, EVENT_FORK_FAILED, WANT_ANY, EITHER,
	    SV_STATE_BACKOFF, SAME_WANT, KEEP_MARKS, EFFECT_RETRY | EFFECT_PUBLISH},
	{IN_STARTING, EVENT_EXECUTED, WANT_ANY, EITHER,
	    SV_STATE_UP, SAME_WANT, KEEP_MARKS, EFFECT_PUBLISH},
	{IN_STOPPING, EVENT_EXECUTED, WANT_ANY, EITHER,
	    SAME_STATE, SAME_WANT, KEEP_MARKS, EFFECT_PUBLISH},

	/* the child is gone */
	{IN_CHILD, ENDED, WANT_ANY, LEAVING,
	    SV_STATE_DOWN, SAME_WANT, CLEAR_PAUSED, EFFECT_PUBLISH | EFFECT_LEAVE},
	{IN_CHILD, ENDED, WANT_UP, STAYING,
	    SV_STATE_BACKOFF, SAME_WANT, CLEAR_PAUSED, EFFECT_PACE | EFFECT_PUBLISH},
	{IN_CHILD, ENDED, WANT_DOWN | WANT_ONCE, STAYING,
	    SV_STATE_DOWN, SAME_WANT, CLEAR_PAUSED, EFFECT_PUBLISH},

	/* the time has come */
	{IN_BACKOFF, EVENT_DEADLINE, WANT_ANY, EITHER,
	    SV_STATE_STARTING, SAME_WANT, KEEP_MARKS, EFFECT_FORK | EFFECT_PUBLISH},

	/* commands */
	{IN_IDLE, EVENT_UP, WANT_ANY, EITHER,
	    SV_STATE_STARTING, SV_WANT_UP, KEEP_MARKS, EFFECT_FORK | EFFECT_PUBLISH},
	{IN_CHILD, EVENT_UP, WANT_ANY, EITHER,
	    SAME_STATE, SV_WANT_UP, KEEP_MARKS, EFFECT_PUBLISH},
	{IN_IDLE, EVENT_ONCE, WANT_ANY, EITHER,
	    SV_STATE_STARTING, SV_WANT_ONCE, KEEP_MARKS, EFFECT_FORK | EFFECT_PUBLISH},
	{IN_CHILD, EVENT_ONCE, WANT_ANY, EITHER,
	    SAME_STATE, SV_WANT_ONCE, KEEP_MARKS, EFFECT_PUBLISH},
	{IN_IDLE, EVENT_AT_MOST_ONCE, WANT_ANY, EITHER,
	    SV_STATE_DOWN, SV_WANT_ONCE, KEEP_MARKS, EFFECT_PUBLISH},
	{IN_CHILD, EVENT_AT_MOST_ONCE, WANT_ANY, EITHER,
	    SAME_STATE, SV_WANT_ONCE, KEEP_MARKS, EFFECT_PUBLISH},
	{IN_IDLE, EVENT_DOWN, WANT_ANY, EITHER,
	    SV_STATE_DOWN, SV_WANT_DOWN, KEEP_MARKS, EFFECT_PUBLISH},
	{IN_CHILD, EVENT_DOWN, WANT_ANY, EITHER,
	    SV_STATE_STOPPING, SV_WANT_DOWN, CLEAR_PAUSED, EFFECT_END | EFFECT_PUBLISH},
	{IN_IDLE, EVENT_EXIT, WANT_ANY, EITHER,
	    SV_STATE_DOWN, SAME_WANT, SET_LEAVING, EFFECT_PUBLISH | EFFECT_LEAVE},
	{IN_CHILD, EVENT_EXIT, WANT_ANY, EITHER,
	    SAME_STATE, SAME_WANT, SET_LEAVING, EFFECT_PUBLISH},
	{IN_UP | IN_STOPPING, EVENT_RESTART, WANT_ANY, EITHER,
	    SV_STATE_STOPPING, SAME_WANT, CLEAR_PAUSED, EFFECT_END | EFFECT_PUBLISH},
	{IN_BACKOFF, EVENT_RESTART, WANT_ANY, EITHER,
	    SV_STATE_STARTING, SAME_WANT, KEEP_MARKS, EFFECT_FORK | EFFECT_PUBLISH},
	{IN_DOWN | IN_STARTING, EVENT_RESTART, WANT_ANY, EITHER,
	    SAME_STATE, SAME_WANT, KEEP_MARKS, EFFECT_NONE},
	{IN_CHILD, EVENT_PAUSE, WANT_ANY, EITHER,
	    SAME_STATE, SAME_WANT, SET_PAUSED, EFFECT_SIGNAL | EFFECT_PUBLISH},
	{IN_CHILD, EVENT_CONTINUE, WANT_ANY, EITHER,
	    SAME_STATE, SAME_WANT, CLEAR_PAUSED, EFFECT_SIGNAL | EFFECT_PUBLISH},
	{IN_CHILD, EVENT_SIGNAL, WANT_ANY, EITHER,
	    SAME_STATE, SAME_WANT, KEEP_MARKS, EFFECT_SIGNAL},
	{IN_IDLE, SIGNALLED, WANT_ANY, EITHER,
	    SAME_STATE, SAME_WANT, KEEP_MARKS, EFFECT_NONE},
};
/* clang-format on */

enum { ROWS = sizeof rows / sizeof *rows };

static bool
fits(const struct row *row, const struct machine *machine, enum machine_event event)
{
	return (row->in & 1U << machine->state) != 0 && (row->on & event) != 0 &&
	       (row->want & 1U << machine->want) != 0 &&
	       (row->leaving & (machine->leaving ? LEAVING : STAYING)) != 0;
}

static void
apply(const struct row *row, struct machine *machine)
{
	if (row->next != SAME_STATE)
		machine->state = row->next;
	if (row->wish != SAME_WANT)
		machine->want = row->wish;
	if (row->marks == SET_LEAVING)
		machine->leaving = true;
	else if (row->marks != KEEP_MARKS)
		machine->paused = row->marks == SET_PAUSED;
}

unsigned
machine_step(struct machine *machine, enum machine_event event)
{
	for (size_t i = 0; i < ROWS; i++) {
		if (!fits(&rows[i], machine, event))
			continue;
		apply(&rows[i], machine);
		return rows[i].effects;
	}
	return EFFECT_IMPOSSIBLE;
}
