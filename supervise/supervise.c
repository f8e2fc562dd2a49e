/* supervise: keeps one service running, obeys the letters in supervise/control, tells the truth in
 * supervise/status and supervise/state. It never sleeps: every pause is a deadline in its one loop.
 * SPDX-License-Identifier: ISC */
#include "adopt.h"
#include "aftermath.h"
#include "check.h"
#include "child.h"
#include "claim.h"
#include "config.h"
#include "control.h"
#include "death.h"
#include "effect.h"
#include "publish.h"

#include "clock.h"
#include "fd.h"
#include "pause.h"
#include "sigfd.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	DEATHS_PER_TURN = 512, /* so that a storm of them cannot hide commands */
	REAP_RETRY_MS = 100,
};

/* TERM and INT mean "dx". CHLD tells of deaths. The others would end or stop us by default and are
 * read and forgotten; blocked, they leave the dispositions that run inherits alone. */
static const int handled_signals[] = {
    SIGTERM,
    SIGINT,
    SIGCHLD,
    SIGHUP,
    SIGQUIT,
    SIGALRM,
    SIGUSR1,
    SIGUSR2,
    SIGPIPE,
    SIGTSTP,
    SIGTTIN,
    SIGTTOU,
    SIGPWR,
    SIGWINCH,
    WATCH_SIGNAL,
    NEEDS_SIGNAL,
    SIGXCPU,
    SIGXFSZ,
    SIGPROF,
    SIGVTALRM,
};

/* ---- Signals --------------------------------------------------------------------------------- */

/* What ./run has left behind may have ended. */
static bool
look_at_aftermath(struct service *service)
{
	if (service->machine.phase != PHASE_CLEANING || !aftermath_is_over(service))
		return true;
	return effect_happen(service, EVENT_NOTHING, 0, false);
}

/* The wait status that belongs to INFO. */
static int
status_of(const siginfo_t *info)
{
	return info->si_code == CLD_EXITED ? (info->si_status & 0xff) << 8 : info->si_status & 0x7f;
}

/* The child PID has died and is not reaped yet: so its number is still its own. False when supervise
 * is to leave. */
static bool
bury(struct service *service, pid_t pid, int status)
{
	enum machine_event event;

	if (pid == service->pid) {
		/* Whether it executed must be known before its death is judged. */
		if (child_read_report(service))
			effect_executed(service);
		return death_happened(service, status);
	}
	if (check_reaped(service, pid, status, &event))
		return event == EVENT_NONE || effect_happen(service, event, 0, false);
	if (publish_reaped(service, pid))
		return true;
	/* It lost its parent and came to us, or we had it before we were executed. */
	(void)waitpid(pid, NULL, WNOHANG);
	if (service->strays > 0)
		aftermath_count_soon(service);
	return true;
}

/* False if nothing can be found out. The signal that told of a death does not come again, so unless
 * there simply are no children, we look again soon. */
static bool
look_for_death(struct service *service, siginfo_t *info)
{
	if (waitid(P_ALL, 0, info, WEXITED | WNOHANG | WNOWAIT) == 0)
		return true;
	if (errno != ECHILD)
		service->reap_ms = clock_ms() + REAP_RETRY_MS;
	return false;
}

/* Reaps what has died, up to a bound. */
static bool
reap(struct service *service)
{
	siginfo_t info;
	pid_t last = 0;
	bool stay = true;

	service->reap_ms = CLOCK_NEVER;
	for (unsigned deaths = 0;; deaths++) {
		if (deaths == DEATHS_PER_TURN) {
			service->reap_ms = clock_ms();
			break;
		}
		info.si_pid = 0;
		if (!stay || !look_for_death(service, &info) || info.si_pid == 0)
			break;
		/* Told of it again, nobody has taken it away: it must not keep us here. */
		if (info.si_pid == last)
			(void)waitpid(last, NULL, WNOHANG);
		else
			stay = bury(service, info.si_pid, status_of(&info));
		last = info.si_pid;
	}
	if (!stay || !look_at_aftermath(service))
		return false;
	publish(service); /* the health, say */
	return true;
}

/* TERM and INT are the letters "dx". */
static bool
end(struct service *service)
{
	return effect_happen(service, EVENT_DOWN, 0, false) &&
	       effect_happen(service, EVENT_EXIT, 0, false);
}

static bool
take_signals(struct service *service, int signals)
{
	int signal;
	bool stay = true;

	while (stay && (signal = sigfd_next(signals)) != 0) {
		if (signal == SIGCHLD)
			stay = reap(service);
		else if (signal == SIGTERM || signal == SIGINT)
			stay = end(service);
		else if (signal == WATCH_SIGNAL || signal == NEEDS_SIGNAL)
			needs_told(&service->needs, signal);
	}
	return stay;
}

/* ---- The loop -------------------------------------------------------------------------------- */

enum {
	SLOT_SIGNALS,
	SLOT_ADOPTED,
	SLOT_REPORT = SLOT_ADOPTED + ADOPT_SLOTS,
	SLOT_READINESS,
	SLOT_CONTROL,
	SLOT_NEEDS, /* as many as are waited for */
	SLOTS = SLOT_NEEDS + SERVICEDIR_NEEDS_MAX,
};

/* TIME if that is still to come: what was put off until then is due at once afterwards. */
static int64_t
if_ahead(int64_t time_ms, int64_t now_ms)
{
	return now_ms < time_ms ? time_ms : CLOCK_NEVER;
}

static int64_t
deadline(const struct service *service, int64_t now_ms)
{
	const int64_t times[] = {service->next_start_ms, service->limit_ms, service->check_ms,
	    service->pending_ms, service->aftermath_look_ms, service->count_ms, service->reap_ms,
	    service->publish_ms, service->config_ms, adopt_deadline(service),
	    needs_deadline(&service->needs), if_ahead(service->control_again_ms, now_ms),
	    if_ahead(service->listen_ms, now_ms)};
	int64_t earliest = CLOCK_NEVER;

	for (size_t i = 0; i < sizeof times / sizeof *times; i++)
		earliest = clock_earlier(earliest, times[i]);
	return earliest;
}

/* What the child says, and what happened to it if it is not ours. */
static bool
hear(struct service *service, const struct pollfd slots[SLOTS])
{
	int status;

	if (adopt_died(service, &status) && !death_happened(service, status))
		return false;
	if (slots[SLOT_REPORT].revents != 0 && child_read_report(service))
		effect_executed(service);
	if (slots[SLOT_READINESS].revents != 0 && service->readiness != -1 &&
	    check_listen(service) == EVENT_READY && service->machine.phase == PHASE_UP)
		return effect_happen(service, EVENT_READY, 0, false);
	return true;
}

static bool
take_times(struct service *service)
{
	const int64_t now_ms = clock_ms();

	if (now_ms >= service->reap_ms && !reap(service))
		return false;
	if (now_ms >= service->aftermath_look_ms && !look_at_aftermath(service))
		return false;
	if (now_ms >= service->count_ms) {
		aftermath_count(service);
		publish(service);
	}
	if (now_ms >= service->publish_ms)
		publish(service);
	if (now_ms >= service->config_ms)
		(void)config_read(service);
	if (now_ms >= service->pending_ms && !effect_pending(service))
		return false;
	if (now_ms >= service->limit_ms) {
		service->limit_ms = CLOCK_NEVER;
		(void)effect_happen(service, EVENT_LIMIT, 0, false);
		if (!look_at_aftermath(service))
			return false;
	}
	if (now_ms >= service->check_ms && check_at_deadline(service) == EVENT_READY)
		(void)effect_happen(service, EVENT_READY, 0, false);
	if (now_ms >= service->next_start_ms)
		(void)effect_happen(service, EVENT_DEADLINE, 0, false);
	return true;
}

/* What the service waits for may have changed. */
static bool
look_at_needs(struct service *service)
{
	if (service->needs.unread)
		return effect_wait(service);
	if (needs_look(&service->needs, service->name, service->state_text.bytes))
		return effect_happen(service, EVENT_NOTHING, 0, false);
	publish(service);
	return true;
}

/* One turn: signals first, then the child's news, then commands, then the time. */
static bool
turn(struct service *service, int signals)
{
	struct pollfd slots[SLOTS] = {
	    [SLOT_SIGNALS] = {.fd = signals, .events = POLLIN},
	    [SLOT_REPORT] = {.fd = service->report, .events = POLLIN},
	    [SLOT_READINESS] = {.fd = service->readiness, .events = POLLIN},
	    [SLOT_CONTROL] = {.fd = service->control, .events = POLLIN},
	};

	/* One look at the clock: what is put off has a deadline, or is polled. */
	const int64_t now_ms = clock_ms();
	adopt_slots(service, &slots[SLOT_ADOPTED]);
	if (now_ms < service->control_again_ms)
		slots[SLOT_CONTROL].fd = -1;
	if (now_ms < service->listen_ms)
		slots[SLOT_READINESS].fd = -1;
	const size_t needs = needs_slots(&service->needs, &slots[SLOT_NEEDS]);
	pause_until(slots, SLOT_NEEDS + needs, deadline(service, now_ms));
	service->configured = false;
	if (slots[SLOT_SIGNALS].revents != 0 && !take_signals(service, signals))
		return false;
	if (!hear(service, slots))
		return false;
	if (slots[SLOT_CONTROL].revents != 0 && !control_read(service))
		return false;
	if (!take_times(service))
		return false;
	return !needs_due(&service->needs, &slots[SLOT_NEEDS], needs) || look_at_needs(service);
}

/* Here, not in the declaration: most of the structure is zero, and need not be in the program. */
static void
set_absent(struct service *service)
{
	int *const descriptors[] = {&service->directory, &service->lock, &service->control,
	    &service->record, &service->report, &service->readiness, &service->bell,
	    &service->process_fd, &service->handover_fd};
	int64_t *const times[] = {&service->next_start_ms, &service->limit_ms, &service->check_ms,
	    &service->aftermath_look_ms, &service->count_ms, &service->reap_ms,
	    &service->pending_ms, &service->publish_ms, &service->config_ms};

	for (size_t i = 0; i < sizeof descriptors / sizeof *descriptors; i++)
		*descriptors[i] = -1;
	for (size_t i = 0; i < sizeof times / sizeof *times; i++)
		*times[i] = CLOCK_NEVER;
	service->last_status = service->fatal_status = SV_STATUS_UNKNOWN;
}

int
main(int argc, char **argv)
{
	set_absent(&supervised);
	fd_reserve_standard();
	adopt_take_handover(&supervised);
	supervised.bell = fd_take_pipe(SV_BELL);
	msg_program("supervise");
	if (argc != 2)
		msg_usage("supervise dir");
	int signals = sigfd_open(handled_signals, sizeof handled_signals / sizeof *handled_signals);
	if (signals == -1)
		msg_die_sys(MSG_TEMPORARY, errno, "unable to create signal descriptor");
	msg_never_block();
	/* Ctrl-C and signals to the scanner's group are for the scanner. Fails for a session
	 * leader, whose group is its own already (setpgid(2)). */
	(void)setpgid(0, 0);
	/* What loses its parent comes to us, not to svscan; cannot fail (prctl(2)). */
	(void)prctl(PR_SET_CHILD_SUBREAPER, 1);
	claim_take(&supervised, argv[1]);
	claim_begin(&supervised);
	while (turn(&supervised, signals))
		;
	/* Who sees that we have gone may begin anew at once. Left to the kernel, the lock would be
	 * free only after that: it closes in any order. */
	fd_close(&supervised.lock);
	return 0;
}
