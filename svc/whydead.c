/* whydead: a service that has died, or has failed for good: why.h.
 * SPDX-License-Identifier: ISC */
#include "death.h"
#include "memory.h"
#include "msg.h"
#include "signame.h"
#include "tail.h"
#include "why.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>

enum {
	UNSTABLE_DEATHS = 3,  /* so many deaths ... */
	UNSTABLE_MS = 60000,  /* ... within so long are too many for a service that is up */
	NOT_EXECUTABLE = 126, /* exit codes with which a shell tells of a command ... */
	NOT_FOUND = 127,      /* ... that it could not execute, */
	SHELL_MISTAKE = 2,    /* and of a script that it could not read: CR LF, say */
};

/* ---- A death --------------------------------------------------------------------------------- */

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
		facts_set(facts, fact, "nobody knows what");
	else if (WIFEXITED(status))
		facts_set(facts, fact, "exit code %d", WEXITSTATUS(status));
	else
		facts_set(facts, fact, "the signal %s", signame_of(WTERMSIG(status)));
}

static int
last_status(const struct subject *subject)
{
	return subject->death_count > 0 ? subject->deaths[0].status : SV_STATUS_UNKNOWN;
}

/* Last words that tell the reason, as libc has them in every program. */
static void
read_last_words(struct subject *subject)
{
	static const struct {
		const char *words;
		enum cause cause;
	} hints[] = {
	    {"ddress already in use", CAUSE_ADDRESS_USED},
	    {"EADDRINUSE", CAUSE_ADDRESS_USED},
	    {"o space left on device", CAUSE_NO_SPACE},
	    {"oo many open files", CAUSE_NO_FILES},
	    {"annot allocate memory", CAUSE_NO_MEMORY},
	};
	static struct logtail tail;

	if (logtail_read(&tail, subject->dir) != LOGTAIL_LINES)
		return;
	for (size_t i = 0; i < sizeof hints / sizeof *hints; i++) {
		if (!tail_has(&tail, hints[i].words))
			continue;
		(void)answer_add(subject->answer, hints[i].cause);
		return;
	}
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
	const unsigned strays = subject_add_strays(subject);
	if (code == 0 && strays > 0) {
		struct facts *facts = answer_add(subject->answer, CAUSE_DETACHED);
		facts_set(facts, FACT_PATH, "%s/" SERVICEDIR_RUN, facts->text[FACT_DIR]);
	} else if (hint != NULL) {
		facts_set(answer_add(subject->answer, CAUSE_HINT), FACT_VALUE, "%s", hint);
	}
	if (code > 0)
		read_last_words(subject);
	if (status != SV_STATUS_UNKNOWN && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
		memory_explain(
		    subject->answer, death_ago(subject, 0), (pid_t)subject->view.supervise);
}

/* ---- Up, but for how long? -------------------------------------------------------------------- */

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

bool
why_unstable(struct subject *subject)
{
	if (!is_unstable(subject))
		return false;
	subject->answer->log = true;
	add_unstable(subject);
	subject_add_logger(subject);
	return true;
}

/* ---- Down ------------------------------------------------------------------------------------ */

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

bool
why_unstarted(struct subject *subject)
{
	static const enum cause causes[SV_FAILING_COUNT] = {
	    [SV_FAILING_EXEC] = CAUSE_RUN_EXEC,
	    [SV_FAILING_FORK] = CAUSE_FORK,
	    [SV_FAILING_READ] = CAUSE_UNREAD,
	};
	const struct sv_trouble *trouble = &subject->trouble;

	if (trouble->script == SV_CHILD_NONE || causes[trouble->how] == CAUSE_NONE)
		return false;
	struct facts *facts = subject_add(subject, causes[trouble->how]);
	facts_set(facts, FACT_VALUE, "%s", msg_error(trouble->value));
	facts_set(facts, FACT_SCRIPT, "./%s", sv_child_names[trouble->script]);
	if (trouble->how == SV_FAILING_EXEC)
		subject_look_at(subject, sv_child_names[trouble->script], trouble->value);
	return true;
}

void
why_backoff(struct subject *subject)
{
	const uint64_t next_ms = subject_until(subject, SV_KEY_NEXT_START);
	struct facts *base = &subject->answer->facts, span;

	facts_span(&span, FACT_NEXT, next_ms);
	facts_set(base, FACT_NEXT, "%s%s", next_ms >= 100 ? "in " : "at this moment",
	    next_ms >= 100 ? span.text[FACT_NEXT] : "");
	subject->answer->log = true;
	if (why_unstarted(subject))
		;
	else if (subject->death_count > 0)
		add_death(subject);
	else
		(void)subject_add(subject, CAUSE_LAUNCH);
	subject_add_logger(subject);
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
		facts_set(facts, FACT_VALUE, "none");
	else
		facts_set(facts, FACT_VALUE, "%llu within %llu ms",
		    (unsigned long long)settings->max_deaths,
		    (unsigned long long)settings->max_deaths_ms);
	describe_status(facts, FACT_OTHER, last_status(subject));
	if (subject->death_count > 0)
		explain_death(subject);
}

void
why_failed(struct subject *subject)
{
	const struct sv_trouble *trouble = &subject->trouble;

	subject->answer->log = true;
	if (trouble->script == SV_CHILD_START) {
		add_failed_start(subject);
	} else if (trouble->script == SV_CHILD_FINISH && trouble->how == SV_FAILING_EXIT) {
		describe_status(
		    subject_add(subject, CAUSE_FAILED_FINISH), FACT_VALUE, last_status(subject));
	} else if (trouble->script == SV_CHILD_RUN) {
		facts_set(subject_add(subject, CAUSE_FAILED_RUN_EXEC), FACT_VALUE, "%s",
		    msg_error(trouble->value));
		subject_look_at(subject, SERVICEDIR_RUN, trouble->value);
	} else {
		add_too_many_deaths(subject);
	}
}
