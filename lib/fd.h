/* fd: descriptors that are never inherited by accident and reads and writes that finish.
 * SPDX-License-Identifier: ISC */
#ifndef LIB_FD_H
#define LIB_FD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Fills closed standard descriptors (0, 1, 2) with close-on-exec placeholders, so that nothing we
 * open later lands there, while children still find them closed, as we did. First call of main. */
void fd_reserve_standard(void);

/* read(2) and write(2) that begin again when a signal interrupts them. Results as theirs. */
ssize_t fd_read(int fd, void *buffer, size_t size);
ssize_t fd_write(int fd, const void *data, size_t length);

/* Writes all of DATA to a blocking descriptor or file. True, or false with errno set; then an
 * unknown part may have been written. A write that takes nothing counts as ENOSPC. */
bool fd_write_all(int fd, const void *data, size_t length);

/* Turns O_NONBLOCK on or off on the open description that FD shares. False with errno set. */
bool fd_set_nonblocking(int fd, bool on);

/* A pipe, both ends close-on-exec. ends[0] is read from. False with errno set. */
bool fd_pipe(int ends[2]);

/* Takes the number of an inherited pipe out of the environment, where VARIABLE has it, so that no
 * child sees it: neither the variable nor, after an exec, the descriptor. -1 if there is none: what
 * cannot have been given to us is not touched. */
int fd_take_pipe(const char *variable);

/* Closes *FD if it is open and marks it closed (-1). Linux always frees the number, whatever
 * close(2) returns, so there is no failure that a caller could act on. */
void fd_close(int *fd);

#endif
