/* word: what svscan says to supervises, its children or adopted, and never to anybody else's.
 * SPDX-License-Identifier: ISC */
#ifndef SVSCAN_WORD_H
#define SVSCAN_WORD_H

#include "scan.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Sends SIGNAL to this supervise, which lives or has not been noticed to be dead. */
void word_signal(const struct scan_child *child, int signal);

/* Tells the supervise of the service itself to bring it down and to leave. */
void word_end(struct scan *scan, struct scan_service *service, int64_t now_ms);

/* Whether the state text of the directory SERVICE names another supervise than PID: then ours is
 * not ready yet, or somebody else's supervise holds the directory, to whom we have nothing to say.
 * Other suites write no such text; there the FIFO alone counts. */
bool word_is_another(int service, pid_t pid);

/* Tells the supervise of the logger to leave with it. False if it does not listen. */
bool word_tell_logger(const struct scan_service *service);

/* Lets the logger come to the end of its input, and its supervise leave with it. */
void word_end_logger(struct scan *scan, struct scan_service *service, int64_t now_ms);

#endif
