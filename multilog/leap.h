/* leap: whether the logger of a directory counts leap seconds. daemontools takes a TAI64 label to be
 * Unix time plus 10 seconds; s6-log's labels are right, which is 27 seconds more since 2017.
 * SPDX-License-Identifier: ISC */
#ifndef MULTILOG_LEAP_H
#define MULTILOG_LEAP_H

#include <stdint.h>

struct source;

/* How many seconds the labels of SOURCE, whose files are known, are ahead of ours: 0 unless the last
 * line of its newest file says to be so much younger than the file is. */
uint64_t leap_find(const struct source *source);

#endif
