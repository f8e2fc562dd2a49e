/* whyabsent: a service that no supervise has: why.h.
 * SPDX-License-Identifier: ISC */
#include "fd.h"
#include "fmt.h"
#include "msg.h"
#include "scandir.h"
#include "scanner.h"
#include "why.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* There is no such directory, or it may not be entered. */
static void
why_unopened(struct subject *subject, int error)
{
	char link[PATH_MAX], target[PATH_MAX], guess[256];
	struct facts *facts;

	subject->answer->unknown = true;
	fmt(link, sizeof link, "%s/%s", scandir_path(), subject->name);
	const ssize_t length = readlink(link, target, sizeof target - 1);
	if (error == ENOENT && length > 0) {
		target[length] = '\0';
		facts = answer_add(subject->answer, CAUSE_DANGLING_SERVICE);
		facts_quote(facts, FACT_PATH, link);
		facts_set(facts, FACT_VALUE, "%s", target);
	} else if (error == ENOENT) {
		facts = answer_add(subject->answer, CAUSE_NO_SERVICE);
		if (scanner_guess(subject->name, guess))
			facts_set(facts, FACT_OTHER, "; but there is %s", guess);
	} else if (error == EACCES) {
		(void)answer_add(subject->answer, CAUSE_NO_PERMISSION);
	} else {
		facts = answer_add(subject->answer, CAUSE_UNREADABLE);
		facts_set(facts, FACT_OTHER, "open its directory");
		facts_set(facts, FACT_VALUE, "%s", msg_error(error));
	}
}

/* What keeps a supervise from writing its files, as an errno; 0 if nothing is to be seen. */
static int
try_writing(int dir)
{
	int made = sv_open_directory(dir);
	const int where = made == -1 && errno == ENOENT ? dir : made;
	int error = errno;

	if (where != -1)
		error = faccessat(where, ".", W_OK | X_OK, AT_EACCESS) == -1 ? errno : 0;
	fd_close(&made);
	return error;
}

/* A supervise that cannot write its files ends at once; svscan starts it again and again. */
static void
add_unwritable(struct subject *subject)
{
	const int error = try_writing(subject->dir);

	if (error != 0)
		facts_set(answer_add(subject->answer, CAUSE_UNWRITABLE), FACT_VALUE, "%s",
		    error == ENOTDIR ? "supervise is there, but is no directory"
				     : msg_error(error));
}

static bool
is_hidden(const struct subject *subject)
{
	const char *slash = strrchr(subject->path, '/');
	char above[PATH_MAX];
	struct stat st[2];

	if (slash == NULL || slash[1] != '.')
		return false;
	fmt(above, sizeof above, "%.*s", (int)(slash - subject->path), subject->path);
	return stat(above, &st[0]) == 0 && stat(scandir_path(), &st[1]) == 0 &&
	       st[0].st_dev == st[1].st_dev && st[0].st_ino == st[1].st_ino;
}

/* Whether the directory, of a logger that of its service, is in the scan directory. */
static bool
is_linked(const struct subject *subject)
{
	if (!subject->logger)
		return scanner_has(subject->dir);
	int owner = openat(subject->dir, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
	const bool linked = owner != -1 && scanner_has(owner);
	fd_close(&owner);
	return linked;
}

static void
why_unsupervised(struct subject *subject)
{
	pid_t pid = 0;
	const enum scanner scanner = scanner_find(&pid);
	struct facts *facts;

	if (scanner != SCANNER_RUNS) {
		(void)answer_add(subject->answer,
		    scanner == SCANNER_NONE ? CAUSE_NO_SCANNER : CAUSE_NO_SUPERVISE_SEEN);
		return;
	}
	facts =
	    answer_add(subject->answer, subject->logger ? CAUSE_LOGGER_LATER : CAUSE_NO_SUPERVISE);
	facts_set(facts, FACT_PID, "%ld", (long)pid);
	if (subject->logger)
		subject_quote_owner(subject, facts, FACT_VALUE);
	add_unwritable(subject);
}

void
why_absent(struct subject *subject, int error)
{
	if (error != 0) {
		why_unopened(subject, error);
		return;
	}
	subject->answer->unsupervised = true;
	if (subject->view.abandoned)
		(void)answer_add(subject->answer, CAUSE_ABANDONED);
	else if (is_hidden(subject))
		(void)answer_add(subject->answer, CAUSE_HIDDEN);
	else if (!is_linked(subject))
		(void)answer_add(subject->answer, CAUSE_UNLINKED);
	else if (servicedir_has(subject->dir, SERVICEDIR_RUN) == 0 &&
		 servicedir_has(subject->dir, SERVICEDIR_START) == 0)
		(void)answer_add(subject->answer, CAUSE_NOTHING_TO_RUN);
	else
		why_unsupervised(subject);
}
