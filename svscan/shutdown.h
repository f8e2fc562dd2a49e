/* shutdown: the stop of everything, in phases that only go forward, inside one limit. Pure: a table
 * and a clock that is given. SPDX-License-Identifier: ISC */
#ifndef SVSCAN_SHUTDOWN_H
#define SVSCAN_SHUTDOWN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum shutdown_phase {
	SHUTDOWN_RUNNING,
	SHUTDOWN_COMMAND,  /* is told to end, and still has the services */
	SHUTDOWN_SERVICES, /* are told to end, each one after those that need it */
	SHUTDOWN_REST,     /* order is given up: all the others are told, too */
	SHUTDOWN_STRAYS,   /* what services left behind is told to end */
	SHUTDOWN_LOGGERS,  /* read to the end of their input */
	SHUTDOWN_LAST,     /* whatever is left was killed; its bodies are collected */
	SHUTDOWN_FINISH,   /* nothing of all that is left: the last script runs */
	SHUTDOWN_OVER,
	SHUTDOWN_PHASES
};

/* What is done when a phase begins. A set. */
enum shutdown_effect {
	SHUTDOWN_END_COMMAND = 1 << 0,
	SHUTDOWN_END_SERVICES = 1 << 1,
	SHUTDOWN_END_REST = 1 << 2,
	SHUTDOWN_KILL_COMMAND = 1 << 3,
	SHUTDOWN_KILL_SERVICES = 1 << 4,
	SHUTDOWN_TERM_STRAYS = 1 << 5,
	SHUTDOWN_KILL_STRAYS = 1 << 6,
	SHUTDOWN_END_LOGGERS = 1 << 7,
	SHUTDOWN_KILL_ALL = 1 << 8,
	SHUTDOWN_RUN_FINISH = 1 << 9,
	SHUTDOWN_KILL_FINISH = 1 << 10,
};

/* What a phase waits for: that none of these is left. */
enum shutdown_awaited {
	SHUTDOWN_REQUEST, /* 1 until somebody wants the stop */
	SHUTDOWN_COMMAND_LEFT,
	SHUTDOWN_SERVICE_LEFT, /* the command counts as well */
	SHUTDOWN_STRAY_LEFT,
	SHUTDOWN_LOGGER_LEFT,
	SHUTDOWN_CHILD_LEFT, /* any child process at all, dead or alive */
	SHUTDOWN_FINISH_LEFT,
};

struct shutdown {
	enum shutdown_phase phase;
	int64_t grace_ms; /* the limit G for everything */
	int64_t began_ms; /* when the stop was asked for */
	bool requested;
	bool forced; /* asked for again: kill now */
};

/* Nothing is asked for yet. */
void shutdown_open(struct shutdown *stop, int64_t grace_ms);

/* Somebody wants the stop; the second time at once, but for the last script; when that runs already,
 * that is over, too. */
void shutdown_request(struct shutdown *stop, int64_t now_ms);

/* What the present phase waits for: its count is the LEFT of shutdown_step. */
enum shutdown_awaited shutdown_awaits(const struct shutdown *stop);

/* Goes on by one phase if it is time to, or if LEFT is 0. True if it did; the caller carries out
 * shutdown_effects() and calls again. */
bool shutdown_step(struct shutdown *stop, size_t left, int64_t now_ms);

/* The set of enum shutdown_effect with which the present phase begins. */
unsigned shutdown_effects(const struct shutdown *stop);

/* When the present phase ends at the latest; CLOCK_NEVER while nothing is asked for. */
int64_t shutdown_deadline(const struct shutdown *stop);

#endif
