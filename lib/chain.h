/* chain: run the rest of the command line; the one exec of all chain loaders.
 * SPDX-License-Identifier: ISC */
#ifndef LIB_CHAIN_H
#define LIB_CHAIN_H

/* Becomes the program ARGV[0] (found as spawn_exec says) with ARGV and our environment. If that is
 * not possible: "PROG: fatal: unable to run NAME: ERROR", exit 111. */
_Noreturn void chain_run(char *const *argv);

/* The same, but searched along PATH (NULL: unset): for programs that change $PATH themselves. */
_Noreturn void chain_run_in(const char *path, char *const *argv);

#endif
