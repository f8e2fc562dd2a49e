/* whywaiting: a service that waits for what it needs: why.h.
 * SPDX-License-Identifier: ISC */
#include "fd.h"
#include "fmt.h"
#include "needs.h"
#include "scandir.h"
#include "why.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

enum { STEPS_MAX = 64 /* from one that waits to the one it waits for first */ };

/* "db, cache" for "db/cache". */
static void
list_names(const char *list, struct facts *facts, enum fact fact)
{
	char all[FACT_SIZE] = "", name[SV_NAME_SIZE];
	size_t used = 0;

	while ((list = sv_next_name(list, name)) != NULL && used < sizeof all)
		used += fmt(all + used, sizeof all - used, "%s%s", used > 0 ? ", " : "", name);
	facts_set(facts, fact, "%s", all);
}

/* In the words of a sentence. */
static const char *
describe_state(const struct view *view)
{
	static const char *const words[SV_STATE_COUNT] = {
	    [SV_STATE_DOWN] = "down",
	    [SV_STATE_WAITING] = "waiting",
	    [SV_STATE_STARTING] = "starting",
	    [SV_STATE_UP] = "up, but not ready yet",
	    [SV_STATE_READY] = "ready",
	    [SV_STATE_STOPPING] = "stopping",
	    [SV_STATE_FINISHING] = "finishing",
	    [SV_STATE_BACKOFF] = "down, and is going to be started again",
	    [SV_STATE_DONE] = "done",
	    [SV_STATE_FAILED] = "failed",
	};

	if (view->kind == VIEW_STATUS)
		return "under a supervise of another suite, which does not tell whether it is "
		       "ready";
	return view->kind == VIEW_COMPLETE ? words[view->state] : "not to be seen from here";
}

static enum cause
cause_of(int service, const struct view *view)
{
	if (view->kind == VIEW_ABSENT)
		return CAUSE_NEED_UNSUPERVISED;
	if (view->kind != VIEW_COMPLETE)
		return CAUSE_NEED_STATE;
	if (view->state == SV_STATE_FAILED)
		return CAUSE_NEED_FAILED;
	if (view->state == SV_STATE_DOWN && view->want != SV_WANT_UP)
		return servicedir_normally_down(service) == 1 ? CAUSE_NEED_DOWN_FILE
							      : CAUSE_NEED_DOWN;
	return CAUSE_NEED_STATE;
}

static void
add_state(struct answer *answer, const char *name, int service, const struct view *view)
{
	struct facts *facts = answer_add(answer, cause_of(service, view));

	facts_quote(facts, FACT_VALUE, name);
	facts_set(facts, FACT_OTHER, "%s", describe_state(view));
}

/* ---- One that waits itself: who is it in the end? -------------------------------------------- */

struct way {
	struct stat seen[STEPS_MAX];
	size_t count;
	char names[FACT_SIZE]; /* "a -> b -> c" */
	size_t used;
};

/* Whether the way has come round: SERVICE was on it before. */
static bool
has_been(const struct way *way, int service)
{
	struct stat st;

	if (fstat(service, &st) == -1)
		return false;
	for (size_t i = 0; i < way->count; i++)
		if (way->seen[i].st_dev == st.st_dev && way->seen[i].st_ino == st.st_ino)
			return true;
	return false;
}

/* Whether SERVICE is where the way has come to. */
static bool
is_last(const struct way *way, int service)
{
	const struct stat *last = &way->seen[way->count - 1];
	struct stat st;

	return fstat(service, &st) == 0 && st.st_dev == last->st_dev && st.st_ino == last->st_ino;
}

static bool
go_on(struct way *way, const char *name, int service)
{
	if (way->count == STEPS_MAX || fstat(service, &way->seen[way->count]) == -1)
		return false;
	way->count++;
	if (way->used < sizeof way->names)
		way->used += fmt(way->names + way->used, sizeof way->names - way->used, "%s%s",
		    way->used > 0 ? " -> " : "", name);
	return true;
}

/* NAME, which does not exist, or is OWNER itself, stands in the needs of OWNER. */
static void
add_wrong_name(struct answer *answer, enum cause cause, const char *name, const char *owner)
{
	struct facts *facts = answer_add(answer, cause);
	char path[PATH_MAX];

	facts_quote(facts, FACT_VALUE, name);
	facts_quote(facts, FACT_OTHER, owner);
	if (strcmp(facts->text[FACT_OTHER], facts->text[FACT_NAME]) == 0)
		return;
	fmt(path, sizeof path, "%s/%s", scandir_path(), owner);
	facts_quote(facts, FACT_DIR, path);
}

/* What keeps the service NAME, for which OWNER waits; BESIDE as in needs_open. */
static void
follow(struct answer *answer, struct way *way, int beside, const char *owner, const char *name)
{
	char next[SV_NAME_SIZE], list[SERVICEDIR_NEEDS_SIZE];
	struct view view;
	int service = needs_open(beside, name);

	if (service == -1) {
		add_wrong_name(answer, CAUSE_NEED_UNKNOWN, name, owner);
		return;
	}
	if (way->count > 0 && is_last(way, service)) {
		add_wrong_name(answer, CAUSE_NEED_SELF, name, owner);
		fd_close(&service);
		return;
	}
	if (has_been(way, service)) {
		(void)go_on(way, name, service);
		facts_set(answer_add(answer, CAUSE_NEED_LOOP), FACT_VALUE, "%s", way->names);
		fd_close(&service);
		return;
	}
	view_read(service, &view);
	const bool waits = view.kind == VIEW_COMPLETE && view.state == SV_STATE_WAITING &&
			   sv_text_get(view.text, SV_KEY_WAITING, list, sizeof list) &&
			   sv_next_name(list, next) != NULL;
	if (!waits || !go_on(way, name, service)) {
		add_state(answer, name, service, &view);
		fd_close(&service);
		return;
	}
	fd_close(&service);
	struct facts *facts = answer_add(answer, CAUSE_NEED_WAITS);
	facts_quote(facts, FACT_VALUE, name);
	list_names(list, facts, FACT_OTHER);
	follow(answer, way, beside, name, next);
}

void
why_waiting(struct subject *subject)
{
	char list[SERVICEDIR_NEEDS_SIZE], name[SV_NAME_SIZE];
	struct way way = {.count = 0};
	struct facts *facts = subject_add(subject, CAUSE_WAITS);
	const char *rest = list, *slash = strrchr(subject->name, '/');

	(void)sv_text_get(subject->view.text, SV_KEY_WAITING, list, sizeof list);
	list_names(list, facts, FACT_VALUE);
	subject->answer->log = subject->view.starts > 0;
	int beside = openat(subject->dir, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
	(void)go_on(&way, slash != NULL ? slash + 1 : subject->name, subject->dir);
	/* The first is the one that is mended last; each of the others has its own answer. */
	if ((rest = sv_next_name(rest, name)) != NULL)
		follow(subject->answer, &way, beside, subject->name, name);
	while (subject->answer->count < ANSWER_FINDINGS - 2 &&
	       (rest = sv_next_name(rest, name)) != NULL) {
		way.count = 1;
		way.used = 0;
		follow(subject->answer, &way, beside, subject->name, name);
	}
	fd_close(&beside);
}
