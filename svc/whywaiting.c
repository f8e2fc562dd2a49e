/* whywaiting: a service that waits for what it needs: why.h.
 * SPDX-License-Identifier: ISC */
#include "fd.h"
#include "fmt.h"
#include "scandir.h"
#include "scanner.h"
#include "why.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* From one that waits to the one it waits for first, and so on. Longer rows than any that somebody
 * has made with sense. */
enum { STEPS_MAX = 1024 };

/* The way to the one that is to blame. */
struct way {
	char scan_path[PATH_MAX]; /* where the names are looked up, */
	int scan;                 /* and the same, open */
	int beside;               /* where service directories seem to be kept, open */
	size_t count;
	struct step {
		dev_t device;
		ino_t inode;
		char name[SV_NAME_SIZE];
	} steps[STEPS_MAX];
};

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

/* ---- Names ----------------------------------------------------------------------------------- */

/* Sets FACT to NAME as it can be typed. */
static void
set_name(const struct way *way, struct facts *facts, enum fact fact, const char *name)
{
	char path[PATH_MAX];

	subject_call(path, way->scan_path, name);
	facts_quote(facts, fact, path);
}

/* Opens the service NAME; -1 with errno set. svscan passes over names that begin with a dot. */
static int
open_need(const struct way *way, const char *name)
{
	if (name[0] != '.')
		return openat(way->scan, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
	errno = ENOENT;
	return -1;
}

/* NAME, which cannot start anybody, stands in the needs of OWNER, the last one on the way. */
static void
add_wrong_name(struct answer *answer, const struct way *way, enum cause cause, const char *name)
{
	const char *owner = way->steps[way->count - 1].name;
	struct facts *facts = answer_add(answer, cause);
	char path[PATH_MAX + SV_NAME_SIZE];

	set_name(way, facts, FACT_VALUE, name);
	fmt(path, sizeof path, "%s/%s", way->scan_path, name);
	facts_quote(facts, FACT_PATH, path);
	facts_quote(facts, FACT_SCAN, way->scan_path);
	facts_set(facts, FACT_OTHER, "%s", facts->text[FACT_NAME]);
	if (way->count == 1)
		return;
	set_name(way, facts, FACT_OTHER, owner);
	fmt(path, sizeof path, "%s/%s", way->scan_path, owner);
	facts_quote(facts, FACT_DIR, path);
}

/* A directory of that name which is merely not enabled, or what stands for one. */
static void
find_candidate(const struct way *way, const char *name, char path[PATH_MAX])
{
	char link[sizeof "/proc/self/fd/" + 12];
	int fd = openat(way->beside, name, O_PATH | O_DIRECTORY | O_CLOEXEC);

	fmt(link, sizeof link, "/proc/self/fd/%d", fd);
	const ssize_t length = fd == -1 ? -1 : readlink(link, path, PATH_MAX - 1);
	if (length > 0)
		path[length] = '\0';
	else
		fmt(path, PATH_MAX, "/path/of/%s", name);
	fd_close(&fd);
}

/* NAME cannot be opened: why not, is in errno. */
static void
add_unopened(struct answer *answer, const struct way *way, const char *name)
{
	const bool hidden = errno != ENOENT && errno != ENOTDIR && errno != ELOOP;
	char path[PATH_MAX];
	struct stat st;

	if (hidden) {
		add_wrong_name(answer, way, CAUSE_NEED_HIDDEN, name);
	} else if (name[0] != '.' && fstatat(way->scan, name, &st, AT_SYMLINK_NOFOLLOW) == 0) {
		add_wrong_name(answer, way, CAUSE_NEED_NO_DIRECTORY, name);
	} else {
		add_wrong_name(answer, way, CAUSE_NEED_UNKNOWN, name);
		find_candidate(way, name, path);
		facts_quote(&answer->findings[answer->count - 1].facts, FACT_PATH, path);
	}
}

/* ---- One that waits itself: who is it in the end? -------------------------------------------- */

/* What keeps the service NAME, which does not wait. */
static void
add_state(struct answer *answer, const struct way *way, const char *name, int service,
    const struct view *view)
{
	struct facts *facts = answer_add(answer, cause_of(service, view));

	set_name(way, facts, FACT_VALUE, name);
	facts_set(facts, FACT_OTHER, "%s", describe_state(view));
	facts_set(facts, FACT_NEXT,
	    way->count == 1 ? "it goes on waiting, and starts as soon as %s is ready or done"
			    : "it goes on waiting; when %s is ready or done, those that wait for "
			      "it start in turn",
	    facts->text[FACT_VALUE]);
}

/* Where SERVICE is on the way; its count if it is not. */
static size_t
find_on_way(const struct way *way, int service)
{
	struct stat st;
	size_t i;

	if (fstat(service, &st) == -1)
		return way->count;
	for (i = 0; i < way->count; i++)
		if (way->steps[i].device == st.st_dev && way->steps[i].inode == st.st_ino)
			break;
	return i;
}

static bool
go_on(struct way *way, const char *name, int service)
{
	struct step *step = &way->steps[way->count];
	struct stat st;

	if (way->count == STEPS_MAX || fstat(service, &st) == -1)
		return false;
	step->device = st.st_dev;
	step->inode = st.st_ino;
	fmt(step->name, sizeof step->name, "%s", name);
	way->count++;
	return true;
}

/* "a -> b -> c -> a", from step FIRST to the end of the way, and back; in the middle of a long one
 * some are left out. */
static void
add_circle(struct answer *answer, const struct way *way, size_t first)
{
	char text[FACT_SIZE];
	const char *const goal = way->steps[first].name;
	const size_t room = sizeof text - strlen(goal) - sizeof " -> ... -> ";
	size_t used = 0;

	for (size_t i = first; i < way->count; i++) {
		if (used + strlen(way->steps[i].name) > room) {
			used += fmt(text + used, sizeof text - used, "... -> ");
			break;
		}
		used += fmt(text + used, sizeof text - used, "%s -> ", way->steps[i].name);
	}
	fmt(text + used, sizeof text - used, "%s", goal);
	facts_set(answer_add(answer, CAUSE_NEED_LOOP), FACT_VALUE, "%s", text);
}

/* Whether the service of this VIEW waits; then for what is in LIST, first of all for NEXT. */
static bool
does_wait(const struct view *view, char list[SERVICEDIR_NEEDS_SIZE], char next[SV_NAME_SIZE])
{
	return view->kind == VIEW_COMPLETE && view->state == SV_STATE_WAITING &&
	       sv_text_get(view->text, SV_KEY_WAITING, list, SERVICEDIR_NEEDS_SIZE) &&
	       sv_next_name(list, next) != NULL;
}

/* One step on: to NAME, open as SERVICE, which becomes what it waits for itself. False if the way
 * ends here, and what is to be said has been added. */
static bool
step_to(struct answer *answer, struct way *way, char name[SV_NAME_SIZE], int service)
{
	char list[SERVICEDIR_NEEDS_SIZE], next[SV_NAME_SIZE];
	const size_t found = find_on_way(way, service);
	struct view view;

	if (found < way->count) {
		if (found == way->count - 1)
			add_wrong_name(answer, way, CAUSE_NEED_SELF, name);
		else
			add_circle(answer, way, found);
		return false;
	}
	view_read(service, &view);
	if (!does_wait(&view, list, next) || !go_on(way, name, service)) {
		add_state(answer, way, name, service, &view);
		return false;
	}
	struct facts *facts = answer_add(answer, CAUSE_NEED_WAITS);
	set_name(way, facts, FACT_VALUE, name);
	list_names(list, facts, FACT_OTHER);
	strcpy(name, next);
	return true;
}

/* What keeps the service NAME, for which the first one on the way waits. */
static void
follow(struct answer *answer, struct way *way, const char *first)
{
	char name[SV_NAME_SIZE];
	bool goes_on = true;

	strcpy(name, first);
	while (goes_on) {
		int service = open_need(way, name);
		if (service == -1) {
			add_unopened(answer, way, name);
			return;
		}
		goes_on = step_to(answer, way, name, service);
		fd_close(&service);
	}
}

/* ---- All together ---------------------------------------------------------------------------- */

/* Its supervise looks names up where it was started: under svscan that is the scan directory. One
 * that is not in the user's scan directory was started beside it, as far as one can tell. */
static void
open_way(struct way *way, const struct subject *subject)
{
	const char *slash = strrchr(subject->path, '/');

	if (scanner_has(subject->dir) || slash == NULL)
		fmt(way->scan_path, sizeof way->scan_path, "%s", scandir_path());
	else
		fmt(way->scan_path, sizeof way->scan_path, "%.*s",
		    slash == subject->path ? 1 : (int)(slash - subject->path), subject->path);
	way->scan = open(way->scan_path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	way->beside = openat(subject->dir, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
	way->count = 0;
	slash = strrchr(subject->name, '/');
	(void)go_on(way, slash != NULL ? slash + 1 : subject->name, subject->dir);
}

void
why_waiting(struct subject *subject)
{
	static struct way way; /* too large for the stack of a small system */
	char list[SERVICEDIR_NEEDS_SIZE], name[SV_NAME_SIZE];
	const char *rest;

	subject->answer->log = subject->view.starts > 0;
	if (!does_wait(&subject->view, list, name)) {
		if (!why_unstarted(subject))
			(void)subject_add(subject, CAUSE_LAUNCH);
		return;
	}
	const bool several = strchr(list, '/') != NULL;
	list_names(list, subject_add(subject, several ? CAUSE_WAITS_ALL : CAUSE_WAITS), FACT_VALUE);
	open_way(&way, subject);
	/* The first is the one that is mended last; each of the others has its own answer. */
	for (rest = list; subject->answer->count < ANSWER_FINDINGS - (rest == list ? 0 : 2) &&
			  (rest = sv_next_name(rest, name)) != NULL;
	     way.count = 1)
		follow(subject->answer, &way, name);
	fd_close(&way.beside);
	fd_close(&way.scan);
}
