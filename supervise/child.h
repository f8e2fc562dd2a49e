/* child: makes the processes of a service, each with the record by which a later supervise can know
 * it, and tells whether they came as far as executing.
 * SPDX-License-Identifier: ISC */
#ifndef SUPERVISE_CHILD_H
#define SUPERVISE_CHILD_H

#include "service.h"

/* The file of the script KIND. */
const char *child_script(enum sv_child kind);

/* When the next try after a failed fork or execution is due: after a short pause, longer each time. */
int64_t child_retry_time(struct service *service);

/* Makes the child that becomes the script KIND. False, and reported, if there is none. */
bool child_start(struct service *service, enum sv_child kind);

/* Sets the time at which the child, which was made or adopted, has taken too long. */
void child_set_limit(struct service *service);

/* The report descriptor is readable, or the child is dead: looks how far it came. True if that was
 * the news that the child has executed. */
bool child_read_report(struct service *service);

/* The child is dead: there is none from now on. Its failure to execute is reported. */
void child_forget(struct service *service);

/* There is no child, and the world knows that: the record is not needed any more. */
void child_clear_record(struct service *service);

/* The child that has died did not become ./finish, which is still to come: for our successor, too, there
 * was none, and the death that ./finish is about was the last one. */
void child_unmake(struct service *service);

/* Sends SIGNAL to the child, or to its process group. */
void child_signal(const struct service *service, int signal, bool to_group);

#endif
