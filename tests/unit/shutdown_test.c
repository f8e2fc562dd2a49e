/* shutdown_test: holds the phases of the stop against what svscan(8) promises.
 *
 *   shutdown_test            the checks
 *   shutdown_test --mutants  alters every row and field in turn; each change must be noticed
 *
 * SPDX-License-Identifier: ISC */
#define SHUTDOWN_CONST
#include "../../svscan/shutdown.c"

#include <stdio.h>
#include <string.h>

enum { G = 1600, BEGIN = 70000 };

static unsigned checks, failures;
static bool quiet; /* mutants only count */

static void
check(bool good, int line, const char *text)
{
	checks++;
	if (good)
		return;
	failures++;
	if (!quiet)
		fprintf(stderr, "shutdown_test:%d: failed: %s\n", line, text);
}

#define CHECK(condition) check((condition), __LINE__, #condition)

/* What the page says: when each phase comes at the latest, what it does, what it then waits for. */
static const struct promise {
	int64_t latest_ms;
	unsigned effects;
	enum shutdown_awaited awaits;
} promises[SHUTDOWN_PHASES] = {
    [SHUTDOWN_COMMAND] = {0, SHUTDOWN_END_COMMAND, SHUTDOWN_COMMAND_LEFT},
    [SHUTDOWN_SERVICES] = {G / 4, SHUTDOWN_END_SERVICES, SHUTDOWN_SERVICE_LEFT},
    [SHUTDOWN_REST] = {G / 2, SHUTDOWN_END_REST, SHUTDOWN_SERVICE_LEFT},
    [SHUTDOWN_STRAYS] = {G * 3 / 4,
	SHUTDOWN_KILL_COMMAND | SHUTDOWN_KILL_SERVICES | SHUTDOWN_TERM_STRAYS, SHUTDOWN_STRAY_LEFT},
    [SHUTDOWN_LOGGERS] = {G * 7 / 8, SHUTDOWN_KILL_STRAYS | SHUTDOWN_END_LOGGERS,
	SHUTDOWN_LOGGER_LEFT},
    [SHUTDOWN_LAST] = {G, SHUTDOWN_KILL_ALL, SHUTDOWN_CHILD_LEFT},
    [SHUTDOWN_FINISH] = {G + G / 16, SHUTDOWN_RUN_FINISH, SHUTDOWN_FINISH_LEFT},
    [SHUTDOWN_OVER] = {G + G * 3 / 16, SHUTDOWN_KILL_FINISH, SHUTDOWN_FINISH_LEFT},
};

static struct shutdown
begun(void)
{
	struct shutdown stop;
	shutdown_open(&stop, G);
	shutdown_request(&stop, BEGIN);
	return stop;
}

/* Nobody asked: nothing happens, whatever is there or not, for any time. */
static void
test_unasked(void)
{
	struct shutdown stop;

	shutdown_open(&stop, G);
	CHECK(shutdown_awaits(&stop) == SHUTDOWN_REQUEST);
	CHECK(shutdown_deadline(&stop) == CLOCK_NEVER);
	CHECK(!shutdown_step(&stop, 1, INT64_MAX - 1));
	CHECK(!shutdown_step(&stop, 0, 0));
	CHECK(stop.phase == SHUTDOWN_RUNNING);
	CHECK(shutdown_effects(&stop) == 0);
}

static void
check_entered(const struct shutdown *stop, int phase)
{
	CHECK(stop->phase == (enum shutdown_phase)phase);
	CHECK(shutdown_effects(stop) == promises[phase].effects);
	CHECK(shutdown_awaits(stop) == promises[phase].awaits);
}

/* Everything ends when it is told to: each phase follows at once. */
static void
test_polite(void)
{
	struct shutdown stop = begun();

	CHECK(shutdown_step(&stop, 1, BEGIN));
	check_entered(&stop, SHUTDOWN_COMMAND);
	for (int phase = SHUTDOWN_SERVICES; phase <= SHUTDOWN_OVER; phase++) {
		CHECK(!shutdown_step(&stop, 1, BEGIN + 1));
		CHECK(shutdown_step(&stop, 0, BEGIN + 1));
		check_entered(&stop, phase);
	}
	CHECK(!shutdown_step(&stop, 0, BEGIN + 1));
	CHECK(shutdown_deadline(&stop) == CLOCK_NEVER);
}

/* Nothing ends: each phase comes at its time, not a millisecond earlier or later. */
static void
test_stubborn(void)
{
	struct shutdown stop = begun();

	for (int phase = SHUTDOWN_COMMAND; phase <= SHUTDOWN_OVER; phase++) {
		const int64_t time_ms = BEGIN + promises[phase].latest_ms;
		CHECK(shutdown_deadline(&stop) == time_ms);
		CHECK(!shutdown_step(&stop, 7, time_ms - 1));
		CHECK(shutdown_step(&stop, 7, time_ms));
		check_entered(&stop, phase);
	}
	CHECK(!shutdown_step(&stop, 7, INT64_MAX - 1));
}

/* Asked twice, in whichever phase: all the killing at once; only the bodies are waited for. */
static void
test_forced(void)
{
	for (int first = SHUTDOWN_RUNNING; first <= SHUTDOWN_LAST; first++) {
		struct shutdown stop = begun();
		for (int phase = SHUTDOWN_RUNNING; phase < first; phase++)
			CHECK(shutdown_step(&stop, 0, BEGIN));
		shutdown_request(&stop, BEGIN + 5);
		for (int phase = first + 1; phase <= SHUTDOWN_LAST; phase++) {
			CHECK(shutdown_step(&stop, 3, BEGIN + 5));
			check_entered(&stop, phase);
		}
		CHECK(!shutdown_step(&stop, 3, BEGIN + 5));
		CHECK(shutdown_deadline(&stop) == BEGIN + promises[SHUTDOWN_FINISH].latest_ms);
		CHECK(shutdown_step(&stop, 0, BEGIN + 5));
		CHECK(stop.phase == SHUTDOWN_FINISH);
		CHECK(!shutdown_step(&stop, 1, BEGIN + 5)); /* it runs, and has its time */
		struct shutdown again = stop;
		CHECK(shutdown_step(&stop, 0, BEGIN + 5));
		CHECK(stop.phase == SHUTDOWN_OVER);
		shutdown_request(&again, BEGIN + 6); /* not any more */
		CHECK(shutdown_step(&again, 1, BEGIN + 6));
		CHECK(again.phase == SHUTDOWN_OVER);
	}
}

/* Asked again while the last script runs, and not before. */
static void
test_forced_at_last(void)
{
	struct shutdown stop = begun();

	for (int phase = SHUTDOWN_COMMAND; phase <= SHUTDOWN_FINISH; phase++)
		CHECK(shutdown_step(&stop, 0, BEGIN));
	CHECK(!shutdown_step(&stop, 1, BEGIN));
	shutdown_request(&stop, BEGIN + 5);
	CHECK(shutdown_step(&stop, 1, BEGIN + 5));
	check_entered(&stop, SHUTDOWN_OVER);
}

/* No time at all: everything at once, also with INT_MAX services. */
static void
test_no_grace(void)
{
	struct shutdown stop;

	shutdown_open(&stop, 0);
	shutdown_request(&stop, BEGIN);
	for (int phase = SHUTDOWN_COMMAND; phase <= SHUTDOWN_OVER; phase++) {
		CHECK(shutdown_step(&stop, 0x7fffffff, BEGIN));
		check_entered(&stop, phase);
	}
}

static void
run_checks(void)
{
	test_unasked();
	test_polite();
	test_stubborn();
	test_forced();
	test_forced_at_last();
	test_no_grace();
}

/* ---- Mutants --------------------------------------------------------------------------------- */

static unsigned mutants, survivors;

static void
try_mutant(int phase, const struct shutdown_row *mutant, const char *what)
{
	const struct shutdown_row saved = rows[phase];

	rows[phase] = *mutant;
	failures = 0;
	run_checks();
	rows[phase] = saved;
	mutants++;
	if (failures > 0)
		return;
	survivors++;
	fprintf(stderr, "phase %d: nobody noticed: %s\n", phase, what);
}

static void
mutate_row(int phase)
{
	struct shutdown_row mutant = rows[phase];

	for (int by = -1; by <= 1; by += 2) {
		mutant.sixteenths = rows[phase].sixteenths + by;
		try_mutant(phase, &mutant, "its time");
	}
	mutant = rows[phase];
	for (int i = SHUTDOWN_REQUEST; i <= SHUTDOWN_FINISH_LEFT; i++) {
		mutant.earlier = (enum shutdown_awaited)i;
		if (mutant.earlier != rows[phase].earlier)
			try_mutant(phase, &mutant, "what it waits for");
	}
	mutant = rows[phase];
	mutant.when_forced = !mutant.when_forced;
	/* The first phase begins at once anyhow. */
	if (phase != SHUTDOWN_COMMAND)
		try_mutant(phase, &mutant, "when forced");
	for (unsigned bit = 1; bit <= SHUTDOWN_KILL_FINISH; bit <<= 1) {
		mutant = rows[phase];
		mutant.effects ^= bit;
		try_mutant(phase, &mutant, "its effects");
	}
}

static int
run_mutants(void)
{
	quiet = true;
	for (int phase = SHUTDOWN_COMMAND; phase <= SHUTDOWN_OVER; phase++)
		mutate_row(phase);
	printf("shutdown_test: %u mutants, %u survived\n", mutants, survivors);
	return survivors == 0 ? 0 : 1;
}

int
main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "--mutants") == 0)
		return run_mutants();
	run_checks();
	printf("shutdown_test: %u checks\n", checks);
	return failures == 0 ? 0 : 1;
}
