/* config: the files of the service directory, as they are at this moment. What is wrong with them is
 * reported once, then once a minute. SPDX-License-Identifier: ISC */
#ifndef SUPERVISE_CONFIG_H
#define SUPERVISE_CONFIG_H

#include "service.h"

/* Whether ERROR, of a look at a file or its execution, is the machine's and may pass: the file is as it
 * should be, for all we know. */
bool config_may_pass(int error);

/* At the start: unless it is KNOWN what stands in NAME, leaves if errno tells of a reason that may pass:
 * who starts us does so again. */
void config_need(const struct service *service, bool known, const char *name);

/* Reads all settings into service->settings, if that was not done in this turn of the loop: a start
 * goes through several stages at once, and each file costs a system call. False if the machine (no
 * memory, no descriptors, a disk) was the reason why one could not be read: nothing is to be started
 * with what may be wrong. They are to be read again at service->config_ms. */
bool config_read(struct service *service);

/* Whether there may be a setting or a script NAME: no if a look at the directory in this turn of the
 * loop has not found it. */
bool config_may_have(const struct service *service, const char *name);

/* Reads the names of the services that this one needs into service->needs; a logger needs none. False
 * as above. */
bool config_read_needs(struct service *service);

/* Whether there is a script for KIND: 1 or 0, or -1 if that cannot be found out just now. What is no
 * regular file is none. */
int config_has(struct service *service, enum sv_child kind);

#endif
