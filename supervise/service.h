/* service: what the parts of supervise share: one service, its child and its supervisor.
 * SPDX-License-Identifier: ISC */
#ifndef SUPERVISE_SERVICE_H
#define SUPERVISE_SERVICE_H

#include "aside.h"
#include "machine.h"
#include "needs.h"
#include "policy.h"

#include "msg.h"
#include "servicedir.h"
#include "spawn.h"
#include "svstate.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum { NOTIFIERS_KEPT = 32 /* a restart alone makes six, and mail may be slow */ };

/* Descriptors are -1 while they are absent. Times are clock_ms(), CLOCK_NEVER if there is none. */
struct service {
	const char *name; /* the argument of supervise, for messages */
	struct machine machine;
	struct servicedir settings;
	bool configured; /* those have been read in this turn of the loop */
	uint32_t names;  /* inventory.h: what there was then */

	int directory;  /* supervise/ */
	bool is_logger; /* svscan's, or one that stands where svscan's would */
	int lock;       /* holds the flock(2) for as long as we live */
	int control;
	int record;

	/* Between two reads of the control FIFO: control.h. */
	bool to_group;            /* "+" was the last letter */
	bool ignoring;            /* after "L" */
	int64_t control_again_ms; /* not read before this time, because reading failed */

	/* The child: child.h. */
	pid_t pid;                    /* 0 = none. Never signalled after it was reaped */
	enum sv_child kind;           /* what it is, or is about to become */
	bool executed;                /* it has become that; a ./run is announced then */
	bool commanded;               /* a command has asked for its end */
	bool unhealthy;               /* its checks have */
	int64_t signalled_ms;         /* when a letter has last sent what may end it; 0 = never */
	struct tai64n signalled;      /* the same for people, and for a successor */
	uint64_t ticks;               /* its start time; 0 = unknown */
	pid_t buried_pid;             /* the last child whose death was taken notice of ... */
	uint64_t buried_ticks;        /* ... and its start time; 0 = unknown */
	bool recorded;                /* the record names a child, perhaps a dead one */
	int report;                   /* tells when it has executed, or why not */
	struct spawn_failure failure; /* why not; error 0 = no such report */
	int64_t started_ms;           /* when it was made */
	int64_t limit_ms;             /* when its phase takes too long */

	/* An adopted child is not ours: a killed supervise made it (adopt.h). */
	bool adopted;
	int process_fd;  /* holds it; -1 = the kernel has no such descriptors */
	int handover_fd; /* in which our parent tells its status; -1 = it does not, or no more */
	int64_t died_ms; /* when its death was seen, while its status is waited for; else 0 */
	int64_t look_ms; /* without a descriptor: the next look */

	/* What ./run has left behind: aftermath.h. */
	pid_t group;               /* in PHASE_CLEANING: the number that its group has */
	bool foreign;              /* its members are not our children */
	uint64_t group_ticks;      /* when its leader started */
	unsigned swept;            /* how often it was ended by force */
	bool told_blind;           /* that without /proc there is no tree */
	unsigned long strays;      /* alive, from this run or those before it */
	int64_t aftermath_look_ms; /* for members that nobody tells us of */
	int64_t count_ms;          /* when the strays are to be counted again */
	int64_t reap_ms;           /* when more deaths are to be looked at */

	/* Readiness and health: check.h. */
	int readiness;           /* the pipe in which ./run says that it is ready */
	int64_t listen_ms;       /* not read before this time */
	struct aside checker;    /* the running ./check */
	int64_t check_ms;        /* the next check, or the end of the running one's patience */
	unsigned check_pause_ms; /* to the next one, before it is ready */
	unsigned check_failures; /* in a row */
	bool health_known, healthy;
	struct tai64n ready_since;

	/* The next start. */
	int64_t run_started_ms;   /* the last start: the pacing rule counts from here */
	uint64_t life_ms;         /* how long that lived; UINT64_MAX if a command ended it */
	int64_t next_start_ms;    /* CLOCK_NEVER unless the phase is backoff */
	struct tai64n next_start; /* the same, for people */
	bool hurried;             /* a command asks for it: without a pause */
	int64_t retry_ms; /* the pause after the next failed fork or execution; 0 = the first one */
	enum sv_child pending;          /* ./finish or ./stop, for which there was no process ... */
	int64_t pending_ms;             /* ... when it is tried again ... */
	unsigned pending_tries;         /* ... how often it was ... */
	struct sv_trouble owed_trouble; /* ... and why in vain */

	/* History. */
	enum sv_asker asker;       /* who asked for the last death */
	struct sv_trouble trouble; /* why there is no ./run */
	struct tai64n changed;     /* when the published state last changed */
	bool left; /* we are leaving because we were told to: our successor owes us nothing */
	struct tai64n since; /* when the announced pid last changed */
	unsigned long deaths, starts, commands;
	int last_status;  /* of the last death, as waitpid(2) has it, or SV_STATUS_UNKNOWN */
	int fatal_status; /* the same, also of ./start, and of what could not be executed */
	struct sv_death last_deaths[SV_DEATHS_KEPT]; /* the newest first */
	size_t last_death_count;
	unsigned counted_last; /* which of them were not commanded: bit 0 is the newest */
	struct sv_record self; /* our own pid, ticks and boot */
	struct proc parent;    /* ours, when we started; pid 0 = unknown */

	/* What was published: publish.h. */
	unsigned char published_status[SV_STATUS_SIZE];
	uint64_t published_state; /* its digest, when it was last written; 0 = never */
	int64_t publish_ms;       /* when it is tried again, since it has failed ... */
	int64_t publish_pause_ms; /* ... and after which pause; 0 = it has not */
	enum sv_state notified;
	int bell;       /* rings at svscan when an essential service has failed */
	bool told_deaf; /* that there is no svscan to hear it */

	enum sv_child unforked; /* of which fork_fault tells */

	/* The settings: config.h. */
	int config_error;  /* why they could not be read, if it may pass; else 0 */
	int64_t config_ms; /* when they are read again for that */

	struct needs needs;
	struct policy policy;

	/* The order of what follows costs or saves a page of memory in every supervise: what is in
	 * use comes before it, and of the text that is here only the beginning is ever touched. It
	 * would cost more on the stack. */
	struct sv_text state_text;

	/* Touched when something is amiss, or by a few services. */
	struct needs_room needs_room;
	struct aside notifiers[NOTIFIERS_KEPT]; /* those that run: a ring */
	size_t next_notifier;
	struct msg_fault setting_faults[SERVICEDIR_FILES];
	struct msg_fault control_fault, unknown_fault, ignored_fault;
	struct msg_fault fork_fault, status_fault, state_fault, notify_fault, check_fault,
	    leftovers_fault;
	struct msg_fault start_faults[SV_CHILD_COUNT];
};

/* The only one. */
extern struct service supervised;

#endif
