/* bell: see bell.h.
 * SPDX-License-Identifier: ISC */
#include "bell.h"

#include "fd.h"
#include "file.h"
#include "fmt.h"
#include "pause.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_SIZE = 48 /* "/proc/PID/fdinfo/N" */ };

/* ---- Our own pipe ---------------------------------------------------------------------------- */

/* Never waits, neither here nor there. Open for reading, too: then it stays whole when svscan is
 * killed, and keeps what is said until the next one listens. */
static int
open_ring(const char *path)
{
	return open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
}

bool
bell_open(struct bell *bell)
{
	char path[PATH_SIZE];
	int ends[2];

	for (size_t i = 0; i < BELL_PIPES; i++)
		bell->hear_fd[i] = -1;
	bell->given = false;
	if (pipe2(ends, O_NONBLOCK | O_CLOEXEC) == -1)
		return false;
	bell->hear_fd[0] = ends[0];
	bell->ring_fd = ends[1];
	fmt(path, sizeof path, "/proc/self/fd/%d", ends[1]);
	const int whole = open_ring(path);
	if (whole != -1) { /* else there is no /proc, and so no successor that adopts */
		close(ends[1]);
		bell->ring_fd = whole;
	}
	return true;
}

void
bell_slots(const struct bell *bell, struct pollfd slots[BELL_PIPES])
{
	for (size_t i = 0; i < BELL_PIPES; i++)
		slots[i] = (struct pollfd){.fd = bell->hear_fd[i], .events = POLLIN};
}

bool
bell_is_ringing(const struct pollfd slots[BELL_PIPES])
{
	for (size_t i = 0; i < BELL_PIPES; i++)
		if (slots[i].revents != 0)
			return true;
	return false;
}

bool
bell_next(struct bell *bell, struct sv_bell *message)
{
	for (size_t i = 0; i < BELL_PIPES; i++) {
		if (bell->hear_fd[i] == -1)
			continue;
		/* Written in one piece, hence read in one piece. */
		const ssize_t got = fd_read(bell->hear_fd[i], message, sizeof *message);
		if (got == (ssize_t)sizeof *message)
			return true;
		if (got == 0)
			fd_close(&bell->hear_fd[i]); /* the last supervise that had it is gone */
		else if (got == -1 && errno != EAGAIN)
			pause_nap();
	}
	return false;
}

void
bell_ring(const struct bell *bell, pid_t pid, int status)
{
	const struct sv_bell message = {pid, status};

	/* A full pipe: whatever is in it is enough for a stop. */
	(void)fd_write(bell->ring_fd, &message, sizeof message);
}

/* ---- Those of predecessors ------------------------------------------------------------------- */

/* The flags of open(2) in the text of a file in fdinfo/, an octal number (proc(5)); 0 = none. */
static unsigned
flags_in(const char *text)
{
	unsigned flags = 0;
	const char *digit = strstr(text, "flags:");

	if (digit == NULL)
		return 0;
	for (digit += strcspn(digit, "01234567"); *digit >= '0' && *digit <= '7'; digit++)
		flags = flags * 8 + (unsigned)(*digit - '0');
	return flags;
}

/* Whether descriptor SV_BELL_FD of SUPERVISE is a bell: a pipe without a name, as ours is, that is
 * to be written to and that its children do not get. A pipe that it merely inherited, and that is
 * not ours to read, has no such flag. */
static bool
is_bell(const struct bell *bell, const struct proc *supervise, struct stat *st)
{
	char path[PATH_SIZE], text[256];
	struct stat ours;

	fmt(path, sizeof path, "/proc/%d/fd/%d", (int)supervise->pid, SV_BELL_FD);
	if (stat(path, st) == -1 || !S_ISFIFO(st->st_mode) || fstat(bell->ring_fd, &ours) == -1 ||
	    ours.st_dev != st->st_dev)
		return false;
	fmt(path, sizeof path, "/proc/%d/fdinfo/%d", (int)supervise->pid, SV_BELL_FD);
	if (file_read(AT_FDCWD, path, text, sizeof text) == -1)
		return false;
	const unsigned bits = flags_in(text);
	return (bits & O_CLOEXEC) != 0 && (bits & O_ACCMODE) != O_RDONLY;
}

static bool
is_heard(const struct bell *bell, const struct stat *theirs)
{
	struct stat st;

	for (size_t i = 0; i < BELL_PIPES; i++)
		if (bell->hear_fd[i] != -1 && fstat(bell->hear_fd[i], &st) == 0 &&
		    st.st_ino == theirs->st_ino)
			return true;
	return false;
}

/* The pipe at PATH becomes ours: so there is one for old and new supervises. */
static bool
change_pipe(struct bell *bell, const char *path)
{
	int hear = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	int ring = hear == -1 ? -1 : open_ring(path);

	if (ring == -1) {
		const int error = errno;
		fd_close(&hear);
		errno = error;
		return false;
	}
	close(bell->hear_fd[0]);
	close(bell->ring_fd);
	bell->hear_fd[0] = hear;
	bell->ring_fd = ring;
	bell->given = true;
	return true;
}

bool
bell_adopt(struct bell *bell, const struct proc *supervise)
{
	char path[PATH_SIZE];
	struct stat st;

	if (!is_bell(bell, supervise, &st) || is_heard(bell, &st))
		return true; /* nothing to hear, or heard already */
	fmt(path, sizeof path, "/proc/%d/fd/%d", (int)supervise->pid, SV_BELL_FD);
	if (!bell->given)
		return change_pipe(bell, path);
	/* Some supervise was started before, with another one. */
	for (size_t i = 1; i < BELL_PIPES; i++)
		if (bell->hear_fd[i] == -1) {
			bell->hear_fd[i] = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
			return bell->hear_fd[i] != -1;
		}
	errno = EMFILE;
	return false;
}
