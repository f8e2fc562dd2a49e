/* gauge: figures of the processes of a PID namespace, without those who measure.
 *
 *   gauge usage             processor time of all, the dead included, in us
 *   gauge settled           the same once it no longer grows, or after some seconds
 *   gauge own PID           what one process itself has used, in us
 *   gauge memory NAME       of processes NAME: how many, their private dirty memory and page tables, kB
 *   gauge idle MS NAME      in so many ms, of processes NAME and then of all others: how often they went
 *                           to sleep, and the us that they used
 *   gauge run N COMMAND...  COMMAND N times: processor time of each, in us
 *
 * BENCH_REAPED names the file that yard, process 1, shares. Exits 1 when a command does not end,
 * 111 when it cannot.
 * SPDX-License-Identifier: ISC */
#include "others.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { SETTLE_MS = 100, SETTLE_TRIES = 50, SETTLED_US = 500 };

static void
add_usage(pid_t pid, void *sum)
{
	int64_t *us = sum;
	struct process process;
	clockid_t clock;

	if (clock_getcpuclockid(pid, &clock) == 0)
		*us += read_clock(clock) / 1000;
	if (read_process(pid, &process))
		*us += process.reaped_ticks * (1000000 / sysconf(_SC_CLK_TCK));
}

static int64_t
total_us(void)
{
	int64_t us = *map_reaped();

	(void)visit_all(add_usage, &us);
	return us;
}

static int
print_usage(char **arguments)
{
	(void)arguments;
	printf("%" PRId64 "\n", total_us());
	return 0;
}

static int
print_settled(char **arguments)
{
	const struct timespec nap = {0, SETTLE_MS * 1000000L};
	int64_t before = total_us(), now;

	(void)arguments;
	for (int i = 0; i < SETTLE_TRIES; i++, before = now) {
		(void)nanosleep(&nap, NULL);
		now = total_us();
		if (now - before < SETTLED_US)
			break;
	}
	printf("%" PRId64 "\n", total_us());
	return 0;
}

static int
print_own(char **arguments)
{
	clockid_t clock;

	if (clock_getcpuclockid(atoi(arguments[0]), &clock) != 0)
		fail(arguments[0]);
	printf("%" PRId64 "\n", read_clock(clock) / 1000);
	return 0;
}

/* The number after LABEL, 0 if there is none. */
static long
value_of(const char *text, const char *label)
{
	const char *place = strstr(text, label);
	return place == NULL ? 0 : atol(place + strlen(label));
}

struct memory {
	const char *name;
	long count, dirty_kb, tables_kb;
};

static void
add_memory(pid_t pid, void *sum)
{
	struct memory *memory = sum;
	char text[4096];

	if (!read_file(pid, "comm", text, sizeof text))
		return;
	text[strcspn(text, "\n")] = '\0';
	if (strcmp(text, memory->name) != 0 || !read_file(pid, "smaps_rollup", text, sizeof text))
		return;
	memory->count++;
	memory->dirty_kb += value_of(text, "\nPrivate_Dirty:");
	if (read_file(pid, "status", text, sizeof text))
		memory->tables_kb += value_of(text, "\nVmPTE:");
}

static int
print_memory(char **arguments)
{
	struct memory memory = {.name = arguments[0]};

	(void)visit_all(add_memory, &memory);
	printf("%ld %ld %ld\n", memory.count, memory.dirty_kb, memory.tables_kb);
	return 0;
}

struct activity {
	long switches;
	int64_t us;
};

struct activities {
	const char *name;
	struct activity named, others;
};

static void
add_activity(pid_t pid, void *sum)
{
	struct activities *all = sum;
	char text[4096];

	if (!read_file(pid, "comm", text, sizeof text))
		return;
	text[strcspn(text, "\n")] = '\0';
	struct activity *activity = strcmp(text, all->name) == 0 ? &all->named : &all->others;
	if (read_file(pid, "status", text, sizeof text))
		activity->switches += value_of(text, "\nvoluntary_ctxt_switches:");
	add_usage(pid, &activity->us);
}

static struct activities
look(const char *name)
{
	/* Whoever ends meanwhile is one of the others. */
	struct activities all = {.name = name, .others.us = *map_reaped()};

	(void)visit_all(add_activity, &all);
	return all;
}

static int
print_idle(char **arguments)
{
	const long ms = atol(arguments[0]);
	const struct timespec nap = {ms / 1000, ms % 1000 * 1000000};
	const struct activities before = look(arguments[1]);

	(void)nanosleep(&nap, NULL);
	const struct activities after = look(arguments[1]);
	printf("%ld %" PRId64 " %ld %" PRId64 "\n", after.named.switches - before.named.switches,
	    after.named.us - before.named.us, after.others.switches - before.others.switches,
	    after.others.us - before.others.us);
	return 0;
}

static int
run_often(char **arguments)
{
	const long times = atol(arguments[0]);
	struct rusage usage;

	/* What they say counts, not who reads it. */
	const int output = silence(STDOUT_FILENO);
	(void)silence(STDIN_FILENO);
	if (times <= 0)
		fail("run");
	for (long i = 0; i < times; i++) {
		const pid_t pid = start_command(arguments + 1);
		await_end(pid);
		(void)waitpid(pid, NULL, 0); /* which tells what it has used */
	}
	if (getrusage(RUSAGE_CHILDREN, &usage) == -1)
		fail("getrusage");
	dprintf(output, "%.1f\n", (double)used_us(&usage) / (double)times);
	return 0;
}

static const struct {
	const char *name;
	int arguments; /* at least */
	int (*act)(char **arguments);
} acts[] = {
    {"usage", 0, print_usage},
    {"settled", 0, print_settled},
    {"own", 1, print_own},
    {"memory", 1, print_memory},
    {"idle", 2, print_idle},
    {"run", 2, run_often},
};

int
main(int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < sizeof acts / sizeof *acts; i++)
		if (strcmp(argv[1], acts[i].name) == 0 && argc - 2 >= acts[i].arguments)
			return acts[i].act(argv + 2);
	fputs("gauge: its head says how to use it\n", stderr);
	return 100;
}
