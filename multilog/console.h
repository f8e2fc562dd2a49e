/* console: lines on standard output, which in a container is the log of the engine and belongs to
 * many services at once. A line goes out whole and with its prefix, however it came in, and nothing
 * of another multilog gets into it. SPDX-License-Identifier: ISC */
#ifndef MULTILOG_CONSOLE_H
#define MULTILOG_CONSOLE_H

#include "batch.h"
#include "msg.h"
#include "script.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct deliver;
struct deliver_target;

enum {
	CONSOLE_LINE = 16 * 1024 /* a longer line is divided: what docker's log does with it, too */
};

struct console {
	bool shared;      /* a pipe: other multilogs may write to it */
	bool locked;      /* by us */
	int64_t again_ms; /* when to try for the lock again (clock_ms()); 0 = nobody else has it */
	struct msg_fault fault;
	bool begun;    /* a line came in parts, and its end has not come or is not out yet */
	size_t length; /* of what is there of it ... */
	size_t front;  /* ... of which so much is stamp and prefix */
	bool whole;    /* it is on its way, with its newline, or with one of ours */
	bool divided;  /* there is more to come of it */
	char line[BATCH_STAMP + SCRIPT_PREFIX_MAX + CONSOLE_LINE + 1];
};

/* All zero, and this. */
void console_open(struct console *console);

/* Writes the selected lines of the batch. False if it has to wait: see console_wait. */
bool console_carry(
    struct deliver *deliver, struct deliver_target *target, const struct script_action *action);

/* What is waited for, apart from the trouble of the target: true = standard output to become
 * writable; false = *DEADLINE_MS. */
bool console_wait(const struct console *console, int64_t *deadline_ms);

/* The end: what waits for the end of its line goes out without it, if there is room. */
void console_end(struct console *console);

#endif
