/* logger: see logger.h.
 * SPDX-License-Identifier: ISC */
#include "logger.h"

#include "clock.h"
#include "fd.h"
#include "fmt.h"
#include "pause.h"
#include "proc.h"
#include "servicedir.h"
#include "tail.h"
#include "view.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* A pipe that is full for a moment is no fault: so often it must be, with such pauses. */
enum { LOOKS = 4, PAUSE_MS = 25 };

/* Opens the pipe that is the descriptor NUMBER of PID; -1 if it is none, or if we may not. For writing:
 * nobody misses an end of file by that, and poll(2) tells exactly when a writer would have to wait. */
static int
open_pipe(pid_t pid, int number)
{
	return proc_open_pipe(pid, number, O_WRONLY);
}

static bool
stays_full(int pipe)
{
	struct pollfd slot = {.fd = pipe, .events = POLLOUT};

	for (unsigned i = 0; i < LOOKS; i++) {
		if (poll(&slot, 1, 0) != 0)
			return false;
		pause_until(NULL, 0, clock_ms() + PAUSE_MS);
	}
	return true;
}

/* What the logger with this VIEW does. */
static void
describe(const struct view *view, struct facts *facts)
{
	uint64_t pid = 0;
	struct proc process;

	if (view->kind == VIEW_ABSENT) {
		facts_set(facts, FACT_OTHER, "has no supervise");
		return;
	}
	if (view->kind != VIEW_COMPLETE || !sv_text_number(view->text, SV_KEY_PID, &pid)) {
		facts_set(facts, FACT_OTHER, "is %s",
		    view->kind == VIEW_COMPLETE ? sv_state_names[view->state] : "not to be seen");
		return;
	}
	facts_set(facts, FACT_OTHER, "(process %llu) does not read", (unsigned long long)pid);
	if (!proc_read((pid_t)pid, &process))
		return;
	if (process.state == 'T')
		facts_set(facts, FACT_OTHER, "(process %llu) stands still, stopped by a signal",
		    (unsigned long long)pid);
	if (process.state == 'D')
		facts_set(facts, FACT_OTHER, "(process %llu) waits for a disk (state D)",
		    (unsigned long long)pid);
}

/* LOG lies BELOW ("/", "/log/") the directory that the answer is about. */
static void
explain_disk(struct answer *answer, int log, const char *below)
{
	char path[PATH_MAX];
	struct statvfs fs;
	int directory = logtail_open(log, path);

	if (directory != -1 && fstatvfs(directory, &fs) == 0 && fs.f_blocks > 0 &&
	    fs.f_bavail == 0) {
		struct facts *facts = answer_add(answer, CAUSE_DISK_FULL);
		const bool absolute = path[0] == '/';
		char quoted[FACT_SIZE];
		facts_quote(facts, FACT_VALUE, path + (strncmp(path, "./", 2) == 0 ? 2 : 0));
		fmt(quoted, sizeof quoted, "%s", facts->text[FACT_VALUE]);
		facts_set(facts, FACT_VALUE, "%s%s%s", absolute ? "" : facts->text[FACT_DIR],
		    absolute ? "" : below, quoted);
	}
	fd_close(&directory);
}

void
logger_explain(struct answer *answer, const char *name, int dir, pid_t supervise)
{
	char logger[PATH_MAX];
	struct view view;
	int bytes = 0, pipe = -1;
	int log = openat(dir, SERVICEDIR_LOG, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (log != -1)
		pipe = open_pipe(supervise, STDOUT_FILENO);
	if (pipe != -1 && stays_full(pipe) && ioctl(pipe, FIONREAD, &bytes) == 0) {
		struct facts *facts = answer_add(answer, CAUSE_LOGGER_STUCK);
		view_read(log, &view);
		describe(&view, facts);
		facts_set(facts, FACT_VALUE, "%d", bytes);
		fmt(logger, sizeof logger, "%s/" SERVICEDIR_LOG, name);
		facts_quote(facts, FACT_PATH, logger);
		explain_disk(answer, log, "/" SERVICEDIR_LOG "/");
	}
	fd_close(&pipe);
	fd_close(&log);
}

bool
logger_is_deaf(pid_t supervise)
{
	int pipe = open_pipe(supervise, STDIN_FILENO);
	const bool deaf = pipe != -1 && stays_full(pipe);

	fd_close(&pipe);
	return deaf;
}

void
logger_explain_disk(struct answer *answer, int log)
{
	explain_disk(answer, log, "/");
}
