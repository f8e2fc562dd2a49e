/* init: see init.h.
 * SPDX-License-Identifier: ISC */
#include "init.h"

#include "fd.h"
#include "proc.h"
#include "sigfd.h"
#include "signame.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SIGNALS_MAX = _NSIG - 1 };

/* A fault of our own must not be queued: the kernel would run into it again and again. KILL and
 * STOP cannot be caught. */
static bool
is_taken(int signal)
{
	switch (signal) {
	case SIGSEGV:
	case SIGBUS:
	case SIGFPE:
	case SIGILL:
	case SIGTRAP:
	case SIGSYS:
	case SIGABRT:
	case SIGKILL:
	case SIGSTOP:
		return false;
	}
	return true;
}

/* All others are taken, also those that mean nothing: their default would end or stop us. */
static int
open_signals(void)
{
	int signals[SIGNALS_MAX];
	size_t count = 0;

	for (int signal = 1; signal <= SIGNALS_MAX; signal++)
		if (is_taken(signal))
			signals[count++] = signal;
	return sigfd_open(signals, count);
}

static void
raise_descriptor_limit(struct init *init)
{
	struct rlimit raised;

	init->nofile = (struct rlimit){RLIM_INFINITY, RLIM_INFINITY};
	/* Neither call can fail with these arguments (getrlimit(2)); if one did, the old limit
	 * would do until descriptors run out, which is reported. */
	(void)prlimit(0, RLIMIT_NOFILE, NULL, &init->nofile);
	raised = init->nofile;
	raised.rlim_cur = raised.rlim_max;
	(void)prlimit(0, RLIMIT_NOFILE, &raised, NULL);
	init->nofile_now =
	    prlimit(0, RLIMIT_NOFILE, NULL, &raised) == 0 ? raised.rlim_cur : RLIM_INFINITY;
}

bool
init_open(struct init *init)
{
	struct sigaction before;

	/* It is about to become the default; its failure would take another number (sigaction(2)). */
	init->child_ignored =
	    sigaction(SIGCHLD, NULL, &before) == 0 && before.sa_handler == SIG_IGN;
	init->signal_fd = open_signals();
	if (init->signal_fd == -1)
		return false;
	init->is_first = getpid() == 1;
	init->window_stops = init->is_first && isatty(STDIN_FILENO) == 0;
	/* Orphans come to us instead of to PID 1. Refused by kernels before 3.4 only: then they
	 * are out of sight, as they were for 0.76. */
	if (!init->is_first)
		(void)prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	raise_descriptor_limit(init);
	return true;
}

static enum init_signal
meaning_of(const struct init *init, int signal)
{
	if (signal == SIGNAME_RTMIN + 3) /* what systemd and lxc send to stop a container */
		return INIT_STOP;
	switch (signal) {
	case SIGHUP:
		return INIT_LOOK;
	case SIGTERM:
	case SIGINT:
	case SIGQUIT:
	case SIGPWR:
		return INIT_STOP;
	case SIGWINCH: /* STOPSIGNAL of the httpd images */
		return init->window_stops ? INIT_STOP : INIT_NOTHING;
	}
	return INIT_NOTHING;
}

bool
init_next_signal(const struct init *init, int *signal, enum init_signal *meaning)
{
	*signal = sigfd_next(init->signal_fd);
	*meaning = meaning_of(init, *signal);
	return *signal != 0;
}

/* waitid(2) for any child, dead or not; it stays. Linux does not interrupt what need not wait, but the
 * pages allow it, and whoever believes that there is no body waits for the next one. */
static bool
look_for_child(siginfo_t *info)
{
	int result;

	info->si_pid = 0;
	do
		result = waitid(P_ALL, 0, info, WEXITED | WNOHANG | WNOWAIT);
	while (result == -1 && errno == EINTR);
	return result == 0; /* else ECHILD: none left */
}

bool
init_reap(struct init_death *death)
{
	siginfo_t info;
	struct proc process;
	pid_t reaped;

	if (!look_for_child(&info) || info.si_pid == 0)
		return false;
	death->pid = info.si_pid;
	death->ticks = 0;
	/* Not reaped yet, so the kernel still tells who it was. Of orphans, which come by the
	 * thousand, most led nothing, and nobody asks more of them. */
	const pid_t group = getpgid(death->pid);
	death->led = group == death->pid || group == -1;
	if (death->led && proc_read(death->pid, &process))
		death->ticks = process.ticks;
	do
		reaped = waitpid(death->pid, &death->status, WNOHANG);
	while (reaped == -1 && errno == EINTR);
	return reaped == death->pid;
}

bool
init_has_children(void)
{
	siginfo_t info;
	return look_for_child(&info);
}
