/* machine: what supervise does when something happens, as a table. Pure: no system call, no clock,
 * no memory of its own; tests/unit/machine_test explores every world it can reach.
 * SPDX-License-Identifier: ISC */
#ifndef SUPERVISE_MACHINE_H
#define SUPERVISE_MACHINE_H

#include "svstate.h"

#include <stdbool.h>

/* Where the service stands, finer than the states that are published. */
enum machine_phase {
	PHASE_DOWN,
	PHASE_WAITING,  /* it starts when what it needs is there */
	PHASE_START,    /* ./start runs */
	PHASE_ABORT,    /* ./start was told to end */
	PHASE_LAUNCH,   /* the child is about to become ./run */
	PHASE_UP,       /* ./run runs */
	PHASE_READY,    /* and is ready */
	PHASE_STOPPING, /* ./run was told to end */
	PHASE_CLEANING, /* ./run is dead, what it left behind is being ended */
	PHASE_FINISH,   /* ./finish runs */
	PHASE_TEARDOWN, /* ./stop runs */
	PHASE_BACKOFF,  /* the next start has a time */
	PHASE_DONE,     /* a oneshot that has succeeded */
	PHASE_FAILED,   /* not to be started again without a command */
	PHASE_COUNT,
};

/* What is true beside the phase: one bit each. */
enum machine_mark {
	MARK_LEAVING = 1 << 0, /* supervise exits once there is no child; never taken back */
	MARK_PAUSED = 1 << 1,  /* ./run was sent STOP */
	MARK_BEGUN = 1 << 2,   /* ./start has succeeded, or there is none: ./stop is owed */
	MARK_DOOMED = 1 << 3,  /* it must not be started again: it is going to be failed */
	MARK_AGAIN = 1 << 4,   /* a start was asked for while it could not be made */
	MARKS = 5,
};

/* Phase, wish and marks are separate axes: none is encoded in another. */
struct machine {
	enum machine_phase phase;
	enum sv_want want;
	unsigned marks;
};

/* What happens, one bit each, so that a row may name several. */
enum machine_event {
	EVENT_NONE = 0,
	EVENT_BEGIN = 1 << 0,   /* supervise is ready; the machine is as it was left, or down */
	EVENT_ADOPT = 1 << 1,   /* in place of it: the child of a killed supervise lives */
	EVENT_NOTHING = 1 << 2, /* there is nothing (more) to do, or to wait for, in this phase */
	EVENT_FORK_FAILED = 1 << 3,   /* there is no child after all */
	EVENT_EXECUTED = 1 << 4,      /* the child has become ./run */
	EVENT_UNEXECUTED = 1 << 5,    /* it has died without becoming ./run */
	EVENT_READY = 1 << 6,         /* ./run is ready, or nobody can tell that it is not */
	EVENT_SICK = 1 << 7,          /* it has failed too many checks */
	EVENT_DOOM = 1 << 8,          /* the death that is told next is one too many */
	EVENT_EXITED = 1 << 9,        /* ./run has died; always after EVENT_EXECUTED */
	EVENT_SUCCEEDED = 1 << 10,    /* a script has exited with 0 */
	EVENT_UNSUCCESSFUL = 1 << 11, /* or not */
	EVENT_PERMANENT = 1 << 12,    /* ./finish has said: do not start it again */
	EVENT_DEADLINE = 1 << 13,     /* the time set by EFFECT_PACE or EFFECT_RETRY has come */
	EVENT_LIMIT = 1 << 14,        /* what runs in this phase has taken too long */
	EVENT_UP = 1 << 15,           /* and the commands, as enum sv_verb has them */
	EVENT_DOWN = 1 << 16,
	EVENT_ONCE = 1 << 17,
	EVENT_AT_MOST_ONCE = 1 << 18,
	EVENT_EXIT = 1 << 19,
	EVENT_PAUSE = 1 << 20,
	EVENT_CONTINUE = 1 << 21,
	EVENT_SIGNAL = 1 << 22, /* any letter for a signal, but these two and ... */
	EVENT_KILL = 1 << 23,   /* ... KILL */
	EVENT_RESTART = 1 << 24,
	EVENT_LAST = EVENT_RESTART,
};

/* What is to be done about it, in the order in which it is done. The first six may be answered at
 * once with EVENT_NOTHING or, but for EFFECT_WAIT, EVENT_FORK_FAILED. */
enum machine_effect {
	EFFECT_NONE = 0,
	EFFECT_WAIT = 1 << 0,     /* EVENT_NOTHING as soon as all that it needs is there */
	EFFECT_START = 1 << 1,    /* make a child that becomes ./start */
	EFFECT_RUN = 1 << 2,      /* ./run; nothing to do after the ./start of a oneshot */
	EFFECT_CLEAN = 1 << 3,    /* end what ./run has left behind, kindly */
	EFFECT_FINISH = 1 << 4,   /* make a child that becomes ./finish */
	EFFECT_TEARDOWN = 1 << 5, /* ./stop */
	EFFECT_END = 1 << 6,      /* the down signal, then CONT, to the child */
	EFFECT_KILL = 1 << 7,     /* KILL to the child */
	EFFECT_SWEEP = 1 << 8,    /* KILL to what ./run has left behind */
	EFFECT_SIGNAL = 1 << 9,   /* the signal of the command, to the child */
	EFFECT_PACE = 1 << 10,    /* EVENT_DEADLINE when the pacing rule allows a start */
	EFFECT_RETRY = 1 << 11,   /* EVENT_DEADLINE after a short, growing pause */
	EFFECT_PUBLISH = 1 << 12, /* tell the world */
	EFFECT_LEAVE = 1 << 13,   /* exit */
	EFFECT_IMPOSSIBLE =
	    1 << 14, /* no row: a mistake of ours, to be reported; nothing changed */
};

/* The state that is published for PHASE. */
enum sv_state machine_state(enum machine_phase phase);

/* Lets EVENT happen to MACHINE; returns the set of effects to be carried out. */
unsigned machine_step(struct machine *machine, enum machine_event event);

#endif
