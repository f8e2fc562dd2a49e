/* intake: see intake.h.
 * SPDX-License-Identifier: ISC */
#include "intake.h"

#include "clock.h"
#include "fd.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

enum { NAP_MS = 50 };

static const struct trouble_words reading = {"unable to read input", ""};

void
intake_open(struct intake *intake, int fd)
{
	struct stat st;

	*intake = (struct intake){.fd = fd, .look = {-1, -1}};
	/* Without descriptors for a pipe of our own we do what can be done with any input. */
	if (fstat(fd, &st) == -1)
		return;
	intake->device = st.st_dev;
	intake->inode = st.st_ino;
	if (S_ISFIFO(st.st_mode) && !fd_pipe(intake->look))
		intake->look[0] = -1;
}

bool
intake_is_pipe(const struct intake *intake)
{
	return intake->look[0] != -1;
}

int
intake_waits_for(const struct intake *intake)
{
	return intake->ended || intake_deadline(intake) != CLOCK_NEVER ? -1 : intake->fd;
}

int64_t
intake_deadline(const struct intake *intake)
{
	const int64_t deadline_ms = trouble_deadline(&intake->trouble);
	const bool naps = intake->nap_ms != 0 && trouble_now() < intake->nap_ms;

	return naps ? clock_earlier(deadline_ms, intake->nap_ms) : deadline_ms;
}

void
intake_pause(struct intake *intake, const struct trouble_words *words, const char *object,
    int error, int64_t pause_ms)
{
	trouble_begin(&intake->trouble, words, object, "", error, pause_ms);
}

/* Errors that no waiting can cure: the descriptor is closed, or not for reading, or a directory.
 * 0.76 takes them as the end of the input too. */
static bool
is_hopeless(int error)
{
	return error == EBADF || error == EISDIR || error == EINVAL;
}

/* What GOT, the result of a system call that takes bytes from the input, means. */
static size_t
judge(struct intake *intake, ssize_t got)
{
	if (got > 0) {
		trouble_end(&intake->trouble);
		intake->nap_ms = 0;
		return (size_t)got;
	}
	if (got == 0 || is_hopeless(errno))
		intake->ended = true;
	else if (errno != EAGAIN)
		intake_pause(intake, &reading, "", errno, TROUBLE_INPUT_MS);
	else /* somebody else was faster, or the readiness was stale, perhaps for long */
		intake->nap_ms = clock_ms() + NAP_MS;
	return 0;
}

size_t
intake_read(struct intake *intake, char *buffer, size_t size)
{
	return judge(intake, fd_read(intake->fd, buffer, size));
}

/* Reads copies into BUFFER, which has room for SIZE. A writer that uses packets (O_DIRECT, pipe(2)) has
 * its copies read one by one. How many there were; or -1: there are more that cannot be read now. */
static ssize_t
read_copies(struct intake *intake, char *buffer, size_t size)
{
	ssize_t done = 0;

	while (intake->left > 0) {
		const size_t most = intake->left < size ? intake->left : size;
		const ssize_t got = fd_read(intake->look[0], buffer + done, most);
		if (got <= 0)
			return -1;
		done += got;
		size -= (size_t)got;
		intake->left -= (size_t)got;
	}
	return done;
}

/* Our own pipe is empty before and, unless it fails, afterwards. */
size_t
intake_look(struct intake *intake, char *buffer, size_t size)
{
	while (intake->left > 0)
		if (read_copies(intake, buffer, size) == -1)
			return judge(intake, -1);
	const ssize_t copied = tee(intake->fd, intake->look[1], size, SPLICE_F_NONBLOCK);
	if (copied <= 0)
		return judge(intake, copied);
	intake->left = (size_t)copied;
	return judge(intake, read_copies(intake, buffer, size));
}

/* That the pipe is empty and that the file does not take anything look different: only the former is
 * EAGAIN; and EBADF is an input that is not for reading. */
ssize_t
intake_move(struct intake *intake, int fd, off_t *at, size_t most)
{
	ssize_t got = splice(intake->fd, NULL, fd, at, most, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);

	if (got == -1 && errno == EINTR)
		return 0;
	if (got == -1 && errno != EAGAIN && errno != EBADF)
		return -1;
	return (ssize_t)judge(intake, got);
}
