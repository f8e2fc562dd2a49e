/* adoption_test: a model of how a killed supervise hands over its service, explored in every
 * interleaving of the killer, supervise, its children and whoever starts the next supervise. The
 * promise: never two copies of the service, and in the end one, under control. Each safeguard is
 * also taken away in turn, and the model must then find the harm: else the safeguard, or the model,
 * is idle. The code that this is a model of: lib/spawn.c (become), supervise/adopt.c.
 * SPDX-License-Identifier: ISC */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { KILLS = 3, CHILDREN = KILLS + 2 /* one crash of the service, too */, NOBODY = CHILDREN };

/* The safeguards, so that each can be left out. */
enum safeguard {
	CHILD_IS_MORTAL = 1 << 0,    /* PDEATHSIG until the record is written */
	CHILD_CHECKS = 1 << 1,       /* getppid() after that was set */
	RECORD_COMES_FIRST = 1 << 2, /* written before the child becomes immortal */
	NEXT_AWAITS_END = 1 << 3,    /* a new supervise waits until the old one is entirely gone */
	ADOPTION = 1 << 4,           /* it believes the record */
	RECORD_IS_KEPT = 1 << 5,     /* adopting leaves the record as it is */
	FILE_IS_NEW = 1 << 6,        /* a supervise that adopts nobody begins a new record file */
	ALL = (1 << 7) - 1,
};

enum child_at {
	ABSENT,
	FORKED,  /* nothing done yet */
	MORTAL,  /* dies with its supervise */
	CHECKED, /* knows that this supervise lived after that */
	RECORDED,
	IMMORTAL,
	SERVICE, /* has become ./run */
	DEAD,
};

enum supervise_at {
	NONE,     /* the next one can be started */
	STARTED,  /* has the lock */
	DECIDING, /* the old one is gone, or not waited for: looks at the record */
	FORKING,  /* has cleared the record */
	RUNNING,  /* has a child, its own or adopted */
};

struct world {
	unsigned char kills, crashes;
	unsigned char supervise, generation;
	unsigned char
	    dying; /* a killed supervise has closed its files, but is not gone: its number */
	unsigned char child;  /* that the supervise controls, or NOBODY */
	unsigned char record; /* whom the record names, or NOBODY */
	unsigned char file;   /* the generation that made the record file */
	struct {
		unsigned char at;
		unsigned char parent; /* generation */
		unsigned char file;   /* that it has inherited */
		unsigned char killed; /* SIGKILL is pending: a call in progress may still finish */
	} children[CHILDREN];
};

static struct world worlds[400000];
static size_t count;
static unsigned safeguards;
static bool eager; /* whoever starts supervises does so as soon as the lock is free */
static const char *harm;

static void
add(const struct world *world)
{
	static size_t table[1 << 20];
	unsigned long hash = 5381;

	if (count == 0)
		memset(table, 0, sizeof table);
	for (size_t i = 0; i < sizeof *world; i++)
		hash = hash * 33 + ((const unsigned char *)world)[i];
	size_t place = hash % (sizeof table / sizeof *table);
	while (table[place] != 0) {
		if (memcmp(&worlds[table[place] - 1], world, sizeof *world) == 0)
			return;
		place = (place + 1) % (sizeof table / sizeof *table);
	}
	if (count == sizeof worlds / sizeof *worlds) {
		harm = "the model is too large";
		return;
	}
	worlds[count++] = *world;
	table[place] = count;
}

static bool
lives(const struct world *world, size_t i)
{
	return world->children[i].at != ABSENT && world->children[i].at != DEAD;
}

/* ---- What can happen ------------------------------------------------------------------------- */

/* SIGKILL to supervise at any moment: its lock is free at once, the rest follows. */
static void
kill_supervise(struct world world)
{
	if (world.kills == 0 || world.supervise == NONE || world.dying != 0)
		return;
	world.kills--;
	world.dying = world.generation;
	world.supervise = NONE;
	world.child = NOBODY;
	add(&world);
}

/* Then the kernel signals its mortal children and tells its parent. */
static void
finish_dying(struct world world)
{
	if (world.dying == 0)
		return;
	for (size_t i = 0; i < CHILDREN; i++) {
		const unsigned at = world.children[i].at;
		const bool mortal = (safeguards & RECORD_COMES_FIRST) != 0
					? at >= MORTAL && at <= RECORDED
					: at >= MORTAL && at <= CHECKED;
		if (mortal && (safeguards & CHILD_IS_MORTAL) != 0 &&
		    world.children[i].parent == world.dying)
			world.children[i].killed = 1;
	}
	world.dying = 0;
	add(&world);
}

static void
start_supervise(struct world world)
{
	if (world.supervise != NONE || (world.dying != 0 && !eager))
		return;
	world.supervise = STARTED;
	world.generation++;
	add(&world);
}

static size_t
new_child(struct world *world)
{
	for (size_t i = 0; i < CHILDREN; i++)
		if (!lives(world, i) && world->record != i)
			return i;
	return NOBODY;
}

static void
step_supervise(struct world world)
{
	switch (world.supervise) {
	case STARTED:
		if (world.dying != 0 && (safeguards & NEXT_AWAITS_END) != 0)
			return;
		world.supervise = DECIDING;
		break;
	case DECIDING:
		if (world.record != NOBODY && lives(&world, world.record) &&
		    (safeguards & ADOPTION) != 0) {
			world.child = world.record;
			world.supervise = RUNNING;
			if ((safeguards & RECORD_IS_KEPT) == 0)
				world.record = NOBODY;
			break;
		}
		world.record = NOBODY;
		if ((safeguards & FILE_IS_NEW) != 0)
			world.file = world.generation;
		world.supervise = FORKING;
		break;
	case FORKING:
		world.child = (unsigned char)new_child(&world);
		if (world.child == NOBODY) {
			harm = "copies without end";
			return;
		}
		world.children[world.child].at = FORKED;
		world.children[world.child].parent = world.generation;
		world.children[world.child].file = world.file;
		world.children[world.child].killed = 0;
		world.supervise = RUNNING;
		break;
	case RUNNING:
		if (world.child == NOBODY || lives(&world, world.child))
			return;
		world.child = NOBODY;
		world.record = NOBODY;
		world.supervise = FORKING;
		break;
	default:
		return;
	}
	add(&world);
}

/* Whether the supervise that made the child is there, as getppid() shows it. */
static bool
has_parent(const struct world *world, size_t i)
{
	const unsigned parent = world->children[i].parent;
	return parent == world->dying || (world->supervise != NONE && parent == world->generation);
}

/* Into the file that it has inherited: if that has been replaced, nobody will read it. */
static void
write_record(struct world *world, size_t i)
{
	if (world->children[i].file == world->file)
		world->record = (unsigned char)i;
}

static void
step_child(struct world world, size_t i)
{
	const bool first = (safeguards & RECORD_COMES_FIRST) != 0;

	switch (world.children[i].at) {
	case FORKED:
		world.children[i].at = MORTAL;
		break;
	case MORTAL:
		world.children[i].at =
		    (safeguards & CHILD_CHECKS) == 0 || has_parent(&world, i) ? CHECKED : DEAD;
		break;
	case CHECKED: /* becomes RECORDED by the record, or, in the wrong order, by immortality */
		world.children[i].at = RECORDED;
		if (first)
			write_record(&world, i);
		break;
	case RECORDED:
		world.children[i].at = IMMORTAL;
		if (!first)
			write_record(&world, i);
		break;
	case IMMORTAL:
		world.children[i].at = SERVICE;
		break;
	default:
		return;
	}
	/* A call that was under way finishes; there is no second one. */
	if (world.children[i].killed == 1 && world.children[i].at != DEAD)
		world.children[i].killed = 2;
	add(&world);
}

static void
die(struct world world, size_t i)
{
	if (world.children[i].killed == 0) {
		if (world.children[i].at != SERVICE || world.crashes == 0)
			return;
		world.crashes--;
	}
	world.children[i].at = DEAD;
	world.children[i].killed = 0;
	add(&world);
}

/* ---- What must hold -------------------------------------------------------------------------- */

static void
check_copies(const struct world *world)
{
	int copies = 0;

	for (size_t i = 0; i < CHILDREN; i++)
		copies += world->children[i].at == SERVICE;
	if (copies > 1)
		harm = "two copies of the service";
}

/* Nothing more happens by itself: then there has to be one service, controlled. */
static void
check_rest(const struct world *world)
{
	if (world->supervise != RUNNING || world->child == NOBODY ||
	    world->children[world->child].at != SERVICE)
		harm = "no service in the end";
	if (world->record != world->child)
		harm = "a record that names another process in the end";
	for (size_t i = 0; i < CHILDREN; i++)
		if (lives(world, i) && i != world->child)
			harm = "a process out of control in the end";
}

/* All steps that lead on from WORLD; the killer and crashes may come or not. */
static void
visit(const struct world *world)
{
	struct world calm = *world;

	calm.kills = calm.crashes = 0;
	check_copies(world);
	kill_supervise(*world);
	finish_dying(*world);
	start_supervise(*world);
	step_supervise(*world);
	for (size_t i = 0; i < CHILDREN; i++) {
		if (world->children[i].killed != 2)
			step_child(*world, i);
		die(*world, i);
	}
	if (memcmp(&calm, world, sizeof calm) != 0)
		add(&calm); /* there may be no further kill at all */
}

static bool
moves(const struct world *world)
{
	if (world->dying != 0 || world->supervise != RUNNING || world->child == NOBODY ||
	    !lives(world, world->child))
		return true;
	for (size_t i = 0; i < CHILDREN; i++)
		if (world->children[i].killed != 0 ||
		    (lives(world, i) && world->children[i].at != SERVICE))
			return true;
	return false;
}

/* The harm that is found, or NULL. */
static const char *
explore(unsigned with, bool as_soon_as_possible)
{
	struct world world;

	memset(&world, 0, sizeof world);
	world.kills = KILLS;
	world.crashes = 1;
	world.child = world.record = NOBODY;
	safeguards = with;
	eager = as_soon_as_possible;
	harm = NULL;
	count = 0;
	add(&world);
	for (size_t i = 0; i < count && harm == NULL; i++) {
		const struct world next = worlds[i];
		visit(&next);
		if (harm == NULL && next.kills == 0 && next.crashes == 0 && !moves(&next))
			check_rest(&next);
	}
	return harm;
}

int
main(void)
{
	static const char *const names[] = {"mortal child", "check of the parent", "record first",
	    "waiting for the end", "adoption", "record kept", "new record file"};
	unsigned failures = 0;
	size_t explored = 0;

	for (int soon = 0; soon <= 1; soon++) {
		const char *found = explore(ALL, soon != 0);
		explored += count;
		if (found != NULL) {
			fprintf(stderr, "%s start: %s\n", soon ? "eager" : "patient", found);
			failures++;
		}
	}
	for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
		if (explore(ALL & ~(1U << i), true) == NULL) {
			fprintf(stderr, "without %s: no harm was found\n", names[i]);
			failures++;
		}
	printf(
	    "adoption_test: %zu worlds, %zu safeguards\n", explored, sizeof names / sizeof *names);
	return failures > 0;
}
