/* bell: how the supervise of an essential service that has failed reaches svscan: all of them write
 * into one pipe. A new svscan goes on with the pipe of a killed one, so nothing that was said in
 * between is lost. SPDX-License-Identifier: ISC */
#ifndef SVSCAN_BELL_H
#define SVSCAN_BELL_H

#include "proc.h"
#include "svproto.h"

#include <poll.h>
#include <stdbool.h>

/* Ours first, then those of killed predecessors as long as one of their supervises lives. */
enum { BELL_PIPES = 8 };

struct bell {
	int ring_fd;             /* of our pipe: what supervises get as descriptor SV_BELL_FD */
	int hear_fd[BELL_PIPES]; /* -1 = none */
	bool given;              /* some supervise has the present ring_fd */
};

/* False with errno set. */
bool bell_open(struct bell *bell);

/* Writes to SLOTS what to poll for. */
void bell_slots(const struct bell *bell, struct pollfd slots[BELL_PIPES]);

/* Whether a poll has found something to be heard. */
bool bell_is_ringing(const struct pollfd slots[BELL_PIPES]);

/* The next message, if there is one. */
bool bell_next(struct bell *bell, struct sv_bell *message);

/* An adopted supervise may have the bell of a predecessor: that is listened to from now on. False
 * with errno set if that is not possible. */
bool bell_adopt(struct bell *bell, const struct proc *supervise);

/* Rings for the supervise PID, which did so before anybody listened. */
void bell_ring(const struct bell *bell, pid_t pid, int status);

#endif
