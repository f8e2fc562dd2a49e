/* tai64n: puts a TAI64N label and a blank in front of each line, at its first byte; tai64n(8).
 * SPDX-License-Identifier: ISC */
#include "filter.h"
#include "tai64n.h"

#include <stdbool.h>
#include <string.h>

static void
put_stamp(void)
{
	char stamp[TAI64N_LABEL + 1];
	const struct tai64n now = tai64n_now();

	tai64n_format(stamp, &now);
	stamp[TAI64N_LABEL] = ' ';
	filter_put(stamp, sizeof stamp);
}

int
main(void)
{
	static char input[FILTER_SIZE];
	bool in_line = false;
	size_t length;

	while ((length = filter_read(input, sizeof input)) > 0) {
		const char *const end = input + length;
		const char *next;
		for (const char *at = input; at < end; at = next) {
			if (!in_line)
				put_stamp();
			const char *newline = memchr(at, '\n', (size_t)(end - at));
			in_line = newline == NULL;
			next = in_line ? end : newline + 1;
			filter_put(at, (size_t)(next - at));
		}
	}
	return 0;
}
