/* show: how lines look on standard output: as text for people and grep, or as JSON.
 * On a terminal nothing that was logged can command it. SPDX-License-Identifier: ISC */
#ifndef MULTILOG_SHOW_H
#define MULTILOG_SHOW_H

#include "source.h"

#include <stdbool.h>
#include <stddef.h>

struct show {
	bool json;
	bool terminal; /* control characters are masked, names are padded */
	bool colour;
	size_t width;     /* names are padded to it */
	bool in_line;     /* the newline of the last line is still to be written ... */
	size_t in_source; /* ... of this source */
};

/* Finds out what standard output is. */
void show_begin(struct show *show, bool json);

/* From now on there is a source of this NAME. */
void show_expect(struct show *show, const char *name);

/* Shows the line, or part, that the source number INDEX has. */
void show_line(struct show *show, const struct source *source, size_t index);

/* Ends a line whose end has not come, if there is one. */
void show_end(struct show *show);

#endif
