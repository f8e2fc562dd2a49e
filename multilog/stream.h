/* stream: descriptors that others share and read, and that must never stop us inside of a write.
 * SPDX-License-Identifier: ISC */
#ifndef MULTILOG_STREAM_H
#define MULTILOG_STREAM_H

#include "directory.h"

#include <stdbool.h>
#include <stddef.h>

/* Whether stream_part can be written to FD at once. */
bool stream_is_writable(int fd);

/* How many bytes of REST one write takes without waiting: as many whole lines as fit, or else a part
 * of one. */
size_t stream_part(const struct directory_text *rest);

#endif
