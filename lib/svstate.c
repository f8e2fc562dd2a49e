/* svstate: see svstate.h.
 * SPDX-License-Identifier: ISC */
#include "svstate.h"

#include "fd.h"
#include "fmt.h"
#include "msg.h"
#include "num.h"
#include "signame.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/wait.h>

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
    [SV_KEY_SIGNALLED] = "signalled",
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

/* ---- Trouble --------------------------------------------------------------------------------- */

static const char *const failing_names[SV_FAILING_COUNT] = {
    [SV_FAILING_EXIT] = "exit",
    [SV_FAILING_SIGNAL] = "signal",
    [SV_FAILING_EXEC] = "exec",
    [SV_FAILING_FORK] = "fork",
    [SV_FAILING_READ] = "read",
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

/* ---- Reading --- */

bool
sv_read_text_in(int directory, char text[SV_TEXT_MAX])
{
	char place[SV_PLACE_SIZE], at[SV_PLACE_SIZE];
	int fd = sv_open_in(directory, SV_STATE, O_RDONLY, FILE_REGULAR, place);

	if (file_read_open(fd, text, SV_TEXT_MAX) == -1)
		return false;
	if (sv_text_get(text, SV_KEY_AT, at, sizeof at) && strcmp(at, place) == 0)
		return true;
	errno = MSG_EPLACE;
	return false;
}

bool
sv_read_text(int service, char text[SV_TEXT_MAX])
{
	int directory = sv_open_directory(service);
	const bool read = directory != -1 && sv_read_text_in(directory, text);
	const int error = errno;

	fd_close(&directory);
	errno = error;
	return read;
}
