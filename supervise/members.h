/* members: a process group whose leader is not our child, so that nothing keeps its number from being
 * used again. SPDX-License-Identifier: ISC */
#ifndef SUPERVISE_MEMBERS_H
#define SUPERVISE_MEMBERS_H

#include <sys/types.h>

/* Sends SIGNAL to each member of GROUP that /proc shows, held by a descriptor and looked at again
 * before. KILL is repeated until nobody new is found, so that a fork does not get away. Without
 * /proc nothing is sent. */
void members_signal(pid_t group, int signal);

#endif
