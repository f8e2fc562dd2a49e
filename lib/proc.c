/* proc: see proc.h.
 * SPDX-License-Identifier: ISC */
#include "proc.h"

#include "fd.h"
#include "file.h"
#include "fmt.h"
#include "msg.h"
#include "num.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

enum { STAT_MAX = 1024 /* one line of about 300 bytes; the name in it is at most 64 long */ };

/* PF_FORKNOEXEC of linux/sched.h, unchanged since Linux 2.6: forked, but has not executed. The
 * kernel clears it in execve(2) before it closes any descriptor, and keeps it after death. */
enum { FLAG_FORKED = 0x40 };

/* Writes "/proc/PID/stat" without stdio, which is not async-signal-safe. */
static void
stat_path(char path[32], pid_t pid)
{
	char digits[12] = "";
	size_t count = 0;

	strcpy(path, "/proc/");
	if (pid == 0) {
		strcat(path, "self");
	} else {
		for (; pid > 0; pid /= 10)
			digits[count++] = (char)('0' + pid % 10);
		char *next = path + strlen(path);
		while (count > 0)
			*next++ = digits[--count];
		*next = '\0';
	}
	strcat(path, "/stat");
}

/* Field NUMBER (3 = state) of the text behind the closing parenthesis of the name, or NULL. */
static const char *
field(const char *rest, int number)
{
	for (; number > 3; number--) {
		rest = strchr(rest, ' ');
		if (rest == NULL)
			return NULL;
		rest++;
	}
	return rest;
}

static uint64_t
number_of(const char *rest, int number)
{
	uint64_t value = 0;
	const char *text = field(rest, number);
	if (text != NULL)
		num_prefix(text, &value);
	return value;
}

/* In one piece, which the kernel makes of it at the first read; no file of anybody else's, so nothing
 * has to be found out about it before. Returns its length, or -1. */
static ssize_t
read_stat(const char *path, char text[STAT_MAX])
{
	const int fd = openat(AT_FDCWD, path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd == -1)
		return -1;
	const ssize_t length = fd_read(fd, text, STAT_MAX - 1);
	close(fd);
	text[length > 0 ? length : 0] = '\0';
	return length;
}

bool
proc_read(pid_t pid, struct proc *process)
{
	char path[32], text[STAT_MAX];

	stat_path(path, pid);
	if (read_stat(path, text) <= 0)
		return false;
	/* The name stands in parentheses and may itself contain some: the last one ends it. */
	const char *rest = strrchr(text, ')');
	if (rest == NULL || rest[1] != ' ')
		return false;
	rest += 2;
	process->pid = pid != 0 ? pid : getpid();
	process->state = *rest;
	process->parent = (pid_t)number_of(rest, 4);
	process->group = (pid_t)number_of(rest, 5);
	process->session = (pid_t)number_of(rest, 6);
	process->executed = (number_of(rest, 9) & FLAG_FORKED) == 0;
	process->threads = number_of(rest, 20);
	process->ticks = number_of(rest, 22);
	return true;
}

bool
proc_is_alive(const struct proc *process)
{
	return (process->state != 'Z' && process->state != 'X') || process->threads > 1;
}

/* Numbers of another PID namespace mean other processes here. */
static bool
is_ours(void)
{
	char text[16];
	uint64_t pid;
	ssize_t length = readlink("/proc/self", text, sizeof text - 1);

	if (length <= 0)
		return false;
	text[length] = '\0';
	return num_parse(text, INT32_MAX, &pid) && (pid_t)pid == getpid();
}

bool
proc_walk_open(struct proc_walk *walk)
{
	return is_ours() && file_walk_open(&walk->entries, "/proc");
}

void
proc_walk_close(struct proc_walk *walk)
{
	file_walk_close(&walk->entries);
}

pid_t
proc_walk_next(struct proc_walk *walk)
{
	const char *name;
	uint64_t pid;

	while ((name = file_walk_next(&walk->entries)) != NULL)
		if (num_parse(name, INT32_MAX, &pid))
			return (pid_t)pid;
	return 0;
}

void
proc_boot_id(char boot[PROC_BOOT_SIZE])
{
	if (file_read(AT_FDCWD, "/proc/sys/kernel/random/boot_id", boot, PROC_BOOT_SIZE) == -1)
		boot[0] = '\0';
	boot[strcspn(boot, "\n")] = '\0';
}

int
proc_open(pid_t pid)
{
	return (int)syscall(SYS_pidfd_open, pid, 0);
}

bool
proc_signal(int fd, int signal)
{
	return syscall(SYS_pidfd_send_signal, fd, signal, NULL, 0) == 0;
}

/* PIDFD_SIGNAL_PROCESS_GROUP of linux/pidfd.h, younger than the systems that we are built on. */
enum { TO_GROUP = 1 << 2 };

bool
proc_signal_group(int fd, int signal)
{
	return syscall(SYS_pidfd_send_signal, fd, signal, NULL, TO_GROUP) == 0;
}

/* As in linux/pidfd.h, which is younger than the systems that we are built on. */
struct process_info {
	uint64_t mask; /* what is asked for; then what is there */
	uint64_t cgroup;
	uint32_t numbers[11];
	int32_t exit_code; /* a wait status */
};

#define PROCESS_INFO _IOWR(0xff, 11, struct process_info)
#define PROCESS_INFO_EXIT (UINT64_C(1) << 3)

bool
proc_status(int fd, int *status)
{
	struct process_info info = {.mask = PROCESS_INFO_EXIT};

	/* Not ioctl(2) of the C library: the number is int for some and long for others. */
	if (syscall(SYS_ioctl, fd, PROCESS_INFO, &info) == -1 ||
	    (info.mask & PROCESS_INFO_EXIT) == 0)
		return false;
	*status = info.exit_code;
	return true;
}

/* ---- Pipes ----------------------------------------------------------------------------------- */

/* PIPEFS_MAGIC of linux/magic.h, which not every C library finds: the file system of what pipe(2)
 * makes, and of nothing else. */
enum { PIPES = 0x50495045 };

enum { PIPE_PATH = sizeof "/proc/-2147483648/fd/-2147483648" };

/* A descriptor that only means what descriptor NUMBER of the process PID means: nothing is opened. */
static int
point_at_pipe(pid_t pid, int number)
{
	char path[PIPE_PATH];
	struct statfs system;

	fmt(path, sizeof path, "/proc/%d/fd/%d", (int)pid, number);
	int place = open(path, O_PATH | O_CLOEXEC);
	if (place == -1)
		return -1;
	const bool known = fstatfs(place, &system) == 0;
	if (known && system.f_type == PIPES)
		return place;
	const int error = known ? MSG_ENOTFIFO : errno;
	fd_close(&place);
	errno = error;
	return -1;
}

/* Whether ERROR is about us or the machine, and may pass. The others say that there is no such pipe,
 * or none for us; of a file elsewhere, a file system may say anything (proc_pid_fd(5), fstatfs(2)). */
static bool
may_pass(int error)
{
	return error == EMFILE || error == ENFILE || error == ENOMEM || error == EINTR ||
	       error == EAGAIN || error == EIO;
}

int
proc_find_pipe(pid_t pid, int number, struct stat *st)
{
	int place = point_at_pipe(pid, number);
	if (place == -1)
		return may_pass(errno) ? -1 : 0;
	const bool found = fstat(place, st) == 0;
	const int error = errno;
	fd_close(&place);
	errno = error;
	return found ? 1 : -1;
}

int
proc_open_pipe(pid_t pid, int number, int mode)
{
	char path[PIPE_PATH];
	int place = point_at_pipe(pid, number);

	if (place == -1)
		return -1;
	fmt(path, sizeof path, "/proc/self/fd/%d", place);
	const int fd = open(path, mode | O_NONBLOCK | O_CLOEXEC);
	const int error = errno;
	fd_close(&place);
	errno = error;
	return fd;
}
