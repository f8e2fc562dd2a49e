/* process: any bytes as /proc/PID/stat: nothing is read behind their end, and what the kernel would
 * write about a process is read as it is meant, whatever the process calls itself.
 * SPDX-License-Identifier: ISC */
#include <fcntl.h>

#define file_read fuzz_file_read
#define fd_read fuzz_fd_read
#define openat(...) fuzz_openat(__VA_ARGS__)
int fuzz_openat(int dir, const char *name, int flags, ...);
#include "../../lib/proc.c"

#include "fuzz.h"

enum { NAME_LONGEST = 64 /* of threads of the kernel; our own have 15 */ };

static const uint8_t *content;
static size_t content_size;

/* Every file of /proc has the same content, as much of it as there is room for. */
ssize_t
fuzz_file_read(int dir, const char *name, char *buffer, size_t size)
{
	const size_t length = content_size < size ? content_size : size - 1;

	PROMISE(dir == AT_FDCWD && strncmp(name, "/proc/", 6) == 0);
	if (length > 0)
		memcpy(buffer, content, length);
	buffer[length] = '\0';
	return (ssize_t)length;
}

/* A number that is not open: it is only closed, which fails. */
int
fuzz_openat(int dir, const char *name, int flags, ...)
{
	PROMISE(
	    dir == AT_FDCWD && strncmp(name, "/proc/", 6) == 0 && (flags & O_ACCMODE) == O_RDONLY);
	return 1 << 20;
}

ssize_t
fuzz_fd_read(int fd, void *buffer, size_t size)
{
	const size_t length = content_size < size ? content_size : size;

	PROMISE(fd == 1 << 20);
	if (length > 0)
		memcpy(buffer, content, length);
	return (ssize_t)length;
}

static void
give(const void *bytes, size_t length)
{
	content = bytes;
	content_size = length;
}

/* Any bytes: they are no line of the kernel, or there is a blank behind the last parenthesis. */
static void
check_anything(const uint8_t *data, size_t size)
{
	struct proc process;
	char boot[PROC_BOOT_SIZE];

	give(data, size);
	if (proc_read(77, &process)) {
		PROMISE(process.pid == 77);
		PROMISE(memmem(data, size, ") ", 2) != NULL);
		(void)proc_is_alive(&process);
	}
	proc_boot_id(boot);
	PROMISE(strlen(boot) < sizeof boot && strchr(boot, '\n') == NULL);
}

/* A line as in proc(5): the name is any bytes but NUL, the numbers are any. */
static void
check_line(struct fuzz input)
{
	char line[STAT_MAX], name[NAME_LONGEST + 1] = "";
	struct proc process;
	const pid_t pid = (pid_t)(fuzz_number(&input, 2) + 1);
	const uint64_t threads = fuzz_number(&input, 1), ticks = fuzz_number(&input, 8);
	const unsigned parent = (unsigned)fuzz_number(&input, 2);
	const unsigned flags = (unsigned)fuzz_number(&input, 4);
	const char state = "RSDZTtXI"[fuzz_byte(&input) % 8];
	const size_t length = input.size < NAME_LONGEST ? input.size : NAME_LONGEST;

	for (size_t i = 0; i < length; i++)
		name[i] = input.data[i] == '\0' ? ' ' : (char)input.data[i];
	const int used = snprintf(line, sizeof line,
	    "%d (%s) %c %u %d %d -1 0 %u 1 2 3 4 5 6 7 8 20 0 %llu 0 %llu 9 10\n", (int)pid, name,
	    state, parent, (int)pid + 1, (int)pid + 2, flags, (unsigned long long)threads,
	    (unsigned long long)ticks);
	give(line, (size_t)used);
	PROMISE(proc_read(pid, &process));
	PROMISE(process.pid == pid && process.parent == (pid_t)parent && process.state == state);
	PROMISE(process.group == pid + 1 && process.session == pid + 2);
	PROMISE(process.threads == threads && process.ticks == ticks);
	PROMISE(process.executed == ((flags & FLAG_FORKED) == 0));
	PROMISE(proc_is_alive(&process) || state == 'Z' || state == 'X');
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	check_anything(data, size);
	check_line((struct fuzz){data, size});
	return 0;
}
