/* needs: the services that this one waits for before it starts. It watches before it looks, so that
 * nothing is missed; it holds nothing while the service does not wait.
 * SPDX-License-Identifier: ISC */
#ifndef SUPERVISE_NEEDS_H
#define SUPERVISE_NEEDS_H

#include "need.h"

#include "msg.h"
#include "servicedir.h"

#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

enum {
	/* Tells, once, that something has changed in the scan directory. By default it does nothing,
	 * and nobody else sends it to us. */
	NEEDS_SIGNAL = SIGURG,
};

struct needs {
	int scan;        /* where the names are looked up; the caller's; -1 = we may not */
	bool waiting;    /* between needs_begin and needs_end, if not all was there at once */
	bool blind;      /* some changes are not told: it looks every WATCH_LOOK_MS */
	bool unread;     /* the names could not be read: nothing is known of them */
	int64_t look_ms; /* the next look; CLOCK_NEVER = when something is told */
	int64_t say_ms;  /* when the user is to be told what is waited for */
	enum need_state told_state; /* that he was told of last; NEED_THERE = of none */
	int scan_watch;             /* tells of changes of the scan directory; -1 = nobody does */
	bool scan_armed;            /* it will */
	struct msg_fault fault;
	size_t count;
	/* Elsewhere, since most services never touch them, and they cost no memory then. */
	char *names;       /* as read at the last start; SERVICEDIR_NEEDS_SIZE */
	char *missing;     /* those that are waited for, while it waits; SERVICEDIR_NEEDS_SIZE */
	struct need *list; /* in the order of the names */
};

/* What these point to. */
struct needs_room {
	struct need list[SERVICEDIR_NEEDS_MAX];
	char names[SERVICEDIR_NEEDS_SIZE], missing[SERVICEDIR_NEEDS_SIZE];
};

/* Before anything else. SCAN is the directory in which the names are links, or -1 if we may not
 * search it; ROOM is zero, and stays the caller's. */
void needs_init(struct needs *needs, struct needs_room *room, int scan);

/* The names are new. Looks whether they are all there, as needs_look does. */
bool needs_begin(struct needs *needs, const char *service, char text[SV_TEXT_MAX]);

/* The names cannot be read just now: to be tried again at needs_deadline, by needs_begin. */
void needs_put_off(struct needs *needs);

/* Looks again. True if all of them are there; else `missing` says who is not. SERVICE is our name,
 * for messages; TEXT is room for the state texts of others. */
bool needs_look(struct needs *needs, const char *service, char text[SV_TEXT_MAX]);

/* The service does not wait any more. */
void needs_end(struct needs *needs);

/* SIGNAL, WATCH_SIGNAL or NEEDS_SIGNAL, was read. */
void needs_told(struct needs *needs, int signal);

/* What to poll for the deaths of supervises (returns how many slots), and until when; afterwards it
 * is time to look if needs_due says so. */
size_t needs_slots(const struct needs *needs, struct pollfd slots[SERVICEDIR_NEEDS_MAX]);
int64_t needs_deadline(const struct needs *needs);
bool needs_due(const struct needs *needs, const struct pollfd *slots, size_t count);

#endif
