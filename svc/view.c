/* view: see view.h.
 * SPDX-License-Identifier: ISC */
#include "view.h"

#include "clock.h"
#include "msg.h"
#include "pause.h"
#include "proc.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* How long the two files may contradict each other while supervise replaces one after the other. */
enum { MATCH_LIMIT_MS = 50, MATCH_PAUSE_MS = 1 };

static void
set_unknown(struct view *view, const char *what)
{
	view->kind = VIEW_UNKNOWN;
	view->what = what;
	view->error = errno;
}

/* A supervise that was killed leaves its child behind, which the next one adopts. One that left by
 * itself has none, and a record of another boot means nobody. */
static bool
child_lives(int service)
{
	char boot[PROC_BOOT_SIZE];
	struct sv_record record;
	struct proc process;

	proc_boot_id(boot);
	return sv_read_record(service, boot, &record) && proc_read(record.pid, &process) &&
	       proc_is_alive(&process) && process.ticks == record.ticks;
}

/* The record of 0.76 does not tell apart what the state text does. */
static enum sv_state
state_of_status(const struct sv_status *status)
{
	if (status->pid != 0)
		return SV_STATE_UP;
	return status->want == SV_WANT_UP ? SV_STATE_BACKOFF : SV_STATE_DOWN;
}

/* The index of the value of KEY in NAMES; COUNT if it is none of them. */
static unsigned
find_name(const char *text, enum sv_key key, const char *const *names, unsigned count)
{
	char value[32];
	unsigned i;

	(void)sv_text_get(text, key, value, sizeof value);
	for (i = 0; i < count && strcmp(value, names[i]) != 0; i++)
		;
	return i;
}

/* False if the text lacks what we need: then it is that of an older supervise, or of a newer one
 * whose words we do not know. */
static bool
take_text(struct view *view)
{
	const char *text = view->text;
	const unsigned state = find_name(text, SV_KEY_STATE, sv_state_names, SV_STATE_COUNT);
	const unsigned want = find_name(text, SV_KEY_WANT, sv_want_names, SV_WANT_ONCE + 1);
	uint64_t healthy = 1;

	if (state == SV_STATE_COUNT || want > SV_WANT_ONCE ||
	    !sv_text_number(text, SV_KEY_SUPERVISE_PID, &view->supervise) ||
	    !sv_text_number(text, SV_KEY_COMMANDS, &view->commands) ||
	    !sv_text_number(text, SV_KEY_STARTS, &view->starts))
		return false;
	(void)sv_text_number(text, SV_KEY_HEALTHY, &healthy); /* empty: nobody has complained */
	view->unhealthy = healthy == 0;
	view->state = (enum sv_state)state;
	view->want = (enum sv_want)want;
	view->kind = VIEW_COMPLETE;
	return true;
}

/* Whether the supervise that has written TEXT is still there, and has the next one to write: on a machine
 * that hardly gets to it, that may take long. The text of one that left says nothing of the one that has
 * the service now. */
static bool
writer_lives(const char *text)
{
	uint64_t pid, ticks;
	struct proc process;

	return sv_text_number(text, SV_KEY_SUPERVISE_PID, &pid) &&
	       sv_text_number(text, SV_KEY_SUPERVISE_TICKS, &ticks) &&
	       proc_read((pid_t)pid, &process) && process.ticks == ticks && proc_is_alive(&process);
}

/* Whether who writes no text has written a record, which comes first: then it is one of ours, and could
 * not write the other just now, or the copy of one. */
static bool
has_record(int service)
{
	int fd = sv_open_name(service, SV_RECORD, O_RDONLY, FILE_REGULAR);

	if (fd == -1)
		return false;
	close(fd);
	return true;
}

/* Reads both files. True if they belong together, or if waiting would not make them. */
static bool
read_files(int service, struct view *view)
{
	struct sv_status status;

	if (!sv_read_status(service, &status)) {
		set_unknown(view, "read " SV_DIRECTORY "/" SV_STATUS);
		return true;
	}
	view->kind = VIEW_STATUS;
	view->torn = view->late = false;
	view->state = state_of_status(&status);
	view->want = status.want;
	if (!sv_read_text(service, view->text)) {
		/* None, or one that came with a copy of the directory: perhaps not one of ours. */
		if (errno != ENOENT && errno != MSG_EPLACE)
			set_unknown(view, "read " SV_DIRECTORY "/" SV_STATE);
		else
			view->torn = has_record(service);
		view->text[0] = '\0';
		return true;
	}
	if (sv_text_belongs(view->text, &status) && take_text(view))
		return true;
	view->late = writer_lives(view->text);
	view->text[0] = '\0';
	view->torn = true;
	return false;
}

void
view_read(int service, struct view *view)
{
	const int64_t deadline_ms = clock_ms() + MATCH_LIMIT_MS;
	const int running = sv_running(service);

	memset(view, 0, sizeof *view);
	if (running == 0 || (running == -1 && errno == ENOENT)) {
		view->kind = VIEW_ABSENT;
		view->abandoned = child_lives(service);
		return;
	}
	if (running == -1) {
		set_unknown(view, "open " SV_DIRECTORY "/" SV_OK);
		return;
	}
	while (!read_files(service, view) && clock_ms() < deadline_ms)
		pause_until(NULL, 0, clock_ms() + MATCH_PAUSE_MS);
}
