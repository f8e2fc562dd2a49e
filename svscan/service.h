/* service: carries out what the plan says for one service: its directory, its pipe, and the start
 * of its two supervises. SPDX-License-Identifier: ISC */
#ifndef SVSCAN_SERVICE_H
#define SVSCAN_SERVICE_H

#include "lowfd.h"
#include "scan.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/resource.h>

struct adopt;
struct bell;

/* What all services share. */
struct service_means {
	int report_fd[2];            /* in which children that cannot execute say why */
	const struct rlimit *nofile; /* what children get back */
	rlim_t fd_limit;             /* our own limit of descriptors */
	struct bell *bell;           /* every supervise gets it */
	int input_fd;                /* standard input of services; -1 = ours */
	int outside_fd;     /* our standard error as it was, if we have a log of our own; */
	bool inside;        /* whether our messages go there now, */
	bool doubtful;      /* and whether its supervise could not be started last time */
	char **environment; /* of supervises, with room for one variable at its end */
	size_t variables;   /* how many there are without it */
	size_t found;       /* where in $PATH supervise is: spawn.h */
	struct orphans orphans;
	struct lowfd lowfd;
};

/* The standard input of services is empty from now on: ours belongs to somebody else. False with errno
 * set. */
bool service_take_input(struct service_means *means);

/* Memory and the rest; then the pipe of reports. False with errno set; may be tried again. */
bool service_open_means(
    struct service_means *means, const struct rlimit *nofile, rlim_t fd_limit, struct bell *bell);
bool service_open_reports(struct service_means *means);

/* The service directory of ROLE, good for the *at calls; -1 with errno set. */
int service_open_directory(const struct scan_service *service, enum scan_role role);

/* What follows the name of the service in messages. */
const char *service_suffix(enum scan_role role);

/* Whether FD is not one of the last that we can have; or false with errno set. */
bool service_affords(const struct service_means *means, int fd);

/* Opens the directory of SERVICE, and the pipe to its logger: that of a predecessor, or a new one if
 * there is a log directory. Failures are reported; then false. */
bool service_prepare(struct adopt *adopt, const struct scan *scan,
    const struct service_means *means, struct scan_service *service, int64_t now_ms);

/* Adopts the supervise of ROLE if it lives without a parent, or else starts it. Failures are
 * reported and retried by the plan. */
void service_start(struct scan *scan, struct service_means *means, struct adopt *adopt,
    struct scan_service *service, enum scan_role role, int64_t now_ms);

/* CHILD has died, and needs to be told nothing any more. */
void service_release_claim(struct service_means *means, struct scan_child *child);

/* Brings service->drained up to date. */
void service_look_at_pipe(struct scan_service *service);

/* Reports what the children that could not execute have said so far. To be called before they are
 * taken out of SCAN. */
void service_report_failures(struct scan *scan, struct service_means *means, int64_t now_ms);

/* Closes what the service holds and forgets it. */
void service_forget(struct scan *scan, struct scan_service *service);

#endif
