/* svlint: finds what is wrong in service directories before they are used. It executes nothing.
 * SPDX-License-Identifier: ISC */
#include "arg.h"
#include "every.h"
#include "fd.h"
#include "fmt.h"
#include "lint.h"
#include "msg.h"
#include "output.h"
#include "scandir.h"
#include "servicedir.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#define SYNOPSIS "svlint [-V] [dir ...]"

enum { ERRORS = 1 };

static bool some_wrong, some_unknown;

/* Looks at the service directory PATH, which is open as DIR, or -1 with errno set. */
static void
look_at(const char *path, int dir, bool logger)
{
	struct lint lint = {.path = path, .dir = dir, .logger = logger};

	/* One that may not be entered looks as if it were empty. */
	if (dir == -1 || faccessat(dir, ".", X_OK, AT_EACCESS) == -1) {
		msg_warn_sys(errno, "unable to chdir to %s", path);
		some_unknown = true;
		return;
	}
	lint_directory(&lint);
	some_wrong = some_wrong || lint.wrong;
}

static void
visit_named(const char *name)
{
	char found[PATH_MAX], path[PATH_MAX], log_path[PATH_MAX + sizeof "/" SERVICEDIR_LOG];

	if (!scandir_find(name, found, sizeof found))
		msg_die_sys(MSG_TEMPORARY, errno, "unable to chdir to %s", name);
	/* What begins with a dash would be taken for an option. */
	fmt(path, sizeof path, "%s%s", found[0] == '-' ? "./" : "", found);
	size_t length = strlen(path);
	while (length > 1 && path[length - 1] == '/')
		path[--length] = '\0';
	int dir = scandir_open(path);
	look_at(path, dir, every_is_logger(path));
	int log = dir == -1 ? -1 : openat(dir, SERVICEDIR_LOG, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (log != -1) {
		fmt(log_path, sizeof log_path, "%s/" SERVICEDIR_LOG, path);
		look_at(log_path, log, true);
	}
	fd_close(&log);
	fd_close(&dir);
}

/* One of all, loggers on their own. */
static void
visit_any(const char *name, int service)
{
	char path[PATH_MAX];

	fmt(path, sizeof path, "%s/%s", scandir_path(), name);
	look_at(path, service, strchr(name, '/') != NULL);
}

int
main(int argc, char **argv)
{
	struct arg arg = arg_begin(argc, argv, "V");
	int option;

	fd_reserve_standard();
	msg_program("svlint");
	while ((option = arg_next(&arg)) != ARG_END) {
		if (option != 'V') {
			msg_bad_option(option, arg.letter);
			msg_usage(SYNOPSIS);
		}
		output_text("svlint " VERSION "\n");
		output_flush();
		return 0;
	}
	if (arg.rest[0] == NULL)
		every_service(visit_any);
	for (; arg.rest[0] != NULL; arg.rest++)
		visit_named(arg.rest[0]);
	output_flush();
	return some_wrong ? ERRORS : some_unknown ? MSG_TEMPORARY : 0;
}
