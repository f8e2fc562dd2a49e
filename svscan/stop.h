/* stop: carries out the phases of shutdown on the command, services, strays and loggers, and says so.
 * SPDX-License-Identifier: ISC */
#ifndef SVSCAN_STOP_H
#define SVSCAN_STOP_H

#include "command.h"
#include "finish.h"
#include "scan.h"
#include "sequence.h"
#include "service.h"
#include "shutdown.h"
#include "tree.h"
#include "verdict.h"

#include <stdbool.h>
#include <stdint.h>

struct stop {
	struct shutdown shutdown;
	struct sequence sequence;
	struct tree tree; /* all processes, as they were when we last looked */
	struct verdict verdict;
	const struct command *command;
	struct service_means *means;
	struct finish finish;
	bool is_first;    /* PID 1: may kill whatever there is */
	bool signalled;   /* asked for by a signal, perhaps after it began for another reason */
	int64_t again_ms; /* when to have what is left killed again; CLOCK_NEVER = no need */
};

/* COMMAND is started, and its death noticed, by the caller. MEANS are told when nobody is left to log
 * the rest. */
void stop_open(struct stop *stop, const struct command *command, struct service_means *means,
    int64_t grace_ms, bool is_first);

/* SIGNAL asks for the stop. */
void stop_request(struct stop *stop, const struct scan *scan, int signal, int64_t now_ms);

/* An essential service has failed: its last death had STATUS, as waitpid(2) has it, or it is
 * SV_STATUS_UNKNOWN. Begins the stop, unless it has begun. */
void stop_for_failure(struct stop *stop, const struct scan *scan,
    const struct scan_service *service, enum scan_role role, int status, int64_t now_ms);

/* The command has ended: begins the stop, unless it has begun. FORGIVEN as for verdict_of_command. */
void stop_for_command(struct stop *stop, const struct scan *scan, const struct command_end *end,
    const bool forgiven[256], int64_t now_ms);

/* Whether the stop has begun, and whether nothing is left to do. */
bool stop_began(const struct stop *stop);
bool stop_is_over(const struct stop *stop);

/* Goes on as far as it can now. To be called when a child has died and at the deadline. */
void stop_step(struct stop *stop, struct scan *scan, int64_t now_ms);
int64_t stop_deadline(const struct stop *stop);

/* Nothing of SERVICE may be left: has those asked to end that were held back because of it. */
void stop_look(
    struct stop *stop, struct scan *scan, const struct scan_service *service, int64_t now_ms);

/* The supervise of ROLE has ended: a line for the transcript. */
void stop_note_end(const struct stop *stop, const struct scan_service *service, enum scan_role role,
    int64_t now_ms);

#endif
