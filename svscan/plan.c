/* plan: see plan.h.
 * SPDX-License-Identifier: ISC */
#include "plan.h"

#include "clock.h"

/* ---- What to do ------------------------------------------------------------------------------ */

enum { LAST_RESTARTS = 3 /* of a logger that dies although there is something left to log */ };

enum wish {
	LEAVE, /* as it is */
	UP,
	HOLD,  /* a service: told to end later */
	DOWN,  /* a service: told to end */
	DRAIN, /* a logger: ends by itself when it has read everything */
};

static enum wish
wish_for_service(const struct scan *scan, const struct scan_service *service)
{
	if (service->own || service->building || scan->mode == SCAN_END_ALL)
		return LEAVE;
	if (scan->mode != SCAN_RUN)
		return service->held || scan->mode == SCAN_END_COMMAND ? HOLD : DOWN;
	if (service->removed)
		return scan->keep ? LEAVE : DOWN;
	/* Perhaps removed: a supervise that has left meanwhile, as with "rm LINK; svc -dx DIR",
	 * would be started under a name that leads nowhere. */
	return service->missed_ms == CLOCK_NEVER ? UP : LEAVE;
}

/* What the other loggers say goes to our own: as long as there are any, it has to live. */
static bool
others_log(const struct scan *scan)
{
	for (size_t i = 0; i < scan->count; i++) {
		const struct scan_service *service = scan->services[i];
		const struct scan_child *logger = &service->child[SCAN_LOGGER];
		if (!service->own && service->log_read_fd != -1 &&
		    (logger->pid != 0 || logger->pending || plan_owes_logger(scan, service)))
			return true;
	}
	return false;
}

static enum wish
wish_for_logger(const struct scan *scan, const struct scan_service *service)
{
	if (service->log_read_fd == -1 || scan->mode == SCAN_END_ALL)
		return LEAVE;
	if (scan->mode == SCAN_END_LOGGERS)
		return service->own && others_log(scan) ? UP : DRAIN;
	if (!service->removed)
		return UP;
	if (scan->keep && scan->mode == SCAN_RUN)
		return LEAVE;
	/* While the service may write, its logger has to live. */
	return service->child[SCAN_SERVICE].pid != 0 ? UP : DRAIN;
}

/* Notes that ACTION may be done from DUE_MS on; the first one that is due wins. */
static void
consider(struct plan *plan, enum plan_action action, int64_t due_ms, int64_t now_ms)
{
	if (plan->action != PLAN_NOTHING)
		return;
	if (due_ms <= now_ms)
		plan->action = action;
	else
		plan->due_ms = clock_earlier(plan->due_ms, due_ms);
}

bool
plan_owes_logger(const struct scan *scan, const struct scan_service *service)
{
	const struct scan_child *logger = &service->child[SCAN_LOGGER];

	if (wish_for_logger(scan, service) != DRAIN || logger->pid != 0 || service->drained)
		return false;
	return scan->mode == SCAN_RUN || logger->restarts < LAST_RESTARTS;
}

static void
consider_drain(
    struct plan *plan, const struct scan *scan, const struct scan_service *service, int64_t now_ms)
{
	const struct scan_child *logger = &service->child[SCAN_LOGGER];

	if (service->log_write_fd != -1)
		consider(plan, PLAN_END_LOGGER, now_ms, now_ms);
	else if (logger->pid != 0 && !logger->asked)
		consider(plan, PLAN_END_LOGGER, logger->due_ms, now_ms);
	else if (logger->pid == 0 && (logger->pending || plan_owes_logger(scan, service)))
		consider(plan, PLAN_START_LOGGER, logger->due_ms, now_ms);
}

bool
plan_wants(const struct scan *scan, const struct scan_service *service, enum scan_role role)
{
	if (role == SCAN_LOGGER)
		return wish_for_logger(scan, service) == UP || plan_owes_logger(scan, service);
	switch (wish_for_service(scan, service)) {
	case UP:
		return true;
	case HOLD:
	case DOWN:
		/* One whose supervise was killed needs another one, which ends it as it should be;
		 * late in a stop of everything it counts as a stray. */
		return service->child[SCAN_SERVICE].orphan && scan->mode < SCAN_END_STRAYS;
	default:
		return false;
	}
}

bool
plan_is_gone(const struct scan_child *child)
{
	return child->pid == 0 && !child->pending && !child->orphan;
}

/* Nothing of a removed service is left, nor about to come back. */
static bool
finished(const struct scan *scan, const struct scan_service *service)
{
	return service->removed && plan_is_gone(&service->child[SCAN_SERVICE]) &&
	       plan_is_gone(&service->child[SCAN_LOGGER]) && !plan_owes_logger(scan, service);
}

struct plan
plan_next(const struct scan *scan, const struct scan_service *service, int64_t now_ms)
{
	const struct scan_child *main = &service->child[SCAN_SERVICE];
	const struct scan_child *logger = &service->child[SCAN_LOGGER];
	struct plan plan = {PLAN_NOTHING, CLOCK_NEVER};

	if (service->building && !service->removed && scan->mode == SCAN_RUN)
		consider(&plan, PLAN_CHECK, service->quiet_ms, now_ms);

	enum wish wish = wish_for_service(scan, service);
	const bool pending = main->pending && scan->mode != SCAN_END_ALL;
	if (main->pid == 0 && (pending || plan_wants(scan, service, SCAN_SERVICE)))
		consider(&plan, PLAN_START_SERVICE, main->due_ms, now_ms);
	else if (wish == DOWN && main->pid != 0 && !main->asked)
		consider(&plan, PLAN_END_SERVICE, main->due_ms, now_ms);

	wish = wish_for_logger(scan, service);
	if (wish == UP && logger->pid == 0)
		consider(&plan, PLAN_START_LOGGER, logger->due_ms, now_ms);
	else if (wish == DRAIN)
		consider_drain(&plan, scan, service, now_ms);

	if (plan.action == PLAN_NOTHING && finished(scan, service))
		plan.action = PLAN_FORGET;
	return plan;
}

/* ---- What came of it ------------------------------------------------------------------------- */

void
plan_started(
    struct scan *scan, struct scan_service *service, enum scan_role role, pid_t pid, int64_t now_ms)
{
	struct scan_child *child = &service->child[role];

	child->pid = pid;
	child->started_ms = now_ms;
	child->due_ms = now_ms;
	child->delay_ms = 0;
	child->asked = false;
	child->orphan = child->pending = false;
	if (scan->mode == SCAN_END_LOGGERS && child->restarts < UINT8_MAX)
		child->restarts++;
	map_add(&scan->by_pid, &child->by_pid, map_hash_number((uint64_t)pid));
	scan->running[role]++;
}

void
plan_adopted(struct scan *scan, struct scan_service *service, enum scan_role role,
    const struct proc *supervise, int process_fd, int64_t now_ms)
{
	struct scan_child *child = &service->child[role];

	plan_started(scan, service, role, supervise->pid, now_ms);
	/* Started long enough ago to be started again as soon as it dies. */
	child->started_ms = now_ms - SCAN_PACE_MS;
	child->adopted = true;
	child->ticks = supervise->ticks;
	child->process_fd = process_fd;
	child->heir = true;
}

/* The pause after the one of MS: the first one after none. */
static uint16_t
doubled(int ms, int first_ms, int limit_ms)
{
	const int next_ms = ms == 0 ? first_ms : ms * 2;
	return (uint16_t)(next_ms < limit_ms ? next_ms : limit_ms);
}

void
plan_failed(struct scan *scan, struct scan_service *service, enum scan_role role, int64_t now_ms)
{
	struct scan_child *child = &service->child[role];

	child->delay_ms = doubled(child->delay_ms, SCAN_RETRY_MS, SCAN_RETRY_MAX_MS);
	child->due_ms = now_ms + child->delay_ms;
	scan_touch(scan, child->due_ms);
}

void
plan_died(struct scan *scan, struct scan_service *service, enum scan_role role, int64_t now_ms)
{
	struct scan_child *child = &service->child[role];

	map_remove(&scan->by_pid, &child->by_pid);
	scan->running[role]--;
	if (now_ms - child->started_ms >= SCAN_PACE_MS)
		msg_well(&child->fault); /* it did work for a while */
	child->pid = 0;
	child->asked = false;
	child->delay_ms = 0;
	/* At the very end there is no time for the pace; restarts are counted instead. */
	child->due_ms = now_ms;
	if (scan->mode < SCAN_END_LOGGERS && child->started_ms + SCAN_PACE_MS > now_ms)
		child->due_ms = child->started_ms + SCAN_PACE_MS;
	scan_touch(scan, now_ms);
}

void
plan_set_back(struct scan *scan, struct scan_service *service, enum scan_role role, int64_t now_ms)
{
	struct scan_child *child = &service->child[role];

	if (scan->mode != SCAN_RUN)
		return; /* in a stop there is no time to wait for better times */
	child->setback_ms = doubled(child->setback_ms, SCAN_PACE_MS, SCAN_SETBACK_MAX_MS);
	child->due_ms = now_ms + child->setback_ms;
}

void
plan_set_mode(struct scan *scan, enum scan_mode mode, int64_t now_ms)
{
	if (mode <= scan->mode)
		return;
	const bool begins = scan->mode == SCAN_RUN;
	scan->mode = mode;
	for (size_t i = 0; i < scan->count; i++) {
		struct scan_service *service = scan->services[i];
		for (int role = 0; role < SCAN_ROLES; role++)
			service->child[role].due_ms = now_ms;
		/* One that we have not come to yet may be running under a supervise of a dead
		 * svscan. */
		struct scan_child *main = &service->child[SCAN_SERVICE];
		if (begins && mode <= SCAN_END_SERVICES && main->started_ms == 0 &&
		    !service->removed)
			main->pending = true;
	}
	scan_touch(scan, now_ms);
}
