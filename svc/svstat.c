/* svstat: says what each service does, one line or one JSON object per service.
 * It only reads, and it waits a few milliseconds at most. SPDX-License-Identifier: ISC */
#include "arg.h"
#include "every.h"
#include "fd.h"
#include "fmt.h"
#include "line.h"
#include "msg.h"
#include "output.h"
#include "scandir.h"
#include "svstate.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#define SYNOPSIS "svstat [-V] [-j | -v | -o field,...] [-a | service ...]"

/* ---- Lines ----------------------------------------------------------------------------------- */

static void
show_line(const char *name, int service)
{
	line_say(name, service, false);
}

static void
show_more(const char *name, int service)
{
	line_say(name, service, true);
}

/* ---- JSON ------------------------------------------------------------------------------------ */

/* A number as JSON has them: digits, the first of several not 0. */
static bool
is_number(const char *text)
{
	size_t digits = strspn(text, "0123456789");
	return digits > 0 && text[digits] == '\0' && (text[0] != '0' || digits == 1);
}

static void
show_value(const char *text, enum sv_key key)
{
	char value[SV_TEXT_MAX];

	output_text(",");
	output_json(sv_key_names[key]);
	output_text(":");
	if (!sv_text_get(text, key, value, sizeof value) || value[0] == '\0')
		output_text("null");
	else if (sv_key_is_number(key) && is_number(value))
		output_text(value);
	else
		output_json(value);
}

/* ,"error":"unable to WHAT: REASON" */
static void
show_error(const char *what, int error)
{
	char text[256];
	fmt(text, sizeof text, "unable to %s: %s", what, msg_error(error));
	output_text(",\"error\":");
	output_json(text);
}

/* Whether ERROR, of a look for a supervise, tells that there is none: nothing is there, or what no
 * supervise has made. Else nobody can tell: we have no descriptors left, say, or no permission. */
static bool
is_absence(int error)
{
	return error == ENOENT || error == ENOTDIR || error == ELOOP || error >= MSG_ENOTFIFO;
}

/* What is left behind by a supervise that has gone is not shown: it may be false by now. */
static void
show_keys(int service)
{
	char text[SV_TEXT_MAX];
	int running = sv_running(service);
	int error = errno;

	output_text(running == 1                        ? ",\"running\":true"
		    : running == 0 || is_absence(error) ? ",\"running\":false"
							: ",\"running\":null");
	if (running == -1 && error != ENOENT)
		show_error("open " SV_DIRECTORY "/" SV_OK, error);
	if (running != 1)
		return;
	if (!sv_read_text(service, text)) {
		show_error("read " SV_DIRECTORY "/" SV_STATE, errno);
		return;
	}
	for (unsigned key = 0; key < SV_KEY_COUNT; key++)
		show_value(text, (enum sv_key)key);
}

static void
show_json(const char *name, int service)
{
	int error = errno;

	output_text("{\"service\":");
	output_json(name);
	if (service == -1) {
		output_text(is_absence(error) ? ",\"running\":false" : ",\"running\":null");
		show_error("chdir", error);
	} else {
		show_keys(service);
	}
	output_text("}\n");
}

/* ---- Fields ---------------------------------------------------------------------------------- */

/* What -o knows beside the keys of the state text. */
enum { FIELD_SERVICE = SV_KEY_COUNT, FIELD_RUNNING, FIELD_COUNT };

enum { FIELDS_MAX = 64 };

static struct {
	unsigned list[FIELDS_MAX];
	size_t count;
} fields;

/* The field of this NAME; FIELD_COUNT if there is none. */
static unsigned
find_field(const char *name, size_t length)
{
	unsigned field;

	for (field = 0; field < FIELD_COUNT; field++) {
		const char *known = field == FIELD_SERVICE   ? "service"
				    : field == FIELD_RUNNING ? "running"
							     : sv_key_names[field];
		if (strlen(known) == length && memcmp(known, name, length) == 0)
			break;
	}
	return field;
}

/* Adds the fields of LIST, separated by commas. False if one does not exist, or if they are too
 * many. */
static bool
read_fields(const char *list)
{
	for (;; list++) {
		const size_t length = strcspn(list, ",");
		const unsigned field = find_field(list, length);
		if (field == FIELD_COUNT || fields.count == FIELDS_MAX)
			return false;
		fields.list[fields.count++] = field;
		list += length;
		if (*list == '\0')
			return true;
	}
}

/* One word, so that the columns stay in their places. */
static void
show_word(const char *text, enum sv_key key)
{
	char value[SV_TEXT_MAX];

	if (!sv_text_get(text, key, value, sizeof value) || value[0] == '\0')
		strcpy(value, "-");
	for (char *blank = value; (blank = strchr(blank, ' ')) != NULL;)
		*blank = ',';
	output_harmless(value);
}

static void
show_fields(const char *name, int service)
{
	char text[SV_TEXT_MAX] = "";
	int running = service == -1 ? -1 : sv_running(service);

	if (running == -1 && is_absence(errno))
		running = 0;

	if (running != 1 || !sv_read_text(service, text))
		text[0] = '\0';
	for (size_t i = 0; i < fields.count; i++) {
		if (i > 0)
			output_text(" ");
		if (fields.list[i] == FIELD_SERVICE)
			output_text(name);
		else if (fields.list[i] == FIELD_RUNNING)
			output_text(running == 1 ? "1" : running == 0 ? "0" : "-");
		else
			show_word(text, (enum sv_key)fields.list[i]);
	}
	output_text("\n");
}

/* ---- Options --------------------------------------------------------------------------------- */

struct options {
	every_visit *show; /* NULL = the line of 0.76 */
	bool all;
};

static void
set_form(struct options *options, every_visit *show)
{
	if (options->show != NULL && options->show != show)
		msg_usage(SYNOPSIS);
	options->show = show;
}

/* Returns the operands. */
static char **
read_options(int argc, char **argv, struct options *options)
{
	struct arg arg = arg_begin(argc, argv, "ajo:vV");
	int option;

	while ((option = arg_next(&arg)) != ARG_END) {
		switch (option) {
		case 'a':
			options->all = true;
			break;
		case 'j':
			set_form(options, show_json);
			break;
		case 'o':
			set_form(options, show_fields);
			if (!read_fields(arg.value))
				msg_usage(SYNOPSIS);
			break;
		case 'v':
			set_form(options, show_more);
			break;
		case 'V':
			output_text("svstat " VERSION "\n");
			output_flush();
			_exit(0);
		default:
			msg_bad_option(option, arg.letter);
			msg_usage(SYNOPSIS);
		}
	}
	if (options->all && arg.rest[0] != NULL)
		msg_usage(SYNOPSIS);
	return arg.rest;
}

int
main(int argc, char **argv)
{
	struct options options = {.show = NULL};

	fd_reserve_standard();
	msg_program("svstat");
	char **services = read_options(argc, argv, &options);
	every_visit *show = options.show != NULL ? options.show : show_line;
	if (options.all)
		every_service(show);
	for (; services[0] != NULL; services++) {
		int service = scandir_open(services[0]);
		show(services[0], service);
		fd_close(&service);
	}
	output_flush();
	return 0;
}
