/* verdict: what svscan is to exit with, and why: the first cause counts, whatever follows from it.
 * SPDX-License-Identifier: ISC */
#ifndef SVSCAN_VERDICT_H
#define SVSCAN_VERDICT_H

#include "command.h"
#include "scan.h"

#include <limits.h>
#include <stdbool.h>

enum {
	VERDICT_HOW_SIZE = 64,      /* "exit code 111" */
	VERDICT_REASON_SIZE = 4096, /* a path, a file name and some words */
};

struct verdict {
	bool decided;
	int code;   /* what svscan is to exit with */
	int signal; /* which began the stop, if nothing has decided */
	int status; /* of the process that decided, as waitpid(2) has it, or SV_STATUS_UNKNOWN */
	int directory_fd;                 /* of whose logger has its last lines; -1 = none */
	char name[NAME_MAX + 1];          /* ... and the name of that service */
	char reason[VERDICT_REASON_SIZE]; /* who, why and how; "" = nobody but a signal */
};

/* Nothing has failed or ended so far. */
void verdict_open(struct verdict *verdict);

/* The exit code for a process that ended with STATUS. */
int verdict_code(int status);

/* Writes to HOW how a process ended that had STATUS. */
void verdict_how(char how[VERDICT_HOW_SIZE], int status);

/* The essential SERVICE has failed: the last death of ROLE had STATUS. What it said went to the logger
 * of LOGGED, NULL if nobody knows. */
void verdict_of_service(struct verdict *verdict, const struct scan_service *service,
    enum scan_role role, int status, const struct scan_service *logged);

/* The command NAME has ended. FORGIVEN, by its 256 codes, tells which ones count as 0. */
void verdict_of_command(struct verdict *verdict, const char *name, const struct command_end *end,
    const bool forgiven[256]);

#endif
