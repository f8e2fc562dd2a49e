/* finish: see finish.h.
 * SPDX-License-Identifier: ISC */
#include "finish.h"

#include "file.h"
#include "fmt.h"
#include "msg.h"
#include "scandir.h"
#include "signame.h"
#include "spawn.h"
#include "svstate.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

enum { VALUE_SIZE = 24 /* "RTMIN+2147483647" */ };

/* What it is told: the signal that began the stop, or how the process ended that was the cause. */
static void
describe(const struct verdict *verdict, char **words, char value[VALUE_SIZE])
{
	static char stop[] = "stop", with_code[] = "exit", by_signal[] = "signal";
	const bool killed = verdict->status != SV_STATUS_UNKNOWN && WIFSIGNALED(verdict->status);

	words[0] = killed ? by_signal : with_code;
	words[1] = value;
	if (!verdict->decided) {
		words[0] = stop;
		fmt(value, VALUE_SIZE, "%s", signame_of(verdict->signal));
	} else if (killed) {
		fmt(value, VALUE_SIZE, "%s", signame_of(WTERMSIG(verdict->status)));
	} else {
		fmt(value, VALUE_SIZE, "%d", verdict_code(verdict->status));
	}
}

void
finish_start(
    struct finish *finish, const struct service_means *means, const struct verdict *verdict)
{
	static char file[] = "./" SCANDIR_FINISH;
	char value[VALUE_SIZE];
	char *argv[] = {file, NULL, NULL, NULL};
	struct spawn child = {
	    .file = file,
	    .argv = argv,
	    .lock = -1,
	    .directory = -1,
	    .standard = {means->input_fd, -1, -1},
	    .group = SPAWN_OWN_GROUP,
	    .nofile = means->nofile,
	};

	if (file_exists(AT_FDCWD, file) == 0)
		return;
	describe(verdict, argv + 1, value);
	const pid_t pid = spawn_reporting(&child, &finish->report_fd);
	if (pid == -1)
		msg_warn_sys(errno, "unable to start " SCANDIR_FINISH);
	else
		finish->pid = pid;
}

void
finish_died(struct finish *finish, int status)
{
	char how[VERDICT_HOW_SIZE];
	const int error = spawn_error(&finish->report_fd);

	finish->pid = 0;
	verdict_how(how, status);
	if (error != 0)
		msg_warn_sys(error, "unable to start " SCANDIR_FINISH);
	else if (status != 0)
		msg_warn(SCANDIR_FINISH " ended (%s)", how);
}

void
finish_kill(const struct finish *finish)
{
	if (finish->pid == 0)
		return;
	msg_say("killing " SCANDIR_FINISH ", which did not end in time");
	/* Not reaped yet, so the number means it still. */
	(void)kill(-finish->pid, SIGKILL);
	(void)kill(finish->pid, SIGKILL);
}
