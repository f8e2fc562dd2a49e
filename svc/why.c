/* why: see why.h.
 * SPDX-License-Identifier: ISC */
#include "why.h"

#include "death.h"
#include "logger.h"
#include "memory.h"
#include "msg.h"
#include "proc.h"
#include "signame.h"
#include "strays.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

enum {
	UNSTABLE_DEATHS = 3,  /* so many deaths ... */
	UNSTABLE_MS = 60000,  /* ... within so long are too many for a service that is up */
	NOT_EXECUTABLE = 126, /* exit codes with which a shell tells of a command ... */
	NOT_FOUND = 127,      /* ... that it could not execute */
	SHELL_MISTAKE = 2,    /* and of a script that it could not read: CR LF, say */
};

/* ---- Things that several states share -------------------------------------------------------- */

/* Milliseconds since the death number INDEX. */
static uint64_t
death_ago(const struct subject *subject, size_t index)
{
	const struct tai64n *at = &subject->deaths[index].at, *now = &subject->now;

	if (now->seconds < at->seconds)
		return 0;
	return (now->seconds - at->seconds) * 1000;
}

/* " (5 deaths within 12 s)" if there were several. */
static void
describe_deaths(const struct subject *subject, struct facts *facts)
{
	struct facts span;
	const size_t count = subject->death_count;

	facts_set(facts, FACT_OTHER, "%s", "");
	if (count < 2)
		return;
	facts_span(&span, FACT_AGO, death_ago(subject, count - 1));
	facts_set(facts, FACT_OTHER, " (%s%zu deaths within %s)",
	    count == SV_DEATHS_KEPT ? "the last " : "", count, span.text[FACT_AGO]);
}

/* "exit code 3", "the signal KILL". */
static void
describe_status(struct facts *facts, enum fact fact, int status)
{
	if (status == SV_STATUS_UNKNOWN)
		facts_set(facts, fact, "unknown");
	else if (WIFEXITED(status))
		facts_set(facts, fact, "exit code %d", WEXITSTATUS(status));
	else
		facts_set(facts, fact, "the signal %s", signame_of(WTERMSIG(status)));
}

static unsigned
add_strays(struct subject *subject)
{
	struct facts facts = subject->answer->facts;
	struct proc process;

	if (subject_number(subject, SV_KEY_STRAYS) == 0)
		return 0;
	const pid_t current = subject->pid != 0 ? subject->pid : subject->script;
	const uint64_t before = current != 0 && proc_read(current, &process) ? process.ticks : 0;
	const unsigned count = strays_find((pid_t)subject->view.supervise, current, before, &facts);
	if (count > 0)
		*answer_add(subject->answer, CAUSE_STRAYS) = facts;
	return count;
}

static void
add_logger(struct subject *subject)
{
	if (!subject->logger)
		logger_explain(
		    subject->answer, subject->name, subject->dir, (pid_t)subject->view.supervise);
}

/* What else can be said about the last death than its number. */
static void
explain_death(struct subject *subject)
{
	const int status = subject->deaths[0].status;
	const int code =
	    status != SV_STATUS_UNKNOWN && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	const char *hint = death_hint(status);

	subject->answer->died = !subject->logger;
	if (code == NOT_EXECUTABLE || code == NOT_FOUND || code == SHELL_MISTAKE)
		subject_look_at(subject, SERVICEDIR_RUN, 0);
	const unsigned strays = add_strays(subject);
	if (code == 0 && strays > 0) {
		struct facts *facts = answer_add(subject->answer, CAUSE_DETACHED);
		facts_set(facts, FACT_PATH, "%s/" SERVICEDIR_RUN, facts->text[FACT_DIR]);
	} else if (hint != NULL) {
		facts_set(answer_add(subject->answer, CAUSE_HINT), FACT_VALUE, "%s", hint);
	}
	if (status != SV_STATUS_UNKNOWN && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
		memory_explain(
		    subject->answer, death_ago(subject, 0), (pid_t)subject->view.supervise);
}

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
	add_logger(subject);
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
	add_logger(subject);
	(void)add_strays(subject);
}

static bool
is_unstable(const struct subject *subject)
{
	return subject->death_count >= UNSTABLE_DEATHS && subject->asker[0] == '\0' &&
	       death_ago(subject, UNSTABLE_DEATHS - 1) < UNSTABLE_MS;
}

static void
add_unstable(struct subject *subject)
{
	struct facts *facts = subject_add(subject, CAUSE_UNSTABLE), span;
	size_t count = UNSTABLE_DEATHS;

	while (count < subject->death_count && death_ago(subject, count) < UNSTABLE_MS)
		count++;
	facts_span(&span, FACT_AGO, death_ago(subject, count - 1));
	facts_set(facts, FACT_VALUE, "%zu", count);
	facts_set(facts, FACT_OTHER, "%s", span.text[FACT_AGO]);
	explain_death(subject);
}

static void
why_ready(struct subject *subject)
{
	struct answer *answer = subject->answer;

	if (is_still(subject))
		return;
	if (is_unstable(subject)) {
		answer->log = true;
		add_unstable(subject);
		add_logger(subject);
		return;
	}
	facts_span(subject_add(
		       subject, subject->view.want == SV_WANT_ONCE ? CAUSE_RUNS_ONCE : CAUSE_READY),
	    FACT_AGO, subject_ago(subject, SV_KEY_READY_SINCE));
	add_logger(subject);
	answer->fine = answer->count == 1;
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
	add_logger(subject);
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
	struct facts *facts = subject_add(subject, causes[subject->child]);

	subject->answer->log = true;
	if (limit_ms > 0)
		facts_set(facts, FACT_NEXT, "it is killed after %llu ms (timeout-finish)",
		    (unsigned long long)limit_ms);
	else
		facts_set(facts, FACT_NEXT, "it is waited for without a limit (timeout-finish)");
}

/* The last death, as the reason for being down. */
static void
add_death(struct subject *subject)
{
	const int status = subject->deaths[0].status;
	enum cause cause = CAUSE_DIED_UNKNOWN;

	if (strcmp(subject->asker, sv_asker_names[SV_ASKER_COMMAND]) == 0)
		cause = CAUSE_DIED_COMMAND;
	else if (strcmp(subject->asker, sv_asker_names[SV_ASKER_CHECK]) == 0)
		cause = CAUSE_DIED_CHECK;
	else if (status != SV_STATUS_UNKNOWN)
		cause = WIFEXITED(status) ? CAUSE_DIED_EXIT : CAUSE_DIED_SIGNAL;
	struct facts *facts = subject_add(subject, cause);
	facts_span(facts, FACT_AGO, subject_ago(subject, SV_KEY_SINCE));
	describe_deaths(subject, facts);
	describe_status(facts, FACT_VALUE, status);
	if (cause == CAUSE_DIED_EXIT || cause == CAUSE_DIED_SIGNAL || cause == CAUSE_DIED_UNKNOWN)
		explain_death(subject);
}

static void
why_backoff(struct subject *subject)
{
	const struct sv_trouble *trouble = &subject->trouble;
	const uint64_t next_ms = subject_until(subject, SV_KEY_NEXT_START);
	struct facts *base = &subject->answer->facts, span;

	facts_span(&span, FACT_NEXT, next_ms);
	facts_set(base, FACT_NEXT, "%s%s", next_ms >= 100 ? "in " : "at this moment",
	    next_ms >= 100 ? span.text[FACT_NEXT] : "");
	subject->answer->log = true;
	if (trouble->script != SV_CHILD_NONE && trouble->how == SV_FAILING_FORK) {
		facts_set(
		    subject_add(subject, CAUSE_FORK), FACT_VALUE, "%s", msg_error(trouble->value));
	} else if (trouble->script == SV_CHILD_RUN && trouble->how == SV_FAILING_EXEC) {
		facts_set(subject_add(subject, CAUSE_RUN_EXEC), FACT_VALUE, "%s",
		    msg_error(trouble->value));
		subject_look_at(subject, SERVICEDIR_RUN, trouble->value);
	} else if (subject->death_count > 0) {
		add_death(subject);
	} else {
		(void)subject_add(subject, CAUSE_LAUNCH);
	}
	add_logger(subject);
}

static void
add_failed_start(struct subject *subject)
{
	const struct sv_trouble *trouble = &subject->trouble;
	const uint64_t limit_ms = subject->settings.timeout_start_ms;
	struct facts *facts;

	subject->answer->died = !subject->logger;
	switch (trouble->how) {
	case SV_FAILING_EXEC:
	case SV_FAILING_FORK:
		facts = subject_add(subject, CAUSE_FAILED_START_EXEC);
		facts_set(facts, FACT_VALUE, "%s", msg_error(trouble->value));
		subject_look_at(subject, SERVICEDIR_START, trouble->value);
		return;
	case SV_FAILING_SIGNAL:
		facts = subject_add(subject, CAUSE_FAILED_START_SIGNAL);
		facts_set(facts, FACT_VALUE, "%s", signame_of(trouble->value));
		if (trouble->value == SIGKILL && limit_ms > 0)
			facts_set(facts, FACT_OTHER,
			    " (it may not take longer than %llu ms: timeout-start)",
			    (unsigned long long)limit_ms);
		return;
	default:
		facts = subject_add(subject, CAUSE_FAILED_START_EXIT);
		facts_set(facts, FACT_VALUE, "%d", trouble->value);
		subject_look_at(subject, SERVICEDIR_START, 0);
	}
}

static void
add_too_many_deaths(struct subject *subject)
{
	const struct servicedir *settings = &subject->settings;
	struct facts *facts = subject_add(subject, CAUSE_FAILED_DEATHS);

	if (!settings->deaths_are_limited)
		facts_set(facts, FACT_VALUE, "the file has gone since");
	else if (settings->max_deaths_ms == 0)
		facts_set(facts, FACT_VALUE, "none is");
	else
		facts_set(facts, FACT_VALUE, "%llu within %llu ms",
		    (unsigned long long)settings->max_deaths,
		    (unsigned long long)settings->max_deaths_ms);
	if (subject->death_count == 0)
		return;
	describe_status(facts, FACT_OTHER, subject->deaths[0].status);
	explain_death(subject);
}

static void
why_failed(struct subject *subject)
{
	const struct sv_trouble *trouble = &subject->trouble;

	subject->answer->log = true;
	if (trouble->script == SV_CHILD_START) {
		add_failed_start(subject);
	} else if (trouble->script == SV_CHILD_FINISH && trouble->how == SV_FAILING_EXIT) {
		(void)subject_add(subject, CAUSE_FAILED_FINISH);
	} else if (trouble->script == SV_CHILD_RUN) {
		facts_set(subject_add(subject, CAUSE_FAILED_RUN_EXEC), FACT_VALUE, "%s",
		    msg_error(trouble->value));
		subject_look_at(subject, SERVICEDIR_RUN, trouble->value);
	} else {
		add_too_many_deaths(subject);
	}
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
	/* What has never run has written nothing. */
	subject->answer->log = subject->answer->log && !subject->answer->fine;
}
