/* signame: names and numbers of signals, one table for all programs.
 * SPDX-License-Identifier: ISC */
#ifndef LIB_SIGNAME_H
#define LIB_SIGNAME_H

/* The real-time signal from which names count, as glibc, systemd and docker do. The SIGRTMIN of
 * musl is one more: a program linked with it must still mean what others send. */
enum { SIGNAME_RTMIN = 34 };

/* The name without SIG ("TERM"), "RTMIN+N" for real-time signals, "unknown" for anything else.
 * The result of a real-time signal lives until the next call. */
const char *signame_of(int signal);

/* The number for "TERM", "SIGTERM", "RTMIN+3" or "15"; -1 if there is no such signal. */
int signame_number(const char *text);

#endif
