/* msg: see msg.h.
 * SPDX-License-Identifier: ISC */
#include "msg.h"

#include "fmt.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MSG_MAX = 4096 /* PIPE_BUF on Linux: what one write puts into a pipe in one piece */ };
enum { MSG_REPEAT_MS = 60000 };

static const char *program = "upkeep";
static int message_fd = STDERR_FILENO;
static enum { WAIT, POLL_FIRST, SEND } mode = WAIT;

static const struct {
	int error;
	const char *text;
} texts[] = {
    {0, "no error"},
    {ENOENT, "file does not exist"},
    {EACCES, "access denied"},
    {EPERM, "permission denied"},
    {EEXIST, "file already exists"},
    {EISDIR, "is a directory"},
    {ENOTDIR, "not a directory"},
    {EAGAIN, "temporary failure"},
    {ENXIO, "device not configured"},
    {EINTR, "interrupted system call"},
    {ENOMEM, "out of memory"},
    {EIO, "input/output error"},
    {EPIPE, "broken pipe"},
    {ETIMEDOUT, "timed out"},
    {ETXTBSY, "text busy"},
    {E2BIG, "argument list too long"},
    {ENOEXEC, "exec format error"},
    {EBADF, "file descriptor not open"},
    {ECHILD, "no child processes"},
    {ESRCH, "no such process"},
    {EBUSY, "device busy"},
    {EXDEV, "cross-device link"},
    {ENODEV, "device does not support operation"},
    {EINVAL, "invalid argument"},
    {ENFILE, "system cannot open more files"},
    {EMFILE, "process cannot open more files"},
    {ENOTTY, "not a tty"},
    {EFBIG, "file too big"},
    {ENOSPC, "out of disk space"},
    {ESPIPE, "unseekable descriptor"},
    {EROFS, "read-only file system"},
    {EMLINK, "too many links"},
    {ELOOP, "symbolic link loop"},
    {ENAMETOOLONG, "file name too long"},
    {ENOTEMPTY, "directory not empty"},
    {EDQUOT, "disk quota exceeded"},
    {ENOLCK, "no locks available"},
    {ENOSYS, "system call not available"},
    {ECONNREFUSED, "connection refused"},
    {EADDRINUSE, "address already used"},
    {EPROTO, "protocol error"},
    {EDEADLK, "operation would cause deadlock"},
    {EFAULT, "bad address"},
    {ESTALE, "stale NFS file handle"},
    {MSG_ENOTFIFO, "not a FIFO"},
    {MSG_ENOTREG, "not a regular file"},
    {MSG_EOWNER, "owned by another user"},
    {MSG_ELINKS, "has more than one link"},
    {MSG_EFORMAT, "bad format"},
    {MSG_EPLACE, "belongs to another directory"},
};

const char *
msg_error(int error)
{
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		if (texts[i].error == error)
			return texts[i].text;
	const char *text = strerror(error);
	return text != NULL ? text : "unknown error";
}

void
msg_program(const char *name)
{
	program = name;
}

void
msg_never_block(void)
{
	struct stat st;
	if (message_fd != STDERR_FILENO)
		close(message_fd);
	message_fd = STDERR_FILENO;
	mode = WAIT;
	if (fstat(STDERR_FILENO, &st) == -1)
		return; /* no stderr: writes fail with EBADF and nobody waits */
	if (S_ISSOCK(st.st_mode)) {
		mode = SEND;
		return;
	}
	if (!S_ISFIFO(st.st_mode) && !S_ISCHR(st.st_mode))
		return; /* a file does not block; a second description would have its own offset */
	/* An open description of our own, so that O_NONBLOCK is not forced on everybody who
	 * shares this pipe or terminal (proc(5), /proc/PID/fd). */
	int own = open("/proc/self/fd/2", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (own == -1) {
		mode = POLL_FIRST; /* without /proc or the right to reopen it: nearly as good */
		return;
	}
	message_fd = own;
}

/* Terminal escapes and newlines in file names must not forge or hide a line. */
static void
mask_controls(char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
			text[i] = '?';
}

static void
put(const char *line, size_t length)
{
	struct pollfd ready = {.fd = message_fd, .events = POLLOUT};
	ssize_t written;

	/* A message that cannot be written has nowhere else to go: all failures but EINTR are
	 * accepted here. */
	if (mode == POLL_FIRST && poll(&ready, 1, 0) != 1)
		return;
	do {
		if (mode == SEND)
			written = send(message_fd, line, length, MSG_DONTWAIT | MSG_NOSIGNAL);
		else
			written = write(message_fd, line, length);
	} while (written == -1 && errno == EINTR);
}

static size_t
clamp(size_t printed, size_t room)
{
	return printed < room ? printed : room;
}

/* WITH_ERROR tells whether ERROR's text ends the line. */
static void MSG_PRINTF(4, 0)
    emit(const char *level, bool with_error, int error, const char *format, va_list arguments)
{
	char line[MSG_MAX];
	const char *reason = with_error ? msg_error(error) : "";
	const size_t tail = strlen(reason) + 3; /* ": ", reason, newline */
	const size_t limit = sizeof line - tail - 1;

	size_t used = clamp(fmt(line, limit, "%s: %s", program, level), limit - 1);
	used += clamp(fmt_list(line + used, limit - used, format, arguments), limit - used - 1);
	if (with_error)
		used += clamp(fmt(line + used, sizeof line - used, ": %s", reason), tail);
	mask_controls(line, used);
	line[used++] = '\n';
	put(line, used);
}

#define EMIT(level, with_error, error)                                                             \
	do {                                                                                       \
		va_list arguments;                                                                 \
		va_start(arguments, format);                                                       \
		emit(level, with_error, error, format, arguments);                                 \
		va_end(arguments);                                                                 \
	} while (0)

void
msg_say(const char *format, ...)
{
	EMIT("", false, 0);
}

void
msg_warn(const char *format, ...)
{
	EMIT("warning: ", false, 0);
}

void
msg_warn_sys(int error, const char *format, ...)
{
	EMIT("warning: ", true, error);
}

void
msg_fatal_sys(int error, const char *format, ...)
{
	EMIT("fatal: ", true, error);
}

void
msg_die(int code, const char *format, ...)
{
	EMIT("fatal: ", false, 0);
	exit(code);
}

void
msg_die_sys(int code, int error, const char *format, ...)
{
	EMIT("fatal: ", true, error);
	exit(code);
}

static void MSG_PRINTF(1, 2) line(const char *format, ...)
{
	EMIT("", false, 0);
}

void
msg_usage(const char *synopsis)
{
	line("usage: %s", synopsis);
	exit(MSG_USAGE);
}

void
msg_bad_option(int result, int option)
{
	if (result == ':')
		line("option requires an argument -- %c", option);
	else
		line("illegal option -- %c", option);
}

bool
msg_due(struct msg_fault *fault, int error, int64_t now_ms)
{
	if (fault->error == error && now_ms < fault->again_ms)
		return false;
	fault->error = error;
	fault->again_ms = now_ms + MSG_REPEAT_MS;
	return true;
}

void
msg_well(struct msg_fault *fault)
{
	/* Else its page is not to be touched. */
	if (fault->error != 0)
		*fault = (struct msg_fault){0};
}
