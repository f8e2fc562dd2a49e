/* command: see command.h.
 * SPDX-License-Identifier: ISC */
#include "command.h"

#include "init.h"

#include "clock.h"
#include "signame.h"
#include "spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

enum { RETRY_MS = 100, RETRY_MAX_MS = 1000 /* doubling in between */ };

bool
command_open(struct command *command, const struct init *init, char *const *argv)
{
	*command = (struct command){
	    .argv = argv,
	    .init = init,
	    .due_ms = CLOCK_NEVER,
	    .directory_fd = -1,
	    .report_fd = -1,
	    .terminal = {.fd = -1},
	};
	if (argv == NULL)
		return true;
	command->directory_fd = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (command->directory_fd == -1)
		return false;
	terminal_open(&command->terminal);
	command->terminal.given = terminal_is_ours(&command->terminal);
	command->due_ms = clock_ms();
	return true;
}

/* ---- Its start ------------------------------------------------------------------------------- */

/* In the child. All signals are still blocked. */
static int
take_over(void *argument)
{
	const struct command *command = argument;

	if (command->terminal.given)
		terminal_give(&command->terminal, getpid());
	/* What svscan has changed for itself; the mask is put back last. */
	if (command->init->child_ignored)
		(void)signal(SIGCHLD, SIG_IGN); /* fails for no valid number (signal(2)) */
	return 0;
}

static void
retry(struct command *command, int error, int64_t now_ms)
{
	if (msg_due(&command->fault, error, now_ms))
		msg_warn_sys(error, "unable to start command %s", command->argv[0]);
	command->delay_ms = command->delay_ms == 0 ? RETRY_MS : command->delay_ms * 2;
	if (command->delay_ms > RETRY_MAX_MS)
		command->delay_ms = RETRY_MAX_MS;
	command->due_ms = now_ms + command->delay_ms;
}

void
command_start(struct command *command, int64_t now_ms)
{
	if (now_ms < command->due_ms)
		return;
	struct spawn child = {
	    .file = command->argv[0],
	    .argv = command->argv,
	    .lock = -1,
	    .directory = command->directory_fd,
	    .standard = {-1, -1, -1},
	    .group = SPAWN_OWN_GROUP,
	    .nofile = &command->init->nofile,
	    .record = take_over,
	    .argument = command,
	};
	command->due_ms = CLOCK_NEVER;
	const pid_t pid = spawn_reporting(&child, &command->report_fd);
	if (pid == -1)
		retry(command, errno, now_ms);
	else
		command->pid = pid;
}

int64_t
command_deadline(const struct command *command)
{
	return command->due_ms;
}

void
command_cancel(struct command *command)
{
	command->due_ms = CLOCK_NEVER;
}

/* ---- Signals --------------------------------------------------------------------------------- */

/* Its number is taken until it is reaped, so that no signal reaches anybody else. */
static void
send(const struct command *command, int signal)
{
	if (command->pid != 0)
		(void)kill(command->pid, signal); /* EPERM: it has become another user */
}

void
command_pass(struct command *command, int signal)
{
	if (signal == SIGCHLD)
		return; /* it is about our own children */
	/* How engines ask for an end; no ordinary program knows these. */
	if (signal == SIGPWR || signal == SIGNAME_RTMIN + 3)
		signal = SIGTERM;
	/* A shell has put us into the foreground. */
	if (signal == SIGCONT && command->pid != 0 && terminal_is_ours(&command->terminal)) {
		terminal_give(&command->terminal, command->pid);
		command->terminal.given = true;
	}
	send(command, signal);
	if (signal == SIGCONT && command->suspended && command->pid != 0) {
		(void)kill(-command->pid, SIGCONT); /* Ctrl-Z has stopped the whole group */
		command->suspended = false;
	}
}

/* Whether no shell with job control has started us: our group is an orphaned one, as POSIX calls it,
 * as far as we are concerned. */
static bool
is_alone(void)
{
	const pid_t parent = getppid();
	return getsid(parent) != getsid(0) || getpgid(parent) == getpgrp();
}

/* The terminal stops who types Ctrl-Z, and who reads from it in the background. */
static bool
is_by_terminal(int signal)
{
	return signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU;
}

void
command_follow(struct command *command)
{
	siginfo_t info = {.si_pid = 0};

	if (command->pid == 0 || command->terminal.fd == -1 ||
	    waitid(P_PID, (id_t)command->pid, &info, WSTOPPED | WNOHANG) == -1 ||
	    info.si_pid == 0 || !is_by_terminal(info.si_status))
		return;
	const bool alone = is_alone();
	command->suspended = true;
	/* A shell may have put us into the foreground without a word to us, since we ran. */
	if (terminal_is_ours(&command->terminal) || (alone && info.si_status == SIGTSTP)) {
		command_pass(command, SIGCONT);
	} else if (!alone) {
		terminal_take(&command->terminal);
		(void)kill(0, SIGSTOP); /* our group: that shell's job. SIGCONT lets us go on */
	}
}

void
command_ask(const struct command *command, bool told)
{
	if (!told)
		send(command, SIGTERM);
	send(command, SIGCONT);
}

void
command_kill(const struct command *command)
{
	if (command->pid == 0)
		return;
	(void)kill(-command->pid, SIGKILL); /* ESRCH: it has left that group, and nobody is in it */
	send(command, SIGKILL);
}

/* ---- Its end --------------------------------------------------------------------------------- */

/* Whether a program that cannot be executed for this ERROR may well be in a moment. */
static bool
may_pass(int error)
{
	switch (error) {
	case EAGAIN:
	case ENOMEM:
	case ENFILE:
	case EMFILE:
	case ETXTBSY:
	case EINTR:
		return true;
	}
	return false;
}

bool
command_died(
    struct command *command, int status, bool final, struct command_end *end, int64_t now_ms)
{
	*end = (struct command_end){
	    .status = status,
	    .error = spawn_error(&command->report_fd),
	};
	command->pid = 0;
	if (!final && may_pass(end->error)) {
		retry(command, end->error, now_ms);
		return false;
	}
	terminal_take(&command->terminal);
	return true;
}
