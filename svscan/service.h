/* service: carries out what the plan says for one service: its pipe, its two supervises, and the
 * words to them. SPDX-License-Identifier: ISC */
#ifndef SVSCAN_SERVICE_H
#define SVSCAN_SERVICE_H

#include "scan.h"

#include <stdbool.h>
#include <sys/resource.h>

/* What all services share. */
struct service_means {
	int report_fd[2];            /* in which children that cannot execute say why */
	const struct rlimit *nofile; /* what children get back */
	rlim_t fd_limit;             /* our own limit of descriptors */
};

/* False with errno set. */
bool service_open_means(struct service_means *means, const struct rlimit *nofile, rlim_t fd_limit);

/* Starts the supervise of ROLE. Failures are reported and retried by the plan. */
void service_start(struct scan *scan, const struct service_means *means,
    struct scan_service *service, enum scan_role role, int64_t now_ms);

/* Tells the supervise of the service itself to bring it down and to leave. */
void service_end(struct scan_service *service);

/* Lets the logger come to the end of its input, and its supervise leave with it. */
void service_end_logger(struct scan *scan, struct scan_service *service, int64_t now_ms);

/* Brings service->drained up to date. */
void service_look_at_pipe(struct scan_service *service);

/* Reports what the children that could not execute have said so far. To be called before they are
 * taken out of SCAN. */
void service_report_failures(struct scan *scan, const struct service_means *means, int64_t now_ms);

/* Closes what the service holds and forgets it. */
void service_forget(struct scan *scan, struct scan_service *service);

#endif
