/* effect: see effect.h.
 * SPDX-License-Identifier: ISC */
#include "effect.h"

#include "aftermath.h"
#include "check.h"
#include "child.h"
#include "config.h"
#include "owed.h"
#include "publish.h"

#include "clock.h"
#include "fd.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

/* ---- Stages: each answers what follows at once, if anything does ----------------------------- */

/* What begins a life of the service: the pacing rule counts from here. */
static enum machine_event
make_first(struct service *service, enum sv_child kind)
{
	if (!child_start(service, kind))
		return EVENT_FORK_FAILED;
	service->run_started_ms = service->started_ms;
	service->hurried = false;
	return EVENT_NONE;
}

/* Texts of others are read where ours is composed. */
static enum machine_event
begin_wait(struct service *service)
{
	struct sv_trouble *trouble = &service->trouble;

	if (!config_read_needs(service)) {
		*trouble =
		    (struct sv_trouble){SV_CHILD_RUN, SV_FAILING_READ, service->config_error};
		needs_put_off(&service->needs);
		return EVENT_NONE;
	}
	if (trouble->how == SV_FAILING_READ)
		trouble->script = SV_CHILD_NONE;
	return needs_begin(&service->needs, service->name, service->state_text.bytes)
		   ? EVENT_NOTHING
		   : EVENT_NONE;
}

/* Started with the wrong settings, or without ./start, it would be another service. */
static enum machine_event
put_off(struct service *service, enum sv_child kind)
{
	service->trouble = (struct sv_trouble){kind, SV_FAILING_READ, service->config_error};
	return EVENT_FORK_FAILED;
}

static enum machine_event
begin_start(struct service *service)
{
	const int has = config_read(service) ? config_has(service, SV_CHILD_START) : -1;

	if (has == -1)
		return put_off(service, SV_CHILD_START);
	return has == 1 ? make_first(service, SV_CHILD_START) : EVENT_NOTHING;
}

/* Without ./run the ./start was all. Without both, the failure to execute tells what is missing. */
static enum machine_event
begin_run(struct service *service)
{
	int is_oneshot = 0;

	if (config_read(service) && (!config_may_have(service, SERVICEDIR_RUN) ||
					servicedir_has(AT_FDCWD, SERVICEDIR_RUN) == 0))
		is_oneshot = config_has(service, SV_CHILD_START);
	if (service->config_error != 0)
		return put_off(service, SV_CHILD_RUN);
	return is_oneshot == 1 ? EVENT_NOTHING : make_first(service, SV_CHILD_RUN);
}

static enum machine_event
begin_stage(struct service *service, unsigned effects)
{
	if ((effects & EFFECT_WAIT) != 0)
		return begin_wait(service);
	if ((effects & EFFECT_START) != 0)
		return begin_start(service);
	if ((effects & EFFECT_RUN) != 0)
		return begin_run(service);
	/* Killed after that, our successor does not count this death again; before, it does. */
	if ((effects & EFFECT_CLEAN) != 0) {
		publish(service);
		return aftermath_begin(service) ? EVENT_NONE : EVENT_NOTHING;
	}
	if ((effects & EFFECT_FINISH) != 0)
		return owed_begin(service, SV_CHILD_FINISH);
	if ((effects & EFFECT_TEARDOWN) != 0)
		return owed_begin(service, SV_CHILD_STOP);
	return EVENT_NONE;
}

/* ---- Signals --------------------------------------------------------------------------------- */

/* Whether a service that dies after SIGNAL, sent by a command, may have died of that command. */
static bool
is_ending(int signal)
{
	return signal == SIGTERM || signal == SIGKILL || signal == SIGINT || signal == SIGQUIT ||
	       signal == SIGABRT;
}

static void
end_child(struct service *service, bool commanded)
{
	const bool is_run = service->kind == SV_CHILD_RUN;
	const uint64_t limit_ms = service->settings.timeout_kill_ms;

	service->commanded = commanded;
	service->unhealthy = !commanded;
	/* What a script has started is to end with it. */
	child_signal(service, is_run ? service->settings.down_signal : SIGTERM, !is_run);
	child_signal(service, SIGCONT, !is_run);
	/* Who says so again does not win it more time. */
	if (limit_ms != 0)
		service->limit_ms =
		    clock_earlier(service->limit_ms, clock_ms() + (int64_t)limit_ms);
}

/* What a script has started is to end with it. */
static void
kill_child(struct service *service)
{
	child_signal(service, SIGKILL, service->kind != SV_CHILD_RUN);
	service->limit_ms = CLOCK_NEVER;
}

static void
signal_child(struct service *service, int signal, bool to_group)
{
	child_signal(service, signal, to_group || service->kind != SV_CHILD_RUN);
	if (!is_ending(signal))
		return;
	service->signalled_ms = clock_ms();
	service->signalled = tai64n_now();
}

/* ---- Times ----------------------------------------------------------------------------------- */

/* The clock that people read is looked at only once: the label does not waver. */
static void
set_next_start(struct service *service, int64_t at_ms)
{
	const int64_t pause_ms = at_ms - clock_ms();

	service->next_start_ms = at_ms;
	service->next_start = tai64n_now();
	if (pause_ms > 0)
		tai64n_add_ms(&service->next_start, (uint64_t)pause_ms);
}

static void
set_pace(struct service *service)
{
	const uint64_t pause_ms = policy_pause_ms(&service->policy, &service->settings);

	set_next_start(
	    service, service->hurried ? clock_ms() : service->run_started_ms + (int64_t)pause_ms);
	policy_lived(&service->policy, &service->settings, service->life_ms);
}

/* ---- The end --------------------------------------------------------------------------------- */

/* It is said why, for nothing more will happen by itself. Of what could not be executed it was said
 * already. */
static void
warn_failed(struct service *service)
{
	const struct sv_trouble *trouble = &service->trouble;
	char words[SV_STATUS_WORDS];

	sv_status_describe(words, service->fatal_status);
	if (trouble->script == SV_CHILD_START && trouble->how != SV_FAILING_EXEC)
		msg_warn("%s failed: %s ended with %s", service->name, SERVICEDIR_START, words);
	else if (trouble->script == SV_CHILD_FINISH)
		msg_warn("%s failed: %s exited with %d after %s", service->name, SERVICEDIR_FINISH,
		    trouble->value, words);
	else if (trouble->script != SV_CHILD_START)
		msg_warn("%s failed: died with %s, more often than max-deaths allows",
		    service->name, words);
}

/* ---- All together ---------------------------------------------------------------------------- */

/* What it means that the machine came from phase FROM to the one in which it is. Returns what follows
 * from that. */
static enum machine_event
enter(struct service *service, enum machine_phase from)
{
	const enum machine_phase phase = service->machine.phase;

	if (phase != PHASE_BACKOFF)
		service->next_start_ms = CLOCK_NEVER;
	if (phase == from)
		return EVENT_NONE;
	if (from == PHASE_WAITING)
		needs_end(&service->needs);
	if (machine_state(phase) != machine_state(from))
		service->changed = tai64n_now();
	if (phase == PHASE_STOPPING || phase == PHASE_CLEANING)
		check_end(service);
	if (phase == PHASE_UP || phase == PHASE_DONE)
		service->trouble.script = SV_CHILD_NONE;
	if (phase == PHASE_UP && check_begin(service))
		return EVENT_READY;
	if (phase == PHASE_READY || phase == PHASE_DONE)
		service->ready_since = tai64n_now();
	if (phase == PHASE_READY)
		check_ready(service);
	if (phase == PHASE_DONE)
		service->starts++;
	if (phase == PHASE_FAILED)
		warn_failed(service);
	return EVENT_NONE;
}

static void
carry_out(
    struct service *service, unsigned effects, enum machine_event event, int signal, bool to_group)
{
	if ((effects & EFFECT_IMPOSSIBLE) != 0)
		msg_warn("%s: nothing fits in state %s; please report this", service->name,
		    sv_state_names[machine_state(service->machine.phase)]);
	if ((effects & EFFECT_LEAVE) != 0)
		service->left = true;
	/* If we are killed in between, our successor repeats what the state says. */
	if ((effects & EFFECT_END) != 0) {
		if (event == EVENT_SICK)
			msg_warn(
			    "%s is not healthy, restarting it: %s has failed %u times in a row",
			    service->name, SERVICEDIR_CHECK, service->check_failures);
		publish(service);
		/* The successor of a killed supervise repeats it, for the same reason. */
		end_child(
		    service, event != EVENT_SICK && (event != EVENT_ADOPT || !service->unhealthy));
	}
	if ((effects & EFFECT_KILL) != 0)
		kill_child(service);
	if ((effects & EFFECT_SWEEP) != 0)
		aftermath_sweep(service);
	if ((effects & EFFECT_SIGNAL) != 0)
		signal_child(service, signal, to_group);
	if ((effects & EFFECT_PACE) != 0)
		set_pace(service);
	if ((effects & EFFECT_RETRY) != 0)
		set_next_start(service, child_retry_time(service));
}

/* The commands that may ask for a start. */
enum { STARTING = EVENT_UP | EVENT_ONCE | EVENT_RESTART };

/* Forgets what was for the sake of a command, and hurries if that asks for a start that cannot be made
 * at once, since the last run has not come to its end. */
static void
obey(struct service *service, enum machine_event event)
{
	const enum machine_phase phase = service->machine.phase;

	if ((event & (STARTING | EVENT_DOWN)) == 0)
		return;
	policy_forgive(&service->policy);
	const bool runs = phase == PHASE_LAUNCH || phase == PHASE_UP || phase == PHASE_READY;
	service->hurried = (event & STARTING) != 0 && (!runs || event == EVENT_RESTART);
}

bool
effect_happen(struct service *service, enum machine_event event, int signal, bool to_group)
{
	const enum machine_phase before = service->machine.phase;
	unsigned effects, all = 0;

	obey(service, event);
	do {
		const enum machine_phase from = service->machine.phase;
		effects = machine_step(&service->machine, event);
		all |= effects;
		carry_out(service, effects, event, signal, to_group);
		const enum machine_event entered = enter(service, from);
		/* A command is read only once. If we are killed before its child has left a record,
		 * our successor knows of it from the state. */
		if ((effects & EFFECT_WAIT) != 0 && (event & STARTING) != 0)
			publish_files(service);
		event = begin_stage(service, effects);
		if (event == EVENT_NONE)
			event = entered;
	} while (event != EVENT_NONE);
	if ((all & EFFECT_PUBLISH) != 0)
		publish(service);
	/* In this order: svscan may compare, and if we are killed in between our successor says it. */
	if (service->machine.phase == PHASE_FAILED && before != PHASE_FAILED)
		publish_failure(service);
	/* Until ./finish has taken its place in the record, that tells whose death it is about. */
	if (service->pid == 0 && service->machine.phase != PHASE_CLEANING &&
	    service->machine.phase != PHASE_FINISH)
		child_clear_record(service);
	return (all & EFFECT_LEAVE) == 0;
}

bool
effect_wait(struct service *service)
{
	if (begin_wait(service) != EVENT_NONE)
		return effect_happen(service, EVENT_NOTHING, 0, false);
	publish(service);
	return true;
}

bool
effect_pending(struct service *service)
{
	const enum machine_event event = owed_again(service);
	return event == EVENT_NONE || effect_happen(service, event, 0, false);
}

void
effect_executed(struct service *service)
{
	if (service->kind != SV_CHILD_RUN)
		return;
	service->since = tai64n_now();
	service->starts++;
	(void)effect_happen(service, EVENT_EXECUTED, 0, false);
}

void
effect_adopted(struct service *service)
{
	const bool was_ready = service->machine.phase == PHASE_READY;
	const bool is_ready = check_begin(service);

	child_set_limit(service);
	(void)effect_happen(service, EVENT_ADOPT, 0, false);
	if (is_ready && service->machine.phase == PHASE_UP)
		(void)effect_happen(service, EVENT_READY, 0, false);
	if (was_ready && service->machine.phase == PHASE_READY)
		check_ready(service);
}

bool
effect_leftovers(struct service *service)
{
	if (aftermath_begin(service))
		return true;
	return effect_happen(service, EVENT_NOTHING, 0, false);
}
