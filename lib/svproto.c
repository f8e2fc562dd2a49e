/* svproto: see svproto.h.
 * SPDX-License-Identifier: ISC */
#include "svproto.h"

#include "clock.h"
#include "fd.h"
#include "file.h"
#include "fmt.h"
#include "msg.h"
#include "num.h"
#include "pause.h"
#include "signame.h"
#include "statedir.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

const struct sv_command sv_commands[] = {
    {'u', SV_UP, 0, "up"},
    {'d', SV_DOWN, 0, "down"},
    {'o', SV_ONCE, 0, "once"},
    {'x', SV_EXIT, 0, "exit"},
    {'p', SV_PAUSE, SIGSTOP, "pause"},
    {'c', SV_CONTINUE, SIGCONT, "continue"},
    {'h', SV_SIGNAL, SIGHUP, "hup"},
    {'a', SV_SIGNAL, SIGALRM, "alarm"},
    {'i', SV_SIGNAL, SIGINT, "interrupt"},
    {'t', SV_SIGNAL, SIGTERM, "term"},
    {'k', SV_SIGNAL, SIGKILL, "kill"},
    {'q', SV_SIGNAL, SIGQUIT, "quit"},
    {'1', SV_SIGNAL, SIGUSR1, "usr1"},
    {'2', SV_SIGNAL, SIGUSR2, "usr2"},
    {'y', SV_SIGNAL, SIGWINCH, "winch"},
    {'w', SV_SIGNAL, SIGWINCH, "winch"},
    {'b', SV_SIGNAL, SIGABRT, "abort"},
    {'r', SV_RESTART, SIGTERM, "restart"},
    {'O', SV_AT_MOST_ONCE, 0, "at most once"},
    {'U', SV_UP_FOR_GOOD, 0, "up for good"},
    {'D', SV_DOWN_FOR_GOOD, 0, "down for good"},
    {'+', SV_GROUP, 0, "next signal to the group"},
    {'L', SV_LOG, 0, "ignored from here on"},
    {'l', SV_SERVICE, 0, "heeded again"},
};

const size_t sv_command_count = sizeof sv_commands / sizeof *sv_commands;

const struct sv_command *
sv_command(char letter)
{
	for (size_t i = 0; i < sv_command_count; i++)
		if (sv_commands[i].letter == letter)
			return &sv_commands[i];
	return NULL;
}

/* Where the parts of the status record begin. The process number is little-endian, the time is
 * not: that is 0.76's format. */
enum { AT_SINCE = 0, AT_PID = TAI64N_PACKED, AT_PAUSED = AT_PID + 4, AT_WANT };

static const unsigned char want_bytes[] = {
    [SV_WANT_UP] = 'u',
    [SV_WANT_DOWN] = 'd',
    [SV_WANT_ONCE] = 0,
};

void
sv_status_pack(unsigned char bytes[SV_STATUS_SIZE], const struct sv_status *status)
{
	tai64n_pack(bytes + AT_SINCE, &status->since);
	for (unsigned i = 0; i < 4; i++)
		bytes[AT_PID + i] = (unsigned char)(status->pid >> (8 * i) & 0xff);
	bytes[AT_PAUSED] = status->paused && status->pid != 0;
	bytes[AT_WANT] = want_bytes[status->want];
}

bool
sv_status_unpack(const unsigned char *bytes, size_t length, struct sv_status *status)
{
	if (length < SV_STATUS_SIZE)
		return false;
	tai64n_unpack(bytes + AT_SINCE, &status->since);
	status->pid = 0;
	for (unsigned i = 0; i < 4; i++)
		status->pid |= (uint32_t)bytes[AT_PID + i] << (8 * i);
	status->paused = bytes[AT_PAUSED] != 0;
	status->want = bytes[AT_WANT] == 'u'   ? SV_WANT_UP
		       : bytes[AT_WANT] == 'd' ? SV_WANT_DOWN
					       : SV_WANT_ONCE;
	return true;
}

/* ---- The record ------------------------------------------------------------------------------ */

const char *const sv_child_names[] = {
    [SV_CHILD_NONE] = "none",
    [SV_CHILD_START] = "start",
    [SV_CHILD_RUN] = "run",
    [SV_CHILD_STOP] = "stop",
    [SV_CHILD_FINISH] = "finish",
};

/* Appends TEXT at *NEXT and moves it; the caller has counted the room. */
static void
put_text(char **next, const char *text)
{
	size_t length = strlen(text);
	memcpy(*next, text, length);
	*next += length;
}

static void
put_number(char **next, uint64_t number)
{
	char digits[20];
	size_t count = 0;

	do
		digits[count++] = (char)('0' + number % 10);
	while ((number /= 10) != 0);
	while (count > 0)
		*(*next)++ = digits[--count];
}

/* Without stdio, which is not async-signal-safe. The longest record has 6 (a kind) + 5 + 10 + 7 +
 * 20 + 6 + 36 + 4 + 33 + 1 bytes: all there are. */
void
sv_record_format(char text[SV_RECORD_SIZE], const struct sv_record *record)
{
	char *next = text;

	memset(text, ' ', SV_RECORD_SIZE);
	put_text(&next, sv_child_names[record->kind]);
	put_text(&next, " pid=");
	put_number(&next, (uint64_t)record->pid);
	put_text(&next, " ticks=");
	put_number(&next, record->ticks);
	put_text(&next, " boot=");
	put_text(&next, record->boot);
	put_text(&next, " at=");
	put_text(&next, record->at);
	text[SV_RECORD_SIZE - 1] = '\n';
}

/* Skips WORD at *NEXT; false if it is not there. */
static bool
skip(const char **next, const char *word)
{
	size_t length = strlen(word);
	if (strncmp(*next, word, length) != 0)
		return false;
	*next += length;
	return true;
}

static bool
skip_kind(const char **next, enum sv_child *kind)
{
	for (unsigned i = 0; i < SV_CHILD_COUNT; i++)
		if (skip(next, sv_child_names[i])) {
			*kind = (enum sv_child)i;
			return true;
		}
	return false;
}

static bool
skip_number(const char **next, uint64_t *number)
{
	const char *digits = *next;
	*next = num_prefix(digits, number);
	return *next != digits;
}

/* Copies what stands before the next blank at *NEXT to WORD, which has room for SIZE bytes. */
static bool
skip_word(const char **next, char *word, size_t size)
{
	size_t length = strcspn(*next, " \n");
	if (length >= size)
		return false;
	memcpy(word, *next, length);
	word[length] = '\0';
	*next += length;
	return true;
}

bool
sv_record_parse(const char *text, size_t length, struct sv_record *record)
{
	char copy[SV_RECORD_SIZE + 1];
	const char *next = copy;
	uint64_t pid;

	if (length != SV_RECORD_SIZE)
		return false;
	memcpy(copy, text, SV_RECORD_SIZE);
	copy[SV_RECORD_SIZE] = '\0';
	if (!skip_kind(&next, &record->kind) || !skip(&next, " pid="))
		return false;
	if (!skip_number(&next, &pid) || pid > INT32_MAX || !skip(&next, " ticks="))
		return false;
	record->pid = (pid_t)pid;
	if (!skip_number(&next, &record->ticks) || !skip(&next, " boot="))
		return false;
	if (!skip_word(&next, record->boot, sizeof record->boot) || !skip(&next, " at=") ||
	    !skip_word(&next, record->at, sizeof record->at))
		return false;
	next += strspn(next, " ");
	return *next == '\n' && next == copy + SV_RECORD_SIZE - 1;
}

void
sv_place(int directory, char place[SV_PLACE_SIZE])
{
	struct stat st;

	place[0] = '\0';
	if (fstatat(directory, "", &st, AT_EMPTY_PATH) == 0)
		fmt(place, SV_PLACE_SIZE, "%llx-%llx", (unsigned long long)st.st_dev,
		    (unsigned long long)st.st_ino);
}

int
sv_open_directory(int service)
{
	return statedir_open(service);
}

int
sv_open_in(int directory, const char *name, int flags, enum file_kind kind, char *place)
{
	int fd = file_open_private(directory, name, flags, 0, kind, 1);

	if (fd == -1 || place == NULL)
		return fd;
	sv_place(directory, place);
	/* What cannot be told apart from a copy just now is no copy for all we know. */
	if (place[0] == '\0') {
		const int error = errno;
		fd_close(&fd);
		errno = error;
	}
	return fd;
}

int
sv_open_name(int service, const char *name, int flags, enum file_kind kind)
{
	int directory = sv_open_directory(service);
	if (directory == -1)
		return -1;
	const int fd = sv_open_in(directory, name, flags, kind, NULL);
	const int error = errno;
	close(directory);
	errno = error;
	return fd;
}

int
sv_open_ok(int service)
{
	/* Opening a FIFO for writing without waiting fails with ENXIO while nobody reads it
	 * (open(2)); supervise keeps it open for reading as long as it lives. */
	return sv_open_name(service, SV_OK, O_WRONLY, FILE_FIFO);
}

int
sv_running(int service)
{
	int fd = sv_open_ok(service);
	if (fd == -1)
		return errno == ENXIO ? 0 : -1;
	close(fd);
	return 1;
}

int
sv_open_control(int service)
{
	return sv_open_name(service, SV_CONTROL, O_WRONLY, FILE_FIFO);
}

bool
sv_write(int control, const char *letters, size_t count, int limit_ms)
{
	const int64_t deadline_ms = clock_ms() + limit_ms;
	struct pollfd room = {.fd = control, .events = POLLOUT};

	if (count == 0)
		return true;
	for (;;) {
		/* Atomic: all bytes or, while there is no room for them, EAGAIN (pipe(7)). */
		if (fd_write(control, letters, count) == (ssize_t)count)
			return true;
		if (errno != EAGAIN)
			return false;
		if (clock_ms() >= deadline_ms) {
			errno = ETIMEDOUT;
			return false;
		}
		pause_until(&room, 1, deadline_ms);
	}
}

bool
sv_send(int service, const char *letters, size_t count, int limit_ms)
{
	int fd = sv_open_control(service);
	if (fd == -1)
		return false;
	bool sent = sv_write(fd, letters, count, limit_ms);
	int error = errno;
	close(fd);
	errno = error;
	return sent;
}

bool
sv_read_status(int service, struct sv_status *status)
{
	char bytes[SV_STATUS_SIZE + 1];
	int fd = sv_open_name(service, SV_STATUS, O_RDONLY, FILE_REGULAR);
	ssize_t got = file_read_open(fd, bytes, sizeof bytes);

	if (got == -1)
		return false;
	if (sv_status_unpack((const unsigned char *)bytes, (size_t)got, status))
		return true;
	errno = MSG_EFORMAT;
	return false;
}

bool
sv_read_record_in(int directory, const char *boot, struct sv_record *record)
{
	char text[SV_RECORD_SIZE + 2]; /* a longer one is not well-formed */
	char place[SV_PLACE_SIZE];
	int fd = sv_open_in(directory, SV_RECORD, O_RDONLY, FILE_REGULAR, place);
	ssize_t length = file_read_open(fd, text, sizeof text);

	return length != -1 && sv_record_parse(text, (size_t)length, record) &&
	       record->kind != SV_CHILD_NONE && record->pid > 1 &&
	       (boot == NULL || strcmp(record->boot, boot) == 0) && strcmp(record->at, place) == 0;
}

bool
sv_read_record(int service, const char *boot, struct sv_record *record)
{
	int directory = sv_open_directory(service);
	const bool read = directory != -1 && sv_read_record_in(directory, boot, record);
	const int error = errno;

	fd_close(&directory);
	errno = error;
	return read;
}
