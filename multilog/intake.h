/* intake: the one place where log lines come in. Only a real end of the input ends it: a writer
 * that made the pipe non-blocking, or a failing device, costs time and no lines.
 * SPDX-License-Identifier: ISC */
#ifndef MULTILOG_INTAKE_H
#define MULTILOG_INTAKE_H

#include "trouble.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct intake {
	int fd;
	bool ended;
	struct trouble trouble;
};

/* Takes lines from FD, which stays the caller's. */
void intake_open(struct intake *intake, int fd);

/* The descriptor to wait for, or -1 while there is nothing to be had from it. */
int intake_waits_for(const struct intake *intake);

/* When to come back although the descriptor is silent (clock_ms() time). */
int64_t intake_deadline(const struct intake *intake);

/* Reads at most SIZE bytes into BUFFER; to be called when the descriptor is ready. 0 = nothing this
 * time; look at ended. */
size_t intake_read(struct intake *intake, char *buffer, size_t size);

#endif
