/* svscan: supervises every service of a scan directory, keeps the pipes to their loggers, and stops
 * all of them in order. Below its loop nothing can make it exit but the end of that stop.
 * SPDX-License-Identifier: ISC */
#include "begin.h"
#include "find.h"
#include "orphan.h"
#include "ownlog.h"
#include "plan.h"
#include "word.h"

#include "clock.h"
#include "fd.h"
#include "msg.h"
#include "pause.h"

#include <sys/wait.h>

enum {
	STARTS_PER_TURN = 32,  /* signals do not wait for more than these */
	SIGNALS_PER_TURN = 64, /* nor anything else, if somebody sends them without end */
};

/* ---- The loop -------------------------------------------------------------------------------- */

enum { STATUS_UNKNOWN = -1 };

/* Whether a supervise that died with STATUS, in a moment, had told that it cannot start. */
static bool
could_not_start(const struct scan_child *child, int status, int64_t now_ms)
{
	return status != STATUS_UNKNOWN && WIFEXITED(status) &&
	       WEXITSTATUS(status) == MSG_TEMPORARY && now_ms - child->started_ms < SCAN_PACE_MS;
}

/* Whether that failure still stands. What our predecessor did not come to hear may have been mended
 * since. */
static bool
still_failed(const struct scan_service *service, enum scan_role role)
{
	int directory = service_open_directory(service, role), status;
	const bool failed = directory == -1 || find_failure(directory, &status);

	fd_close(&directory);
	return failed;
}

/* What supervises say. One that we do not know is about to be adopted, and its state is looked at
 * then; or it was killed before we came, and its service begins anew. */
static void
hear_bell(struct svscan *svscan)
{
	struct sv_bell message;
	enum scan_role role;

	while (bell_next(&svscan->bell, &message)) {
		if (message.pid == SV_BELL_NEWS) {
			announce_want(&svscan->announce);
			continue;
		}
		const struct scan_service *service = scan_of_pid(&svscan->scan, message.pid, &role);
		if (service != NULL &&
		    (!service->child[role].adopted || still_failed(service, role)))
			stop_for_failure(&svscan->stop, &svscan->scan, service, role,
			    message.status, clock_ms());
	}
}

/* A supervise has died with STATUS, as waitpid(2) has it, or STATUS_UNKNOWN. */
static void
bury(struct svscan *svscan, struct scan_service *service, enum scan_role role, int status,
    int64_t now_ms)
{
	struct scan_child *child = &service->child[role];

	hear_bell(svscan); /* its last words */
	adopt_release(&svscan->adopt, child);
	service_release_claim(&svscan->means, child);
	stop_note_end(&svscan->stop, service, role, now_ms);
	plan_died(&svscan->scan, service, role, now_ms);
	if (could_not_start(child, status, now_ms))
		plan_set_back(&svscan->scan, service, role, now_ms);
	else
		child->setback_ms = 0;
	child->heir = status != 0; /* 0: it left because it was told to */
	/* It may have failed because another one was faster. */
	if (child->heir && adopt_is_pending(&svscan->adopt, &svscan->scan, service, role)) {
		child->pending = true;
		plan_failed(&svscan->scan, service, role, now_ms);
	}
}

static void
bury_command(struct svscan *svscan, int status, int64_t now_ms)
{
	struct command_end end;

	if (command_died(&svscan->command, status, stop_began(&svscan->stop), &end, now_ms))
		stop_for_command(&svscan->stop, &svscan->scan, &end, svscan->forgiven, now_ms);
}

static void
reap(struct svscan *svscan)
{
	struct init_death death;
	enum scan_role role;

	while (init_reap(&death)) {
		const int64_t now_ms = clock_ms();
		/* What it said before it died can be read by now. */
		service_report_failures(&svscan->scan, &svscan->means, now_ms);
		struct scan_service *service = scan_of_pid(&svscan->scan, death.pid, &role);
		if (service != NULL)
			bury(svscan, service, role, death.status, now_ms);
		else if (death.pid == svscan->command.pid)
			bury_command(svscan, death.status, now_ms);
		else if (death.pid == svscan->stop.finish.pid)
			finish_died(&svscan->stop.finish, death.status);
		else if (death.led)
			orphan_died(&svscan->means.orphans,
			    &(struct orphan_death){death.pid, death.ticks, death.status, now_ms});
	}
}

/* Adopted supervises are no children of ours: others reap them, and how they ended is not told. */
static void
bury_adopted(struct svscan *svscan)
{
	const int64_t now_ms = clock_ms();
	struct scan_child *child;

	while ((child = adopt_next_death(&svscan->adopt, &svscan->scan, now_ms)) != NULL) {
		enum scan_role role;
		struct scan_service *service = scan_of_child(child, &role);
		bury(svscan, service, role, STATUS_UNKNOWN, now_ms);
	}
}

static void
take_signals(struct svscan *svscan)
{
	int signal, stop_signal = 0;
	enum init_signal meaning;

	/* The kernel gives those that are never queued first, and these are fewer. */
	for (int i = 0; i < SIGNALS_PER_TURN && init_next_signal(&svscan->init, &signal, &meaning);
	     i++) {
		command_pass(&svscan->command, signal);
		if (meaning == INIT_STOP)
			stop_signal = signal;
		if (meaning == INIT_LOOK) {
			look_want(&svscan->look);
			scan_forgive_all(&svscan->scan, clock_ms());
		}
	}
	if (!stop_began(&svscan->stop))
		command_follow(&svscan->command);
	reap(svscan); /* several deaths may share one SIGCHLD, so that it is not counted */
	/* Several at once are one wish. */
	if (stop_signal != 0)
		stop_request(&svscan->stop, &svscan->scan, stop_signal, clock_ms());
}

static bool
carry_out(struct svscan *svscan, struct scan_service *service, enum plan_action action)
{
	struct scan *scan = &svscan->scan;
	const int64_t now_ms = clock_ms();

	switch (action) {
	case PLAN_NOTHING:
		return false;
	case PLAN_CHECK:
		look_check(&svscan->look, scan, service, now_ms);
		return true;
	case PLAN_START_SERVICE:
		service_start(scan, &svscan->means, &svscan->adopt, service, SCAN_SERVICE, now_ms);
		return true;
	case PLAN_START_LOGGER:
		service_start(scan, &svscan->means, &svscan->adopt, service, SCAN_LOGGER, now_ms);
		return true;
	case PLAN_END_SERVICE:
		word_end(scan, service, now_ms);
		return true;
	case PLAN_END_LOGGER:
		if (service->own)
			ownlog_leave(&svscan->means);
		word_end_logger(scan, service, now_ms);
		return true;
	case PLAN_FORGET:
		look_unwatch(&svscan->look, scan, service);
		service_forget(scan, service);
		return false;
	}
	return false;
}

/* A service that is to end, and lives on without a supervise, is not to be forgotten. */
static void
look_for_orphan(const struct svscan *svscan, struct scan_service *service)
{
	struct scan_child *child = &service->child[SCAN_SERVICE];
	const bool stopping =
	    svscan->scan.mode == SCAN_END_COMMAND || svscan->scan.mode == SCAN_END_SERVICES;
	struct proc process;

	child->orphan = (service->removed || stopping) && child->pid == 0 && child->heir &&
			find_child(&svscan->scan, service, SCAN_SERVICE, &process);
	/* In a stop no other one will come, and a look is not free. */
	if (stopping && child->pid == 0 && !child->orphan)
		child->heir = false;
}

/* Does all that is due for one service, and notes when something will be. Returns how much was
 * done; after that the service may be forgotten. */
static int
attend(struct svscan *svscan, struct scan_service *service)
{
	struct plan plan;
	int done = 0;

	for (;;) {
		const int64_t now_ms = clock_ms();
		if (service->child[SCAN_LOGGER].pid == 0)
			service_look_at_pipe(service);
		look_for_orphan(svscan, service);
		stop_look(&svscan->stop, &svscan->scan, service, now_ms);
		plan = plan_next(&svscan->scan, service, now_ms);
		if (!carry_out(svscan, service, plan.action))
			break;
		done++;
	}
	if (plan.action == PLAN_NOTHING)
		svscan->scan.due_ms = clock_earlier(svscan->scan.due_ms, plan.due_ms);
	return done;
}

/* Our own logger. */
static void
attend_own(struct svscan *svscan)
{
	if (svscan->scan.own == NULL)
		return;
	(void)attend(svscan, svscan->scan.own);
	ownlog_direct(&svscan->scan, &svscan->means);
}

/* All services, or those that the last turn has not come to: each turn from the first one on would make
 * what a start costs grow with how many there are. */
static void
attend_all(struct svscan *svscan)
{
	struct scan *scan = &svscan->scan;
	const bool resumed = svscan->attended > 0;
	int done = 0;

	scan->due_ms = CLOCK_NEVER;
	while (done < STARTS_PER_TURN && svscan->attended < scan->count) {
		const size_t i = svscan->attended;
		const struct scan_service *service = scan->services[i];
		done += attend(svscan, scan->services[i]);
		/* A forgotten service has left its place to another one. */
		svscan->attended += i < scan->count && scan->services[i] == service;
	}
	const bool rest = svscan->attended < scan->count;
	/* The rest after a look at the signals; then those before it, since what became due there
	 * meanwhile is not in due_ms. */
	if (rest || resumed)
		scan->due_ms = clock_ms();
	if (rest)
		return;
	svscan->attended = 0;
	attend_own(svscan); /* it may have waited for the others */
}

static int64_t
deadline(const struct svscan *svscan)
{
	int64_t due_ms = clock_earlier(svscan->scan.due_ms, adopt_deadline(&svscan->adopt));

	due_ms = clock_earlier(due_ms, command_deadline(&svscan->command));
	if (stop_began(&svscan->stop))
		return clock_earlier(due_ms, stop_deadline(&svscan->stop));
	due_ms = clock_earlier(due_ms, announce_deadline(&svscan->announce));
	return clock_earlier(due_ms, look_deadline(&svscan->look, &svscan->scan));
}

/* The scan directory counts until the stop. */
static void
look_around(struct svscan *svscan, bool hinted)
{
	if (stop_began(&svscan->stop))
		return;
	if (hinted)
		look_read_hints(&svscan->look, &svscan->scan, clock_ms());
	look_if_due(&svscan->look, &svscan->scan, clock_ms());
	if (!svscan->announce.begun && look_was_whole(&svscan->look))
		announce_begin(&svscan->announce, &svscan->scan);
}

/* All that is due, until nothing is, or until the signals have to be looked at again. */
static void
work(struct svscan *svscan, bool ringing)
{
	if (clock_ms() >= svscan->scan.due_ms) {
		attend_all(svscan);
		announce_want(&svscan->announce);
	}
	if (stop_began(&svscan->stop))
		command_cancel(&svscan->command);
	command_start(&svscan->command, clock_ms());
	if (clock_ms() >= svscan->scan.due_ms)
		return;
	/* Those that were still to be adopted may have said something, too. */
	if (ringing)
		hear_bell(svscan);
	if (stop_began(&svscan->stop))
		announce_close(&svscan->announce);
	announce_step(&svscan->announce, &svscan->scan, clock_ms());
}

static void
run(struct svscan *svscan)
{
	enum { SIGNALS, ADOPTED, HINTS, ANNOUNCE, BELL, SLOTS = BELL + BELL_PIPES };
	struct pollfd slots[SLOTS] = {
	    /* The first turn looks for children that we already had when we were executed. */
	    [SIGNALS] = {.fd = svscan->init.signal_fd, .events = POLLIN, .revents = POLLIN},
	    [ADOPTED] = {.fd = -1, .events = POLLIN},
	    [HINTS] = {.fd = -1, .events = POLLIN},
	    [ANNOUNCE] = {.fd = -1},
	};

	attend_own(svscan); /* first, so that it has all that is said */
	/* A stop that comes at once ends what is there, too. */
	look_around(svscan, false);
	for (;;) {
		if (slots[SIGNALS].revents != 0)
			take_signals(svscan);
		if (slots[ADOPTED].revents != 0 || clock_ms() >= adopt_deadline(&svscan->adopt))
			bury_adopted(svscan);
		if (slots[ANNOUNCE].revents != 0)
			announce_write(&svscan->announce);
		look_around(svscan, slots[HINTS].revents != 0);
		work(svscan, bell_is_ringing(&slots[BELL]));
		/* After that, since what was just done may be all that a phase waited for. */
		stop_step(&svscan->stop, &svscan->scan, clock_ms());
		if (stop_is_over(&svscan->stop))
			return;
		/* What could not be had at first may be there by now. */
		slots[ADOPTED].fd = svscan->adopt.epoll_fd;
		slots[HINTS].fd = stop_began(&svscan->stop) ? -1 : svscan->look.inotify_fd;
		slots[ANNOUNCE] = announce_slot(&svscan->announce);
		bell_slots(&svscan->bell, &slots[BELL]);
		pause_until(slots, SLOTS, deadline(svscan));
	}
}

int
main(int argc, char **argv)
{
	/* Not on the stack: they live as long as the process. */
	static struct svscan svscan;
	static struct options options;

	fd_reserve_standard();
	msg_program("svscan");
	begin_signals(&svscan);
	options_read(&options, argc, argv);
	begin(&svscan, &options);
	msg_never_block();
	run(&svscan);
	ownlog_spill(&svscan.scan);
	return svscan.stop.verdict.code;
}
