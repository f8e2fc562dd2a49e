/* svwhy: says in words why a service is not up, what happens next, and what to do. It only reads, and
 * it waits a few milliseconds at most. SPDX-License-Identifier: ISC */
#include "arg.h"
#include "every.h"
#include "fd.h"
#include "fmt.h"
#include "msg.h"
#include "output.h"
#include "scandir.h"
#include "scanner.h"
#include "servicedir.h"
#include "why.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#define SYNOPSIS "svwhy [-V] [service ...]"

enum { NOT_AS_WANTED = 1, UNSUPERVISED = 102 };

/* What has been seen of all services so far. */
static struct {
	unsigned seen, told, unscanned;
	bool some_unfine, some_unsupervised, some_unknown;
} all;

/* Too large for the stack of a small system; one service is looked at at a time. */
static struct subject subject;
static struct answer answer;

static void
tell(int dir)
{
	if (all.told++ > 0)
		output_text("\n");
	answer_say(&answer, dir);
}

static void
count(void)
{
	all.seen++;
	if (answer.unknown)
		all.some_unknown = true;
	else if (answer.unsupervised)
		all.some_unsupervised = true;
	else if (!answer.fine)
		all.some_unfine = true;
}

static void
explain(const char *name, int dir, int error)
{
	subject_read(&subject, &answer, name, dir);
	if (dir == -1)
		why_absent(&subject, error);
	else
		why(&subject);
	count();
}

/* The logger of a service that somebody asks for, if that is not well either, or is to blame. */
static void
explain_logger(const char *name, int dir)
{
	char log_name[PATH_MAX];
	int log = dir == -1 ? -1 : openat(dir, SERVICEDIR_LOG, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (log == -1)
		return;
	fmt(log_name, sizeof log_name, "%s/" SERVICEDIR_LOG, name);
	const bool matters = answer_has(&answer, CAUSE_LOGGER_STUCK);
	explain(log_name, log, 0);
	if (matters || !answer.fine)
		tell(log);
	fd_close(&log);
}

static void
visit_named(const char *argument)
{
	char found[PATH_MAX], name[PATH_MAX];
	int dir = scandir_open(argument);
	const int error = errno;

	/* As it can be typed: what begins with a dash would be taken for an option. */
	if (argument[0] != '-' || !scandir_find(argument, found, sizeof found))
		fmt(found, sizeof found, "%s", argument);
	fmt(name, sizeof name, "%s%s", found[0] == '-' ? "./" : "", found);
	explain(name, dir, error);
	tell(dir);
	const bool may_have_logger = !answer.unsupervised && !answer.unknown;
	if (may_have_logger)
		explain_logger(name, dir);
	fd_close(&dir);
}

/* Whether svscan would start a supervise here, which would bring the service up. */
static bool
begins_by_itself(int dir)
{
	return servicedir_normally_down(dir) == 0 &&
	       (servicedir_has(dir, SERVICEDIR_RUN) != 0 ||
		   servicedir_has(dir, SERVICEDIR_START) != 0);
}

/* One of all: told only if it is not as it is wanted to be. Without svscan that would be all of
 * them, for one and the same reason. */
static void
visit_any(const char *entry, int dir)
{
	const bool was_unsupervised = all.some_unsupervised;
	const int error = errno;
	char name[PATH_MAX];

	subject_call(name, scandir_path(), entry);
	explain(name, dir, error);
	if (answer.fine)
		return;
	if (answer.unsupervised && !begins_by_itself(dir)) {
		all.some_unsupervised = was_unsupervised;
		return;
	}
	if (answer.findings[0].cause == CAUSE_NO_SCANNER && all.unscanned++ > 0)
		return;
	tell(dir);
}

/* All may be well for years without it, until a supervise dies. */
static void
warn_unscanned(void)
{
	pid_t pid;

	if (scanner_find(&pid) != SCANNER_NONE)
		return;
	output_text("But no svscan watches there: nobody starts a new service, or a supervise that "
		    "has died.\n  do:   svscan ");
	output_text(scandir_path());
	output_text(" &\n");
}

static void
sum_up(void)
{
	if (all.unscanned > 1) {
		output_text("\nThe same holds for ");
		output_number(all.unscanned - 1);
		output_text(" more.\n");
	}
	if (all.told > 0)
		return;
	if (all.seen == 0) {
		output_text("There is no service in ");
		output_text(scandir_path());
		output_text("; to enable one: ln -s /path/of/its/directory ");
		output_text(scandir_path());
		output_text("/\n");
		return;
	}
	output_text("All services in ");
	output_text(scandir_path());
	output_text(" are as they should be, or as somebody wanted them; svstat -a lists them.\n");
	warn_unscanned();
}

int
main(int argc, char **argv)
{
	struct arg arg = arg_begin(argc, argv, "V");
	int option;

	fd_reserve_standard();
	msg_program("svwhy");
	while ((option = arg_next(&arg)) != ARG_END) {
		if (option != 'V') {
			msg_bad_option(option, arg.letter);
			msg_usage(SYNOPSIS);
		}
		output_text("svwhy " VERSION "\n");
		output_flush();
		return 0;
	}
	if (arg.rest[0] == NULL) {
		every_service(visit_any);
		sum_up();
	}
	for (; arg.rest[0] != NULL; arg.rest++)
		visit_named(arg.rest[0]);
	output_flush();
	return all.some_unknown        ? MSG_TEMPORARY
	       : all.some_unsupervised ? UNSUPERVISED
	       : all.some_unfine       ? NOT_AS_WANTED
				       : 0;
}
