/* effect: carries out what the machine decides: the child, its signals, its record, the files that
 * tell the world, and the times of the next start.
 * SPDX-License-Identifier: ISC */
#ifndef SUPERVISE_EFFECT_H
#define SUPERVISE_EFFECT_H

#include "machine.h"
#include "msg.h"
#include "spawn.h"
#include "svproto.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum { STATUS_UNKNOWN = -1 };

/* One service and its supervisor. Descriptors are -1 while they are absent. */
struct service {
	const char *name; /* the argument of supervise, for messages */
	struct machine machine;

	int directory; /* supervise/ */
	int lock;      /* holds the flock(2) for as long as we live */
	int control;
	int record;

	pid_t pid;      /* of the child; 0 = none. Never signalled after it was reaped */
	bool executed;  /* it has become ./run, hence is announced */
	uint64_t ticks; /* its start time; 0 = unknown */
	int report;     /* tells when it has executed, or why not */
	struct spawn_failure failure; /* why not; error 0 = no such report */

	bool adopted;    /* the child is not ours: a killed supervise made it (adopt.h) */
	int process_fd;  /* holds it; -1 = the kernel has no such descriptors */
	int handover_fd; /* in which our parent tells its status; -1 = it does not, or no more */
	int64_t died_ms; /* when its death was seen, while its status is waited for; else 0 */
	int64_t look_ms; /* without a descriptor: the next look */

	int64_t started_ms;    /* when the last child was made; the pacing rule counts from here */
	int64_t next_start_ms; /* CLOCK_NEVER unless the state is backoff */
	int64_t retry_ms;      /* the pause after the next failed fork; 0 = the first one */

	bool left; /* we are leaving because we were told to: our successor owes us nothing */
	struct tai64n since; /* when the announced pid last changed */
	unsigned long deaths;
	int last_status;       /* of the last death, as waitpid(2) has it, or STATUS_UNKNOWN */
	struct sv_record self; /* our own pid, ticks and boot */
	struct proc parent;    /* ours, when we started; pid 0 = unknown */

	unsigned char published_status[SV_STATUS_SIZE];
	struct sv_text published_state;

	struct msg_fault fork_fault, start_fault, status_fault, state_fault;
};

/* Lets EVENT happen: asks the machine and carries out its effects, and what follows from those.
 * SIGNAL goes with a command that has one (else 0); TO_GROUP sends it to the process group. Returns
 * false when supervise is to leave. */
bool effect_happen(struct service *service, enum machine_event event, int signal, bool to_group);

/* Writes `status` and `state` as far as they changed. Failures are reported; the old files stay. */
void effect_publish(struct service *service);

/* The report descriptor is readable, or the child is dead: looks how far it came. True if that was
 * the news that the child has executed. */
bool effect_read_report(struct service *service);

/* The child has died with STATUS (waitpid(2), or STATUS_UNKNOWN): takes note. Returns the event
 * that this is. */
enum machine_event effect_reaped(struct service *service, int status);

#endif
