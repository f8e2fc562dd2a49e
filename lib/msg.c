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

/* 0.76's words where it has some. Those of libc would be more bytes than all else in a small program. */
#define TEXTS(TEXT)                                                                                \
	TEXT(0, "no error")                                                                        \
	TEXT(ENOENT, "file does not exist")                                                        \
	TEXT(EACCES, "access denied")                                                              \
	TEXT(EPERM, "permission denied")                                                           \
	TEXT(EEXIST, "file already exists")                                                        \
	TEXT(EISDIR, "is a directory")                                                             \
	TEXT(ENOTDIR, "not a directory")                                                           \
	TEXT(EAGAIN, "temporary failure")                                                          \
	TEXT(ENXIO, "device not configured")                                                       \
	TEXT(EINTR, "interrupted system call")                                                     \
	TEXT(ENOMEM, "out of memory")                                                              \
	TEXT(EIO, "input/output error")                                                            \
	TEXT(EPIPE, "broken pipe")                                                                 \
	TEXT(ETIMEDOUT, "timed out")                                                               \
	TEXT(ETXTBSY, "text busy")                                                                 \
	TEXT(E2BIG, "argument list too long")                                                      \
	TEXT(ENOEXEC, "exec format error")                                                         \
	TEXT(EBADF, "file descriptor not open")                                                    \
	TEXT(ECHILD, "no child processes")                                                         \
	TEXT(ESRCH, "no such process")                                                             \
	TEXT(EBUSY, "device busy")                                                                 \
	TEXT(EXDEV, "cross-device link")                                                           \
	TEXT(ENODEV, "device does not support operation")                                          \
	TEXT(EINVAL, "invalid argument")                                                           \
	TEXT(ENFILE, "system cannot open more files")                                              \
	TEXT(EMFILE, "process cannot open more files")                                             \
	TEXT(ENOTTY, "not a tty")                                                                  \
	TEXT(EFBIG, "file too big")                                                                \
	TEXT(ENOSPC, "out of disk space")                                                          \
	TEXT(ESPIPE, "unseekable descriptor")                                                      \
	TEXT(EROFS, "read-only file system")                                                       \
	TEXT(EMLINK, "too many links")                                                             \
	TEXT(ELOOP, "symbolic link loop")                                                          \
	TEXT(ENAMETOOLONG, "file name too long")                                                   \
	TEXT(ENOTEMPTY, "directory not empty")                                                     \
	TEXT(EDQUOT, "disk quota exceeded")                                                        \
	TEXT(ENOLCK, "no locks available")                                                         \
	TEXT(ENOSYS, "system call not available")                                                  \
	TEXT(ECONNREFUSED, "connection refused")                                                   \
	TEXT(EADDRINUSE, "address already used")                                                   \
	TEXT(EPROTO, "protocol error")                                                             \
	TEXT(EDEADLK, "operation would cause deadlock")                                            \
	TEXT(EFAULT, "bad address")                                                                \
	TEXT(ESTALE, "stale NFS file handle")                                                      \
	TEXT(EOVERFLOW, "value too large")                                                         \
	TEXT(EOPNOTSUPP, "operation not supported")                                                \
	TEXT(ENOTCONN, "not connected")                                                            \
	TEXT(ECONNRESET, "connection reset")                                                       \
	TEXT(ENETUNREACH, "network unreachable")                                                   \
	TEXT(EHOSTDOWN, "host down")                                                               \
	TEXT(EHOSTUNREACH, "host unreachable")                                                     \
	TEXT(ENOBUFS, "out of buffers")                                                            \
	TEXT(EILSEQ, "illegal byte sequence")                                                      \
	TEXT(EREMOTEIO, "remote input/output error")                                               \
	TEXT(EBADMSG, "bad message")                                                               \
	TEXT(EUCLEAN, "file system is damaged")                                                    \
	TEXT(ENOMEDIUM, "no medium")                                                               \
	TEXT(ENOKEY, "key not available")                                                          \
	TEXT(MSG_ENOTFIFO, "not a FIFO")                                                           \
	TEXT(MSG_ENOTREG, "not a regular file")                                                    \
	TEXT(MSG_EOWNER, "owned by another user")                                                  \
	TEXT(MSG_ELINKS, "has more than one link")                                                 \
	TEXT(MSG_EFORMAT, "bad format")                                                            \
	TEXT(MSG_EPLACE, "belongs to another directory")

#define NUMBER(error, text) error,
#define WORDS(error, text) text "\0"
static const uint16_t errors[] = {TEXTS(NUMBER)};
static const char words[] = TEXTS(WORDS); /* in the same order */

const char *
msg_error(int error)
{
	static char unknown[sizeof "error -2147483648"];
	const char *text = words;

	for (size_t i = 0; i < sizeof errors / sizeof *errors; i++, text += strlen(text) + 1)
		if (errors[i] == error)
			return text;
	fmt(unknown, sizeof unknown, "error %d", error);
	return unknown;
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
