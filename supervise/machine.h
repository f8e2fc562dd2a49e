/* machine: what supervise does when something happens, as a table. Pure: no system call, no clock,
 * no memory of its own; tests/unit/machine_test explores every world it can reach.
 * SPDX-License-Identifier: ISC */
#ifndef SUPERVISE_MACHINE_H
#define SUPERVISE_MACHINE_H

#include "svproto.h"

#include <stdbool.h>

/* State, wish and the two marks are separate axes: none is encoded in another. */
struct machine {
	enum sv_state state;
	enum sv_want want;
	bool leaving; /* supervise exits as soon as there is no child; never taken back */
	bool paused;  /* the child was sent STOP; false without a child */
};

/* What happens, one bit each, so that a row may name several. */
enum machine_event {
	EVENT_NONE = 0,
	EVENT_BEGIN = 1 << 0,       /* supervise is ready; want says what the down file said */
	EVENT_EXECUTED = 1 << 1,    /* the child has become ./run */
	EVENT_UNEXECUTED = 1 << 2,  /* the child has died without becoming ./run */
	EVENT_EXITED = 1 << 3,      /* ./run has died; always after EVENT_EXECUTED */
	EVENT_FORK_FAILED = 1 << 4, /* there is no child after all */
	EVENT_DEADLINE = 1 << 5,    /* the time set by EFFECT_PACE or EFFECT_RETRY has come */
	EVENT_UP = 1 << 6,          /* and the commands, as enum sv_verb has them */
	EVENT_DOWN = 1 << 7,
	EVENT_ONCE = 1 << 8,
	EVENT_AT_MOST_ONCE = 1 << 9,
	EVENT_EXIT = 1 << 10,
	EVENT_PAUSE = 1 << 11,
	EVENT_CONTINUE = 1 << 12,
	EVENT_SIGNAL = 1 << 13,
	EVENT_RESTART = 1 << 14,
	EVENT_ADOPT = 1 << 15, /* in place of EVENT_BEGIN: ./run of a killed supervise lives */
	EVENT_LAST = EVENT_ADOPT,
};

/* What is to be done about it, in the order in which it is done. */
enum machine_effect {
	EFFECT_NONE = 0,
	EFFECT_FORK = 1 << 0,       /* make a child that becomes ./run */
	EFFECT_END = 1 << 1,        /* TERM, then CONT, to the child */
	EFFECT_SIGNAL = 1 << 2,     /* the signal of the command, to the child */
	EFFECT_PACE = 1 << 3,       /* EVENT_DEADLINE when the pacing rule allows a start */
	EFFECT_RETRY = 1 << 4,      /* EVENT_DEADLINE after a short, growing pause */
	EFFECT_PUBLISH = 1 << 5,    /* tell the world */
	EFFECT_LEAVE = 1 << 6,      /* exit */
	EFFECT_IMPOSSIBLE = 1 << 7, /* no row: a mistake of ours, to be reported; nothing changed */
};

/* Lets EVENT happen to MACHINE; returns the set of effects to be carried out. */
unsigned machine_step(struct machine *machine, enum machine_event event);

#endif
