/* proc: what /proc tells about processes; every caller has a way to go on without it.
 * SPDX-License-Identifier: ISC */
#ifndef LIB_PROC_H
#define LIB_PROC_H

#include "file.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* A process number is used again after a death; number and start time together are not. */
struct proc {
	pid_t pid;
	pid_t parent;
	pid_t group;
	pid_t session;
	char state; /* R, S, D, Z ... (proc(5)) */
	uint64_t threads;
	uint64_t ticks; /* start time in clock ticks since boot */
	bool executed;  /* it runs a program of its own, not as its parent's copy */
};

/* Whether it runs: a dead one stays in /proc until it is reaped; one whose first thread has ended
 * looks dead while others go on. */
bool proc_is_alive(const struct proc *process);

/* Reads /proc/PID/stat (PID 0 = ourselves). False if there is no such process or no /proc.
 * Async-signal-safe: a child uses it between fork and exec. */
bool proc_read(pid_t pid, struct proc *process);

/* A walk over all processes, without allocating. Those that come or go meanwhile may be missed. */
struct proc_walk {
	struct file_walk entries; /* about 30 processes at a time */
};

/* False if there is no /proc, or if it shows another PID namespace, in which numbers mean other
 * processes. */
bool proc_walk_open(struct proc_walk *walk);

/* The number of the next process; 0 at the end, with errno 0 unless the rest cannot be read. */
pid_t proc_walk_next(struct proc_walk *walk);

void proc_walk_close(struct proc_walk *walk);

enum { PROC_BOOT_SIZE = 37 /* a UUID in text and its NUL */ };

/* The id of this boot of the kernel, "" if it cannot be read. Async-signal-safe. */
void proc_boot_id(char boot[PROC_BOOT_SIZE]);

/* A descriptor that means the process which has the number PID now, for ever; close-on-exec. It is
 * readable once that is dead. To be sure who it means, look with proc_read after opening. -1 with
 * errno set: ESRCH if there is none, ENOSYS before Linux 5.3. */
int proc_open(pid_t pid);

/* Sends SIGNAL to the process behind FD. False with errno set: ESRCH if it is dead. */
bool proc_signal(int fd, int signal);

/* Sends SIGNAL to the process group that the process behind FD leads, or led: never to a later group
 * of the same number. False with errno set: ESRCH if nobody is in it; EINVAL before Linux 6.9. */
bool proc_signal_group(int fd, int signal);

/* The wait status (waitpid(2)) of the process behind FD, whoever has reaped it. False if nobody has
 * yet, or if the kernel (before Linux 6.15) does not tell. */
bool proc_status(int fd, int *status);

/* Whether descriptor NUMBER of the process PID is a pipe without a name. 1: yes, and *ST is its;
 * 0: no, or we may not look; -1 with errno set: it cannot be told now. */
int proc_find_pipe(pid_t pid, int number, struct stat *st);

/* Opens it once more, close-on-exec and without waiting; MODE is one of open(2). -1 with errno set.
 * Whoever the process belongs to may change its descriptors at any moment, and have one that means a
 * file which he may not open (O_PATH): so what is opened is what was looked at. */
int proc_open_pipe(pid_t pid, int number, int mode);

#endif
