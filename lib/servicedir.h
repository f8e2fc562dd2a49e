/* servicedir: the names in a service directory, between users and the programs; servicedir(5).
 * SPDX-License-Identifier: ISC */
#ifndef LIB_SERVICEDIR_H
#define LIB_SERVICEDIR_H

#define SERVICEDIR_RUN "run"
#define SERVICEDIR_DOWN "down"
#define SERVICEDIR_LOG "log"

/* Whether the service is normally down, that is, anything named `down` exists in the directory
 * DIR: 1 yes, 0 no, -1 cannot tell, errno set. */
int servicedir_normally_down(int dir);

/* Makes the service normally down, or normally up again. 0, or -1 with errno set. */
int servicedir_set_down(int dir);
int servicedir_clear_down(int dir);

#endif
