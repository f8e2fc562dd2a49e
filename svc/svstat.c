/* svstat: says what each service does, one line or one JSON object per service.
 * It only reads, and it never waits. SPDX-License-Identifier: ISC */
#include "fd.h"
#include "msg.h"
#include "output.h"
#include "scandir.h"
#include "servicedir.h"
#include "svproto.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SYNOPSIS "svstat [-jV] [-a | service ...]"

/* Prints one service in the form that was asked for. SERVICE is -1 with errno set if the directory
 * could not be opened. */
typedef void show_function(const char *name, int service);

/* ---- The line of 0.76 ------------------------------------------------------------------------ */

/* The first thing that makes a report impossible. */
static void
say_unable(const char *what, int error)
{
	output_text("unable to ");
	output_text(what);
	output_text(": ");
	output_text(msg_error(error));
}

static void
say_status(const struct sv_status *status, bool normally_down)
{
	struct tai64n now = tai64n_now();
	bool up = status->pid != 0;

	if (up) {
		output_text("up (pid ");
		output_number(status->pid);
		output_text(") ");
	} else {
		output_text("down ");
	}
	/* A stamp from the future, after the clock was set back, counts as now. Of a stamp that no
	 * supervise has written 0.76 shows what is left in a double. */
	output_number(now.seconds > status->since.seconds
			  ? (uint64_t)(double)(now.seconds - status->since.seconds)
			  : 0);
	output_text(" seconds");
	if (up && normally_down)
		output_text(", normally down");
	if (!up && !normally_down)
		output_text(", normally up");
	if (up && status->paused)
		output_text(", paused");
	if (!up && status->want == SV_WANT_UP)
		output_text(", want up");
	if (up && status->want == SV_WANT_DOWN)
		output_text(", want down");
}

/* What can be said about the open SERVICE: 0.76's texts, the first that fits. */
static void
say(int service)
{
	struct sv_status status;
	int normally_down = servicedir_normally_down(service);

	if (normally_down == -1) {
		say_unable("stat down", errno);
		return;
	}
	int running = sv_running(service);
	if (running == 0) {
		output_text("supervise not running");
		return;
	}
	if (running == -1) {
		say_unable("open " SV_DIRECTORY "/" SV_OK, errno);
		return;
	}
	if (sv_read_status(service, &status))
		say_status(&status, normally_down == 1);
	else if (errno == MSG_EFORMAT || errno == EISDIR || errno == EIO)
		say_unable("read " SV_DIRECTORY "/" SV_STATUS, errno); /* open(2) did not fail */
	else
		say_unable("open " SV_DIRECTORY "/" SV_STATUS, errno);
}

static void
show_line(const char *name, int service)
{
	int error = errno;

	output_text(name);
	output_text(": ");
	if (service == -1)
		say_unable("chdir", error);
	else
		say(service);
	output_text("\n");
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
	snprintf(text, sizeof text, "unable to %s: %s", what, msg_error(error));
	output_text(",\"error\":");
	output_json(text);
}

/* What is left behind by a supervise that has gone is not shown: it may be false by now. */
static void
show_keys(int service)
{
	char text[SV_TEXT_MAX];
	int running = sv_running(service);
	int error = errno;

	output_text(running == 1 ? ",\"running\":true" : ",\"running\":false");
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
		output_text(",\"running\":false");
		show_error("chdir", error);
	} else {
		show_keys(service);
	}
	output_text("}\n");
}

/* ---- All services ---------------------------------------------------------------------------- */

static int
is_candidate(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* Links are followed: they are how services are enabled. */
static int
open_at(int directory, const char *name)
{
	return openat(directory, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

/* Shows the entry NAME of the scan directory and its logger, if they are directories. */
static void
show_entry(int scan, const char *name, show_function *show)
{
	char log_name[NAME_MAX + sizeof "/" SERVICEDIR_LOG];
	int service = open_at(scan, name);

	if (service == -1 && (errno == ENOTDIR || errno == ENOENT || errno == ELOOP))
		return; /* a plain file, a dangling link, gone: no service */
	show(name, service);
	int log = service == -1 ? -1 : open_at(service, SERVICEDIR_LOG);
	if (log != -1) {
		snprintf(log_name, sizeof log_name, "%s/" SERVICEDIR_LOG, name);
		show(log_name, log);
	}
	fd_close(&log);
	fd_close(&service);
}

static void
show_all(show_function *show)
{
	struct dirent **entries;
	const char *path = scandir_path();
	int scan = open_at(AT_FDCWD, path);
	int count = scan == -1 ? -1 : scandir(path, &entries, is_candidate, alphasort);

	if (count == -1)
		msg_die_sys(MSG_TEMPORARY, errno, "unable to read directory %s", path);
	for (int i = 0; i < count; i++) {
		show_entry(scan, entries[i]->d_name, show);
		free(entries[i]);
	}
	free(entries);
	fd_close(&scan);
}

int
main(int argc, char **argv)
{
	show_function *show = show_line;
	bool all = false;
	int option;

	fd_reserve_standard();
	msg_program("svstat");
	while ((option = getopt(argc, argv, "+:ajV")) != -1) {
		switch (option) {
		case 'a':
			all = true;
			break;
		case 'j':
			show = show_json;
			break;
		case 'V':
			output_text("svstat " VERSION "\n");
			output_flush();
			return 0;
		default:
			msg_bad_option(option, optopt);
			msg_usage(SYNOPSIS);
		}
	}
	if (all && optind < argc)
		msg_usage(SYNOPSIS);
	if (all)
		show_all(show);
	for (int i = optind; i < argc; i++) {
		int service = scandir_open(argv[i]);
		show(argv[i], service);
		fd_close(&service);
	}
	output_flush();
	return 0;
}
