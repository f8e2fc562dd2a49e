/* intake: see intake.h.
 * SPDX-License-Identifier: ISC */
#include "intake.h"

#include "clock.h"
#include "fd.h"

#include <errno.h>

static const struct trouble_words reading = {"unable to read input", ""};

void
intake_open(struct intake *intake, int fd)
{
	*intake = (struct intake){.fd = fd};
}

int
intake_waits_for(const struct intake *intake)
{
	return intake->ended || trouble_waits(&intake->trouble) ? -1 : intake->fd;
}

int64_t
intake_deadline(const struct intake *intake)
{
	return trouble_waits(&intake->trouble) ? intake->trouble.retry_ms : CLOCK_NEVER;
}

/* Errors that no waiting can cure: the descriptor is closed, or not for reading, or a directory.
 * 0.76 takes them as the end of the input too. */
static bool
is_hopeless(int error)
{
	return error == EBADF || error == EISDIR || error == EINVAL;
}

size_t
intake_read(struct intake *intake, char *buffer, size_t size)
{
	ssize_t got = fd_read(intake->fd, buffer, size);

	if (got > 0) {
		trouble_end(&intake->trouble);
		return (size_t)got;
	}
	if (got == 0 || is_hopeless(errno))
		intake->ended = true;
	else if (errno != EAGAIN)
		trouble_begin(&intake->trouble, &reading, "", "", errno, TROUBLE_INPUT_MS);
	/* EAGAIN: somebody else was faster, or the readiness was stale; the loop waits again. */
	return 0;
}
