/* svup: tells by its exit code whether services do what they should: the probe command of
 * containers and monitors. It looks once and says nothing unless something is wrong.
 * SPDX-License-Identifier: ISC */
#include "arg.h"
#include "every.h"
#include "fd.h"
#include "line.h"
#include "msg.h"
#include "output.h"
#include "scandir.h"
#include "servicedir.h"
#include "view.h"

#include <errno.h>
#include <stdbool.h>
#include <unistd.h>

#define SYNOPSIS "svup [-rV] [service ...]"

enum { NOT_UP = 1 };

static bool ready_too; /* option r */

/* What has been seen of all services so far. */
static bool some_down, some_unknown;

enum answer { YES, NO, UNKNOWN };

static enum answer
is_up(const struct view *view)
{
	const bool stays = view->state == SV_STATE_READY || view->state == SV_STATE_DONE;

	if (view->kind == VIEW_UNKNOWN)
		return UNKNOWN;
	if (view->kind == VIEW_ABSENT)
		return NO;
	if (!stays && view->state != SV_STATE_UP)
		return NO;
	if (!ready_too)
		return YES;
	/* The supervise of another suite does not know. */
	if (view->kind == VIEW_STATUS)
		return UNKNOWN;
	return stays && !view->unhealthy ? YES : NO;
}

/* Counts the service, and puts out svstat's line if it is not as it should be. */
static void
judge(const char *name, int service, const struct view *view)
{
	const enum answer answer = is_up(view);

	if (answer == YES)
		return;
	*(answer == NO ? &some_down : &some_unknown) = true;
	line_say(name, service, true);
}

static void
visit_named(const char *name, int service)
{
	struct view view;

	if (service == -1) {
		some_unknown = true;
		line_say(name, service, true);
		return;
	}
	view_read(service, &view);
	judge(name, service, &view);
}

/* Whether svscan would start a supervise here, which would bring the service up. */
static bool
begins_by_itself(int service)
{
	return servicedir_normally_down(service) == 0 &&
	       (servicedir_has(service, SERVICEDIR_RUN) != 0 ||
		   servicedir_has(service, SERVICEDIR_START) != 0);
}

/* One of all: it counts only if it is wanted up. */
static void
visit_any(const char *name, int service)
{
	struct view view = {.kind = VIEW_UNKNOWN};

	if (service == -1) {
		visit_named(name, service);
		return;
	}
	view_read(service, &view);
	if (view.kind == VIEW_ABSENT ? !begins_by_itself(service)
				     : view.kind != VIEW_UNKNOWN && view.want != SV_WANT_UP)
		return;
	judge(name, service, &view);
}

int
main(int argc, char **argv)
{
	struct arg arg = arg_begin(argc, argv, "rV");
	int option;

	fd_reserve_standard();
	msg_program("svup");
	while ((option = arg_next(&arg)) != ARG_END) {
		switch (option) {
		case 'r':
			ready_too = true;
			break;
		case 'V':
			output_text("svup " VERSION "\n");
			output_flush();
			return 0;
		default:
			msg_bad_option(option, arg.letter);
			msg_usage(SYNOPSIS);
		}
	}
	if (arg.rest[0] == NULL)
		every_service(visit_any);
	for (; arg.rest[0] != NULL; arg.rest++) {
		int service = scandir_open(arg.rest[0]);
		visit_named(arg.rest[0], service);
		fd_close(&service);
	}
	output_flush();
	return some_down ? NOT_UP : some_unknown ? MSG_TEMPORARY : 0;
}
