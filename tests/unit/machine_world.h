/* machine_world: the machine and what is really there, for machine_test, which includes machine.c
 * before it. Reality follows from what happens and from the effects alone.
 * SPDX-License-Identifier: ISC */
#ifndef TESTS_MACHINE_WORLD_H
#define TESTS_MACHINE_WORLD_H

#include <stdbool.h>
#include <stdio.h>

/* What supervise has beside the machine. */
enum child {
	NO_CHILD,
	START_SCRIPT,
	HALF_MADE, /* about to become ./run */
	EXECUTED,  /* ./run */
	LEFTOVERS, /* ./run is dead, something of it lives */
	FINISH_SCRIPT,
	STOP_SCRIPT,
	NO_SUPERVISE,
	CHILDREN,
};

/* A world: the machine, and what is really there. Reality is kept by what happens and by the
 * effects alone, so that what the machine believes can be compared with it. */
struct world {
	struct machine machine;
	enum child child;
	bool fresh;  /* supervise has not begun yet */
	bool asked;  /* the child is to be made now; there may be nothing to make, or no room */
	bool told;   /* the child was told to end */
	bool ready;  /* ./run has said so */
	bool doomed; /* the child's death comes next, and is one too many */
	bool begun;  /* ./start has succeeded and ./stop has not been run since */
	bool timer;  /* the time of the next start is set */
	bool waits;  /* what it needs is looked for */
};

enum {
	COMMANDS = EVENT_UP | EVENT_DOWN | EVENT_ONCE | EVENT_AT_MOST_ONCE | EVENT_EXIT |
		   EVENT_PAUSE | EVENT_CONTINUE | EVENT_SIGNAL | EVENT_KILL | EVENT_RESTART,
	/* Events after which the child of this phase is no more, or has never been. */
	OVER = ENDED | EVENT_PERMANENT | EVENT_UNEXECUTED | EVENT_EXITED,
};

static unsigned long checks, failures;
static bool quiet; /* mutants only count */

/* ---- Names ----------------------------------------------------------------------------------- */

static const char *
event_name(enum machine_event event)
{
	static const char *const names[] = {"begin", "adopt", "nothing", "fork failed", "executed",
	    "unexecuted", "ready", "sick", "doom", "exited", "succeeded", "unsuccessful",
	    "permanent", "deadline", "limit", "u", "d", "o", "O", "x", "p", "c", "signal", "k",
	    "r"};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (event == 1U << i)
			return names[i];
	return "itself";
}

/* The phase as the pages call it: the keys state and child of the file state. */
static const char *
phase_name(enum machine_phase phase)
{
	static const enum sv_child children[PHASE_COUNT] = {
	    [PHASE_START] = SV_CHILD_START,
	    [PHASE_ABORT] = SV_CHILD_START,
	    [PHASE_LAUNCH] = SV_CHILD_RUN,
	    [PHASE_STOPPING] = SV_CHILD_RUN,
	    [PHASE_FINISH] = SV_CHILD_FINISH,
	    [PHASE_TEARDOWN] = SV_CHILD_STOP,
	};
	static char text[40];
	const enum sv_child child = children[phase];

	snprintf(text, sizeof text, "%s%s%s", sv_state_names[machine_state(phase)],
	    child == SV_CHILD_NONE ? "" : "/", child == SV_CHILD_NONE ? "" : sv_child_names[child]);
	return text;
}

static void
print_world(const struct world *world)
{
	static const char *const children[CHILDREN] = {"no child", "./start", "half-made ./run",
	    "./run", "leftovers", "./finish", "./stop", "no supervise"};
	static const char *const marks[MARKS] = {"leaving", "paused", "begun", "doomed", "again"};

	fprintf(stderr, "%s, want %s", phase_name(world->machine.phase),
	    sv_want_names[world->machine.want]);
	for (int i = 0; i < MARKS; i++)
		if ((world->machine.marks & 1U << i) != 0)
			fprintf(stderr, ", %s", marks[i]);
	fprintf(stderr, " (%s%s%s%s%s%s%s%s%s)", children[world->child],
	    world->fresh ? ", fresh" : "", world->asked ? ", asked" : "",
	    world->told ? ", told" : "", world->ready ? ", ready" : "",
	    world->doomed ? ", doomed" : "", world->begun ? ", begun" : "",
	    world->timer ? ", timer" : "", world->waits ? ", waits" : "");
}

/* What is being tried, for messages. */
static struct world trial_world;
static enum machine_event trial_event;

static void
promise(bool good, const char *text)
{
	checks++;
	if (good)
		return;
	failures++;
	if (quiet)
		return;
	fprintf(stderr, "%s: %s on ", text, event_name(trial_event));
	print_world(&trial_world);
	fputc('\n', stderr);
}

/* ---- Reality --------------------------------------------------------------------------------- */

static bool
is_run(const struct world *world)
{
	return (world->child == HALF_MADE || world->child == EXECUTED) && !world->asked;
}

static bool
is_script(const struct world *world)
{
	return (world->child == START_SCRIPT || world->child == FINISH_SCRIPT ||
		   world->child == STOP_SCRIPT) &&
	       !world->asked;
}

/* ./run is dead, what follows its death is not over. */
static bool
is_aftermath(const struct world *world)
{
	return world->child == LEFTOVERS || world->child == FINISH_SCRIPT ||
	       world->child == STOP_SCRIPT;
}

/* The news of a child that is there. */
static unsigned
news(const struct world *world)
{
	const unsigned limit = world->told ? EVENT_LIMIT : 0;

	switch (world->child) {
	case NO_CHILD:
		return world->timer ? EVENT_DEADLINE : world->waits ? EVENT_NOTHING : 0;
	case START_SCRIPT:
	case STOP_SCRIPT:
		return EVENT_SUCCEEDED | EVENT_UNSUCCESSFUL | EVENT_LIMIT;
	case HALF_MADE:
		/* What is wanted once, and could not be executed for a reason that may pass, is as
		 * if it had not been made. */
		return EVENT_EXECUTED | EVENT_UNEXECUTED | EVENT_DOOM | limit |
		       (!world->told && world->machine.want == SV_WANT_ONCE ? EVENT_FORK_FAILED
									    : 0);
	case EXECUTED:
		if (!world->told)
			return EVENT_EXITED | EVENT_DOOM |
			       (world->ready ? EVENT_SICK : EVENT_READY);
		return EVENT_EXITED | EVENT_DOOM | limit;
	case LEFTOVERS:
		return EVENT_NOTHING | EVENT_LIMIT;
	case FINISH_SCRIPT:
		return EVENT_SUCCEEDED | EVENT_UNSUCCESSFUL | EVENT_PERMANENT | EVENT_LIMIT;
	default:
		return 0;
	}
}

/* The events that can happen in WORLD. */
static unsigned
possible(const struct world *world)
{
	if (world->child == NO_SUPERVISE)
		return 0;
	if (world->fresh)
		return world->child == NO_CHILD ? EVENT_BEGIN : EVENT_ADOPT;
	if (world->asked)
		return world->child == LEFTOVERS ? EVENT_NOTHING
						 : EVENT_NOTHING | EVENT_FORK_FAILED;
	if (world->doomed)
		return world->child == EXECUTED ? EVENT_EXITED : EVENT_UNEXECUTED;
	return news(world) | COMMANDS;
}

/* What EVENT does to reality before anybody reacts. */
static void
come_true(struct world *world, enum machine_event event)
{
	world->fresh = false;
	if (event == EVENT_EXECUTED)
		world->child = EXECUTED;
	if (event == EVENT_READY)
		world->ready = true;
	if (event == EVENT_DOOM)
		world->doomed = true;
	if ((event & OVER) == 0)
		return;
	if (world->child == START_SCRIPT && (event & (EVENT_NOTHING | EVENT_SUCCEEDED)) != 0)
		world->begun = true;
	if (world->child == STOP_SCRIPT)
		world->begun = false;
	world->child = NO_CHILD;
	world->asked = world->told = world->ready = world->doomed = world->waits = false;
}

/* What the EFFECTS do to reality. */
static void
carry_out(struct world *world, unsigned effects)
{
	static const struct {
		enum machine_effect effect;
		enum child child;
	} stages[] = {
	    {EFFECT_START, START_SCRIPT},
	    {EFFECT_RUN, HALF_MADE},
	    {EFFECT_CLEAN, LEFTOVERS},
	    {EFFECT_FINISH, FINISH_SCRIPT},
	    {EFFECT_TEARDOWN, STOP_SCRIPT},
	};

	promise((effects & EFFECT_IMPOSSIBLE) == 0, "no row");
	if ((effects & (EFFECT_END | EFFECT_KILL | EFFECT_SIGNAL)) != 0)
		promise(is_run(world) || is_script(world), "a signal to nobody");
	if ((effects & EFFECT_SWEEP) != 0)
		promise(world->child == LEFTOVERS, "nothing to sweep");
	if ((effects & EFFECT_END) != 0)
		world->told = true;
	for (size_t i = 0; i < sizeof stages / sizeof *stages; i++) {
		if ((effects & stages[i].effect) == 0)
			continue;
		promise(world->child == NO_CHILD, "a second child");
		world->child = stages[i].child;
		world->asked = true;
	}
	if ((effects & EFFECT_WAIT) != 0)
		promise(world->child == NO_CHILD, "it waits beside its child");
	world->waits =
	    world->machine.phase == PHASE_WAITING && ((effects & EFFECT_WAIT) != 0 || world->waits);
	world->timer = world->machine.phase == PHASE_BACKOFF &&
		       ((effects & (EFFECT_PACE | EFFECT_RETRY)) != 0 || world->timer);
	if ((effects & EFFECT_LEAVE) != 0) {
		promise(world->child == NO_CHILD, "a child is left behind");
		world->child = NO_SUPERVISE;
		world->begun = false; /* nobody will know */
	}
}

/* Lets EVENT happen to WORLD. Returns the effects. */
static unsigned
happen(struct world *world, enum machine_event event)
{
	trial_world = *world;
	trial_event = event;
	unsigned effects = machine_step(&world->machine, event);
	come_true(world, event);
	carry_out(world, effects);
	return effects;
}

#endif
