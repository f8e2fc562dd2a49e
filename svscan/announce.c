/* announce: see announce.h.
 * SPDX-License-Identifier: ISC */
#include "announce.h"

#include "clock.h"
#include "fd.h"
#include "fmt.h"
#include "msg.h"
#include "svstate.h"

#include <errno.h>
#include <fcntl.h>

#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

/* ---- Whether it is time ---------------------------------------------------------------------- */

static bool
has_name(const char *text, enum sv_key key, const char *name)
{
	char value[16];
	return sv_text_get(text, key, value, sizeof value) && strcmp(value, name) == 0;
}

/* A supervise of another suite has no state text: what runs under it is as ready as anybody can
 * tell. */
static bool
is_up(int directory)
{
	struct sv_status status;

	return sv_running(directory) == 1 && sv_read_status(directory, &status) &&
	       (status.pid != 0 || status.want == SV_WANT_DOWN);
}

/* What the text of this supervise says; the text of another one tells of another time. */
static bool
is_well(const char *text, pid_t supervise)
{
	uint64_t pid;

	if (!sv_text_number(text, SV_KEY_SUPERVISE_PID, &pid) || pid != (uint64_t)supervise)
		return false;
	if (has_name(text, SV_KEY_STATE, sv_state_names[SV_STATE_READY]) ||
	    has_name(text, SV_KEY_STATE, sv_state_names[SV_STATE_DONE]))
		return true;
	/* It was told to be down, by a file or a command, or has run as often as it was told to. */
	return has_name(text, SV_KEY_WANT, sv_want_names[SV_WANT_DOWN]) ||
	       (has_name(text, SV_KEY_STATE, sv_state_names[SV_STATE_DOWN]) &&
		   has_name(text, SV_KEY_WANT, sv_want_names[SV_WANT_ONCE]));
}

/* Whether SERVICE keeps us waiting. */
static bool
is_awaited(const struct scan_service *service)
{
	const pid_t supervise = service->child[SCAN_SERVICE].pid;
	char text[SV_TEXT_MAX];

	if (!service->starts || service->removed || service->building || service->own)
		return false;
	if (supervise == 0)
		return true;
	if (sv_read_text(service->directory_fd, text))
		return !is_well(text, supervise);
	return errno != ENOENT || !is_up(service->directory_fd);
}

/* All at one time: so a round that found nobody counts, wherever it began. It ends at the first one
 * that is not ready, and the next one begins there: nearly always that costs one text. */
static bool
all_are_well(struct announce *announce, const struct scan *scan)
{
	for (size_t i = 0; i < scan->count; i++) {
		const size_t at = (announce->awaited + i) % scan->count;
		if (is_awaited(scan->services[at])) {
			announce->awaited = at;
			return false;
		}
	}
	return true;
}

void
announce_begin(struct announce *announce, const struct scan *scan)
{
	for (size_t i = 0; i < scan->count; i++)
		scan->services[i]->starts = true;
	announce->begun = announce->wanted = true;
}

void
announce_want(struct announce *announce)
{
	announce->wanted = true;
}

void
announce_step(struct announce *announce, const struct scan *scan, int64_t now_ms)
{
	if (announce->fd == -1 || !announce->begun || announce->ready ||
	    (!announce->wanted && now_ms < announce->look_ms))
		return;
	announce->wanted = false;
	announce->look_ms = now_ms + announce->interval_ms;
	announce->ready = all_are_well(announce, scan);
}

int64_t
announce_deadline(const struct announce *announce)
{
	if (announce->fd == -1 || !announce->begun || announce->ready)
		return CLOCK_NEVER;
	return announce->look_ms;
}

/* ---- The descriptor -------------------------------------------------------------------------- */

/* A pipe becomes an open description of our own, so that O_NONBLOCK is not forced on others who
 * share it. Without /proc the poll before the write has to do: only somebody else who fills the pipe
 * in between could make us wait. */
void
announce_open(struct announce *announce, int fd, int interval_ms)
{
	struct stat st;
	char path[32];

	*announce = (struct announce){.fd = fd, .interval_ms = interval_ms};
	if (fd == -1 || fstat(fd, &st) == -1 || !S_ISFIFO(st.st_mode))
		return;
	fmt(path, sizeof path, "/proc/self/fd/%d", fd);
	int own = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
	if (own == -1)
		return;
	fd_close(&announce->fd);
	announce->fd = own;
}

struct pollfd
announce_slot(const struct announce *announce)
{
	return (struct pollfd){.fd = announce->ready ? announce->fd : -1, .events = POLLOUT};
}

void
announce_write(struct announce *announce)
{
	ssize_t written = send(announce->fd, "\n", 1, MSG_DONTWAIT | MSG_NOSIGNAL);

	if (written == -1 && errno == ENOTSOCK)
		written = fd_write(announce->fd, "\n", 1);
	if (written == -1 && (errno == EAGAIN || errno == EINTR))
		return; /* the next poll tells when there is room */
	/* A reader that has gone does not want to know. */
	if (written == -1 && errno != EPIPE)
		msg_warn_sys(errno, "unable to write to descriptor of -d");
	announce_close(announce);
}

void
announce_close(struct announce *announce)
{
	fd_close(&announce->fd);
}
