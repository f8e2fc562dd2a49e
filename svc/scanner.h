/* scanner: whether somebody watches the scan directory, and whether a service is in it.
 * SPDX-License-Identifier: ISC */
#ifndef SVC_SCANNER_H
#define SVC_SCANNER_H

#include <stdbool.h>
#include <sys/types.h>

enum scanner { SCANNER_RUNS, SCANNER_NONE, SCANNER_UNSEEN };

/* Whether an svscan has the scan directory as its working directory; then *PID is its number. UNSEEN:
 * there are some, and we may not look where they stand. */
enum scanner scanner_find(pid_t *pid);

/* Whether some name in the scan directory, that svscan does not pass over, leads to the directory
 * DIR. */
bool scanner_has(int dir);

/* The name in the scan directory that was probably meant by NAME; false if there is none. */
bool scanner_guess(const char *name, char guess[256]);

#endif
