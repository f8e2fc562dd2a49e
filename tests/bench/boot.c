/* boot: the processor time from the first instruction of a container's process 1 to that of its
 * service, in all processes that it takes, and how long that takes, in microseconds.
 *
 *   boot COMMAND...         COMMAND as process 1, on one processor; prints both figures
 *   boot                    is the service: tells its own time, and stays
 *
 * BOOT_FIFO names a FIFO that the two meet at. SPDX-License-Identifier: ISC */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { LIMIT_S = 3 /* for one that starts no service */ };

static void
fail(const char *what)
{
	perror(what);
	exit(111);
}

static uint64_t
read_clock(clockid_t clock)
{
	struct timespec time;

	if (clock_gettime(clock, &time) == -1)
		return 0; /* the process has gone */
	return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

static void
stay_on(int processor)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(processor, &set);
	(void)sched_setaffinity(
	    0, sizeof set, &set); /* with one processor it is a little less exact */
}

/* What the service tells, and what is noted before process 1 is executed. */
struct moment {
	uint64_t used; /* by this process, ns */
	uint64_t now;
};

static struct moment
note_moment(void)
{
	return (struct moment){read_clock(CLOCK_PROCESS_CPUTIME_ID), read_clock(CLOCK_MONOTONIC)};
}

static void
serve(const char *fifo)
{
	const struct moment told = note_moment();
	int fd = open(fifo, O_WRONLY);

	if (fd == -1 || write(fd, &told, sizeof told) != sizeof told)
		fail(fifo);
	for (;;) /* so that nobody else gets this processor before the clocks are read */
		continue;
}

/* What all processes below PID have used, without those that run COMMAND's service: it has told. */
static uint64_t
sum_below(pid_t pid, const char *service)
{
	char path[64], name[64] = "";
	uint64_t sum = 0;
	clockid_t clock;
	int child;

	snprintf(path, sizeof path, "/proc/%d/comm", (int)pid);
	FILE *file = fopen(path, "r");
	if (file == NULL || fscanf(file, "%63s", name) != 1)
		return 0;
	fclose(file);
	if (strcmp(name, service) != 0 && clock_getcpuclockid(pid, &clock) == 0)
		sum = read_clock(clock);
	snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)pid, (int)pid);
	file = fopen(path, "r");
	while (file != NULL && fscanf(file, "%d", &child) == 1)
		sum += sum_below(child, service);
	if (file != NULL)
		fclose(file);
	return sum;
}

/* /proc/sys belongs to the machine, and is read-only in containers, too. */
static void
become(char **command, struct moment *before)
{
	stay_on(1);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (unshare(CLONE_NEWNS) == -1 ||
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == -1 ||
	    mount("proc", "/proc", "proc", 0, NULL) == -1 ||
	    mount("/proc/sys", "/proc/sys", NULL, MS_BIND, NULL) == -1 ||
	    mount(NULL, "/proc/sys", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL) == -1)
		fail("unable to mount /proc");
	*before = note_moment();
	execvp(command[0], command);
	fail(command[0]);
}

int
main(int argc, char **argv)
{
	const char *fifo = getenv("BOOT_FIFO");
	struct moment told, *before;

	if (argc == 1 || strstr(argv[0], "run") != NULL) /* to which s6 tells its name */
		serve(fifo);
	before =
	    mmap(NULL, sizeof *before, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int fd = open(fifo, O_RDWR);
	if (fd == -1 || before == MAP_FAILED || unshare(CLONE_NEWPID) == -1)
		fail("unable to begin");
	stay_on(0);
	(void)alarm(LIMIT_S);
	const pid_t pid = fork();
	if (pid == 0) {
		close(fd);
		become(argv + 1, before);
	}
	if (pid == -1 || read(fd, &told, sizeof told) != sizeof told)
		fail("unable to run");
	const uint64_t sum = told.used + sum_below(pid, "run") - before->used;
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
	printf("%llu %llu\n", (unsigned long long)(sum / 1000),
	    (unsigned long long)((told.now - before->now) / 1000));
	return 0;
}
