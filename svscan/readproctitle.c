/* readproctitle: shows the last bytes of its input in its own command line, where ps(1) finds them
 * without any log; readproctitle(8). SPDX-License-Identifier: ISC */
#include "fd.h"
#include "msg.h"

#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

enum { DOTS = 3 /* at the start: something may have been shifted out */, TITLE_MIN = 5 };

/* As fd_read, but waits also if others have made the input non-blocking. */
static ssize_t
read_input(char *buffer, size_t size)
{
	struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
	ssize_t length;

	while ((length = fd_read(STDIN_FILENO, buffer, size)) == -1 && errno == EAGAIN)
		(void)poll(&input, 1, -1); /* a failure costs one more read(2) */
	return length;
}

/* Shifts the COUNT BYTES into the WINDOW of SIZE bytes. NUL would end the text, and is ignored. */
static void
shift_in(char *window, size_t size, const char *bytes, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (bytes[i] == '\0')
			continue;
		memmove(window, window + 1, size - 1);
		window[size - 1] = bytes[i];
	}
}

int
main(int argc, char **argv)
{
	char input[4096];
	ssize_t length;

	/* Silent, as 0.76: whatever stderr is, this program is at the end of it. */
	const size_t size = argc < 2 ? 0 : strlen(argv[argc - 1]);
	if (size < TITLE_MIN)
		return MSG_USAGE;
	char *const title = argv[argc - 1];
	memset(title, '.', size);
	while ((length = read_input(input, sizeof input)) > 0)
		shift_in(title + DOTS, size - DOTS, input, (size_t)length);
	return length == 0 ? 0 : MSG_TEMPORARY;
}
