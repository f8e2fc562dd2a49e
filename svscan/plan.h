/* plan: the next thing to be done for one service. Pure; all time is an argument.
 * SPDX-License-Identifier: ISC */
#ifndef SVSCAN_PLAN_H
#define SVSCAN_PLAN_H

#include "scan.h"

enum plan_action {
	PLAN_NOTHING,
	PLAN_CHECK,         /* see whether the directory is complete: scan_checked */
	PLAN_START_SERVICE, /* or adopt: plan_started, plan_adopted, plan_failed, or not pending */
	PLAN_START_LOGGER,
	PLAN_END_SERVICE, /* down and exit: sets asked, or plan_failed */
	PLAN_END_LOGGER,  /* its supervise leaves with it; no more input: the same */
	PLAN_FORGET,      /* scan_forget */
};

struct plan {
	enum plan_action action;
	int64_t due_ms; /* for PLAN_NOTHING: when time alone makes something due */
};

/* What to do now. Carried out and reported back, the next call returns the next thing; an action
 * that failed is due again later. */
struct plan plan_next(const struct scan *scan, const struct scan_service *service, int64_t now_ms);

/* Whether a supervise of ROLE is to be started if none is there. */
bool plan_wants(const struct scan *scan, const struct scan_service *service, enum scan_role role);

/* Whether there is no supervise, nor one about to be adopted, nor what a killed one has left. */
bool plan_is_gone(const struct scan_child *child);

/* Whether the logger of SERVICE, not running, has to be started once more for what is left in its
 * pipe. */
bool plan_owes_logger(const struct scan *scan, const struct scan_service *service);

/* The supervise of a dead svscan has become ours; PROCESS_FD means it, or is -1. */
void plan_adopted(struct scan *scan, struct scan_service *service, enum scan_role role,
    const struct proc *supervise, int process_fd, int64_t now_ms);

/* A supervise was started, could not be started or told to end, or has died. */
void plan_started(struct scan *scan, struct scan_service *service, enum scan_role role, pid_t pid,
    int64_t now_ms);
void plan_failed(
    struct scan *scan, struct scan_service *service, enum scan_role role, int64_t now_ms);
void plan_died(
    struct scan *scan, struct scan_service *service, enum scan_role role, int64_t now_ms);

/* The supervise that has just died could not start (it said why). Its next attempt waits, each time
 * longer, but never longer than the fault has lasted: so a lasting fault is soon told once a
 * minute. */
void plan_set_back(
    struct scan *scan, struct scan_service *service, enum scan_role role, int64_t now_ms);

/* Everything is to go down as far as MODE says. */
void plan_set_mode(struct scan *scan, enum scan_mode mode, int64_t now_ms);

#endif
