/* statedir: where supervise keeps its state: in the service directory, or, where that cannot be
 * written, in a place elsewhere that all programs find again; supervise-control(5).
 * SPDX-License-Identifier: ISC */
#ifndef LIB_STATEDIR_H
#define LIB_STATEDIR_H

/* The directory above such places may be named; it is made if it is missing. */
#define STATEDIR_VARIABLE "SUPERVISEDIR"

/* In such a place: the path of the service directory, for people. */
#define STATEDIR_PATH "path"

/* Opens (O_PATH) the state directory of SERVICE, a descriptor of a service directory or AT_FDCWD.
 * Links named supervise are followed, elsewhere none. Makes nothing. If there are several, that of a
 * supervise which runs. -1 with errno set: ENOENT if no supervise was ever there. */
int statedir_open(int service);

/* The same for the supervise of the current directory, which NAME means in warnings: what is missing
 * is made. -1 with errno set for the service directory itself, after a warning for each other place
 * that was tried in vain. */
int statedir_make(const char *name);

#endif
