/* trouble: something that failed and is tried again later, without filling stderr meanwhile.
 * SPDX-License-Identifier: ISC */
#ifndef MULTILOG_TROUBLE_H
#define MULTILOG_TROUBLE_H

#include "msg.h"

#include <stdbool.h>
#include <stdint.h>

enum {
	TROUBLE_DISK_MS = 5000,  /* until a full disk is tried again: 0.76's pause */
	TROUBLE_INPUT_MS = 1000, /* until a failing input is */
	TROUBLE_SHORT_MS = 1000, /* until a system that was short of processes or memory is */
};

/* What was being done, with a gap in the middle for the object. The address tells two apart. */
struct trouble_words {
	const char *before;
	const char *after;
};

/* Looks at the clock. What waits, waits until a later look finds that its time has
 * come: if that could happen between asking whether something waits and asking until when, it would be
 * neither tried nor waited for. */
void trouble_look(void);

/* What the last look has found (clock_ms() time). */
int64_t trouble_now(void);

/* All zero = none. */
struct trouble {
	const struct trouble_words *words; /* what failed; NULL = nothing */
	struct msg_fault fault;
	int64_t retry_ms; /* clock_ms() of the next attempt */
};

/* It failed with ERROR (0: there is no number for it): the next attempt is PAUSE_MS from now.
 * Warns "BEFORE OBJECT AFTER NAME, pausing: ERROR", but the same failure only once a minute. WORDS
 * must live on. */
void trouble_begin(struct trouble *trouble, const struct trouble_words *words, const char *object,
    const char *name, int error, int64_t pause_ms);

/* Whether the next attempt has to wait. */
bool trouble_waits(const struct trouble *trouble);

/* The time of the next attempt (clock_ms()), if it has to wait; else CLOCK_NEVER. */
int64_t trouble_deadline(const struct trouble *trouble);

/* The next attempt may come at once. */
void trouble_hurry(struct trouble *trouble);

/* It works; the next failure is worth a warning again. */
void trouble_end(struct trouble *trouble);

#endif
