/* init: what svscan takes upon itself as the parent of everything, PID 1 or not: every signal,
 * every orphan, and more descriptors. SPDX-License-Identifier: ISC */
#ifndef SVSCAN_INIT_H
#define SVSCAN_INIT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

struct init {
	int signal_fd;
	bool is_first;        /* we are PID 1: when we end, everything ends */
	bool window_stops;    /* WINCH is a wish to stop, not a resized terminal */
	bool child_ignored;   /* SIGCHLD was ignored when we were executed */
	struct rlimit nofile; /* RLIMIT_NOFILE as it was, for the children */
	rlim_t nofile_now;    /* the soft limit that counts for us */
};

/* What a signal means to svscan. */
enum init_signal { INIT_NOTHING, INIT_STOP, INIT_LOOK };

/* First thing in main: from here on no signal is lost or kills us. False with errno set. */
bool init_open(struct init *init);

/* The next pending signal and what it means; false if there is none. */
bool init_next_signal(const struct init *init, int *signal, enum init_signal *meaning);

/* A dead child. */
struct init_death {
	pid_t pid;
	uint64_t ticks; /* when it was started; 0 = unknown: no /proc */
	bool led;       /* it led a process group, as far as we know: it may have been a service */
	int status;     /* as waitpid(2) has it */
};

/* Collects one dead child, ours or an orphan that came to us. False if there is none now. */
bool init_reap(struct init_death *death);

/* Whether we have any child at all, dead or alive. */
bool init_has_children(void);

#endif
