/* config: the files of the service directory, as they are at this moment. What is wrong with them is
 * reported once, then once a minute. SPDX-License-Identifier: ISC */
#ifndef SUPERVISE_CONFIG_H
#define SUPERVISE_CONFIG_H

#include "service.h"

/* Reads all settings into service->settings, if that was not done in this turn of the loop: a start
 * goes through several stages at once, and each file costs a system call. */
void config_read(struct service *service);

/* Reads the names of the services that this one needs into service->needs; a logger needs none. */
void config_read_needs(struct service *service);

/* Whether there is a script for KIND. What is no regular file is none. */
bool config_has(struct service *service, enum sv_child kind);

#endif
