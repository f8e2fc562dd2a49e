/* intake: see intake.h.
 * SPDX-License-Identifier: ISC */
#include "intake.h"

#include "clock.h"
#include "fd.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

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
	return intake->ended || trouble_waits(&intake->trouble) ? -1 : intake->fd;
}

int64_t
intake_deadline(const struct intake *intake)
{
	return trouble_deadline(&intake->trouble);
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
		return (size_t)got;
	}
	if (got == 0 || is_hopeless(errno))
		intake->ended = true;
	else if (errno != EAGAIN)
		intake_pause(intake, &reading, "", errno, TROUBLE_INPUT_MS);
	/* EAGAIN: somebody else was faster, or the readiness was stale; the loop waits again. */
	return 0;
}

size_t
intake_read(struct intake *intake, char *buffer, size_t size)
{
	return judge(intake, fd_read(intake->fd, buffer, size));
}

/* Our own pipe is always left empty. A writer that uses packets (O_DIRECT, pipe(2)) has its copies
 * read one by one. */
size_t
intake_look(struct intake *intake, char *buffer, size_t size)
{
	const ssize_t copied = tee(intake->fd, intake->look[1], size, SPLICE_F_NONBLOCK);
	ssize_t done = 0;

	while (done < copied) {
		const ssize_t got =
		    fd_read(intake->look[0], buffer + done, (size_t)(copied - done));
		if (got <= 0)
			break; /* cannot be: they are there */
		done += got;
	}
	return judge(intake, copied <= 0 ? copied : done);
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
