/* others: see others.h.
 * SPDX-License-Identifier: ISC */
#include "others.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

enum { ANCESTORS = 16 };

_Noreturn void
fail(const char *what)
{
	fprintf(stderr, "bench: %s: %s\n", what, strerror(errno));
	_exit(111);
}

_Noreturn void
give_up(const char *what, long reached)
{
	fprintf(stderr, "bench: waited in vain for %s: %ld\n", what, reached);
	_exit(1);
}

int64_t
read_clock(clockid_t clock)
{
	struct timespec time;

	if (clock_gettime(clock, &time) == -1)
		return 0; /* of a process that has gone */
	return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

int64_t
now_ns(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

int64_t
used_us(const struct rusage *usage)
{
	return (int64_t)(usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) * 1000000 +
	       usage->ru_utime.tv_usec + usage->ru_stime.tv_usec;
}

pid_t
start_command(char **command)
{
	pid_t pid;
	const int error = posix_spawnp(&pid, command[0], NULL, NULL, command, environ);

	if (error == 0)
		return pid;
	errno = error;
	fail(command[0]);
}

void
await_end(pid_t pid)
{
	struct pollfd slot = {.fd = (int)syscall(SYS_pidfd_open, pid, 0), .events = POLLIN};

	if (slot.fd == -1 && errno == ESRCH)
		return;
	if (slot.fd == -1)
		fail("pidfd_open");
	if (poll(&slot, 1, WAIT_S * 1000) != 1)
		give_up("the end of", pid);
	close(slot.fd);
}

int
silence(int fd)
{
	const int null = open("/dev/null", O_RDWR | O_CLOEXEC),
		  kept = fcntl(fd, F_DUPFD_CLOEXEC, 3);

	if (null == -1 || kept == -1 || dup2(null, fd) == -1)
		fail("/dev/null");
	close(null);
	return kept;
}

int64_t *
map_reaped(void)
{
	const char *path = getenv("BENCH_REAPED");
	const int fd = path == NULL ? -1 : open(path, O_RDWR | O_CREAT, 0600);

	if (fd == -1 || ftruncate(fd, sizeof(int64_t)) == -1)
		fail("BENCH_REAPED");
	int64_t *reaped = mmap(NULL, sizeof *reaped, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (reaped == MAP_FAILED)
		fail("BENCH_REAPED");
	close(fd);
	return reaped;
}

bool
read_file(pid_t pid, const char *name, char *text, size_t size)
{
	char path[64];

	snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
	const int fd = open(path, O_RDONLY | O_CLOEXEC);
	const ssize_t length = fd == -1 ? -1 : read(fd, text, size - 1);
	if (fd != -1)
		close(fd);
	if (length <= 0)
		return false; /* it has gone */
	text[length] = '\0';
	return true;
}

bool
read_process(pid_t pid, struct process *process)
{
	char text[1024];
	int parent;
	long user, kernel;

	if (!read_file(pid, "stat", text, sizeof text))
		return false;
	const char *rest = strrchr(text, ')');
	if (rest == NULL ||
	    sscanf(rest + 2, "%*c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %ld %ld", &parent,
		&user, &kernel) != 3)
		return false;
	*process = (struct process){parent, user + kernel};
	return true;
}

static size_t
find_ancestors(pid_t list[ANCESTORS])
{
	struct process process;
	size_t count = 0;

	for (pid_t pid = getpid(); pid != 0 && count < ANCESTORS; pid = process.parent) {
		list[count++] = pid;
		if (!read_process(pid, &process))
			fail("/proc");
	}
	return count;
}

long
visit_all(void (*visit)(pid_t pid, void *sum), void *sum)
{
	pid_t ancestors[ANCESTORS];
	const size_t count = find_ancestors(ancestors);
	const struct dirent *entry;
	DIR *proc = opendir("/proc");
	long visited = 0;

	if (proc == NULL)
		fail("/proc");
	while ((entry = readdir(proc)) != NULL) {
		const pid_t pid = atoi(entry->d_name);
		size_t i = 0;
		while (i < count && ancestors[i] != pid)
			i++;
		if (pid == 0 || i < count)
			continue;
		visited++;
		if (visit != NULL)
			visit(pid, sum);
	}
	closedir(proc);
	return visited;
}
