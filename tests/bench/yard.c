/* yard: process 1 of a PID namespace in which something is measured, and waiting for what happens there.
 *
 *   yard init SECONDS COMMAND...
 *                           process 1: reaps; ends with COMMAND, or 124 when that takes longer, and so
 *                           does everything else
 *   yard clock              the time, in ns
 *   yard await N SECONDS    until N services have told that they run: when the last did, in ns, and its pid
 *   yard gone SECONDS       until only those who measure are left: when that was, in ns
 *   yard until WHAT ARGUMENT COMMAND...
 *                           runs COMMAND, a mere signal if it is "kill SIGNAL PID"; ns from before that
 *                           until WHAT: start (a service runs), end (of process ARGUMENT), or reader
 *                           (FIFO ARGUMENT has another one, after PID has died)
 *
 * Standard input is the FIFO that services tell when they run (service.c); BENCH_REAPED names a file that
 * process 1 shares. Each wait has a limit: exits 1 when it has waited in vain, 111 when it cannot.
 * SPDX-License-Identifier: ISC */
#include "others.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LOOK_US = 200, TOO_LONG = 124 };

/* What a service tells, in one piece. */
struct word {
	int64_t at_ns;
	int64_t pid;
};

/* ---- Process 1 ------------------------------------------------------------------------------- */

static void
end_all(int signal)
{
	static const char text[] = "yard: took too long\n";

	(void)signal;
	(void)!write(STDERR_FILENO, text, sizeof text - 1);
	_exit(TOO_LONG);
}

/* The kernel ends all others when process 1 ends, and its parent waits until they have gone. */
static void
limit_time(unsigned seconds)
{
	struct sigaction action = {.sa_handler = end_all};
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGALRM);
	if (sigaction(SIGALRM, &action, NULL) == -1 || sigprocmask(SIG_UNBLOCK, &set, NULL) == -1)
		fail("SIGALRM");
	(void)alarm(seconds);
}

/* What somebody has used is counted before he goes: who sees nobody left, sees all of it. */
static int
be_first(char **arguments)
{
	int64_t *reaped = map_reaped();
	struct rusage usage;
	siginfo_t died;
	int status = 0;

	limit_time((unsigned)atoi(arguments[0]));
	const pid_t pid = start_command(arguments + 1);
	while (syscall(SYS_waitid, P_ALL, 0, &died, WEXITED | WNOWAIT, &usage) == 0) {
		if (died.si_pid != pid)
			*reaped += used_us(&usage);
		if (waitpid(died.si_pid, &status, 0) == pid)
			return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	}
	fail("waitid");
}

/* ---- Waiting --------------------------------------------------------------------------------- */

/* The next word of a service; those who wait in vain say so. */
static struct word
next_word(long heard, int64_t limit_ns)
{
	struct pollfd slot = {.fd = STDIN_FILENO, .events = POLLIN};
	struct word word;
	const int64_t left_ms = (limit_ns - now_ns()) / 1000000;

	if (left_ms <= 0 || poll(&slot, 1, (int)left_ms) != 1)
		give_up("services", heard);
	if (read(STDIN_FILENO, &word, sizeof word) != sizeof word)
		fail("BENCH_FIFO");
	return word;
}

static int
await_services(char **arguments)
{
	const long wanted = atol(arguments[0]);
	const int64_t limit_ns = now_ns() + atol(arguments[1]) * INT64_C(1000000000);
	int64_t last_ns = 0, last_pid = 0;

	for (long heard = 0; heard < wanted; heard++) {
		const struct word word = next_word(heard, limit_ns);
		if (word.at_ns > last_ns) {
			last_ns = word.at_ns;
			last_pid = word.pid;
		}
	}
	printf("%" PRId64 " %" PRId64 "\n", last_ns, last_pid);
	return 0;
}

static int
await_end_of_all(char **arguments)
{
	const int64_t limit_ns = now_ns() + atol(arguments[0]) * INT64_C(1000000000);
	long left;

	/* The more are left, the longer it takes to look, and the more that takes from them. */
	while ((left = visit_all(NULL, NULL)) > 0) {
		if (now_ns() > limit_ns)
			give_up("the end of all", left);
		(void)usleep((useconds_t)(LOOK_US + left * 10));
	}
	printf("%" PRId64 "\n", now_ns());
	return 0;
}

static void
await_reader(const char *fifo)
{
	const int64_t limit_ns = now_ns() + WAIT_S * INT64_C(1000000000);
	int fd;

	while ((fd = open(fifo, O_WRONLY | O_NONBLOCK | O_CLOEXEC)) == -1) {
		if (now_ns() > limit_ns)
			give_up(fifo, 0);
		(void)usleep(LOOK_US);
	}
	close(fd);
}

/* Does what the command says; a signal without a process for it, which would take longer than it. */
static pid_t
act(char **command)
{
	if (strcmp(command[0], "kill") != 0)
		return start_command(command);
	if (command[1] == NULL || command[2] == NULL)
		fail("kill");
	const pid_t pid = atoi(command[2]);
	if (kill(pid, atoi(command[1])) == -1)
		fail("kill");
	return 0;
}

/* What services have told before does not count. */
static void
forget_words(void)
{
	struct pollfd slot = {.fd = STDIN_FILENO, .events = POLLIN};
	struct word word;

	while (poll(&slot, 1, 0) == 1 && read(STDIN_FILENO, &word, sizeof word) == sizeof word)
		continue;
}

static int
time_until(char **arguments)
{
	const char *what = arguments[0];
	char **command = arguments + 2;
	const int output = silence(STDOUT_FILENO);

	forget_words();
	const int64_t began_ns = now_ns();
	const pid_t pid = act(command);
	int64_t ended_ns;

	if (strcmp(what, "start") == 0) {
		ended_ns = next_word(0, began_ns + WAIT_S * INT64_C(1000000000)).at_ns;
	} else if (strcmp(what, "end") == 0) {
		await_end(atoi(arguments[1]));
		ended_ns = now_ns();
	} else {
		await_end(atoi(command[2]));
		await_reader(arguments[1]);
		ended_ns = now_ns();
	}
	if (pid != 0)
		await_end(pid);
	dprintf(output, "%" PRId64 "\n", ended_ns - began_ns);
	return 0;
}

static int
print_clock(char **arguments)
{
	(void)arguments;
	printf("%" PRId64 "\n", now_ns());
	return 0;
}

static const struct {
	const char *name;
	int arguments; /* at least */
	int (*act)(char **arguments);
} acts[] = {
    {"init", 1, be_first},
    {"clock", 0, print_clock},
    {"await", 2, await_services},
    {"gone", 1, await_end_of_all},
    {"until", 3, time_until},
};

int
main(int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < sizeof acts / sizeof *acts; i++)
		if (strcmp(argv[1], acts[i].name) == 0 && argc - 2 >= acts[i].arguments)
			return acts[i].act(argv + 2);
	fputs("yard: its head says how to use it\n", stderr);
	return 100;
}
