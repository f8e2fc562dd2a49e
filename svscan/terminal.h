/* terminal: the controlling terminal on its way to the command and back. Without one, or where
 * another process group has the foreground, nothing is touched. SPDX-License-Identifier: ISC */
#ifndef SVSCAN_TERMINAL_H
#define SVSCAN_TERMINAL_H

#include <stdbool.h>
#include <sys/types.h>

struct terminal {
	int fd;     /* of the controlling terminal; -1 = none */
	bool given; /* we have put another group into the foreground */
};

void terminal_open(struct terminal *terminal);

/* Whether our own process group is the one in the foreground. */
bool terminal_is_ours(const struct terminal *terminal);

/* Puts GROUP into the foreground. Async-signal-safe. SIGTTOU has to be blocked, as it is in svscan:
 * else who is in the background would be stopped by that. */
void terminal_give(const struct terminal *terminal, pid_t group);

/* Puts our own group into the foreground again, if we have given that away. */
void terminal_take(struct terminal *terminal);

#endif
