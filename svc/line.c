/* line: see line.h.
 * SPDX-License-Identifier: ISC */
#include "line.h"

#include "msg.h"
#include "output.h"
#include "servicedir.h"
#include "view.h"

#include <errno.h>
#include <string.h>

/* ---- The part of 0.76 ------------------------------------------------------------------------ */

/* The first thing that makes a report impossible. */
static void
say_unable(const char *what, int error)
{
	output_text("unable to ");
	output_text(what);
	output_text(": ");
	output_text(msg_error(error));
}

/* From the stamp FROM to TO; 0 if that is the earlier one, for clocks are set back. Of a stamp that
 * no supervise has written 0.76 shows what is left in a double. */
static void
say_seconds(const struct tai64n *from, const struct tai64n *to)
{
	output_number(
	    to->seconds > from->seconds ? (uint64_t)(double)(to->seconds - from->seconds) : 0);
	output_text(" seconds");
}

static void
say_status(const struct sv_status *status, bool normally_down)
{
	const struct tai64n now = tai64n_now();
	const bool up = status->pid != 0;

	if (up) {
		output_text("up (pid ");
		output_number(status->pid);
		output_text(") ");
	} else {
		output_text("down ");
	}
	say_seconds(&status->since, &now);
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

/* What can be said about the open SERVICE: 0.76's texts, the first that fits. False if that is why
 * nothing can be said. */
static bool
say(int service)
{
	struct sv_status status;
	const int normally_down = servicedir_normally_down(service);
	const int running = normally_down == -1 ? -1 : sv_running(service);

	if (normally_down == -1) {
		say_unable("stat down", errno);
	} else if (running == 0) {
		output_text("supervise not running");
	} else if (running == -1) {
		say_unable("open " SV_DIRECTORY "/" SV_OK, errno);
	} else if (sv_read_status(service, &status)) {
		say_status(&status, normally_down == 1);
		return true;
	} else if (errno == MSG_EFORMAT || errno == EISDIR || errno == EIO) {
		say_unable("read " SV_DIRECTORY "/" SV_STATUS, errno); /* open(2) did not fail */
	} else {
		say_unable("open " SV_DIRECTORY "/" SV_STATUS, errno);
	}
	return false;
}

/* ---- The part of ours ------------------------------------------------------------------------ */

/* ", WORD VALUE", if KEY has a value. */
static void
say_value(const char *text, enum sv_key key, const char *word)
{
	char value[32];

	if (!sv_text_get(text, key, value, sizeof value) || value[0] == '\0')
		return;
	output_text(", ");
	output_text(word);
	output_text(" ");
	output_harmless(value);
}

/* The same for a number that is no news while it is 0. */
static void
say_count(const char *text, enum sv_key key, const char *word)
{
	uint64_t count;

	if (sv_text_number(text, key, &count) && count > 0)
		say_value(text, key, word);
}

/* The label in KEY; NOW if there is none. */
static struct tai64n
label_of(const char *text, enum sv_key key, const struct tai64n *now)
{
	char value[TAI64N_LABEL + 1];
	struct tai64n label = *now;

	if (sv_text_get(text, key, value, sizeof value))
		(void)tai64n_parse(value, strlen(value), &label);
	return label;
}

/* " for NAME and NAME": what it waits for. */
static void
say_missing(const char *text)
{
	char list[SERVICEDIR_NEEDS_SIZE], name[SV_NAME_SIZE];
	const char *rest = list, *before = " for ";

	(void)sv_text_get(text, SV_KEY_WAITING, list, sizeof list);
	while ((rest = sv_next_name(rest, name)) != NULL) {
		output_text(before);
		output_harmless(name);
		before = " and ";
	}
}

/* What the first part calls up or down, more closely. */
static void
say_state(const struct view *view)
{
	static const char *const words[SV_STATE_COUNT] = {
	    [SV_STATE_WAITING] = ", waiting",
	    [SV_STATE_STARTING] = ", starting",
	    [SV_STATE_UP] = ", not ready",
	    [SV_STATE_READY] = ", ready ",
	    [SV_STATE_STOPPING] = ", stopping",
	    [SV_STATE_FINISHING] = ", finishing",
	    [SV_STATE_BACKOFF] = ", backoff ",
	    [SV_STATE_DONE] = ", done ",
	    [SV_STATE_FAILED] = ", failed",
	};
	const struct tai64n now = tai64n_now();
	const struct tai64n since = label_of(view->text, SV_KEY_READY_SINCE, &now);
	const struct tai64n next = label_of(view->text, SV_KEY_NEXT_START, &now);

	if (words[view->state] != NULL)
		output_text(words[view->state]);
	if (view->state == SV_STATE_READY || view->state == SV_STATE_DONE)
		say_seconds(&since, &now);
	else if (view->state == SV_STATE_BACKOFF)
		say_seconds(&now, &next);
	else if (view->state == SV_STATE_WAITING)
		say_missing(view->text);
}

static void
say_more(int service)
{
	struct view view;
	uint64_t healthy;

	view_read(service, &view);
	if (view.kind == VIEW_UNKNOWN) {
		output_text(", ");
		say_unable(view.what, view.error);
	} else if (view.kind != VIEW_COMPLETE) {
		/* It is another suite's, or it has left just now. */
		output_text(", no " SV_DIRECTORY "/" SV_STATE);
	} else {
		say_state(&view);
		if (sv_text_number(view.text, SV_KEY_HEALTHY, &healthy))
			output_text(healthy == 0 ? ", not healthy" : ", healthy");
		say_value(view.text, SV_KEY_EXIT, "last exit");
		say_value(view.text, SV_KEY_SIGNAL, "last signal");
		say_count(view.text, SV_KEY_DEATHS, "deaths");
		say_count(view.text, SV_KEY_STRAYS, "strays");
	}
}

void
line_say(const char *name, int service, bool verbose)
{
	const int error = errno;

	output_text(name);
	output_text(": ");
	if (service == -1)
		say_unable("chdir", error);
	else if (say(service) && verbose)
		say_more(service);
	output_text("\n");
}
