/* machine_promise: what supervise(8) promises about a world and about a step from one to the next,
 * told from reality and without use of the table's rows, for machine_test.
 * SPDX-License-Identifier: ISC */
#ifndef TESTS_MACHINE_PROMISE_H
#define TESTS_MACHINE_PROMISE_H

#include "machine_world.h"

/* ---- Promises about a world ------------------------------------------------------------------ */

/* The phase in which the service is while there is something to look at. */
static enum machine_phase
real_phase(const struct world *world)
{
	switch (world->child) {
	case START_SCRIPT:
		return world->told ? PHASE_ABORT : PHASE_START;
	case HALF_MADE:
		return world->told ? PHASE_STOPPING : PHASE_LAUNCH;
	case EXECUTED:
		return world->told ? PHASE_STOPPING : world->ready ? PHASE_READY : PHASE_UP;
	case LEFTOVERS:
		return PHASE_CLEANING;
	case FINISH_SCRIPT:
		return PHASE_FINISH;
	case STOP_SCRIPT:
		return PHASE_TEARDOWN;
	default:
		return PHASE_COUNT;
	}
}

/* There is no child: this can last for ever, or until the timer. */
static void
check_rest(const struct world *world)
{
	const enum machine_phase phase = world->machine.phase;
	const enum sv_want want = world->machine.want;

	promise(phase == PHASE_DOWN || phase == PHASE_WAITING || phase == PHASE_BACKOFF ||
		    phase == PHASE_DONE || phase == PHASE_FAILED,
	    "no child in this phase");
	promise(world->timer == (phase == PHASE_BACKOFF), "timer");
	promise(world->fresh || world->waits == (phase == PHASE_WAITING), "the look for needs");
	promise(phase != PHASE_DOWN || want != SV_WANT_UP, "down for good, but wanted up");
	promise(phase == PHASE_DOWN || want != SV_WANT_DOWN, "wanted down, but not down");
	promise(!world->begun || phase == PHASE_DONE || phase == PHASE_BACKOFF ||
		    phase == PHASE_WAITING,
	    "stop was owed");
	promise((world->machine.marks & ~(unsigned)MARK_BEGUN) == 0, "marks in a state of rest");
}

static void
check_world(const struct world *world)
{
	const struct machine *machine = &world->machine;

	if (world->child == NO_SUPERVISE) {
		promise(machine->phase == PHASE_DOWN && machine->marks == MARK_LEAVING,
		    "left, but not as down");
		return;
	}
	promise(((machine->marks & MARK_BEGUN) != 0) == world->begun, "the mark begun");
	promise((machine->marks & MARK_PAUSED) == 0 || is_run(world), "nobody is paused");
	const bool follows = is_aftermath(world) || world->fresh;
	promise((machine->marks & MARK_AGAIN) == 0 || follows, "the mark again stays");
	promise((machine->marks & MARK_DOOMED) == 0 || follows || world->doomed,
	    "the mark doomed stays");
	if (world->child == NO_CHILD) {
		check_rest(world);
		return;
	}
	promise(machine->phase == real_phase(world), "phase and reality differ");
	promise(machine->want != SV_WANT_DOWN || world->told || is_aftermath(world),
	    "wanted down, but nobody tells it");
}

/* ---- What the promises make of an event: OLD is the world in which it happens ---------------- */

static bool
is_leaving(const struct world *old)
{
	return (old->machine.marks & MARK_LEAVING) != 0;
}

static bool
is_doomed(const struct world *old)
{
	return (old->machine.marks & MARK_DOOMED) != 0;
}

/* A start is wanted once everything is over. */
static bool
is_wanted(const struct world *old)
{
	return old->machine.want == SV_WANT_UP || (old->machine.marks & MARK_AGAIN) != 0;
}

/* A start is to come by itself. */
static bool
is_between(const struct world *old)
{
	return old->machine.phase == PHASE_BACKOFF || old->machine.phase == PHASE_WAITING;
}

/* The beginning, a command or the clock asks for a start as soon as what it needs is there. */
static bool
asks_for_start(const struct world *old, enum machine_event event)
{
	if (old->child != NO_CHILD)
		return false;
	if (old->fresh)
		return old->machine.phase == PHASE_WAITING ||
		       (old->machine.phase == PHASE_DOWN && old->machine.want == SV_WANT_UP);
	if (event == EVENT_DEADLINE || (event == EVENT_RESTART && is_between(old)))
		return true;
	return (event == EVENT_UP || event == EVENT_ONCE) && old->machine.phase != PHASE_DONE;
}

/* It is there. */
static bool
starts(const struct world *old, enum machine_event event)
{
	return old->waits && event == EVENT_NOTHING;
}

/* ./start has ended well, or there is none. */
static bool
start_succeeds(const struct world *old, enum machine_event event)
{
	return old->child == START_SCRIPT && (event & (EVENT_NOTHING | EVENT_SUCCEEDED)) != 0;
}

static bool
start_fails(const struct world *old, enum machine_event event)
{
	return old->child == START_SCRIPT && event == EVENT_UNSUCCESSFUL;
}

/* What follows the death of ./run is over but for ./stop. */
static bool
run_is_over(const struct world *old, enum machine_event event)
{
	return event == EVENT_UNEXECUTED || (old->child == FINISH_SCRIPT && (event & OVER) != 0);
}

static bool
stop_is_over(const struct world *old, enum machine_event event)
{
	return old->child == STOP_SCRIPT && (event & OVER) != 0;
}

/* ./start succeeds although it was told to end, and nobody wants it up again. */
static bool
too_late(const struct world *old, enum machine_event event)
{
	return start_succeeds(old, event) && old->told &&
	       (old->machine.want != SV_WANT_UP || is_leaving(old));
}

/* The service goes down for good: what ./start has made is to be taken down. */
static bool
ends_for_good(const struct world *old, enum machine_event event)
{
	if (old->fresh)
		return event == EVENT_BEGIN && old->machine.phase == PHASE_TEARDOWN;
	if (run_is_over(old, event))
		return !is_wanted(old) || is_leaving(old) || is_doomed(old) ||
		       event == EVENT_PERMANENT;
	if (old->child == HALF_MADE && event == EVENT_FORK_FAILED)
		return is_leaving(old);
	if (old->child != NO_CHILD)
		return too_late(old, event);
	if (old->machine.phase == PHASE_DONE)
		return event == EVENT_DOWN || event == EVENT_RESTART;
	return (event & (EVENT_DOWN | EVENT_AT_MOST_ONCE | EVENT_EXIT)) != 0;
}

/* A death after which it is wanted up: the next start has to wait for its time. */
static bool
is_paced(const struct world *old, enum machine_event event)
{
	if (run_is_over(old, event))
		return !ends_for_good(old, event);
	if (stop_is_over(old, event))
		return is_wanted(old) && !is_leaving(old) && !is_doomed(old);
	return start_fails(old, event) && old->told && !is_leaving(old) && is_wanted(old);
}

static bool
is_retried(const struct world *old, enum machine_event event)
{
	return event == EVENT_FORK_FAILED && !is_leaving(old) &&
	       (old->child == START_SCRIPT || old->child == HALF_MADE);
}

/* A oneshot is done. */
static bool
is_done(const struct world *old, enum machine_event event)
{
	return old->child == HALF_MADE && event == EVENT_NOTHING;
}

static bool
leaves(const struct world *old, enum machine_event event)
{
	if (event == EVENT_EXIT && old->child == NO_CHILD)
		return !is_between(old) || !old->begun;
	return is_leaving(old) &&
	       (stop_is_over(old, event) || start_fails(old, event) || is_done(old, event));
}

/* The phase afterwards if nothing is there then. */
static enum machine_phase
next_rest(const struct world *old, enum machine_event event)
{
	const enum machine_phase phase = old->machine.phase;

	if (is_paced(old, event) || is_retried(old, event))
		return PHASE_BACKOFF;
	if (leaves(old, event) || event == EVENT_DOWN)
		return PHASE_DOWN;
	if (is_done(old, event))
		return PHASE_DONE;
	if (start_fails(old, event) && !old->told)
		return PHASE_FAILED;
	if (stop_is_over(old, event) && is_doomed(old) && old->machine.want != SV_WANT_DOWN)
		return PHASE_FAILED;
	if (is_between(old) && event == EVENT_AT_MOST_ONCE)
		return PHASE_DOWN;
	if (asks_for_start(old, event))
		return PHASE_WAITING;
	return old->child == NO_CHILD ? phase : PHASE_DOWN;
}

/* ---- Promises about a step ------------------------------------------------------------------- */

/* The child is told to end. */
static bool
is_told(const struct world *old, enum machine_event event)
{
	const bool start_or_run = old->child == START_SCRIPT || is_run(old);

	switch (event) {
	case EVENT_ADOPT:
		return start_or_run && (old->told || old->machine.want == SV_WANT_DOWN);
	case EVENT_DOWN:
		return start_or_run;
	case EVENT_RESTART: /* one that has not come up yet is as good as restarted */
		return old->child == EXECUTED || (old->child == HALF_MADE && old->told);
	default:
		return event == EVENT_SICK;
	}
}

static bool
is_signalled(const struct world *old, enum machine_event event)
{
	if (event == EVENT_KILL)
		return is_run(old) || is_script(old);
	return is_run(old) && (event & (EVENT_PAUSE | EVENT_CONTINUE | EVENT_SIGNAL)) != 0;
}

/* Each effect comes exactly when it is promised; EFFECT_PUBLISH has its own check. */
static void
check_effects(const struct world *old, enum machine_event event, unsigned effects)
{
	const bool start = starts(old, event), left = old->child == LEFTOVERS;
	const struct {
		enum machine_effect effect;
		bool promised;
		const char *text;
	} promises[] = {
	    {EFFECT_WAIT, asks_for_start(old, event), "a look for what it needs"},
	    {EFFECT_START, start && !old->begun, "./start"},
	    {EFFECT_RUN,
		(start && old->begun) || (start_succeeds(old, event) && !too_late(old, event)),
		"./run"},
	    {EFFECT_CLEAN, event == EVENT_EXITED, "leftovers are ended"},
	    {EFFECT_FINISH, left && event == EVENT_NOTHING, "./finish"},
	    {EFFECT_TEARDOWN,
		ends_for_good(old, event) && (old->begun || start_succeeds(old, event)), "./stop"},
	    {EFFECT_END, is_told(old, event), "the down signal"},
	    {EFFECT_KILL, event == EVENT_LIMIT && !left, "KILL after the limit"},
	    {EFFECT_SWEEP, left && (event & (EVENT_LIMIT | EVENT_KILL)) != 0, "KILL to leftovers"},
	    {EFFECT_SIGNAL, is_signalled(old, event), "a signal"},
	    {EFFECT_PACE, is_paced(old, event), "a paced start"},
	    {EFFECT_RETRY, is_retried(old, event), "another fork"},
	    {EFFECT_LEAVE, leaves(old, event), "leaving"},
	};

	for (size_t i = 0; i < sizeof promises / sizeof *promises; i++)
		promise(((effects & promises[i].effect) != 0) == promises[i].promised,
		    promises[i].text);
}

static enum sv_want
next_want(enum sv_want want, enum machine_event event)
{
	switch (event) {
	case EVENT_UP:
		return SV_WANT_UP;
	case EVENT_DOWN:
		return SV_WANT_DOWN;
	case EVENT_ONCE:
	case EVENT_AT_MOST_ONCE:
		return SV_WANT_ONCE;
	default:
		return want;
	}
}

/* Sets BIT of MARKS to VALUE if WHEN. */
static void
mark(unsigned *marks, enum machine_mark bit, bool when, bool value)
{
	if (when)
		*marks = (*marks & ~(unsigned)bit) | (value ? (unsigned)bit : 0);
}

/* All but MARK_BEGUN, which check_world compares with reality. The later line wins. */
static void
check_marks(const struct world *old, const struct world *new, enum machine_event event)
{
	const bool run = is_run(old), after = is_aftermath(old);
	const bool once_more = event == EVENT_ONCE && after;
	const bool over = stop_is_over(old, event) || is_paced(old, event) || leaves(old, event);
	unsigned marks = old->machine.marks;

	mark(&marks, MARK_LEAVING, event == EVENT_EXIT, true);
	mark(&marks, MARK_PAUSED, event == EVENT_PAUSE && run, true);
	mark(&marks, MARK_PAUSED, event == EVENT_CONTINUE && run, false);
	mark(&marks, MARK_PAUSED, is_told(old, event) || (event & OVER) != 0, false);
	mark(&marks, MARK_DOOMED, (event & (EVENT_DOOM | EVENT_PERMANENT)) != 0, true);
	mark(&marks, MARK_DOOMED, event == EVENT_UP || once_more || over, false);
	mark(
	    &marks, MARK_AGAIN, (event & (EVENT_UP | EVENT_DOWN | EVENT_AT_MOST_ONCE)) != 0, false);
	mark(&marks, MARK_AGAIN, event == EVENT_RESTART && old->machine.phase == PHASE_DONE, true);
	mark(&marks, MARK_AGAIN, once_more, true);
	mark(&marks, MARK_AGAIN, over, false);
	promise(((new->machine.marks ^ marks) & ~(unsigned)MARK_BEGUN) == 0, "marks");
}

static void
check_publish(
    const struct world *old, const struct world *new, enum machine_event event, unsigned effects)
{
	/* Commands after which 0.76 writes its status anew, also if nothing changed. */
	const unsigned announced = EVENT_UP | EVENT_DOWN | EVENT_ONCE | EVENT_EXIT | EVENT_ADOPT;
	const unsigned silent = EVENT_SIGNAL | EVENT_KILL | EVENT_LIMIT;
	const bool visible = old->machine.phase != new->machine.phase ||
			     old->machine.want != new->machine.want ||
			     old->machine.marks != new->machine.marks || old->child != new->child;
	const bool published = (effects & EFFECT_PUBLISH) != 0;

	/* The death that follows at once is published. */
	promise(!published || event != EVENT_DOOM, "a mark alone is published");
	promise(published || !visible || event == EVENT_DOOM, "not published");
	promise(published || (event & announced) == 0, "not announced");
	promise(published || (event & (EVENT_PAUSE | EVENT_CONTINUE)) == 0 || !is_run(old),
	    "a pause is not published");
	promise(published || (effects & EFFECT_WAIT) == 0, "what it waits for is not published");
	promise(!published || visible || (event & silent) == 0, "a signal is published");
	promise(!published || visible || (effects & ~(unsigned)EFFECT_PUBLISH) != 0 ||
		    (event & (announced | EVENT_AT_MOST_ONCE)) != 0,
	    "published, though nothing happened");
}

static void
check_step(
    const struct world *old, const struct world *new, enum machine_event event, unsigned effects)
{
	check_effects(old, event, effects);
	check_marks(old, new, event);
	check_publish(old, new, event, effects);
	promise(new->machine.want == next_want(old->machine.want, event), "want");
	if (new->child == NO_CHILD || new->child == NO_SUPERVISE)
		promise(new->machine.phase == next_rest(old, event), "state of rest");
}

#endif
