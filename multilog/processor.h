/* processor: the command that turns a full file into what is archived. It runs beside us: we wait
 * for SIGCHLD, never in wait(2).
 * SPDX-License-Identifier: ISC */
#ifndef MULTILOG_PROCESSOR_H
#define MULTILOG_PROCESSOR_H

#include <stdbool.h>
#include "msg.h"

#include <sys/types.h>

struct processor {
	const char *command;    /* for sh; NULL = none */
	pid_t pid;              /* 0 = it does not run */
	int fd_report;          /* tells why it could not be executed, or -1 */
	struct msg_fault fault; /* the last such reason */
};

void processor_init(struct processor *processor, const char *command);

/* Starts sh -c COMMAND in the log directory DIRECTORY, with previous as descriptor 0, processed as
 * 1, state as 4 and newstate as 5. The child closes LOCK. False with errno set if that fails here;
 * what fails in the child shows in its end. */
bool processor_start(struct processor *processor, int directory, int lock);

enum processor_news { PROCESSOR_RUNS, PROCESSOR_ENDED, PROCESSOR_UNKNOWN };

/* Looks whether it has ended: then *STATUS is set as by wait(2), and why it could not be executed,
 * if it could not, is said. PROCESSOR_UNKNOWN: nobody can tell, errno set; it counts as gone. */
enum processor_news processor_look(struct processor *processor, int *status);

/* Kills it, if it runs. What it has done so far is worthless: the next multilog discards it. */
void processor_kill(struct processor *processor);

#endif
