/* verdict: see verdict.h.
 * SPDX-License-Identifier: ISC */
#include "verdict.h"

#include "service.h"

#include "fmt.h"
#include "msg.h"
#include "signame.h"
#include "svstate.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>

/* Exit codes with a meaning in shells, and so in supervise. */
enum {
	NOT_EXECUTABLE = 126,
	NOT_FOUND = 127,
	SIGNAL_EXIT = 128,            /* what is added to the number of a signal */
	UNKNOWN_EXIT = MSG_TEMPORARY, /* if nobody knows how it ended */
};

/* A status as waitpid(2) has it. */
#define EXITED(code) ((code) << 8)

void
verdict_open(struct verdict *verdict)
{
	*verdict = (struct verdict){.directory_fd = -1};
}

int
verdict_code(int status)
{
	if (status == SV_STATUS_UNKNOWN)
		return UNKNOWN_EXIT;
	return WIFEXITED(status) ? WEXITSTATUS(status) : SIGNAL_EXIT + WTERMSIG(status);
}

void
verdict_how(char how[VERDICT_HOW_SIZE], int status)
{
	if (status == SV_STATUS_UNKNOWN)
		fmt(how, VERDICT_HOW_SIZE, "nobody knows how");
	else if (WIFEXITED(status))
		fmt(how, VERDICT_HOW_SIZE, "exit code %d", WEXITSTATUS(status));
	else
		fmt(how, VERDICT_HOW_SIZE, "SIG%s", signame_of(WTERMSIG(status)));
}

void
verdict_of_service(struct verdict *verdict, const struct scan_service *service, enum scan_role role,
    int status, const struct scan_service *logged)
{
	char how[VERDICT_HOW_SIZE];

	if (verdict->decided)
		return;
	verdict_how(how, status);
	*verdict = (struct verdict){
	    .decided = true,
	    .code = verdict_code(status),
	    .status = status,
	    .directory_fd = -1,
	};
	if (logged != NULL) {
		/* Without a descriptor its lines are not told. */
		verdict->directory_fd = fcntl(logged->directory_fd, F_DUPFD_CLOEXEC, 0);
		fmt(verdict->name, sizeof verdict->name, "%s", logged->name);
	}
	fmt(verdict->reason, sizeof verdict->reason, "essential service %s%s failed (%s)",
	    service->name, service_suffix(role), how);
}

/* It was never executed: shells have two codes for that. */
static int
code_of_error(int error)
{
	return error == ENOENT || error == ENOTDIR ? NOT_FOUND : NOT_EXECUTABLE;
}

void
verdict_of_command(struct verdict *verdict, const char *name, const struct command_end *end,
    const bool forgiven[256])
{
	char how[VERDICT_HOW_SIZE];

	if (verdict->decided)
		return;
	*verdict = (struct verdict){.decided = true, .status = end->status, .directory_fd = -1};
	if (end->error != 0) {
		verdict->status = EXITED(code_of_error(end->error));
		fmt(verdict->reason, sizeof verdict->reason, "unable to execute command %s: %s",
		    name, msg_error(end->error));
	} else {
		verdict_how(how, end->status);
		fmt(verdict->reason, sizeof verdict->reason, "command %s ended (%s)", name, how);
	}
	verdict->code = verdict_code(verdict->status);
	if (forgiven[verdict->code])
		verdict->code = 0;
}
