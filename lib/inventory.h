/* inventory: which of its files a service directory has, found out by one look instead of one for each:
 * most services have few of them. SPDX-License-Identifier: ISC */
#ifndef LIB_INVENTORY_H
#define LIB_INVENTORY_H

#include "servicedir.h"

#include <stdbool.h>
#include <stdint.h>

/* A set of names: bit N stands for the file N of servicedir_names, those behind for the
 * servicedir_scripts. */
#define INVENTORY_FILE(setting) (UINT32_C(1) << (setting))
#define INVENTORY_ALL UINT32_MAX

/* The names that are in the directory DIR (a descriptor or AT_FDCWD), whatever they are. What is not
 * in the set was not there; what is may have to be looked for all the same: everything is if the
 * directory cannot be listed, or not in one piece. Never fails. */
uint32_t inventory_read(int dir);

/* Whether NAMES has NAME. What is the name of no setting and no script may always be there. */
bool inventory_has(uint32_t names, const char *name);

#endif
