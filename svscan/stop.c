/* stop: see stop.h.
 * SPDX-License-Identifier: ISC */
#include "stop.h"

#include "init.h"
#include "ownlog.h"
#include "plan.h"
#include "report.h"
#include "service.h"
#include "strays.h"
#include "word.h"

#include "clock.h"
#include "fmt.h"
#include "msg.h"
#include "signame.h"
#include "svproto.h"

#include <errno.h>
#include <signal.h>

enum { AGAIN_MS = 100 /* without /proc, from one command to kill to the next */ };

void
stop_open(struct stop *stop, const struct command *command, struct service_means *means,
    int64_t grace_ms, bool is_first)
{
	*stop = (struct stop){
	    .command = command, .means = means, .is_first = is_first, .again_ms = CLOCK_NEVER};
	verdict_open(&stop->verdict);
	shutdown_open(&stop->shutdown, grace_ms);
}

bool
stop_began(const struct stop *stop)
{
	return stop->shutdown.requested;
}

bool
stop_is_over(const struct stop *stop)
{
	return stop->shutdown.phase == SHUTDOWN_OVER;
}

static long long
elapsed_ms(const struct stop *stop, int64_t now_ms)
{
	return (long long)(now_ms - stop->shutdown.began_ms);
}

/* The command is marked in what we read of /proc. */
static void
note_command(struct stop *stop)
{
	stop->tree.command = stop->command->pid;
}

static void
begin(struct stop *stop, const struct scan *scan, const char *why, int64_t now_ms)
{
	msg_say("%s: stopping within %lld ms (%sservices: %zu, loggers: %zu)", why,
	    (long long)stop->shutdown.grace_ms, stop->command->pid == 0 ? "" : "command, ",
	    scan->running[SCAN_SERVICE], scan->running[SCAN_LOGGER]);
	note_command(stop);
	/* Before anything ends: what hangs below an adopted supervise is known by that only. */
	(void)tree_read(&stop->tree, scan);
	shutdown_request(&stop->shutdown, now_ms);
}

void
stop_request(struct stop *stop, const struct scan *scan, int signal, int64_t now_ms)
{
	char why[32];

	fmt(why, sizeof why, "got SIG%s", signame_of(signal));
	if (stop->signalled) {
		msg_say("%s again: killing all that is left", why);
		shutdown_request(&stop->shutdown, now_ms);
	} else if (stop_began(stop)) {
		/* It asks for what is done already, and knows nothing of that. */
		msg_say("%s: stopping already", why);
	} else {
		stop->verdict.signal = signal;
		begin(stop, scan, why, now_ms);
	}
	stop->signalled = true;
}

/* Whose logger has what SERVICE has said in ROLE; NULL = that is not known. */
static const struct scan_service *
logged_by(const struct scan *scan, const struct scan_service *service, enum scan_role role)
{
	if (role == SCAN_SERVICE && (service->log_write_fd != -1 || scan->own == NULL))
		return service;
	return scan->own;
}

void
stop_for_failure(struct stop *stop, const struct scan *scan, const struct scan_service *service,
    enum scan_role role, int status, int64_t now_ms)
{
	if (stop_began(stop))
		return;
	verdict_of_service(&stop->verdict, service, role, status, logged_by(scan, service, role));
	begin(stop, scan, stop->verdict.reason, now_ms);
}

void
stop_for_command(struct stop *stop, const struct scan *scan, const struct command_end *end,
    const bool forgiven[256], int64_t now_ms)
{
	char how[VERDICT_HOW_SIZE];

	verdict_of_command(&stop->verdict, stop->command->argv[0], end, forgiven);
	if (!stop_began(stop)) {
		begin(stop, scan, stop->verdict.reason, now_ms);
		return;
	}
	if (end->error != 0)
		return; /* it never ran */
	verdict_how(how, end->status);
	msg_say("command %s ended after %lld ms (%s)", stop->command->argv[0],
	    elapsed_ms(stop, now_ms), how);
}

void
stop_note_end(const struct stop *stop, const struct scan_service *service, enum scan_role role,
    int64_t now_ms)
{
	if (stop_began(stop))
		msg_say("%s%s ended after %lld ms", role == SCAN_LOGGER ? "logger of " : "",
		    service->name, elapsed_ms(stop, now_ms));
}

/* ---- The processes of services --------------------------------------------------------------- */

static void
signal_all(const struct scan *scan, enum scan_role role, int signal)
{
	for (size_t i = 0; i < scan->count; i++) {
		const struct scan_child *child = &scan->services[i]->child[role];
		if (child->pid != 0)
			word_signal(child, signal);
	}
}

static void
say_killed(const struct stop *stop, const struct scan *scan, enum scan_role role, int64_t now_ms)
{
	for (size_t i = 0; i < scan->count; i++) {
		const struct scan_service *service = scan->services[i];
		if (service->child[role].pid != 0)
			msg_say("killing %s%s, which did not end within %lld ms",
			    role == SCAN_LOGGER ? "the logger of " : "", service->name,
			    elapsed_ms(stop, now_ms));
	}
}

/* Without /proc we do not know the child of a supervise; it kills it and its group for us. What it
 * starts then (./finish, ./stop) is another child, so it is told again as long as it lives. */
static void
have_services_killed(struct stop *stop, const struct scan *scan, int64_t now_ms)
{
	stop->again_ms = scan->running[SCAN_SERVICE] == 0 ? CLOCK_NEVER : now_ms + AGAIN_MS;
	for (size_t i = 0; i < scan->count; i++)
		if (scan->services[i]->child[SCAN_SERVICE].pid != 0)
			(void)sv_send(scan->services[i]->directory_fd, "+k", 2, 0);
}

static void
kill_services(struct stop *stop, const struct scan *scan, int64_t now_ms)
{
	if (scan->running[SCAN_SERVICE] == 0)
		return;
	say_killed(stop, scan, SCAN_SERVICE, now_ms);
	if (!tree_read(&stop->tree, scan)) {
		have_services_killed(stop, scan, now_ms);
		return;
	}
	/* A stopped supervise does not reap: the numbers of its child and of its group cannot be
	 * used again while we kill them. */
	signal_all(scan, SCAN_SERVICE, SIGSTOP);
	(void)tree_read(&stop->tree, scan);
	for (size_t i = 0; i < stop->tree.now.count; i++) {
		const struct tree_process *process = &stop->tree.now.list[i];
		if (process->kind != TREE_SERVICE)
			continue;
		if (process->proc.group == process->proc.pid)
			tree_signal_group(process, SIGKILL);
		tree_signal(process, SIGKILL);
	}
	signal_all(scan, SCAN_SERVICE, SIGKILL);
}

/* ---- Phases ---------------------------------------------------------------------------------- */

static void
kill_all(struct stop *stop, struct scan *scan, int64_t now_ms)
{
	ownlog_leave(stop->means);
	say_killed(stop, scan, SCAN_LOGGER, now_ms);
	/* First the supervises, so that none of them starts anything anew. */
	for (int role = 0; role < SCAN_ROLES; role++)
		signal_all(scan, (enum scan_role)role, SIGKILL);
	strays_kill(&stop->tree, scan, TREE_SUPERVISE);
	if (stop->is_first)
		(void)kill(-1, SIGKILL); /* also what others put into our PID namespace */
}

/* Those that nobody needs, which are most of them, are asked at once and without a line for each. */
static void
end_services(struct stop *stop, struct scan *scan, int64_t now_ms)
{
	plan_set_mode(scan, SCAN_END_SERVICES, now_ms);
	if (!sequence_begin(&stop->sequence, scan))
		msg_warn_sys(ENOMEM, "unable to stop services in order");
	while (sequence_next(&stop->sequence) != NULL)
		;
}

void
stop_look(struct stop *stop, struct scan *scan, const struct scan_service *service, int64_t now_ms)
{
	const struct scan_service *next;

	sequence_look(&stop->sequence, service);
	while ((next = sequence_next(&stop->sequence)) != NULL) {
		msg_say("asking %s to end after %lld ms", next->name, elapsed_ms(stop, now_ms));
		scan_touch(scan, now_ms);
	}
}

static void
end_rest(struct stop *stop, struct scan *scan, int64_t now_ms)
{
	const size_t held = sequence_give_up(&stop->sequence, scan);

	if (held == 0)
		return;
	if (!stop->shutdown.forced)
		msg_say("order given up after %lld ms: asking all that are left to end (held back: "
			"%zu)",
		    elapsed_ms(stop, now_ms), held);
	scan_touch(scan, now_ms);
}

static void
kill_command(const struct stop *stop, int64_t now_ms)
{
	if (stop->command->pid == 0)
		return;
	msg_say("killing command %s, which did not end within %lld ms", stop->command->argv[0],
	    elapsed_ms(stop, now_ms));
	command_kill(stop->command);
}

static void
come_to_the_end(struct stop *stop, int64_t now_ms)
{
	msg_say("stopped after %lld ms%s%s", elapsed_ms(stop, now_ms),
	    stop->verdict.reason[0] == '\0' ? "" : ": ", stop->verdict.reason);
	report_failure(&stop->verdict);
	finish_start(&stop->finish, stop->means, &stop->verdict);
}

/* Effects in the order in which they are carried out. */
static void
carry_out(struct stop *stop, struct scan *scan, unsigned effects, int64_t now_ms)
{
	if ((effects & SHUTDOWN_END_COMMAND) != 0) {
		plan_set_mode(scan, SCAN_END_COMMAND, now_ms);
		command_ask(stop->command, stop->signalled);
	}
	if ((effects & SHUTDOWN_END_SERVICES) != 0)
		end_services(stop, scan, now_ms);
	if ((effects & SHUTDOWN_END_REST) != 0)
		end_rest(stop, scan, now_ms);
	if ((effects & SHUTDOWN_KILL_COMMAND) != 0)
		kill_command(stop, now_ms);
	if ((effects & SHUTDOWN_KILL_SERVICES) != 0) {
		plan_set_mode(scan, SCAN_END_STRAYS, now_ms);
		kill_services(stop, scan, now_ms);
	}
	if ((effects & SHUTDOWN_TERM_STRAYS) != 0)
		strays_end(&stop->tree, scan);
	if ((effects & SHUTDOWN_KILL_STRAYS) != 0)
		strays_kill(&stop->tree, scan, TREE_STRAY);
	if ((effects & SHUTDOWN_END_LOGGERS) != 0)
		plan_set_mode(scan, SCAN_END_LOGGERS, now_ms);
	if ((effects & SHUTDOWN_KILL_ALL) != 0) {
		plan_set_mode(scan, SCAN_END_ALL, now_ms);
		kill_all(stop, scan, now_ms);
	}
	if ((effects & SHUTDOWN_RUN_FINISH) != 0)
		come_to_the_end(stop, now_ms);
	if ((effects & SHUTDOWN_KILL_FINISH) != 0)
		finish_kill(&stop->finish);
}

/* Supervises, those included that are about to be adopted. */
static size_t
supervises_left(const struct scan *scan, enum scan_role role)
{
	size_t left = scan->running[role];

	for (size_t i = 0; left == 0 && i < scan->count; i++)
		left += scan->services[i]->child[role].pending;
	return left;
}

/* The same, and what a killed one has left: there will be another one to end that. */
static size_t
services_left(const struct scan *scan)
{
	size_t left = scan->running[SCAN_SERVICE];

	for (size_t i = 0; left == 0 && i < scan->count; i++)
		left += !plan_is_gone(&scan->services[i]->child[SCAN_SERVICE]);
	return left;
}

static size_t
loggers_left(const struct scan *scan)
{
	size_t left = supervises_left(scan, SCAN_LOGGER);

	/* One that has to be started once more counts, also while that fails. */
	for (size_t i = 0; left == 0 && i < scan->count; i++)
		left += plan_owes_logger(scan, scan->services[i]);
	return left;
}

static size_t
count(struct stop *stop, const struct scan *scan, enum shutdown_awaited awaited)
{
	switch (awaited) {
	case SHUTDOWN_REQUEST:
		return !stop->shutdown.requested;
	case SHUTDOWN_COMMAND_LEFT:
		return stop->command->pid != 0;
	case SHUTDOWN_SERVICE_LEFT:
		return (stop->command->pid != 0) + services_left(scan);
	case SHUTDOWN_STRAY_LEFT:
		return (stop->command->pid != 0) + supervises_left(scan, SCAN_SERVICE) +
		       strays_count(&stop->tree, scan);
	case SHUTDOWN_LOGGER_LEFT:
		return loggers_left(scan);
	case SHUTDOWN_CHILD_LEFT:
		/* An adopted supervise is no child. */
		return init_has_children() + scan->running[SCAN_SERVICE] +
		       scan->running[SCAN_LOGGER];
	case SHUTDOWN_FINISH_LEFT:
		return stop->finish.pid != 0;
	}
	return 0;
}

void
stop_step(struct stop *stop, struct scan *scan, int64_t now_ms)
{
	note_command(stop);
	if (now_ms >= stop->again_ms)
		have_services_killed(stop, scan, now_ms);
	while (stop_began(stop) && !stop_is_over(stop)) {
		const size_t left = count(stop, scan, shutdown_awaits(&stop->shutdown));
		if (!shutdown_step(&stop->shutdown, left, now_ms))
			return;
		carry_out(stop, scan, shutdown_effects(&stop->shutdown), now_ms);
	}
}

int64_t
stop_deadline(const struct stop *stop)
{
	return clock_earlier(shutdown_deadline(&stop->shutdown), stop->again_ms);
}
