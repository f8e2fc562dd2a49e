/* terminal: see terminal.h.
 * SPDX-License-Identifier: ISC */
#include "terminal.h"

#include <fcntl.h>
#include <unistd.h>

/* The standard descriptors are looked at first: /dev/tty is missing in a sparse container. tcgetpgrp
 * fails on all but the controlling terminal (tty_ioctl(4)). */
void
terminal_open(struct terminal *terminal)
{
	*terminal = (struct terminal){.fd = -1};
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (tcgetpgrp(fd) != -1) {
			terminal->fd = fd;
			return;
		}
	terminal->fd = open("/dev/tty", O_RDWR | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

bool
terminal_is_ours(const struct terminal *terminal)
{
	return terminal->fd != -1 && tcgetpgrp(terminal->fd) == getpgrp();
}

void
terminal_give(const struct terminal *terminal, pid_t group)
{
	/* Fails if the terminal has been hung up: then there is nothing to be given. */
	(void)tcsetpgrp(terminal->fd, group);
}

void
terminal_take(struct terminal *terminal)
{
	/* In a PID namespace our group may be one from outside, which has no number here. */
	if (terminal->given && getpgrp() != 0)
		terminal_give(terminal, getpgrp());
	terminal->given = false;
}
