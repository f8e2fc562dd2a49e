/* command: the one program that svscan runs beside the services, as their user would have run it:
 * everything is inherited as it was, signals reach it, and the terminal is its own. When it ends, all
 * is over. SPDX-License-Identifier: ISC */
#ifndef SVSCAN_COMMAND_H
#define SVSCAN_COMMAND_H

#include "terminal.h"

#include "msg.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

struct init;

struct command {
	char *const *argv; /* NULL = there is no command */
	const struct init *init;
	pid_t pid;        /* 0 = it does not run */
	int64_t due_ms;   /* when to start it; CLOCK_NEVER = it was started, or never will be */
	int delay_ms;     /* of the last retry */
	int directory_fd; /* the working directory that it is to have */
	int error_fd;     /* its standard error, if ours is another one by now; -1 = ours */
	int report_fd;    /* in which it tells why it could not be executed; -1 = closed */
	struct terminal terminal;
	bool suspended; /* the terminal has stopped it with its group */
	struct msg_fault fault;
};

/* How it ended. */
struct command_end {
	int status; /* as waitpid(2) has it */
	int error;  /* an errno: it could not be executed, and STATUS means nothing; else 0 */
};

/* ARGV is the command, or NULL. To be called before the working directory changes. False with errno
 * set if that cannot be opened. */
bool command_open(struct command *command, const struct init *init, char *const *argv);

/* Starts it if that is due. A failure that may pass is reported and tried again. */
void command_start(struct command *command, int64_t now_ms);
int64_t command_deadline(const struct command *command);

/* It is not to be started any more. */
void command_cancel(struct command *command);

/* SIGNAL came to us: it is for the command, too. */
void command_pass(struct command *command, int signal);

/* To be called when a child may have been stopped. If the terminal has stopped the command, the shell
 * that has started us gets its prompt and we stop, too, until it continues us. Without such a shell a
 * command that was stopped by Ctrl-Z goes on, since nobody else could ever continue it. */
void command_follow(struct command *command);

/* Asks it to end, unless it was TOLD by a signal that was passed on. A stopped one hears it, too. */
void command_ask(const struct command *command, bool told);

/* Kills it with its process group. */
void command_kill(const struct command *command);

/* It has died with STATUS. False: it was not even executed, for a reason that may pass, and will be
 * started again; that is never so with FINAL. Else *END tells how it ended. */
bool command_died(
    struct command *command, int status, bool final, struct command_end *end, int64_t now_ms);

#endif
