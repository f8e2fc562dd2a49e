/* others: the processes of a PID namespace, without those who measure: the caller and what it descends
 * from. All of this ends the program when it cannot do what it says. SPDX-License-Identifier: ISC */
#ifndef OTHERS_H
#define OTHERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

enum { WAIT_S = 15 /* for one thing; the slowest peers look every 5 s */ };

/* Fields of /proc/PID/stat that follow the name (proc(5)): what has been reaped, in ticks. */
struct process {
	pid_t parent;
	long reaped_ticks;
};

_Noreturn void fail(const char *what);

/* The same for those who wait in vain, with exit code 1; REACHED is how far it has come. */
_Noreturn void give_up(const char *what, long reached);

/* Nanoseconds; read_clock is 0 for a process that has gone. */
int64_t read_clock(clockid_t clock);
int64_t now_ns(void);

/* Microseconds of processor time. */
int64_t used_us(const struct rusage *usage);

/* Puts /dev/null in place of FD, also for commands. Where FD leads is the descriptor returned. */
int silence(int fd);

pid_t start_command(char **command);

/* Waits for the end of any process, or gives up. */
void await_end(pid_t pid);

/* Microseconds that the dead have used whom process 1 has reaped. It adds to them, others read. */
int64_t *map_reaped(void);

/* The text of /proc/PID/NAME, or as much as fits; false if the process has gone. */
bool read_file(pid_t pid, const char *name, char *text, size_t size);
bool read_process(pid_t pid, struct process *process);

/* Calls VISIT, unless that is NULL, for all others with SUM; returns how many there are. */
long visit_all(void (*visit)(pid_t pid, void *sum), void *sum);

#endif
