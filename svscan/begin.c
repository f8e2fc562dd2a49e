/* begin: see begin.h.
 * SPDX-License-Identifier: ISC */
#include "begin.h"

#include "ownlog.h"

#include "clock.h"
#include "msg.h"
#include "pause.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

enum { RETRY_MS = 100 };

/* ---- One step after the other: each may be taken again after it has failed ------------------- */

static bool
take_signals(struct svscan *svscan, const struct options *options)
{
	(void)options;
	return init_open(&svscan->init);
}

static bool
open_command(struct svscan *svscan, const struct options *options)
{
	return command_open(&svscan->command, &svscan->init, options->command);
}

static bool
enter(struct svscan *svscan, const struct options *options)
{
	(void)svscan;
	return options->directory == NULL || chdir(options->directory) == 0;
}

static bool
open_bell(struct svscan *svscan, const struct options *options)
{
	(void)options;
	return bell_open(&svscan->bell);
}

static bool
open_reports(struct svscan *svscan, const struct options *options)
{
	(void)options;
	return service_open_reports(&svscan->means);
}

static bool
take_input(struct svscan *svscan, const struct options *options)
{
	return options->command == NULL || service_take_input(&svscan->means);
}

static bool
open_means(struct svscan *svscan, const struct options *options)
{
	const struct init *init = &svscan->init;

	(void)options;
	return service_open_means(&svscan->means, &init->nofile, init->nofile_now, &svscan->bell);
}

static bool
open_scan(struct svscan *svscan, const struct options *options)
{
	errno = ENOMEM; /* nothing else can be short */
	return scan_open(&svscan->scan, options->keep);
}

static bool
open_own_log(struct svscan *svscan, const struct options *options)
{
	(void)options;
	return ownlog_open(&svscan->adopt, &svscan->scan, &svscan->means);
}

struct step {
	bool (*take)(struct svscan *svscan, const struct options *options);
	const char *what; /* cannot be done if it fails */
};

static const struct step first = {take_signals, "block signals"};

static const struct step before_looking[] = {
    {open_command, "open working directory"},
    {enter, "chdir to "},
    {open_bell, "create pipe"},
    {open_means, "start"},
    {open_reports, "create pipe"},
    {take_input, "create pipe"},
    {open_scan, "start"},
};

static const struct step own_log = {open_own_log, "start .svscan"};

/* ---- Failures -------------------------------------------------------------------------------- */

/* Whether it is the directory that is wrong: whoever has started us should know at once. */
static bool
is_final(int error)
{
	static const int errors[] = {ENOENT, ENOTDIR, EACCES, ELOOP, ENAMETOOLONG};

	for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
		if (error == errors[i])
			return true;
	return false;
}

/* Whether a signal asks for the end before UNTIL_MS. */
static bool
stopped(const struct init *init, int64_t until_ms)
{
	struct pollfd signals = {.fd = init->signal_fd, .events = POLLIN};
	enum init_signal meaning;
	int signal;

	while (clock_ms() < until_ms) {
		pause_until(&signals, 1, until_ms);
		while (signals.revents != 0 && init_next_signal(init, &signal, &meaning))
			if (meaning == INIT_STOP)
				return true;
	}
	return false;
}

static void
take(const struct step *step, struct svscan *svscan, const struct options *options)
{
	const char *name =
	    step->take == enter && options->directory != NULL ? options->directory : "";
	struct msg_fault fault = {0};

	while (!step->take(svscan, options)) {
		const int error = errno;
		if (getpid() != 1 || is_final(error))
			msg_die_sys(MSG_TEMPORARY, error, "unable to %s%s", step->what, name);
		if (msg_due(&fault, error, clock_ms()))
			msg_warn_sys(error, "unable to %s%s", step->what, name);
		if (stopped(&svscan->init, clock_ms() + RETRY_MS))
			msg_die_sys(MSG_TEMPORARY, error, "unable to %s%s", step->what, name);
	}
}

/* ---- All of it ------------------------------------------------------------------------------- */

void
begin_signals(struct svscan *svscan)
{
	static const struct options none;

	take(&first, svscan, &none);
}

void
begin(struct svscan *svscan, const struct options *options)
{
	svscan->forgiven = options->forgiven;
	if (options->command != NULL)
		svscan->init.window_stops = false; /* that signal is for the command */
	for (size_t i = 0; i < sizeof before_looking / sizeof *before_looking; i++)
		take(&before_looking[i], svscan, options);
	look_open(&svscan->look, options->interval_ms);
	adopt_open(&svscan->adopt, &svscan->scan);
	stop_open(&svscan->stop, &svscan->command, &svscan->means, options->grace_ms,
	    svscan->init.is_first);
	take(&own_log, svscan, options);
	svscan->command.error_fd = svscan->means.outside_fd;
	announce_open(&svscan->announce, options->ready_fd, options->interval_ms);
}
