/* death: see death.h.
 * SPDX-License-Identifier: ISC */
#include "death.h"

#include "aftermath.h"
#include "child.h"
#include "config.h"
#include "effect.h"
#include "owed.h"

#include "clock.h"
#include "fd.h"

#include <errno.h>
#include <string.h>
#include <sys/wait.h>

enum {
	COMMAND_MS = 10000,   /* a death within so long after a command's signal is due to that */
	PERMANENT = 125,      /* the exit code of ./finish that means: do not start it again */
	NOT_FOUND = 127,      /* what stands for the status of a run that is missing, ... */
	NOT_EXECUTABLE = 126, /* ... or cannot be executed, as in shells */
};

static void
remember(struct service *service, int status)
{
	struct sv_death *deaths = service->last_deaths;

	service->asker = service->life_ms == UINT64_MAX ? SV_ASKER_COMMAND
			 : service->unhealthy           ? SV_ASKER_CHECK
							: SV_ASKER_NOBODY;
	service->counted_last = (service->counted_last << 1 | (service->life_ms != UINT64_MAX)) &
				((1U << SV_DEATHS_KEPT) - 1);
	service->since = tai64n_now();
	service->deaths++;
	memmove(deaths + 1, deaths, (SV_DEATHS_KEPT - 1) * sizeof *deaths);
	deaths[0] = (struct sv_death){.at = service->since, .status = status};
	if (service->last_death_count < SV_DEATHS_KEPT)
		service->last_death_count++;
}

/* It was not executed for a reason that may pass. */
static bool
may_execute_later(const struct service *service)
{
	return !service->executed && config_may_pass(service->failure.error);
}

/* What the end of a script means. An adopted ./start of which nobody can tell whether it succeeded is
 * run again: it must have succeeded before ./run, and has not failed as far as anybody knows. */
static enum machine_event
event_of_script(const struct service *service, enum sv_child kind, int status)
{
	if (status == 0)
		return EVENT_SUCCEEDED;
	if (service->machine.phase == PHASE_START && may_execute_later(service))
		return EVENT_FORK_FAILED;
	if (service->machine.phase == PHASE_START && status == SV_STATUS_UNKNOWN) {
		msg_warn("unable to tell how %s/%s ended, starting it again", service->name,
		    SERVICEDIR_START);
		return EVENT_FORK_FAILED;
	}
	if (kind == SV_CHILD_FINISH && status != SV_STATUS_UNKNOWN && WIFEXITED(status) &&
	    WEXITSTATUS(status) == PERMANENT)
		return EVENT_PERMANENT;
	return EVENT_UNSUCCESSFUL;
}

/* A ./start that did not succeed, and a ./finish that forbids the next start, are why there is none. */
static void
note_trouble(struct service *service, enum sv_child kind, enum machine_event event, int status)
{
	const bool died = status != SV_STATUS_UNKNOWN && WIFSIGNALED(status);

	if ((kind != SV_CHILD_START || event != EVENT_UNSUCCESSFUL) && event != EVENT_PERMANENT)
		return;
	service->trouble = (struct sv_trouble){
	    .script = kind,
	    .how = died ? SV_FAILING_SIGNAL : SV_FAILING_EXIT,
	    .value = status == SV_STATUS_UNKNOWN ? -1
		     : died                      ? WTERMSIG(status)
						 : WEXITSTATUS(status),
	};
}

/* What svscan exits with if that was fatal: for what could not be executed as a shell has it, else
 * the STATUS of the child. */
static int
status_unexecuted(const struct service *service, int status)
{
	const int error = service->failure.error;

	if (error == 0)
		return status; /* it was killed before it could */
	return (error == ENOENT ? NOT_FOUND : NOT_EXECUTABLE) << 8;
}

/* What counts for the next start, or against it. */
static void
judge(struct service *service, bool commanded)
{
	const int64_t now_ms = clock_ms();

	/* Some programs survive such a signal, and what they die of much later is their own. */
	if (service->signalled_ms != 0 && now_ms - service->signalled_ms < COMMAND_MS)
		commanded = true;
	service->life_ms = commanded ? UINT64_MAX : (uint64_t)(now_ms - service->run_started_ms);
	/* What may pass is no reason to give it up. */
	if (!commanded && !may_execute_later(service) &&
	    policy_died(&service->policy, &service->settings, now_ms))
		(void)effect_happen(service, EVENT_DOOM, 0, false);
}

static bool
run_died(struct service *service, pid_t pid, int status, bool commanded, bool executed)
{
	service->group = pid;
	service->group_ticks = service->ticks;
	service->foreign = service->adopted;
	/* What is wanted only once has not had its turn. The pace of what is wanted up is its own. */
	const bool later = may_execute_later(service) && service->machine.phase == PHASE_LAUNCH &&
			   service->machine.want == SV_WANT_ONCE;
	/* As long as there is a child the record stays, by which our successor would know of it. */
	judge(service, commanded);
	child_forget(service);
	if (!executed) {
		service->fatal_status = status_unexecuted(service, status);
		(void)waitpid(pid, NULL, WNOHANG); /* it is dead and ours */
		return effect_happen(
		    service, later ? EVENT_FORK_FAILED : EVENT_UNEXECUTED, 0, false);
	}
	remember(service, status);
	service->last_status = status;
	service->fatal_status = status;
	return effect_happen(service, EVENT_EXITED, 0, false);
}

bool
death_happened(struct service *service, int status)
{
	const pid_t pid = service->pid;
	const enum sv_child kind = service->kind;

	/* What it has made or removed, ./finish say, is looked for anew. */
	service->configured = false;
	service->buried_pid = pid;
	service->buried_ticks = service->ticks;
	if (kind == SV_CHILD_RUN)
		return run_died(service, pid, status, service->commanded, service->executed);
	if (!service->adopted)
		(void)waitpid(pid, NULL, WNOHANG); /* it is dead and ours */
	fd_close(&service->process_fd);
	if (kind == SV_CHILD_START)
		service->fatal_status =
		    service->executed ? status : status_unexecuted(service, status);
	const bool later = kind != SV_CHILD_START && may_execute_later(service);
	const enum machine_event event = event_of_script(service, kind, status);
	if (service->executed || service->failure.error == 0) /* else that has been noted */
		note_trouble(service, kind, event, status);
	child_forget(service);
	aftermath_count_soon(service);
	if (later && owed_put_off(service, kind)) {
		if (kind == SV_CHILD_FINISH)
			child_unmake(service);
		return true;
	}
	return effect_happen(service, event, 0, false);
}
