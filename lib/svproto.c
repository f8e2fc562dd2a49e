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

const char *const sv_state_names[] = {
    [SV_STATE_DOWN] = "down",
    [SV_STATE_WAITING] = "waiting",
    [SV_STATE_STARTING] = "starting",
    [SV_STATE_UP] = "up",
    [SV_STATE_READY] = "ready",
    [SV_STATE_STOPPING] = "stopping",
    [SV_STATE_FINISHING] = "finishing",
    [SV_STATE_BACKOFF] = "backoff",
    [SV_STATE_DONE] = "done",
    [SV_STATE_FAILED] = "failed",
};

const char *const sv_want_names[] = {
    [SV_WANT_UP] = "up",
    [SV_WANT_DOWN] = "down",
    [SV_WANT_ONCE] = "once",
};

const char *const sv_key_names[] = {
    [SV_KEY_VERSION] = "version",
    [SV_KEY_STATE] = "state",
    [SV_KEY_WANT] = "want",
    [SV_KEY_PAUSED] = "paused",
    [SV_KEY_PID] = "pid",
    [SV_KEY_TICKS] = "ticks",
    [SV_KEY_BOOT] = "boot",
    [SV_KEY_AT] = "at",
    [SV_KEY_SUPERVISE_PID] = "supervise_pid",
    [SV_KEY_SUPERVISE_TICKS] = "supervise_ticks",
    [SV_KEY_PARENT_PID] = "parent_pid",
    [SV_KEY_PARENT_TICKS] = "parent_ticks",
    [SV_KEY_LEFT] = "left",
    [SV_KEY_SINCE] = "since",
    [SV_KEY_NEXT_START] = "next_start",
    [SV_KEY_EXIT] = "exit",
    [SV_KEY_SIGNAL] = "signal",
    [SV_KEY_DEATHS] = "deaths",
    [SV_KEY_LAST_DEATHS] = "last_deaths",
    [SV_KEY_COUNTED] = "counted_deaths",
    [SV_KEY_COUNTED_LAST] = "counted_last",
    [SV_KEY_DEATH_BY] = "death_by",
    [SV_KEY_TROUBLE] = "trouble",
    [SV_KEY_CHANGED] = "changed",
    [SV_KEY_CHILD] = "child",
    [SV_KEY_BURIED_PID] = "buried_pid",
    [SV_KEY_BURIED_TICKS] = "buried_ticks",
    [SV_KEY_BEGUN] = "begun",
    [SV_KEY_DOOMED] = "doomed",
    [SV_KEY_AGAIN] = "again",
    [SV_KEY_READY_SINCE] = "ready_since",
    [SV_KEY_HEALTHY] = "healthy",
    [SV_KEY_STRAYS] = "strays",
    [SV_KEY_BACKOFF] = "backoff",
    [SV_KEY_ESSENTIAL] = "essential",
    [SV_KEY_STARTS] = "starts",
    [SV_KEY_COMMANDS] = "commands",
    [SV_KEY_NEEDS] = "needs",
    [SV_KEY_WAITING] = "waiting",
    [SV_KEY_LOOKS] = "looks",
};

static const bool key_is_number[SV_KEY_COUNT] = {
    [SV_KEY_PAUSED] = true,
    [SV_KEY_PID] = true,
    [SV_KEY_TICKS] = true,
    [SV_KEY_SUPERVISE_PID] = true,
    [SV_KEY_SUPERVISE_TICKS] = true,
    [SV_KEY_PARENT_PID] = true,
    [SV_KEY_PARENT_TICKS] = true,
    [SV_KEY_LEFT] = true,
    [SV_KEY_EXIT] = true,
    [SV_KEY_DEATHS] = true,
    [SV_KEY_COUNTED] = true,
    [SV_KEY_COUNTED_LAST] = true,
    [SV_KEY_BURIED_PID] = true,
    [SV_KEY_BURIED_TICKS] = true,
    [SV_KEY_BEGUN] = true,
    [SV_KEY_DOOMED] = true,
    [SV_KEY_AGAIN] = true,
    [SV_KEY_HEALTHY] = true,
    [SV_KEY_STRAYS] = true,
    [SV_KEY_BACKOFF] = true,
    [SV_KEY_ESSENTIAL] = true,
    [SV_KEY_STARTS] = true,
    [SV_KEY_COMMANDS] = true,
    [SV_KEY_LOOKS] = true,
};

bool
sv_key_is_number(enum sv_key key)
{
	return key_is_number[key];
}

void
sv_text_add(struct sv_text *text, enum sv_key key, const char *format, ...)
{
	/* In place: a copy on the stack would be resident memory of every supervise. */
	char *line = text->bytes + text->length;
	const size_t room = sizeof text->bytes - text->length;
	const size_t name_length = strlen(sv_key_names[key]);
	va_list arguments;

	if (room < name_length + sizeof "=\n")
		return;
	memcpy(line, sv_key_names[key], name_length);
	line[name_length] = '=';
	const size_t begin = name_length + 1;
	va_start(arguments, format);
	const size_t length = fmt_list(line + begin, room - begin, format, arguments);
	va_end(arguments);
	if (begin + length + sizeof "\n" > room)
		return;
	memcpy(line + begin + length, "\n", sizeof "\n");
	text->length += begin + length + 1;
}

bool
sv_text_get(const char *text, enum sv_key key, char *value, size_t size)
{
	const size_t name_length = strlen(sv_key_names[key]);

	value[0] = '\0';
	for (const char *line = text; *line != '\0';) {
		size_t length = strcspn(line, "\n");
		if (length > name_length && line[name_length] == '=' &&
		    memcmp(line, sv_key_names[key], name_length) == 0) {
			size_t value_length = length - name_length - 1;
			if (value_length >= size)
				return false;
			memcpy(value, line + name_length + 1, value_length);
			value[value_length] = '\0';
			return true;
		}
		line += length;
		if (*line == '\n')
			line++;
	}
	return false;
}

bool
sv_text_number(const char *text, enum sv_key key, uint64_t *number)
{
	char value[24];
	return sv_text_get(text, key, value, sizeof value) && num_parse(value, INT64_MAX, number);
}

const char *
sv_next_name(const char *list, char name[SV_NAME_SIZE])
{
	const size_t length = strcspn(list, "/");
	const size_t fits = length < SV_NAME_SIZE ? length : SV_NAME_SIZE - 1;

	if (length == 0)
		return NULL;
	memcpy(name, list, fits);
	name[fits] = '\0';
	return list + length + (list[length] == '/');
}

bool
sv_text_belongs(const char *text, const struct sv_status *status)
{
	char label[TAI64N_LABEL + 1];
	struct tai64n since;

	return sv_text_get(text, SV_KEY_SINCE, label, sizeof label) &&
	       tai64n_parse(label, strlen(label), &since) &&
	       since.seconds == status->since.seconds &&
	       since.nanoseconds == status->since.nanoseconds;
}

/* ---- Deaths ---------------------------------------------------------------------------------- */

enum { DEATH_MAX = 48 /* " LABEL/signal/RTMIN+30" and its NUL */ };

static size_t
format_death(char text[DEATH_MAX], const struct sv_death *death)
{
	char label[TAI64N_LABEL];
	const int status = death->status;

	tai64n_format(label, &death->at);
	if (status != SV_STATUS_UNKNOWN && WIFEXITED(status))
		return fmt(
		    text, DEATH_MAX, "%.*s/exit/%d", TAI64N_LABEL, label, WEXITSTATUS(status));
	if (status != SV_STATUS_UNKNOWN && WIFSIGNALED(status))
		return fmt(text, DEATH_MAX, "%.*s/signal/%s", TAI64N_LABEL, label,
		    signame_of(WTERMSIG(status)));
	return fmt(text, DEATH_MAX, "%.*s/unknown/", TAI64N_LABEL, label);
}

void
sv_status_describe(char words[SV_STATUS_WORDS], int status)
{
	if (status == SV_STATUS_UNKNOWN)
		fmt(words, SV_STATUS_WORDS, "unknown status");
	else if (WIFSIGNALED(status))
		fmt(words, SV_STATUS_WORDS, "SIG%s", signame_of(WTERMSIG(status)));
	else
		fmt(words, SV_STATUS_WORDS, "exit code %d", WEXITSTATUS(status));
}

void
sv_deaths_add(struct sv_text *text, const struct sv_death *deaths, size_t count)
{
	char all[SV_DEATHS_KEPT * DEATH_MAX] = "";
	size_t used = 0;

	for (size_t i = 0; i < count && i < SV_DEATHS_KEPT; i++) {
		if (i > 0)
			all[used++] = ' ';
		used += format_death(all + used, &deaths[i]);
	}
	sv_text_add(text, SV_KEY_LAST_DEATHS, "%s", all);
}

/* TEXT is "exit/CODE", "signal/NAME" or anything else, up to a blank. */
static int
parse_how(const char *text)
{
	char value[DEATH_MAX];
	uint64_t code;
	const size_t length = strcspn(text, " ");

	if (length >= sizeof value)
		return SV_STATUS_UNKNOWN;
	memcpy(value, text, length);
	value[length] = '\0';
	/* Put together as waitpid(2) has it. */
	if (strncmp(value, "exit/", 5) == 0 && num_parse(value + 5, UINT8_MAX, &code))
		return (int)code << 8;
	if (strncmp(value, "signal/", 7) == 0 && signame_number(value + 7) > 0)
		return signame_number(value + 7) & 0x7f;
	return SV_STATUS_UNKNOWN;
}

size_t
sv_deaths_get(const char *text, struct sv_death deaths[SV_DEATHS_KEPT])
{
	char value[SV_DEATHS_KEPT * DEATH_MAX];
	size_t count = 0;

	(void)sv_text_get(text, SV_KEY_LAST_DEATHS, value, sizeof value);
	for (const char *next = value; count < SV_DEATHS_KEPT; count++) {
		if (!tai64n_parse(next, strlen(next), &deaths[count].at) ||
		    next[TAI64N_LABEL] != '/')
			break;
		next += TAI64N_LABEL + 1;
		deaths[count].status = parse_how(next);
		next += strcspn(next, " ");
		next += strspn(next, " ");
	}
	return count;
}

const char *const sv_asker_names[] = {
    [SV_ASKER_NOBODY] = "",
    [SV_ASKER_COMMAND] = "command",
    [SV_ASKER_CHECK] = "check",
};

/* ---- The record ------------------------------------------------------------------------------ */

const char *const sv_child_names[] = {
    [SV_CHILD_NONE] = "none",
    [SV_CHILD_START] = "start",
    [SV_CHILD_RUN] = "run",
    [SV_CHILD_STOP] = "stop",
    [SV_CHILD_FINISH] = "finish",
};

/* ---- Trouble --------------------------------------------------------------------------------- */

static const char *const failing_names[SV_FAILING_COUNT] = {
    [SV_FAILING_EXIT] = "exit",
    [SV_FAILING_SIGNAL] = "signal",
    [SV_FAILING_EXEC] = "exec",
    [SV_FAILING_FORK] = "fork",
};

void
sv_trouble_add(struct sv_text *text, const struct sv_trouble *trouble)
{
	const char *script = sv_child_names[trouble->script];
	const char *how = failing_names[trouble->how];

	if (trouble->script == SV_CHILD_NONE)
		sv_text_add(text, SV_KEY_TROUBLE, "%s", "");
	else if (trouble->value < 0)
		sv_text_add(text, SV_KEY_TROUBLE, "%s/%s/", script, how);
	else
		sv_text_add(text, SV_KEY_TROUBLE, "%s/%s/%d", script, how, trouble->value);
}

/* Cuts the word before the next slash off *REST, and finds it in NAMES; COUNT if it is not there. */
static unsigned
cut_name(char **rest, const char *const *names, unsigned count)
{
	char *slash = strchr(*rest, '/');
	unsigned i;

	if (slash == NULL)
		return count;
	*slash = '\0';
	for (i = 0; i < count && strcmp(*rest, names[i]) != 0; i++)
		;
	*rest = slash + 1;
	return i;
}

bool
sv_trouble_get(const char *text, struct sv_trouble *trouble)
{
	char value[32], *rest = value;
	uint64_t number;

	*trouble = (struct sv_trouble){.script = SV_CHILD_NONE};
	if (!sv_text_get(text, SV_KEY_TROUBLE, value, sizeof value))
		return false;
	const unsigned script = cut_name(&rest, sv_child_names, SV_CHILD_COUNT);
	if (script == SV_CHILD_COUNT)
		return false;
	const unsigned how = cut_name(&rest, failing_names, SV_FAILING_COUNT);
	if (how == SV_FAILING_COUNT || (*rest != '\0' && !num_parse(rest, INT32_MAX, &number)))
		return false;
	trouble->script = (enum sv_child)script;
	trouble->how = (enum sv_failing)how;
	trouble->value = *rest == '\0' ? -1 : (int)number;
	return trouble->script != SV_CHILD_NONE;
}

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

/* Opens NAME in supervise/ of SERVICE, and tells PLACE, if that is not NULL. -1 with errno set. */
static int
open_name(int service, const char *name, int flags, enum file_kind kind, char *place)
{
	int directory = sv_open_directory(service);
	if (directory == -1)
		return -1;
	int fd = file_open_private(directory, name, flags, 0, kind, 1);
	int error = errno;
	if (place != NULL)
		sv_place(directory, place);
	close(directory);
	errno = error;
	return fd;
}

int
sv_open_ok(int service)
{
	/* Opening a FIFO for writing without waiting fails with ENXIO while nobody reads it
	 * (open(2)); supervise keeps it open for reading as long as it lives. */
	return open_name(service, SV_OK, O_WRONLY, FILE_FIFO, NULL);
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
	return open_name(service, SV_CONTROL, O_WRONLY, FILE_FIFO, NULL);
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
	int fd = open_name(service, SV_STATUS, O_RDONLY, FILE_REGULAR, NULL);
	ssize_t got = file_read_open(fd, bytes, sizeof bytes);

	if (got == -1)
		return false;
	if (sv_status_unpack((const unsigned char *)bytes, (size_t)got, status))
		return true;
	errno = MSG_EFORMAT;
	return false;
}

bool
sv_read_record(int service, const char *boot, struct sv_record *record)
{
	char text[SV_RECORD_SIZE + 2]; /* a longer one is not well-formed */
	char place[SV_PLACE_SIZE];
	int fd = open_name(service, SV_RECORD, O_RDONLY, FILE_REGULAR, place);
	ssize_t length = file_read_open(fd, text, sizeof text);

	return length != -1 && sv_record_parse(text, (size_t)length, record) &&
	       record->kind != SV_CHILD_NONE && record->pid > 1 &&
	       (boot == NULL || strcmp(record->boot, boot) == 0) && strcmp(record->at, place) == 0;
}

bool
sv_read_text(int service, char text[SV_TEXT_MAX])
{
	char place[SV_PLACE_SIZE], at[SV_PLACE_SIZE];
	int fd = open_name(service, SV_STATE, O_RDONLY, FILE_REGULAR, place);

	if (file_read_open(fd, text, SV_TEXT_MAX) == -1)
		return false;
	if (sv_text_get(text, SV_KEY_AT, at, sizeof at) && strcmp(at, place) == 0)
		return true;
	errno = MSG_EPLACE;
	return false;
}
