/* why: see why.h.
 * SPDX-License-Identifier: ISC */
#include "why.h"

#include "logger.h"
#include "msg.h"
#include "proc.h"

#include <errno.h>
#include <string.h>

/* ---- One function for each state ------------------------------------------------------------- */

static void
why_down(struct subject *subject)
{
	const bool file = servicedir_normally_down(subject->dir) == 1;
	const bool untouched = subject->view.commands == 0 && subject->view.starts == 0 &&
			       subject_number(subject, SV_KEY_DEATHS) == 0;
	enum cause cause = CAUSE_TOLD_DOWN;

	subject->answer->fine = subject->view.want != SV_WANT_UP;
	if (subject->view.want == SV_WANT_UP)
		cause = CAUSE_LAUNCH;
	else if (subject->view.want == SV_WANT_ONCE)
		cause = subject->view.starts > 0 ? CAUSE_ONCE_OVER : CAUSE_ONCE_NEVER;
	else if (file)
		cause = untouched ? CAUSE_DOWN_FILE : CAUSE_TOLD_DOWN_FILE;
	(void)subject_add(subject, cause);
}

static void
why_starting(struct subject *subject)
{
	const uint64_t limit_ms = subject->settings.timeout_start_ms;

	subject->answer->log = true;
	if (subject->child != SV_CHILD_START) {
		(void)subject_add(subject, CAUSE_LAUNCH);
		return;
	}
	facts_set(subject_add(subject, limit_ms > 0 ? CAUSE_START_LIMITED : CAUSE_START_RUNS),
	    FACT_VALUE, "%llu", (unsigned long long)limit_ms);
	subject_add_logger(subject);
}

/* Whether its process stands still: true, and that is said. */
static bool
is_still(struct subject *subject)
{
	struct proc process;

	if (subject_number(subject, SV_KEY_PAUSED) == 1)
		(void)subject_add(subject, CAUSE_PAUSED);
	else if (subject->pid != 0 && proc_read(subject->pid, &process) && process.state == 'T')
		(void)subject_add(subject, CAUSE_STOPPED);
	else
		return false;
	return true;
}

static void
why_up(struct subject *subject)
{
	subject->answer->log = true;
	if (is_still(subject))
		return;
	if (subject->settings.notification_fd != -1) {
		facts_set(subject_add(subject, CAUSE_UNREADY_FD), FACT_VALUE, "%d",
		    subject->settings.notification_fd);
	} else {
		(void)subject_add(subject, CAUSE_UNREADY_CHECK);
		if (strcmp(subject->asker, sv_asker_names[SV_ASKER_CHECK]) == 0)
			(void)answer_add(subject->answer, CAUSE_WAS_SICK);
		subject_look_at(subject, SERVICEDIR_CHECK, 0);
	}
	subject_add_logger(subject);
	(void)subject_add_strays(subject);
}

/* Whether it is a logger that runs, but reads nothing: true, and that is said. */
static bool
is_deaf(struct subject *subject)
{
	if (!subject->logger || !logger_is_deaf((pid_t)subject->view.supervise))
		return false;
	subject_quote_owner(subject, subject_add(subject, CAUSE_LOGGER_DEAF), FACT_VALUE);
	logger_explain_disk(subject->answer, subject->dir);
	return true;
}

static void
why_ready(struct subject *subject)
{
	struct answer *answer = subject->answer;

	if (is_still(subject) || is_deaf(subject))
		return;
	if (why_unstable(subject))
		return;
	facts_span(subject_add(
		       subject, subject->view.want == SV_WANT_ONCE ? CAUSE_RUNS_ONCE : CAUSE_READY),
	    FACT_AGO, subject_ago(subject, SV_KEY_READY_SINCE));
	subject_add_logger(subject);
	answer->fine = answer->count == 1;
	if (!answer->fine)
		answer->findings[0].cause = CAUSE_UP;
}

static void
why_done(struct subject *subject)
{
	facts_span(
	    subject_add(subject, CAUSE_DONE), FACT_AGO, subject_ago(subject, SV_KEY_READY_SINCE));
	subject->answer->fine = true;
}

static void
why_stopping(struct subject *subject)
{
	const uint64_t limit_ms = subject->settings.timeout_kill_ms;
	const bool sick = subject->view.unhealthy && subject->view.want == SV_WANT_UP;
	struct proc process;

	subject->answer->log = true;
	struct facts *facts = subject_add(subject, sick           ? CAUSE_STOPPING_SICK
						   : limit_ms > 0 ? CAUSE_STOPPING_LIMITED
								  : CAUSE_STOPPING);
	facts_set(facts, FACT_VALUE, "%llu", (unsigned long long)limit_ms);
	if (subject->pid != 0 && proc_read(subject->pid, &process) && process.state == 'D')
		(void)subject_add(subject, CAUSE_UNKILLABLE);
	subject_add_logger(subject);
}

/* Whether what runs next could not be made yet: true, and that is said. */
static bool
is_owed(struct subject *subject)
{
	static const char *const words[SV_FAILING_COUNT] = {
	    [SV_FAILING_EXEC] = "cannot be executed",
	    [SV_FAILING_FORK] = "finds no room for one more process",
	    [SV_FAILING_READ] = "cannot be looked at",
	};
	const struct sv_trouble *trouble = &subject->trouble;

	if (trouble->script != subject->child || words[trouble->how] == NULL ||
	    (subject->child != SV_CHILD_FINISH && subject->child != SV_CHILD_STOP))
		return false;
	struct facts *facts = subject_add(subject, CAUSE_OWED);
	facts_set(facts, FACT_SCRIPT, "./%s", sv_child_names[trouble->script]);
	facts_set(facts, FACT_OTHER, "%s", words[trouble->how]);
	facts_set(facts, FACT_VALUE, "%s", msg_error(trouble->value));
	if (trouble->how == SV_FAILING_EXEC)
		subject_look_at(subject, sv_child_names[trouble->script], trouble->value);
	return true;
}

static void
why_finishing(struct subject *subject)
{
	static const enum cause causes[SV_CHILD_COUNT] = {
	    [SV_CHILD_NONE] = CAUSE_CLEANING,
	    [SV_CHILD_RUN] = CAUSE_CLEANING,
	    [SV_CHILD_START] = CAUSE_CLEANING,
	    [SV_CHILD_FINISH] = CAUSE_FINISH_RUNS,
	    [SV_CHILD_STOP] = CAUSE_STOP_RUNS,
	};
	const uint64_t limit_ms = subject->settings.timeout_finish_ms;

	subject->answer->log = true;
	if (is_owed(subject))
		return;
	struct facts *facts = subject_add(subject, causes[subject->child]);
	if (limit_ms > 0)
		facts_set(facts, FACT_NEXT, "it is killed after %llu ms (timeout-finish)",
		    (unsigned long long)limit_ms);
	else
		facts_set(facts, FACT_NEXT, "it is waited for without a limit (timeout-finish)");
}

/* ---- All together ---------------------------------------------------------------------------- */

typedef void explain_function(struct subject *subject);

static explain_function *const states[SV_STATE_COUNT] = {
    [SV_STATE_DOWN] = why_down,
    [SV_STATE_WAITING] = why_waiting,
    [SV_STATE_STARTING] = why_starting,
    [SV_STATE_UP] = why_up,
    [SV_STATE_READY] = why_ready,
    [SV_STATE_STOPPING] = why_stopping,
    [SV_STATE_FINISHING] = why_finishing,
    [SV_STATE_BACKOFF] = why_backoff,
    [SV_STATE_DONE] = why_done,
    [SV_STATE_FAILED] = why_failed,
};

static void
why_unknown(struct subject *subject)
{
	const struct view *view = &subject->view;

	/* Something else has the name of its directory: so no supervise can have started. */
	if (view->error == ENOTDIR) {
		why_absent(subject, 0);
		return;
	}
	subject->answer->unknown = true;
	if (view->error == EACCES || view->error == EPERM) {
		(void)answer_add(subject->answer, CAUSE_NO_PERMISSION);
		return;
	}
	struct facts *facts = answer_add(subject->answer, CAUSE_UNREADABLE);
	facts_set(facts, FACT_OTHER, "%s", view->what);
	facts_set(facts, FACT_VALUE, "%s", msg_error(view->error));
}

void
why(struct subject *subject)
{
	const struct view *view = &subject->view;

	switch (view->kind) {
	case VIEW_UNKNOWN:
		why_unknown(subject);
		break;
	case VIEW_ABSENT:
		why_absent(subject, 0);
		break;
	case VIEW_STATUS:
		facts_set(answer_add(subject->answer, CAUSE_OTHER_SUITE), FACT_VALUE, "%s",
		    view->state == SV_STATE_UP ? "up" : "down");
		subject->answer->fine = (view->state == SV_STATE_UP) == (view->want == SV_WANT_UP);
		break;
	case VIEW_COMPLETE:
		states[view->state](subject);
		break;
	}
	if (subject->misset && !subject->answer->fine)
		(void)answer_add(subject->answer, CAUSE_MISSET);
}
