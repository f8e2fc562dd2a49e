/* multilog: writes its input into automatically rotated log directories; multilog(8). What was taken
 * from a pipe is in the log or in the spool whenever the process ends, and however it does.
 * SPDX-License-Identifier: ISC */
#include "clock.h"
#include "digest.h"
#include "fd.h"
#include "logger.h"
#include "msg.h"
#include "pause.h"
#include "period.h"
#include "phase.h"
#include "sigfd.h"
#include "take.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* TERM ends us within about a second, whatever is stuck: */
enum {
	DELIVERY_GRACE_MS = 700, /* so long we wait for disks and processors, */
	LINE_GRACE_MS = 900,     /* and for the rest of a line */
};

enum slot { SLOT_SIGNALS, SLOT_INPUT, SLOT_ALERT, SLOTS };

/* PIPE and XFSZ are here so that they do not kill: the write that meant them fails anyway. */
static const int signals[] = {SIGTERM, SIGALRM, SIGCHLD, SIGPIPE, SIGXFSZ};

/* Whatever we were started with: these two reach our processors, as in 0.76. */
static void
unblock(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGALRM);
	sigprocmask(SIG_UNBLOCK, &set, NULL); /* cannot fail with these arguments */
}

/* What is made of lines by these actions is the same whenever it is made. */
static uint64_t
digest_of(char *const *argv)
{
	uint64_t result = 0;

	for (; *argv != NULL; argv++)
		result = result * 31 + digest(*argv, strlen(*argv));
	return result;
}

static enum way
choose_way(const struct logger *logger)
{
	if (!intake_is_pipe(&logger->intake))
		return BY_READ;
	return straight_fits(&logger->script) ? BY_SPLICE : BY_SPOOL;
}

/* Everything that can end in 111, except for what a recovery finds later. */
static void
start(struct logger *logger, int count, char **argv)
{
	static const enum directory_way ways[] = {
	    [BY_SPLICE] = DIRECTORY_SPLICED,
	    [BY_SPOOL] = DIRECTORY_RECORDED,
	    [BY_READ] = DIRECTORY_PLAIN,
	};

	fd_reserve_standard();
	msg_program("multilog");
	msg_never_block();
	umask(022);
	logger->give_up_ms = logger->line_end_ms = CLOCK_NEVER;
	unblock();
	logger->fd_signals = sigfd_open(signals, sizeof signals / sizeof *signals);
	if (logger->fd_signals == -1)
		msg_die_sys(MSG_TEMPORARY, errno, "unable to watch for signals");
	logger->script.actions = calloc((size_t)count + 1, sizeof *logger->script.actions);
	if (logger->script.actions == NULL)
		msg_die(MSG_TEMPORARY, "out of memory");
	script_parse(argv, &logger->script);
	logger->batch.stamps = logger->script.stamps;
	tzset();
	intake_open(&logger->intake, STDIN_FILENO);
	logger->way = choose_way(logger);
	deliver_open(&logger->deliver, &logger->script, ways[logger->way]);
	spool_init(&logger->spool, deliver_directory(&logger->deliver, 0), digest_of(argv));
	straight_open(&logger->straight, &logger->intake, deliver_directory(&logger->deliver, 0));
	if (logger->spool.directory == NULL)
		logger->way = BY_READ; /* no log: there is nothing to be kept */
}

/* The grace begins with the first TERM; a second one does not make it longer. */
static void
take_signals(struct logger *logger)
{
	int signal;

	while ((signal = sigfd_next(logger->fd_signals)) != 0) {
		if (signal == SIGALRM)
			deliver_ask_rotation(&logger->deliver);
		if (signal != SIGTERM || logger->ending)
			continue;
		logger->ending = true;
		logger->give_up_ms = clock_ms() + DELIVERY_GRACE_MS;
		logger->line_end_ms = clock_ms() + LINE_GRACE_MS;
		deliver_hurry(&logger->deliver); /* perhaps there is room by now */
		trouble_hurry(&logger->intake.trouble);
	}
}

/* What to wait for, and until when (clock_ms() time). */
static int64_t
set_slots(const struct logger *logger, struct pollfd slots[SLOTS], enum verdict verdict)
{
	slots[SLOT_INPUT].fd = -1;
	slots[SLOT_ALERT].fd = -1;
	if (verdict == AWAIT_INPUT) {
		slots[SLOT_INPUT].fd = intake_waits_for(&logger->intake);
		return clock_earlier(period_deadline(&logger->deliver),
		    clock_earlier(logger->line_end_ms, intake_deadline(&logger->intake)));
	}
	if (verdict == AWAIT_SPOOL)
		return clock_earlier(logger->give_up_ms, intake_deadline(&logger->intake));
	const struct deliver_wait wait = deliver_wait(&logger->deliver);
	slots[SLOT_ALERT].fd = wait.fd;
	return clock_earlier(logger->give_up_ms, wait.deadline_ms);
}

int
main(int argc, char **argv)
{
	static struct logger the_logger; /* too large for a stack */
	struct logger *const logger = &the_logger;

	start(logger, argc, argv + 1);
	struct pollfd slots[SLOTS] = {
	    [SLOT_SIGNALS] = {.fd = logger->fd_signals, .events = POLLIN},
	    [SLOT_INPUT] = {.events = POLLIN},
	    [SLOT_ALERT] = {.events = POLLOUT},
	};
	for (;;) {
		trouble_look();
		const enum verdict verdict = phase_advance(logger);
		if (verdict == END)
			break;
		if (verdict == GO_ON)
			continue;
		const int64_t deadline_ms = set_slots(logger, slots, verdict);
		pause_until(
		    slots, SLOTS, clock_earlier(deadline_ms, deliver_deadline(&logger->deliver)));
		if (slots[SLOT_SIGNALS].revents != 0)
			take_signals(logger);
		if (slots[SLOT_INPUT].revents != 0 && !take_is_over(logger))
			take_input(logger);
	}
	deliver_report(&logger->deliver);
	return 0;
}
