/* seek: where in a plain log file the lines of a time begin. It looks at a few blocks, whatever the
 * size of the file, as long as lines have stamps.
 * SPDX-License-Identifier: ISC */
#ifndef MULTILOG_SEEK_H
#define MULTILOG_SEEK_H

#include "tai64n.h"

#include <stdbool.h>
#include <stdint.h>

/* *OFFSET is where in the first SIZE bytes of FD the first line begins whose stamp is not before
 * MOMENT; SIZE if all are. Where the clock was set back inside of the file, it is one of several such
 * lines. False, and 0, if the file has no stamps. */
bool seek_moment(int fd, uint64_t size, const struct tai64n *moment, uint64_t *offset);

/* Where what was written into FD goes on at OFFSET or behind it; where it ends if nothing does; OFFSET
 * if that cannot be told. Multilog leaves no holes in a file, but who owns the directory can put one
 * of terabytes there, which is not worth reading. */
uint64_t seek_data(int fd, uint64_t offset);

/* The offset of the first line that begins at OFFSET or behind it; SIZE if there is none. */
uint64_t seek_line(int fd, uint64_t size, uint64_t offset);

#endif
