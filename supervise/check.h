/* check: whether ./run is ready, and whether it is well. It says so in a pipe, or ./check is asked.
 * SPDX-License-Identifier: ISC */
#ifndef SUPERVISE_CHECK_H
#define SUPERVISE_CHECK_H

#include "service.h"

/* Makes the pipe for the next ./run, if it is to say that it is ready. *END is the end that it gets,
 * to be closed by the caller; 0 without a pipe. False with errno set. */
bool check_open_pipe(struct service *service, int *end);

/* ./run has executed, or was adopted (it may have been READY then): begins to listen, or to ask. True
 * if it is ready because there is no way to tell that it is not. */
bool check_begin(struct service *service);

/* It is ready: from now on its health is checked, if that is wanted. */
void check_ready(struct service *service);

/* It is about to end, or dead: nothing more is asked. */
void check_end(struct service *service);

/* Something was said in the pipe. Returns EVENT_READY if it was that. What is said later is read, too:
 * a pipe that is full would hold up the service. */
enum machine_event check_listen(struct service *service);

/* The time service->check_ms has come. EVENT_READY if it turns out that nobody can tell that the service
 * is not, else EVENT_NONE. */
enum machine_event check_at_deadline(struct service *service);

/* The child PID has died with STATUS (waitpid(2)), and is not reaped yet. If it is ./check, reaps it
 * and says in *EVENT what follows: EVENT_READY, EVENT_SICK or EVENT_NONE. */
bool check_reaped(struct service *service, pid_t pid, int status, enum machine_event *event);

#endif
