/* logdir: see logdir.h.
 * SPDX-License-Identifier: ISC */
#include "logdir.h"

#include <string.h>

void
logdir_archive_name(char name[LOGDIR_ARCHIVE_SIZE], const struct tai64n *label, char ending)
{
	tai64n_format(name, label);
	name[TAI64N_LABEL] = '.';
	name[TAI64N_LABEL + 1] = ending;
	name[TAI64N_LABEL + 2] = '\0';
}

bool
logdir_is_archive(const char *name)
{
	return name[0] == '@' && strlen(name) >= TAI64N_LABEL;
}

bool
logdir_is_older(const char *a, const char *b)
{
	return strcmp(a, b) < 0;
}
