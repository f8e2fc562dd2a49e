/* subject: see subject.h.
 * SPDX-License-Identifier: ISC */
#include "subject.h"

#include "every.h"
#include "fmt.h"
#include "inventory.h"
#include "logger.h"
#include "proc.h"
#include "program.h"
#include "scandir.h"
#include "strays.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Its default counts, as in supervise; svlint tells which it is. */
static void
note_fault(void *argument, const struct servicedir_fault *fault)
{
	struct subject *subject = argument;

	(void)fault;
	subject->misset = true;
}

static void
ignore_setting(void *argument, enum servicedir_setting setting)
{
	(void)argument;
	(void)setting;
}

static bool
label_of(const struct subject *subject, enum sv_key key, struct tai64n *label)
{
	char value[TAI64N_LABEL + 1];

	return sv_text_get(subject->view.text, key, value, sizeof value) &&
	       tai64n_parse(value, strlen(value), label);
}

/* From A to B; 0 if that is the wrong way round, for clocks are set. */
static uint64_t
span_ms(const struct tai64n *a, const struct tai64n *b)
{
	const int64_t seconds = (int64_t)(b->seconds - a->seconds);
	const int64_t nanoseconds = (int64_t)b->nanoseconds - (int64_t)a->nanoseconds;

	if (seconds < 0 || seconds > INT32_MAX || (seconds == 0 && nanoseconds < 0))
		return 0;
	return (uint64_t)(seconds * 1000 + nanoseconds / 1000000);
}

uint64_t
subject_ago(const struct subject *subject, enum sv_key key)
{
	struct tai64n label;
	return label_of(subject, key, &label) ? span_ms(&label, &subject->now) : 0;
}

uint64_t
subject_until(const struct subject *subject, enum sv_key key)
{
	struct tai64n label;
	return label_of(subject, key, &label) ? span_ms(&subject->now, &label) : 0;
}

uint64_t
subject_number(const struct subject *subject, enum sv_key key)
{
	uint64_t number = 0;

	(void)sv_text_number(subject->view.text, key, &number);
	return number;
}

/* The process in KEY, 0 if there is none, or none of such a number. */
static pid_t
process_of(const struct subject *subject, enum sv_key key)
{
	const uint64_t number = subject_number(subject, key);
	return number <= INT32_MAX ? (pid_t)number : 0;
}

/* Whether the supervise that the text names can be the one of this directory, in which it stands.
 * Who owns supervise/ could name another, and have us blame, or the user kill, what that one has
 * started. Where we may not look the user may not kill either. */
static bool
is_supervise_here(const struct subject *subject)
{
	char path[32];
	struct stat cwd, dir;

	fmt(path, sizeof path, "/proc/%llu/cwd", (unsigned long long)subject->view.supervise);
	if (stat(path, &cwd) == -1)
		return errno == EACCES || errno == EPERM;
	return fstat(subject->dir, &dir) == 0 && cwd.st_dev == dir.st_dev &&
	       cwd.st_ino == dir.st_ino;
}

static void
read_child(struct subject *subject)
{
	char boot[PROC_BOOT_SIZE], name[16];
	struct sv_record record;

	(void)sv_text_get(subject->view.text, SV_KEY_CHILD, name, sizeof name);
	for (unsigned i = SV_CHILD_START; i < SV_CHILD_COUNT; i++)
		if (strcmp(name, sv_child_names[i]) == 0)
			subject->child = (enum sv_child)i;
	proc_boot_id(boot);
	if (subject->child != SV_CHILD_NONE && sv_read_record(subject->dir, boot, &record) &&
	    record.kind == subject->child)
		subject->script = record.pid;
}

/* The path by which the user can reach the directory, for what he is to type. */
static void
find_path(struct subject *subject)
{
	char cwd[PATH_MAX], path[PATH_MAX];

	if (!scandir_find(subject->name, path, sizeof path))
		path[0] = '\0';
	/* Whole paths, since "cd" and links mean something else elsewhere. */
	if (path[0] == '/' || getcwd(cwd, sizeof cwd) == NULL)
		fmt(subject->path, sizeof subject->path, "%s", path);
	else
		fmt(subject->path, sizeof subject->path, "%s/%s", cwd,
		    path + (strncmp(path, "./", 2) == 0 ? 2 : 0));
	for (size_t end = strlen(subject->path); end > 1 && subject->path[end - 1] == '/';)
		subject->path[--end] = '\0';
}

void
subject_call(char path[PATH_MAX], const char *scan, const char *name)
{
	struct stat here, there;

	fmt(path, PATH_MAX, "%s/%s", scan, name);
	const bool other = stat(name, &here) == 0 && S_ISDIR(here.st_mode) &&
			   (stat(path, &there) == -1 || here.st_dev != there.st_dev ||
			       here.st_ino != there.st_ino);
	if (name[0] != '-' && !other)
		fmt(path, PATH_MAX, "%s", name);
}

void
subject_read(struct subject *subject, struct answer *answer, const char *name, int dir)
{
	memset(subject, 0, sizeof *subject);
	memset(answer, 0, sizeof *answer);
	subject->name = name;
	subject->dir = dir;
	subject->answer = answer;
	subject->logger = every_is_logger(name);
	find_path(subject);
	facts_quote(&answer->facts, FACT_NAME, name);
	facts_quote(&answer->facts, FACT_DIR, subject->path);
	facts_quote(&answer->facts, FACT_PATH, subject->path);
	facts_quote(&answer->facts, FACT_SCAN, scandir_path());
	subject->now = tai64n_now();
	if (dir == -1)
		return;
	view_read(dir, &subject->view);
	subject->now = tai64n_now();
	servicedir_read(
	    dir, INVENTORY_ALL, &subject->settings, note_fault, ignore_setting, subject);
	if (subject->view.kind != VIEW_COMPLETE)
		return;
	if (!is_supervise_here(subject))
		subject->view.supervise = 0;
	subject->pid = process_of(subject, SV_KEY_PID);
	(void)sv_trouble_get(subject->view.text, &subject->trouble);
	subject->death_count = sv_deaths_get(subject->view.text, subject->deaths);
	(void)sv_text_get(
	    subject->view.text, SV_KEY_DEATH_BY, subject->asker, sizeof subject->asker);
	read_child(subject);
}

void
subject_quote_owner(const struct subject *subject, struct facts *facts, enum fact fact)
{
	char owner[PATH_MAX];

	fmt(owner, sizeof owner, "%s", subject->name);
	for (char *slash = strrchr(owner, '/'); slash != NULL && slash != owner;
	     slash = strrchr(owner, '/')) {
		const bool trailing = slash[1] == '\0';
		*slash = '\0';
		if (!trailing)
			break;
	}
	facts_quote(facts, fact, owner);
}

/* Whether its supervise may do all that we may: what we see is what it sees. */
static bool
has_our_rights(const struct subject *subject)
{
	char path[32];
	struct stat st;

	fmt(path, sizeof path, "/proc/%llu", (unsigned long long)subject->view.supervise);
	return stat(path, &st) == 0 && (st.st_uid == 0 || st.st_uid == geteuid());
}

void
subject_look_at(struct subject *subject, const char *script, int error)
{
	char path[PATH_MAX + NAME_MAX + 1];
	struct facts facts = subject->answer->facts;
	enum cause cause = program_look(subject->dir, script, error, &facts);

	if (cause == CAUSE_NONE)
		return;
	/* What was denied to root, or to somebody like us, and is allowed now has been mended. */
	if (cause == CAUSE_DENIED && error == EACCES && has_our_rights(subject))
		cause = CAUSE_WELL_NOW;
	facts_set(&facts, FACT_SCRIPT, "./%s", script);
	fmt(path, sizeof path, "%s/%s", subject->path, script);
	facts_quote(&facts, FACT_PATH, path);
	*answer_add(subject->answer, cause) = facts;
}

struct facts *
subject_add(struct subject *subject, enum cause cause)
{
	struct facts *facts = answer_add(subject->answer, cause);

	facts_span(facts, FACT_AGO, subject_ago(subject, SV_KEY_CHANGED));
	facts_set(
	    facts, FACT_PID, "%ld", (long)(subject->pid != 0 ? subject->pid : subject->script));
	facts_set(facts, FACT_THEN, "%s",
	    subject->view.want == SV_WANT_UP ? "; then it is started again" : "");
	return facts;
}

unsigned
subject_add_strays(struct subject *subject)
{
	struct facts facts = subject->answer->facts;
	struct proc process;

	if (subject_number(subject, SV_KEY_STRAYS) == 0 || subject->view.supervise == 0)
		return 0;
	const pid_t current = subject->pid != 0 ? subject->pid : subject->script;
	const uint64_t before = current != 0 && proc_read(current, &process) ? process.ticks : 0;
	const unsigned count = strays_find((pid_t)subject->view.supervise, current, before, &facts);
	if (count > 0)
		*answer_add(subject->answer, CAUSE_STRAYS) = facts;
	return count;
}

void
subject_add_logger(struct subject *subject)
{
	if (!subject->logger)
		logger_explain(
		    subject->answer, subject->name, subject->dir, (pid_t)subject->view.supervise);
}
