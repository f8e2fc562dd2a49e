/* machine_test: explores every world that supervise's table can reach, with every event that can
 * happen there, and holds each step against what supervise(8) promises.
 *
 *   machine_test            the exploration
 *   machine_test --matrix   the table that supervise(8) shows
 *   machine_test --mutants  alters every row and field in turn; each change must be noticed
 *
 * SPDX-License-Identifier: ISC */
#define MACHINE_CONST
#include "../../supervise/machine.c"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A world: the machine, and what is really there. */
struct world {
	struct machine machine;
	enum { NO_CHILD, HALF_MADE, EXECUTED, NO_SUPERVISE } child;
	bool timer; /* the time of the next start is set */
};

enum {
	WORLDS = SV_STATE_COUNT * 3 * 2 * 2 * 4 * 2,
	COMMANDS = EVENT_UP | EVENT_DOWN | EVENT_ONCE | EVENT_AT_MOST_ONCE | EVENT_EXIT |
		   EVENT_PAUSE | EVENT_CONTINUE | EVENT_SIGNAL | EVENT_RESTART,
};

static struct world worlds[WORLDS];
static size_t world_count;
static bool fired[ROWS];
static unsigned checks, failures;
static bool quiet; /* mutants only count */

static void __attribute__((format(printf, 2, 3))) check(bool good, const char *format, ...)
{
	va_list arguments;

	checks++;
	if (good)
		return;
	failures++;
	if (quiet)
		return;
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
}

static const char *
event_name(enum machine_event event)
{
	static const char *const names[] = {
	    "begin",
	    "executed",
	    "unexecuted",
	    "exited",
	    "fork failed",
	    "deadline",
	    "u",
	    "d",
	    "o",
	    "O",
	    "x",
	    "p",
	    "c",
	    "signal",
	    "r",
	};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (event == 1U << i)
			return names[i];
	return "?";
}

static const char *
name_of(const struct world *world)
{
	static const char *const children[] = {"no child", "half-made child", "child", "gone"};
	static char text[100];

	snprintf(text, sizeof text, "%s, want %s%s%s, %s%s", sv_state_names[world->machine.state],
	    sv_want_names[world->machine.want], world->machine.leaving ? ", leaving" : "",
	    world->machine.paused ? ", paused" : "", children[world->child],
	    world->timer ? ", timer" : "");
	return text;
}

/* ---- Reality --------------------------------------------------------------------------------- */

/* The events that can happen in WORLD. */
static unsigned
possible(const struct world *world)
{
	switch (world->child) {
	case NO_CHILD:
		return COMMANDS | (world->timer ? EVENT_DEADLINE : 0);
	case HALF_MADE:
		return COMMANDS | EVENT_EXECUTED | EVENT_UNEXECUTED;
	case EXECUTED:
		return COMMANDS | EVENT_EXITED;
	default:
		return 0;
	}
}

/* What a step does to reality. FORK_WORKS decides about a fork. Returns the event that follows. */
static enum machine_event
change(struct world *world, enum machine_event event, unsigned effects, bool fork_works)
{
	const bool child_ends = (event & ENDED) != 0;

	if (child_ends)
		world->child = NO_CHILD;
	if (event == EVENT_EXECUTED)
		world->child = EXECUTED;
	check((effects & EFFECT_IMPOSSIBLE) == 0, "no row: %s on %s", event_name(event),
	    name_of(world));
	if ((effects & EFFECT_FORK) != 0)
		check(world->child == NO_CHILD, "a second child: %s", name_of(world));
	if ((effects & (EFFECT_END | EFFECT_SIGNAL)) != 0)
		check(world->child == HALF_MADE || world->child == EXECUTED,
		    "a signal to nobody: %s", name_of(world));
	if ((effects & EFFECT_LEAVE) != 0)
		check(world->child == NO_CHILD, "a child is left behind: %s", name_of(world));
	world->timer = world->machine.state == SV_STATE_BACKOFF &&
		       ((effects & (EFFECT_PACE | EFFECT_RETRY)) != 0 || world->timer);
	if ((effects & EFFECT_LEAVE) != 0)
		world->child = NO_SUPERVISE;
	if ((effects & EFFECT_FORK) == 0)
		return EVENT_NONE;
	world->child = fork_works ? HALF_MADE : NO_CHILD;
	return fork_works ? EVENT_NONE : EVENT_FORK_FAILED;
}

static void
note_row(const struct machine *machine, enum machine_event event)
{
	for (size_t i = 0; i < ROWS; i++)
		if (fits(&rows[i], machine, event)) {
			fired[i] = true;
			return;
		}
}

/* Lets EVENT happen to WORLD, with what follows. Returns all effects. */
static unsigned
happen(struct world *world, enum machine_event event, bool fork_works)
{
	unsigned effects, all = 0;

	do {
		note_row(&world->machine, event);
		effects = machine_step(&world->machine, event);
		all |= effects;
		event = change(world, event, effects, fork_works);
	} while (event != EVENT_NONE);
	return all;
}

/* ---- Promises -------------------------------------------------------------------------------- */

static void
check_world(const struct world *world)
{
	static const bool fitting[SV_STATE_COUNT][3] = {
	    [SV_STATE_DOWN] = {[NO_CHILD] = true},
	    [SV_STATE_STARTING] = {[HALF_MADE] = true},
	    [SV_STATE_UP] = {[EXECUTED] = true},
	    [SV_STATE_STOPPING] = {[HALF_MADE] = true, [EXECUTED] = true},
	    [SV_STATE_BACKOFF] = {[NO_CHILD] = true},
	};
	const struct machine *machine = &world->machine;

	if (world->child == NO_SUPERVISE) {
		check(machine->leaving, "left unasked: %s", name_of(world));
		return;
	}
	check(fitting[machine->state][world->child], "state and child differ: %s", name_of(world));
	check(world->timer == (machine->state == SV_STATE_BACKOFF), "timer: %s", name_of(world));
	check(!machine->paused || world->child != NO_CHILD, "nobody is paused: %s", name_of(world));
	check(machine->state != SV_STATE_DOWN || machine->want != SV_WANT_UP,
	    "wanted up, but nothing will start it: %s", name_of(world));
	check(machine->state != SV_STATE_BACKOFF || machine->want != SV_WANT_DOWN,
	    "will start, but is wanted down: %s", name_of(world));
	check(
	    !machine->leaving || world->child != NO_CHILD, "should have left: %s", name_of(world));
}

/* What each command does to the wish; -1 = nothing. */
static int
wish_of(enum machine_event event)
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
		return -1;
	}
}

/* Signals: who gets one, and that nobody else does. */
static void
check_signals(const struct world *old, enum machine_event event, unsigned effects)
{
	const bool child = old->child != NO_CHILD;
	const bool ends = event == EVENT_DOWN ||
			  (event == EVENT_RESTART && old->machine.state != SV_STATE_STARTING);
	const bool signals = (event & SIGNALLED) != 0;

	check(((effects & EFFECT_END) != 0) == (child && ends), "TERM: %s on %s", event_name(event),
	    name_of(old));
	check(((effects & EFFECT_SIGNAL) != 0) == (child && signals), "signal: %s on %s",
	    event_name(event), name_of(old));
}

/* Starts: only when asked by a command, the beginning or the clock, and then at once. */
static void
check_starts(const struct world *old, enum machine_event event, unsigned effects)
{
	const bool wanted = event == EVENT_UP || event == EVENT_ONCE || event == EVENT_DEADLINE ||
			    (event == EVENT_RESTART && old->timer);

	check(((effects & EFFECT_FORK) != 0) == (wanted && old->child == NO_CHILD),
	    "start: %s on %s", event_name(event), name_of(old));
	check(
	    ((effects & EFFECT_PACE) != 0) ==
		((event & ENDED) != 0 && old->machine.want == SV_WANT_UP && !old->machine.leaving),
	    "paced restart: %s on %s", event_name(event), name_of(old));
}

static void
check_marks(const struct world *old, const struct world *new, enum machine_event event)
{
	const bool child = old->child != NO_CHILD;
	bool paused = old->machine.paused;

	check(new->machine.leaving == (old->machine.leaving || event == EVENT_EXIT),
	    "leaving: %s on %s", event_name(event), name_of(old));
	if (event == EVENT_PAUSE)
		paused = child;
	if (event == EVENT_CONTINUE || event == EVENT_DOWN || (event & ENDED) != 0)
		paused = false;
	if (event == EVENT_RESTART && old->machine.state != SV_STATE_STARTING)
		paused = false;
	check(new->machine.paused == paused, "paused: %s on %s", event_name(event), name_of(old));
}

/* The state while a child is there: only d and r lead to stopping, only its death out of it. */
static void
check_state(const struct world *old, const struct world *new, enum machine_event event)
{
	enum sv_state expected = old->machine.state;

	if (new->child == NO_SUPERVISE)
		check(new->machine.state == SV_STATE_DOWN, "left as %s: %s",
		    sv_state_names[new->machine.state], name_of(old));
	if (old->child == NO_CHILD && (event == EVENT_DOWN || event == EVENT_AT_MOST_ONCE))
		check(new->machine.state == SV_STATE_DOWN, "still %s: %s on %s",
		    sv_state_names[new->machine.state], event_name(event), name_of(old));
	if (old->child == NO_CHILD || new->child == NO_CHILD || new->child == NO_SUPERVISE)
		return;
	if (event == EVENT_DOWN || (event == EVENT_RESTART && expected == SV_STATE_UP))
		expected = SV_STATE_STOPPING;
	if (event == EVENT_EXECUTED && expected == SV_STATE_STARTING)
		expected = SV_STATE_UP;
	check(new->machine.state == expected, "%s: %s on %s", sv_state_names[new->machine.state],
	    event_name(event), name_of(old));
}

static void
check_step(
    const struct world *old, const struct world *new, enum machine_event event, unsigned effects)
{
	const int wish = wish_of(event);
	const bool visible = memcmp(&old->machine, &new->machine, sizeof old->machine) != 0 ||
			     (event & (EVENT_EXECUTED | ENDED)) != 0;
	/* Commands after which 0.76 writes its status anew, also if nothing changed. */
	const unsigned announced = EVENT_UP | EVENT_DOWN | EVENT_ONCE | EVENT_EXIT;

	check(new->machine.want == (wish == -1 ? old->machine.want : (enum sv_want)wish),
	    "want: %s on %s", event_name(event), name_of(old));
	check(!visible || (effects & EFFECT_PUBLISH) != 0, "not published: %s on %s",
	    event_name(event), name_of(old));
	check((event & announced) == 0 || (effects & EFFECT_PUBLISH) != 0,
	    "not announced: %s on %s", event_name(event), name_of(old));
	check(visible || (event & (EVENT_SIGNAL | EVENT_RESTART)) == 0 ||
		  (effects & (EFFECT_PUBLISH | EFFECT_END | EFFECT_FORK)) != EFFECT_PUBLISH,
	    "published, though %s changes nothing: %s", event_name(event), name_of(old));
	check(
	    ((effects & EFFECT_LEAVE) != 0) == ((old->machine.leaving && (event & ENDED) != 0) ||
						   (event == EVENT_EXIT && old->child == NO_CHILD)),
	    "leave: %s on %s", event_name(event), name_of(old));
	check_signals(old, event, effects);
	check_starts(old, event, effects);
	check_marks(old, new, event);
	check_state(old, new, event);
}

/* ---- Exploration ----------------------------------------------------------------------------- */

static void
add_world(const struct world *world)
{
	for (size_t i = 0; i < world_count; i++)
		if (memcmp(&worlds[i], world, sizeof *world) == 0)
			return;
	if (world_count < WORLDS)
		worlds[world_count++] = *world;
}

static void
begin(enum sv_want want, bool fork_works)
{
	struct world world;

	memset(&world, 0, sizeof world); /* also the padding, since worlds are compared by memcmp */
	world.machine.state = SV_STATE_DOWN;
	world.machine.want = want;
	unsigned effects = happen(&world, EVENT_BEGIN, fork_works);
	check(((effects & EFFECT_FORK) != 0) == (want == SV_WANT_UP), "begin, want %s",
	    sv_want_names[want]);
	check(((effects & EFFECT_RETRY) != 0) == (want == SV_WANT_UP && !fork_works),
	    "begin, fork fails");
	check(((effects & EFFECT_PUBLISH) != 0) == (want == SV_WANT_UP), "begin is published");
	check_world(&world);
	add_world(&world);
}

/* A supervise that finds the service of a killed one alive. */
static void
adopt(enum sv_want want, bool paused)
{
	struct world world;

	memset(&world, 0, sizeof world);
	world.machine.state = SV_STATE_DOWN;
	world.machine.want = want;
	world.machine.paused = paused;
	world.child = EXECUTED;
	unsigned effects = happen(&world, EVENT_ADOPT, true);
	const unsigned told = want == SV_WANT_DOWN ? EFFECT_END : 0;
	check(effects == (EFFECT_PUBLISH | told), "adopt, want %s", sv_want_names[want]);
	check(world.machine.state == (told != 0 ? SV_STATE_STOPPING : SV_STATE_UP) &&
		  world.machine.want == want && !world.machine.leaving &&
		  world.machine.paused == (paused && told == 0),
	    "adopt, want %s: %s", sv_want_names[want], name_of(&world));
	check_world(&world);
	add_world(&world);
}

static void
try_event(const struct world *old, enum machine_event event, bool fork_works)
{
	struct world new = *old;
	unsigned effects = happen(&new, event, fork_works);

	check(((effects & EFFECT_RETRY) != 0) == ((effects & EFFECT_FORK) != 0 && !fork_works),
	    "retry: %s on %s", event_name(event), name_of(old));
	check_step(old, &new, event, effects);
	check_world(&new);
	add_world(&new);
}

/* From WORLD on, COMMAND and then what happens by itself must lead to the goal in a few steps. */
static void
check_end(struct world world, enum machine_event command, bool (*reached)(const struct world *))
{
	const struct world from = world;

	happen(&world, command, true);
	for (int step = 0; step < 4 && !reached(&world); step++) {
		unsigned own = possible(&world) & ~(unsigned)COMMANDS & ~(unsigned)EVENT_UNEXECUTED;
		if (own == 0)
			break;
		happen(&world, own & -own, true);
	}
	check(reached(&world), "%s on %s does not reach its end, but %s", event_name(command),
	    name_of(&from), sv_state_names[world.machine.state]);
}

static bool
is_down(const struct world *world)
{
	return world->child == NO_CHILD || world->child == NO_SUPERVISE;
}

static bool
has_left(const struct world *world)
{
	return world->child == NO_SUPERVISE;
}

static bool
is_up(const struct world *world)
{
	return (world->machine.state == SV_STATE_UP && world->child == EXECUTED) ||
	       world->machine.leaving;
}

static void
explore(void)
{
	world_count = 0;
	memset(fired, 0, sizeof fired);
	begin(SV_WANT_UP, true);
	begin(SV_WANT_UP, false);
	begin(SV_WANT_DOWN, true);
	begin(SV_WANT_ONCE, true);
	for (unsigned want = SV_WANT_UP; want <= SV_WANT_ONCE; want++) {
		adopt((enum sv_want)want, false);
		adopt((enum sv_want)want, true);
	}
	for (size_t i = 0; i < world_count && failures == 0; i++) {
		const struct world old = worlds[i];
		unsigned events = possible(&old);
		for (unsigned event = 1; event <= EVENT_LAST; event <<= 1) {
			if ((events & event) == 0)
				continue;
			try_event(&old, (enum machine_event)event, true);
			try_event(&old, (enum machine_event)event, false);
		}
		if (has_left(&old))
			continue;
		check_end(old, EVENT_DOWN, is_down);
		check_end(old, EVENT_EXIT, has_left);
		check_end(old, EVENT_UP, is_up);
		check_end(old, EVENT_RESTART, old.machine.want == SV_WANT_UP ? is_up : is_down);
	}
}

static void
check_rows(void)
{
	for (size_t i = 0; i < ROWS && failures == 0; i++)
		check(fired[i], "row %zu never fires", i);
}

/* ---- Mutants --------------------------------------------------------------------------------- */

/* What the table answers in every world and for every event that is possible there. */
static unsigned long
behaviour(const struct world *in, size_t count)
{
	unsigned long sum = 5381;

	for (size_t i = 0; i < count; i++)
		for (unsigned event = 1; event <= EVENT_LAST; event <<= 1) {
			struct machine machine = in[i].machine;
			if ((possible(&in[i]) & event) == 0)
				continue;
			unsigned effects = machine_step(&machine, (enum machine_event)event);
			sum = sum * 33 + effects;
			sum = sum * 33 + machine.state * 100 + machine.want * 10 +
			      machine.leaving * 2U + machine.paused;
		}
	return sum;
}

static struct world original_worlds[WORLDS];
static size_t original_count;
static unsigned long original_behaviour;
static unsigned mutants, survivors, equal;

/* One changed field; the row is put back afterwards. */
static void
try_mutant(size_t index, const struct row *mutant, const char *what)
{
	const struct row saved = rows[index];

	rows[index] = *mutant;
	/* A wider condition may only add pairs that cannot happen or that an earlier row takes. */
	bool same = behaviour(original_worlds, original_count) == original_behaviour;
	failures = 0;
	explore();
	check_rows();
	rows[index] = saved;
	mutants++;
	if (failures > 0)
		return;
	if (same) {
		equal++;
		return;
	}
	survivors++;
	fprintf(stderr, "row %zu: nobody noticed: %s\n", index, what);
}

static void
flip_bits(size_t index, unsigned *field, struct row *mutant, unsigned last, const char *what)
{
	for (unsigned bit = 1; bit <= last; bit <<= 1) {
		*field ^= bit;
		try_mutant(index, mutant, what);
		*field ^= bit;
	}
}

static void
other_values(size_t index, unsigned *field, struct row *mutant, unsigned count, const char *what)
{
	const unsigned original = *field;

	for (unsigned value = 0; value < count; value++) {
		*field = value;
		if (value != original)
			try_mutant(index, mutant, what);
	}
	*field = original;
}

static int
run_mutants(void)
{
	explore();
	memcpy(original_worlds, worlds, sizeof worlds);
	original_count = world_count;
	original_behaviour = behaviour(worlds, world_count);
	quiet = true;
	for (size_t i = 0; i < ROWS; i++) {
		struct row mutant = rows[i];
		const struct row none = {0};
		try_mutant(i, &none, "the row is gone");
		flip_bits(i, &mutant.in, &mutant, IN_BACKOFF, "its states");
		flip_bits(i, &mutant.on, &mutant, EVENT_LAST, "its events");
		flip_bits(i, &mutant.want, &mutant, WANT_ONCE, "its wishes");
		flip_bits(i, &mutant.leaving, &mutant, LEAVING, "leaving");
		flip_bits(i, &mutant.effects, &mutant, EFFECT_LEAVE, "its effects");
		other_values(i, &mutant.next, &mutant, SAME_STATE + 1, "the next state");
		other_values(i, &mutant.wish, &mutant, SAME_WANT + 1, "the new wish");
		other_values(i, &mutant.marks, &mutant, CLEAR_PAUSED + 1, "the marks");
	}
	printf("machine_test: %u mutants, %u without effect, %u survived\n", mutants, equal,
	    survivors);
	return survivors > 0;
}

/* ---- The matrix ------------------------------------------------------------------------------ */

/* What the pair leads to, for a service that is wanted up, or down in state down. */
static void
print_cell(enum sv_state state, enum machine_event event)
{
	struct machine machine = {.state = state, .want = SV_WANT_UP};
	bool possible_here = false;

	for (size_t i = 0; i < world_count; i++)
		if (worlds[i].machine.state == state && (possible(&worlds[i]) & event) != 0)
			possible_here = true;
	if (!possible_here) {
		printf("%-10s", "");
		return;
	}
	if (state == SV_STATE_DOWN)
		machine.want = SV_WANT_DOWN;
	unsigned effects = machine_step(&machine, event);
	const char *next = (effects & EFFECT_LEAVE) != 0 ? "exit"
			   : machine.state == state      ? "="
							 : sv_state_names[machine.state];
	printf("%-10s", next);
}

static void
print_matrix(void)
{
	printf("%-12s", "");
	for (unsigned state = 0; state < SV_STATE_COUNT; state++)
		printf("%-10s", sv_state_names[state]);
	printf("\n");
	for (unsigned event = EVENT_EXECUTED; event < EVENT_ADOPT; event <<= 1) {
		if (event == EVENT_FORK_FAILED)
			continue;
		printf("%-12s", event_name((enum machine_event)event));
		for (unsigned state = 0; state < SV_STATE_COUNT; state++)
			print_cell((enum sv_state)state, (enum machine_event)event);
		printf("\n");
	}
}

int
main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "--mutants") == 0)
		return run_mutants();
	explore();
	check_rows();
	if (argc == 2 && strcmp(argv[1], "--matrix") == 0)
		print_matrix();
	else
		printf("machine_test: %u checks in %zu worlds\n", checks, world_count);
	return failures > 0;
}
