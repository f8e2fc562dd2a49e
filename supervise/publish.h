/* publish: tells the world what the service does: the files `status` and `state`, ./notify, and the
 * bell that rings at svscan. SPDX-License-Identifier: ISC */
#ifndef SUPERVISE_PUBLISH_H
#define SUPERVISE_PUBLISH_H

#include "service.h"

/* Writes `status` and `state` as far as they changed, and calls ./notify if the state did. Failures
 * are reported; the old files stay until the time service->publish_ms, when it is to be called
 * again. */
void publish(struct service *service);

/* Writes the files only: for our successor, should we be killed in the middle of a change. */
void publish_files(struct service *service);

/* The child PID has died, and is not reaped yet. If it is ./notify, reaps it; false otherwise. */
bool publish_reaped(struct service *service, pid_t pid);

/* The service has failed for good: if it is essential, tells svscan. */
void publish_failure(struct service *service);

#endif
