/* machine_test: explores every world that supervise's table can reach, with every event that can
 * happen there, and holds each step against what supervise(8) promises.
 *
 *   machine_test            the exploration
 *   machine_test --matrix   the tables that supervise(8) shows
 *   machine_test --mutants  alters every row and field in turn; each change must be noticed
 *
 * SPDX-License-Identifier: ISC */
#define MACHINE_CONST
#include "../../supervise/machine.c"

#include "machine_promise.h"

#include <stdint.h>
#include <string.h>

/* ---- Where it all leads ---------------------------------------------------------------------- */

/* COMMANDS, and then what happens by itself, in every order, must lead to the goal. */
struct goal {
	const char *text;
	enum machine_event commands[2]; /* EVENT_NONE = no more */
	bool (*reached)(const struct world *);
	unsigned bad_luck; /* what must not happen before that */
	bool stubborn;     /* nothing ends unless it is killed */
};

enum { STEPS_TO_GOAL = 24 };

static bool
is_down(const struct world *world)
{
	return world->machine.phase == PHASE_DOWN;
}

static bool
has_left(const struct world *world)
{
	return world->child == NO_SUPERVISE;
}

static bool
is_up(const struct world *world)
{
	const enum machine_phase phase = world->machine.phase;

	return phase == PHASE_UP || phase == PHASE_READY || phase == PHASE_DONE ||
	       (world->machine.marks & MARK_LEAVING) != 0;
}

static const struct goal goals[] = {
    {"d does not lead to down", {EVENT_DOWN}, is_down, 0, false},
    {"d and k do not lead to down", {EVENT_DOWN}, is_down, 0, true},
    {"x and d do not lead out", {EVENT_EXIT, EVENT_DOWN}, has_left, 0, false},
    {"u does not lead up", {EVENT_UP}, is_up, EVENT_FORK_FAILED | EVENT_PERMANENT | EVENT_DOOM,
	false},
};

/* What can happen by itself on the way to GOAL. */
static unsigned
own_events(const struct world *world, const struct goal *goal)
{
	unsigned own = possible(world) & ~(unsigned)(COMMANDS | EVENT_LIMIT) & ~goal->bad_luck;

	/* Nobody told it to end, so this is bad luck as well. */
	if (goal->bad_luck != 0 && !world->told && world->child == START_SCRIPT)
		own &= ~(unsigned)EVENT_UNSUCCESSFUL;
	if (goal->bad_luck != 0 && !world->told)
		own &= ~(unsigned)EVENT_UNEXECUTED;
	return own;
}

static bool
leads(struct world world, const struct goal *goal, int command, int step)
{
	if (step == STEPS_TO_GOAL)
		return false;
	if (world.asked) {
		struct world made = world;
		made.asked = false;
		if (!leads(made, goal, command, step + 1))
			return false;
	} else if (command < 2 && goal->commands[command] != EVENT_NONE &&
		   world.child != NO_SUPERVISE) {
		happen(&world, goal->commands[command]);
		return leads(world, goal, command + 1, step + 1);
	}
	if (goal->reached(&world))
		return true;
	if (goal->stubborn && !world.asked && world.child != NO_CHILD && !world.doomed &&
	    (happen(&world, EVENT_KILL) & (EFFECT_SIGNAL | EFFECT_SWEEP)) == 0)
		return false;
	const unsigned own = own_events(&world, goal);
	for (unsigned event = 1; event <= EVENT_LAST; event <<= 1) {
		struct world next = world;
		if ((own & event) == 0)
			continue;
		happen(&next, (enum machine_event)event);
		if (!leads(next, goal, command, step + 1))
			return false;
	}
	return own != 0;
}

static void
check_goals(const struct world *world)
{
	if (world->fresh || world->asked || world->doomed || world->child == NO_SUPERVISE)
		return;
	for (size_t i = 0; i < sizeof goals / sizeof *goals && failures == 0; i++) {
		const bool good = leads(*world, &goals[i], 0, 0);
		trial_world = *world;
		trial_event = EVENT_NONE;
		promise(good, goals[i].text);
	}
}

/* ---- Exploration ----------------------------------------------------------------------------- */

enum {
	WORLD_FLAGS = 8,
	WORLD_KEYS = ((PHASE_COUNT * 3) << MARKS) * CHILDREN << WORLD_FLAGS,
	WORLDS = 2000, /* more than there are */
};

static struct world worlds[WORLDS];
static size_t world_count;
static bool known[WORLD_KEYS];
static bool fired[ROWS];

static void
add_world(const struct world *world)
{
	size_t key = (size_t)world->machine.phase * 3 + world->machine.want;

	key = (key << MARKS) + world->machine.marks;
	key = key * CHILDREN + (size_t)world->child;
	const bool flags[WORLD_FLAGS] = {world->fresh, world->asked, world->told, world->ready,
	    world->doomed, world->begun, world->timer, world->waits};
	for (int i = 0; i < WORLD_FLAGS; i++)
		key = key * 2 + flags[i];
	if (known[key])
		return;
	known[key] = true;
	promise(world_count < WORLDS, "more worlds than there is room for");
	if (world_count < WORLDS)
		worlds[world_count++] = *world;
}

/* What a supervise may find when it begins: nothing, or what a killed one has left. */
static void
add_beginnings(void)
{
	static const struct world beginnings[] = {
	    {.machine.phase = PHASE_DOWN},
	    {.machine.phase = PHASE_DOWN, .begun = true},     /* killed between two runs */
	    {.machine.phase = PHASE_TEARDOWN, .begun = true}, /* killed before there was a ./stop */
	    {.machine.phase = PHASE_BACKOFF, .begun = true, .timer = true},
	    {.machine.phase = PHASE_BACKOFF, .timer = true},
	    {.machine.phase = PHASE_WAITING},
	    {.machine.phase = PHASE_WAITING, .begun = true},
	    {.machine.phase = PHASE_DONE, .begun = true},
	    {.machine.phase = PHASE_FAILED},
	    {.machine.phase = PHASE_START, .child = START_SCRIPT},
	    {.machine.phase = PHASE_ABORT, .child = START_SCRIPT, .told = true},
	    {.machine.phase = PHASE_UP, .child = EXECUTED, .begun = true},
	    {.machine.phase = PHASE_READY, .child = EXECUTED, .begun = true, .ready = true},
	    {.machine.phase = PHASE_STOPPING, .child = EXECUTED, .begun = true, .told = true},
	    {.machine.phase = PHASE_FINISH, .child = FINISH_SCRIPT, .begun = true},
	    {.machine.phase = PHASE_TEARDOWN, .child = STOP_SCRIPT, .begun = true},
	};

	for (size_t i = 0; i < sizeof beginnings / sizeof *beginnings; i++)
		for (unsigned want = SV_WANT_UP; want <= SV_WANT_ONCE; want++) {
			struct world world = beginnings[i];
			const enum machine_phase phase = world.machine.phase;
			const bool left = phase == PHASE_DONE || phase == PHASE_FAILED ||
					  phase == PHASE_BACKOFF || phase == PHASE_WAITING;
			if (left && want == SV_WANT_DOWN)
				continue; /* d leads out of these at once */
			if (phase == PHASE_DOWN && world.begun && want != SV_WANT_UP)
				continue; /* there is a ./stop to come */
			world.fresh = true;
			world.machine.want = want;
			world.machine.marks = world.begun ? MARK_BEGUN : 0;
			add_world(&world);
			world.machine.marks |= MARK_PAUSED;
			if (world.child == EXECUTED)
				add_world(&world);
			world.machine.marks = MARK_BEGUN | MARK_DOOMED;
			if (world.begun && (phase == PHASE_TEARDOWN || is_aftermath(&world)))
				add_world(&world);
			world.machine.marks = MARK_BEGUN | MARK_AGAIN;
			if (world.begun && (phase == PHASE_TEARDOWN || is_aftermath(&world)) &&
			    want != SV_WANT_DOWN)
				add_world(&world);
		}
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

static void
try_event(const struct world *old, enum machine_event event)
{
	struct world new = *old;

	note_row(&old->machine, event);
	unsigned effects = happen(&new, event);
	check_step(old, &new, event, effects);
	check_world(&new);
	add_world(&new);
}

static void
explore(void)
{
	world_count = 0;
	memset(known, 0, sizeof known);
	memset(fired, 0, sizeof fired);
	add_beginnings();
	for (size_t i = 0; i < world_count && failures == 0; i++) {
		const struct world old = worlds[i];
		const unsigned events = possible(&old);
		for (unsigned event = 1; event <= EVENT_LAST; event <<= 1)
			if ((events & event) != 0)
				try_event(&old, (enum machine_event)event);
		if (old.asked) {
			struct world made = old;
			made.asked = false;
			add_world(&made);
		}
	}
	for (size_t i = 0; i < world_count && failures == 0; i++)
		check_goals(&worlds[i]);
}

static void
check_rows(void)
{
	for (size_t i = 0; i < ROWS; i++)
		if (!fired[i]) {
			failures++;
			if (!quiet)
				fprintf(stderr, "row %zu never fires\n", i);
		}
}

/* ---- Mutants --------------------------------------------------------------------------------- */

static struct world original_worlds[WORLDS];
static size_t original_count;
static uint64_t original_behaviour;
static unsigned mutants, survivors, equal;

/* What the table answers in every original world and for every event that is possible there. */
static uint64_t
behaviour(void)
{
	uint64_t sum = 14695981039346656037U; /* FNV-1a, by numbers */

	for (size_t i = 0; i < original_count; i++) {
		const unsigned events = possible(&original_worlds[i]);
		for (unsigned event = 1; event <= EVENT_LAST; event <<= 1) {
			struct machine machine = original_worlds[i].machine;
			if ((events & event) == 0)
				continue;
			unsigned effects = machine_step(&machine, (enum machine_event)event);
			const unsigned parts[] = {
			    effects, machine.phase, machine.want, machine.marks};
			for (size_t part = 0; part < sizeof parts / sizeof *parts; part++)
				sum = (sum ^ parts[part]) * 1099511628211U;
		}
	}
	return sum;
}

/* Whether the altered table breaks a promise. */
static bool
noticed(const struct row *mutant)
{
	failures = 0;
	explore();
	/* That a row without phases never fires is no news. */
	if (failures == 0 && mutant->in != 0)
		check_rows();
	return failures > 0;
}

/* One changed row; it is put back afterwards. */
static void
try_mutant(size_t index, const struct row *mutant, const char *what)
{
	const struct row saved = rows[index];

	mutants++;
	rows[index] = *mutant;
	/* A wider condition may only add pairs that cannot happen or that an earlier row takes; but
	 * a row that can be left out is one too many. */
	if (mutant->in != 0 && behaviour() == original_behaviour) {
		equal++;
	} else if (!noticed(mutant)) {
		survivors++;
		fprintf(stderr, "row %zu: nobody noticed: %s\n", index, what);
	}
	rows[index] = saved;
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

static void
mutate_row(size_t index)
{
	struct row mutant = rows[index];
	const struct row none = {0};

	try_mutant(index, &none, "the row is gone");
	flip_bits(index, &mutant.in, &mutant, 1U << (PHASE_COUNT - 1), "its phases");
	flip_bits(index, &mutant.on, &mutant, EVENT_LAST, "its events");
	flip_bits(index, &mutant.want, &mutant, WANT_ONCE, "its wishes");
	flip_bits(index, &mutant.with, &mutant, 1U << (MARKS - 1), "marks that must be there");
	flip_bits(index, &mutant.hasnot, &mutant, 1U << (MARKS - 1), "marks that must not");
	other_values(index, &mutant.next, &mutant, SAME_PHASE + 1, "the next phase");
	other_values(index, &mutant.wish, &mutant, SAME_WANT + 1, "the new wish");
	flip_bits(index, &mutant.set, &mutant, 1U << (MARKS - 1), "marks that it sets");
	flip_bits(index, &mutant.clear, &mutant, 1U << (MARKS - 1), "marks that it clears");
	flip_bits(index, &mutant.effects, &mutant, EFFECT_IMPOSSIBLE, "its effects");
}

static int
run_mutants(void)
{
	memcpy(original_worlds, worlds, sizeof worlds);
	original_count = world_count;
	original_behaviour = behaviour();
	quiet = true;
	for (size_t i = 0; i < ROWS; i++)
		mutate_row(i);
	printf("machine_test: %u mutants, %u without effect, %u survived\n", mutants, equal,
	    survivors);
	return survivors > 0;
}

/* ---- The tables of the page ------------------------------------------------------------------ */

/* What happens by itself, in the words of the page. */
struct happening {
	enum machine_phase phase;
	const char *text;
	unsigned events; /* which all lead to the same */
	unsigned marks;
};

/* A script that does not exist has ended well. */
static const struct happening happenings[] = {
    {PHASE_WAITING, "all it needs is there", EVENT_NOTHING, BEGUN},
    {PHASE_WAITING, "and start must run", EVENT_NOTHING, 0},
    {PHASE_START, "it succeeds", EVENT_NOTHING | EVENT_SUCCEEDED, 0},
    {PHASE_START, "it fails", EVENT_UNSUCCESSFUL, 0},
    {PHASE_START, "fork fails", EVENT_FORK_FAILED, 0},
    {PHASE_LAUNCH, "it is executed", EVENT_EXECUTED, BEGUN},
    {PHASE_LAUNCH, "it cannot be executed", EVENT_UNEXECUTED, BEGUN},
    {PHASE_LAUNCH, "there is no run", EVENT_NOTHING, BEGUN},
    {PHASE_LAUNCH, "fork fails", EVENT_FORK_FAILED, BEGUN},
    {PHASE_UP, "it is ready", EVENT_READY, BEGUN},
    {PHASE_UP, "it dies", EVENT_EXITED, BEGUN},
    {PHASE_READY, "its checks fail", EVENT_SICK, BEGUN},
    {PHASE_READY, "it dies", EVENT_EXITED, BEGUN},
    {PHASE_ABORT, "it succeeds", EVENT_SUCCEEDED, 0},
    {PHASE_ABORT, "it fails", EVENT_UNSUCCESSFUL, 0},
    {PHASE_STOPPING, "it is executed", EVENT_EXECUTED, BEGUN},
    {PHASE_STOPPING, "it cannot be executed", EVENT_UNEXECUTED, BEGUN},
    {PHASE_STOPPING, "it dies", EVENT_EXITED, BEGUN},
    {PHASE_CLEANING, "nothing is left", EVENT_NOTHING, BEGUN},
    {PHASE_FINISH, "it ends", ENDED, BEGUN},
    {PHASE_FINISH, "it exits 125 (*)", EVENT_PERMANENT, BEGUN},
    {PHASE_FINISH, "too many deaths (*)", ENDED, BEGUN | DOOMED},
    {PHASE_TEARDOWN, "it ends", ENDED, BEGUN},
    {PHASE_TEARDOWN, "it ends, after (*)", ENDED, BEGUN | DOOMED},
    {PHASE_BACKOFF, "its time has come", EVENT_DEADLINE, BEGUN},
};

static const enum machine_event letters[] = {
    EVENT_UP, EVENT_DOWN, EVENT_ONCE, EVENT_AT_MOST_ONCE, EVENT_EXIT, EVENT_RESTART};

enum { LETTERS = sizeof letters / sizeof *letters };

/* Nothing may be missing from the first table but what leaves the phase as it is. */
static void
check_happenings(void)
{
	const unsigned elsewhere = COMMANDS | EVENT_BEGIN | EVENT_ADOPT | EVENT_LIMIT | EVENT_DOOM;

	for (size_t i = 0; i < world_count; i++) {
		unsigned events = possible(&worlds[i]) & ~elsewhere;
		for (size_t j = 0; j < sizeof happenings / sizeof *happenings; j++)
			if (happenings[j].phase == worlds[i].machine.phase)
				events &= ~happenings[j].events;
		trial_world = worlds[i];
		trial_event = (enum machine_event)(events & -events);
		promise(events == 0, "not on the page");
	}
}

/* Where HAPPENING leads a service with that WANT, in BUFFER. */
static void
lead_to(const struct happening *happening, enum sv_want want, char *buffer, size_t size)
{
	buffer[0] = '\0';
	for (unsigned event = 1; event <= EVENT_LAST; event <<= 1) {
		struct machine machine = {happening->phase, want, happening->marks};
		if ((happening->events & event) == 0)
			continue;
		(void)machine_step(&machine, (enum machine_event)event);
		const char *next =
		    machine.phase == happening->phase ? "=" : phase_name(machine.phase);
		trial_world = (struct world){.machine = machine};
		trial_event = (enum machine_event)event;
		promise(buffer[0] == '\0' || strcmp(buffer, next) == 0, "another line of the page");
		snprintf(buffer, size, "%s", next);
	}
}

/* What is wanted down has been told so, and goes the way of once, but to down instead of failed: the
 * page says so in place of a column. */
static void
check_down(const struct happening *happening, const char *once)
{
	char down[40];
	const enum machine_phase phase = happening->phase;

	if (phase != PHASE_ABORT && phase != PHASE_STOPPING && phase != PHASE_CLEANING &&
	    phase != PHASE_FINISH && phase != PHASE_TEARDOWN)
		return;
	lead_to(happening, SV_WANT_DOWN, down, sizeof down);
	if (strcmp(once, "failed") == 0)
		once = "down";
	promise(strcmp(once, down) == 0, "wanted down is not as wanted once");
}

static void
print_happenings(void)
{
	char up[40], once[40];

	printf("%-17s%-22s%-17s%s\n", "", "", "wanted up", "wanted once");
	for (size_t i = 0; i < sizeof happenings / sizeof *happenings; i++) {
		const bool first = i == 0 || happenings[i].phase != happenings[i - 1].phase;
		lead_to(&happenings[i], SV_WANT_UP, up, sizeof up);
		lead_to(&happenings[i], SV_WANT_ONCE, once, sizeof once);
		check_down(&happenings[i], once);
		printf("%-17s%-22s%-17s%s\n", first ? phase_name(happenings[i].phase) : "",
		    happenings[i].text, up, once);
	}
}

/* The state to which LETTER leads from PHASE. */
static const char *
obeyed(enum machine_phase phase, enum machine_event letter)
{
	const bool clean = phase == PHASE_DOWN || phase == PHASE_FAILED || phase == PHASE_START ||
			   phase == PHASE_ABORT;
	struct machine machine = {
	    phase, phase == PHASE_DOWN ? SV_WANT_DOWN : SV_WANT_UP, clean ? 0 : BEGUN};

	if ((machine_step(&machine, letter) & EFFECT_LEAVE) != 0)
		return "exit";
	return machine.phase == phase ? "=" : sv_state_names[machine_state(machine.phase)];
}

/* Phases that are published as one state obey in the same way, so that one line will do. */
static void
print_letters(void)
{
	printf("%-12s", "");
	for (size_t i = 0; i < LETTERS; i++)
		printf("%-10s", event_name(letters[i]));
	for (unsigned state = 0; state < SV_STATE_COUNT; state++) {
		unsigned first = PHASE_COUNT;
		for (unsigned phase = 0; phase < PHASE_COUNT; phase++) {
			if (machine_state(phase) != state)
				continue;
			if (first == PHASE_COUNT)
				first = phase;
			for (size_t i = 0; i < LETTERS; i++)
				promise(strcmp(obeyed(first, letters[i]),
					    obeyed(phase, letters[i])) == 0,
				    "two answers in one state");
		}
		printf("\n%-12s", sv_state_names[state]);
		for (size_t i = 0; i < LETTERS; i++)
			printf("%-10s", obeyed(first, letters[i]));
	}
	printf("\n");
}

int
main(int argc, char **argv)
{
	explore();
	check_rows();
	check_happenings();
	if (failures > 0)
		return 1;
	if (argc == 2 && strcmp(argv[1], "--mutants") == 0)
		return run_mutants();
	if (argc == 2 && strcmp(argv[1], "--matrix") == 0) {
		print_happenings();
		printf("\n");
		print_letters();
	} else {
		printf("machine_test: %lu checks in %zu worlds\n", checks, world_count);
	}
	return failures > 0;
}
