/* servicedir: see servicedir.h.
 * SPDX-License-Identifier: ISC */
#include "servicedir.h"

#include "file.h"
#include "inventory.h"
#include "msg.h"
#include "num.h"
#include "signame.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

const char *const servicedir_scripts[SERVICEDIR_SCRIPTS] = {
    SERVICEDIR_RUN,
    SERVICEDIR_START,
    SERVICEDIR_STOP,
    SERVICEDIR_FINISH,
    SERVICEDIR_CHECK,
    SERVICEDIR_NOTIFY,
};

int
servicedir_has(int dir, const char *name)
{
	struct stat st;

	if (fstatat(dir, name, &st, 0) == -1)
		return errno == ENOENT ? 0 : -1;
	if (S_ISREG(st.st_mode))
		return 1;
	errno = S_ISDIR(st.st_mode) ? EISDIR : MSG_ENOTREG;
	return -1;
}

int
servicedir_normally_down(int dir)
{
	return file_exists(dir, SERVICEDIR_DOWN);
}

int
servicedir_set_down(int dir)
{
	int fd = openat(
	    dir, SERVICEDIR_DOWN, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd == -1)
		return errno == EEXIST ? 0 : -1; /* of whatever type: it counts as down */
	close(fd);
	return 0;
}

int
servicedir_clear_down(int dir)
{
	return unlinkat(dir, SERVICEDIR_DOWN, 0) == 0 || errno == ENOENT ? 0 : -1;
}

/* ---- Values: each parser leaves the settings alone if TEXT makes no sense -------------------- */

enum {
	VALUE_MAX = 256,        /* longer first lines make no sense */
	DURATION_MAX = INT_MAX, /* ms; 24 days */
	DEATHS_MAX = 100,
};

typedef bool parse_function(struct servicedir *settings, size_t offset, const char *text);

static bool
parse_duration(struct servicedir *settings, size_t offset, const char *text)
{
	uint64_t *field = (uint64_t *)(void *)((char *)settings + offset);
	return num_parse(text, DURATION_MAX, field);
}

static bool
parse_positive(struct servicedir *settings, size_t offset, const char *text)
{
	uint64_t value;

	if (!num_parse(text, DURATION_MAX, &value) || value == 0)
		return false;
	return parse_duration(settings, offset, text);
}

static bool
parse_signal(struct servicedir *settings, size_t offset, const char *text)
{
	const int number = signame_number(text);

	(void)offset;
	if (number == -1)
		return false;
	settings->down_signal = number;
	return true;
}

/* One that the limit does not allow would keep the service from being executed at all. */
static bool
parse_descriptor(struct servicedir *settings, size_t offset, const char *text)
{
	uint64_t number;
	struct rlimit limit = {RLIM_INFINITY, RLIM_INFINITY};

	/* Cannot fail (getrlimit(2)). As prlimit(2), since musl's own getrlimit is larger. */
	(void)prlimit(0, RLIMIT_NOFILE, NULL, &limit);

	(void)offset;
	if (!num_parse(text, INT_MAX, &number) || number <= STDERR_FILENO ||
	    number >= limit.rlim_cur)
		return false;
	settings->notification_fd = (int)number;
	return true;
}

static bool
parse_leftovers(struct servicedir *settings, size_t offset, const char *text)
{
	static const char *const names[] = {
	    [SERVICEDIR_GROUP] = "group",
	    [SERVICEDIR_TREE] = "tree",
	    [SERVICEDIR_KEEP] = "keep",
	};

	(void)offset;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(text, names[i]) == 0) {
			settings->leftovers = (enum servicedir_leftovers)i;
			return true;
		}
	return false;
}

/* Splits TEXT at blanks into two numbers. */
static bool
parse_pair(const char *text, uint64_t max, uint64_t *first, uint64_t max_second, uint64_t *second)
{
	char word[VALUE_MAX];
	const size_t length = strcspn(text, " \t");

	memcpy(word, text, length);
	word[length] = '\0';
	text += length;
	text += strspn(text, " \t");
	return num_parse(word, max, first) && num_parse(text, max_second, second);
}

static bool
parse_backoff(struct servicedir *settings, size_t offset, const char *text)
{
	uint64_t least, most;

	(void)offset;
	if (!parse_pair(text, DURATION_MAX, &least, DURATION_MAX, &most) || most < least ||
	    most == 0)
		return false;
	settings->backoff_min_ms = least;
	settings->backoff_max_ms = most;
	return true;
}

static bool
parse_deaths(struct servicedir *settings, size_t offset, const char *text)
{
	uint64_t count, within_ms = 0;

	(void)offset;
	if (strcmp(text, "0") == 0)
		count = 0;
	else if (!parse_pair(text, DEATHS_MAX, &count, DURATION_MAX, &within_ms) || within_ms == 0)
		return false;
	settings->max_deaths = count;
	settings->max_deaths_ms = within_ms;
	settings->deaths_are_limited = true;
	return true;
}

/* ---- Files ----------------------------------------------------------------------------------- */

static const struct servicedir defaults = {
    .timeout_finish_ms = 5000,
    .timeout_check_ms = 5000,
    .backoff_min_ms = 1000,
    .backoff_max_ms = 1000,
    .down_signal = SIGTERM,
    .notification_fd = -1,
    .leftovers = SERVICEDIR_GROUP,
};

const char *const servicedir_names[SERVICEDIR_FILES] = {
    [SERVICEDIR_BACKOFF] = "backoff",
    [SERVICEDIR_CHECK_INTERVAL] = "check-interval",
    [SERVICEDIR_DOWN_SIGNAL] = "down-signal",
    [SERVICEDIR_ESSENTIAL] = "essential",
    [SERVICEDIR_LEFTOVERS] = "leftovers",
    [SERVICEDIR_LOG_STDERR] = "log-stderr",
    [SERVICEDIR_MAX_DEATHS] = "max-deaths",
    [SERVICEDIR_NEEDS] = "needs",
    [SERVICEDIR_NO_SETSID] = "no-setsid",
    [SERVICEDIR_NOTIFICATION_FD] = "notification-fd",
    [SERVICEDIR_TIMEOUT_CHECK] = "timeout-check",
    [SERVICEDIR_TIMEOUT_FINISH] = "timeout-finish",
    [SERVICEDIR_TIMEOUT_KILL] = "timeout-kill",
    [SERVICEDIR_TIMEOUT_START] = "timeout-start",
};

#define FIELD(name) offsetof(struct servicedir, name)

/* How each is read; without a parser it is a marker: the file counts, not what is in it. */
static const struct reading {
	parse_function *parse;
	size_t offset;
	const char *expected;
} readings[SERVICEDIR_SETTINGS] = {
    [SERVICEDIR_BACKOFF] = {parse_backoff, 0,
	"two numbers of milliseconds, the smaller one first; using 1000 1000"},
    [SERVICEDIR_CHECK_INTERVAL] = {parse_positive, FIELD(check_interval_ms),
	"milliseconds, at least 1; doing without"},
    [SERVICEDIR_DOWN_SIGNAL] = {parse_signal, 0, "the name or number of a signal; using TERM"},
    [SERVICEDIR_ESSENTIAL] = {NULL, FIELD(essential), NULL},
    [SERVICEDIR_LEFTOVERS] = {parse_leftovers, 0, "group, tree or keep; using group"},
    [SERVICEDIR_LOG_STDERR] = {NULL, FIELD(log_stderr), NULL},
    [SERVICEDIR_MAX_DEATHS] = {parse_deaths, 0,
	"0, or a number of deaths up to 100 and milliseconds; doing without"},
    [SERVICEDIR_NO_SETSID] = {NULL, FIELD(no_setsid), NULL},
    [SERVICEDIR_NOTIFICATION_FD] = {parse_descriptor, 0,
	"the number of a descriptor, at least 3 and below the limit; doing without"},
    [SERVICEDIR_TIMEOUT_CHECK] = {parse_positive, FIELD(timeout_check_ms),
	"milliseconds, at least 1; using 5000"},
    [SERVICEDIR_TIMEOUT_FINISH] = {parse_duration, FIELD(timeout_finish_ms),
	"milliseconds; using 5000"},
    [SERVICEDIR_TIMEOUT_KILL] = {parse_duration, FIELD(timeout_kill_ms),
	"milliseconds; doing without"},
    [SERVICEDIR_TIMEOUT_START] = {parse_duration, FIELD(timeout_start_ms),
	"milliseconds; doing without"},
};

/* Reads the first line of NAME into LINE, without blanks at its ends. False with errno set. */
static bool
read_line(int dir, const char *name, char line[VALUE_MAX])
{
	ssize_t length = file_read(dir, name, line, VALUE_MAX);

	if (length == -1)
		return false;
	const char *newline = memchr(line, '\n', (size_t)length);
	const size_t end = newline != NULL ? (size_t)(newline - line) : (size_t)length;
	/* A value ends with its line, not with a NUL in it, and not where our room ends. */
	if (memchr(line, '\0', end) != NULL || end == VALUE_MAX - 1) {
		strcpy(line, "...");
		errno = MSG_EFORMAT;
		return false;
	}
	line[end] = '\0';
	size_t count = strlen(line);
	while (count > 0 && strchr(" \t", line[count - 1]) != NULL)
		line[--count] = '\0';
	memmove(line, line + strspn(line, " \t"), count - strspn(line, " \t") + 1);
	return true;
}

/* 0, or what is wrong; MSG_EFORMAT with the value in LINE. */
static int
read_setting(
    int dir, struct servicedir *settings, enum servicedir_setting setting, char line[VALUE_MAX])
{
	const struct reading *reading = &readings[setting];
	const char *name = servicedir_names[setting];

	if (reading->parse == NULL) {
		const int has = servicedir_has(dir, name);
		*(bool *)((char *)settings + reading->offset) = has == 1;
		return has == -1 ? errno : 0;
	}
	if (!read_line(dir, name, line))
		return errno == ENOENT ? 0 : errno;
	return reading->parse(settings, reading->offset, line) ? 0 : MSG_EFORMAT;
}

void
servicedir_read(int dir, uint32_t names, struct servicedir *settings, servicedir_warn *warn,
    servicedir_well *well, void *argument)
{
	char line[VALUE_MAX];

	*settings = defaults;
	for (unsigned i = 0; i < SERVICEDIR_SETTINGS; i++) {
		const enum servicedir_setting setting = (enum servicedir_setting)i;
		const bool exists = (names & INVENTORY_FILE(i)) != 0;
		const int error = exists ? read_setting(dir, settings, setting, line) : 0;
		const struct servicedir_fault fault = {setting, error, line, readings[i].expected};

		if (error != 0)
			warn(argument, &fault);
		else
			well(argument, setting);
	}
}

/* ---- Needs ----------------------------------------------------------------------------------- */

/* What can be the name of a service in a scan directory, and reads well in a message. */
static bool
is_service_name(const char *name, size_t length)
{
	if (length > NAME_MAX || name[0] == '.')
		return false;
	for (size_t i = 0; i < length; i++)
		if (name[i] == '/' || (unsigned char)name[i] < ' ' || name[i] == '\177')
			return false;
	return true;
}

/* Whether the list of LENGTH bytes at LIST has the NAME. */
static bool
has_name(const char *list, size_t length, const char *name, size_t name_length)
{
	for (size_t at = 0; at < length;) {
		const char *slash = memchr(list + at, '/', length - at);
		const size_t end = slash != NULL ? (size_t)(slash - list) : length;
		if (end - at == name_length && memcmp(list + at, name, name_length) == 0)
			return true;
		at = end + 1;
	}
	return false;
}

/* Turns the lines of NEEDS into the list, in place: a name and its separator are never longer than
 * its line. NULL, or the first line that makes no sense. */
static const char *
join_names(char *needs)
{
	size_t used = 0, count = 0;
	char *next;

	for (char *line = needs; line != NULL; line = next) {
		next = strchr(line, '\n');
		if (next != NULL)
			*next++ = '\0';
		line += strspn(line, " \t");
		size_t length = strlen(line);
		while (length > 0 && strchr(" \t", line[length - 1]) != NULL)
			line[--length] = '\0';
		if (length == 0 || has_name(needs, used, line, length))
			continue;
		if (!is_service_name(line, length) || ++count > SERVICEDIR_NEEDS_MAX)
			return line;
		if (used > 0)
			needs[used++] = '/';
		memmove(needs + used, line, length);
		used += length;
	}
	needs[used] = '\0';
	return NULL;
}

/* 0, or what is wrong; MSG_EFORMAT with the line in *VALUE. */
static int
read_names(int dir, char needs[SERVICEDIR_NEEDS_SIZE], const char **value)
{
	const ssize_t length =
	    file_read(dir, servicedir_names[SERVICEDIR_NEEDS], needs, SERVICEDIR_NEEDS_SIZE);

	if (length == -1) {
		needs[0] = '\0';
		return errno == ENOENT ? 0 : errno;
	}
	/* There may be more than we have room for, or more behind a NUL. */
	if (length == SERVICEDIR_NEEDS_SIZE - 1 || strlen(needs) != (size_t)length)
		*value = "...";
	else
		*value = join_names(needs);
	return *value == NULL ? 0 : MSG_EFORMAT;
}

void
servicedir_read_needs(int dir, char needs[SERVICEDIR_NEEDS_SIZE], servicedir_warn *warn,
    servicedir_well *well, void *argument)
{
	struct servicedir_fault fault = {
	    .setting = SERVICEDIR_NEEDS,
	    .expected = "one of at most 64 names of services, 1022 bytes in all; waiting for none",
	};

	fault.error = read_names(dir, needs, &fault.value);
	if (fault.error == 0) {
		well(argument, SERVICEDIR_NEEDS);
		return;
	}
	warn(argument, &fault);
	needs[0] = '\0';
}
