/* svwait: waits until services have reached a state. It watches before it looks, so that no change
 * is missed. SPDX-License-Identifier: ISC */
#include "arg.h"
#include "clock.h"
#include "fd.h"
#include "msg.h"
#include "scandir.h"
#include "wait.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define SYNOPSIS "svwait [-aoV] [-T ms] up|ready|down|done service ..."

static enum goal
find_goal(const char *word)
{
	for (unsigned goal = 0; goal < GOALS_OF_SVWAIT; goal++)
		if (strcmp(word, goal_name((enum goal)goal)) == 0)
			return (enum goal)goal;
	msg_usage(SYNOPSIS);
}

/* A name that is no directory is a mistake, and no supervise will ever come for it. */
static void
open_service(struct wait *wait, const char *name, enum goal goal)
{
	*wait = (struct wait){.name = name, .goal = goal, .watch = WATCH_NONE, .control = -1};
	wait->watch.service = scandir_open(name);
	if (wait->watch.service == -1)
		msg_die_sys(MSG_TEMPORARY, errno, "unable to chdir to %s", name);
}

/* Returns the operands. */
static char **
read_options(int argc, char **argv, struct wait_terms *terms)
{
	struct arg arg = arg_begin(argc, argv, "aoT:V");
	int option;

	while ((option = arg_next(&arg)) != ARG_END) {
		switch (option) {
		case 'a':
			terms->mode = WAIT_ALL;
			break;
		case 'o':
			terms->mode = WAIT_ONE;
			break;
		case 'T':
			if (!wait_limit(arg.value, &terms->deadline_ms))
				msg_usage(SYNOPSIS);
			break;
		case 'V':
			(void)fd_write_all(STDOUT_FILENO, "svwait " VERSION "\n",
			    sizeof "svwait " VERSION "\n" - 1);
			_exit(0);
		default:
			msg_bad_option(option, arg.letter);
			msg_usage(SYNOPSIS);
		}
	}
	if (arg_count(&arg) < 2)
		msg_usage(SYNOPSIS);
	return arg.rest;
}

int
main(int argc, char **argv)
{
	/* svwait may be started before svscan, and a killed supervise comes back: no supervise is
	 * no reason to give up. */
	struct wait_terms terms = {WAIT_ALL, CLOCK_NEVER, CLOCK_NEVER};

	fd_reserve_standard();
	msg_program("svwait");
	char **words = read_options(argc, argv, &terms);
	const enum goal goal = find_goal(words[0]);
	const size_t count = (size_t)(argv + argc - words) - 1;
	struct wait *waits = wait_room(count, sizeof *waits);
	wait_begin();
	for (size_t i = 0; i < count; i++)
		open_service(&waits[i], words[i + 1], goal);
	return wait_for(waits, count, &terms);
}
