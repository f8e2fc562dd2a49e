/* need: see need.h.
 * SPDX-License-Identifier: ISC */
#include "need.h"

#include "fd.h"
#include "msg.h"
#include "proc.h"
#include "servicedir.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>

/* A loop is found from outside, too, if it has at most half as many services. In a long row of services
 * that wait each of them goes so far, and not to its end. */
enum { STEPS_MAX = 256 };

/* ---- What its files say ---------------------------------------------------------------------- */

static bool
text_is(const char *text, enum sv_key key, const char *expected)
{
	char value[16];
	return sv_text_get(text, key, value, sizeof value) && strcmp(value, expected) == 0;
}

/* Whether the supervise that has written TEXT lives. Where /proc hides it, any process of its number
 * is taken for it. */
static bool
author_lives(const char *text)
{
	uint64_t pid, ticks;
	struct proc author;

	if (!sv_text_number(text, SV_KEY_SUPERVISE_PID, &pid) || pid == 0 || pid > INT32_MAX ||
	    !sv_text_number(text, SV_KEY_SUPERVISE_TICKS, &ticks))
		return false;
	if (proc_read((pid_t)pid, &author))
		return author.ticks == ticks && proc_is_alive(&author);
	return kill((pid_t)pid, 0) == 0 || errno != ESRCH;
}

static enum need_state
state_of_text(const char *text)
{
	if (text_is(text, SV_KEY_STATE, sv_state_names[SV_STATE_READY]) ||
	    text_is(text, SV_KEY_STATE, sv_state_names[SV_STATE_DONE]))
		return NEED_THERE;
	if (text_is(text, SV_KEY_STATE, sv_state_names[SV_STATE_FAILED]))
		return NEED_FAILED;
	/* Wanted up and down is how a supervise begins. */
	if (text_is(text, SV_KEY_STATE, sv_state_names[SV_STATE_DOWN]) &&
	    !text_is(text, SV_KEY_WANT, sv_want_names[SV_WANT_UP]))
		return NEED_DOWN;
	return NEED_COMING;
}

/* The supervise of another suite does not tell more. */
static enum need_state
state_of_status(const struct sv_status *status)
{
	if (status->pid != 0)
		return NEED_THERE;
	return status->want == SV_WANT_UP ? NEED_COMING : NEED_DOWN;
}

/* Of a service with a supervise. */
static enum need_state
read_state(int service, char text[SV_TEXT_MAX])
{
	struct sv_status status;
	const bool has_text = sv_read_text(service, text);

	if (!has_text && errno != ENOENT && errno != MSG_EPLACE)
		return NEED_UNREADABLE;
	if (has_text && author_lives(text))
		return state_of_text(text);
	if (!sv_read_status(service, &status))
		return errno == ENOENT ? NEED_COMING : NEED_UNREADABLE;
	if (has_text && sv_text_belongs(text, &status))
		return state_of_text(text); /* of a supervise that our /proc does not show */
	text[0] = '\0';
	return state_of_status(&status);
}

/* ---- Looking --------------------------------------------------------------------------------- */

void
need_forget(struct need *need)
{
	watch_forget(&need->watch);
	fd_close(&need->watch.service);
	need->place = (struct need_place){0};
}

/* Tells the place of the service NAME. False with errno set; MSG_EPLACE if the name is free. */
static bool
find_place(int scan, const char *name, struct need_place *place)
{
	struct stat st;

	if (scan == -1) {
		errno = EACCES;
		return false;
	}
	if (fstatat(scan, name, &st, 0) == 0) {
		*place = (struct need_place){st.st_dev, st.st_ino};
		errno = ENOTDIR;
		return S_ISDIR(st.st_mode);
	}
	if (errno == ENOENT && fstatat(scan, name, &st, AT_SYMLINK_NOFOLLOW) == -1 &&
	    errno == ENOENT)
		errno = MSG_EPLACE;
	return false;
}

static bool
is_same(const struct need_place *a, const struct need_place *b)
{
	return a->device == b->device && a->inode == b->inode;
}

/* The link may have come to lead elsewhere since the last look. False with errno set. */
static bool
open_service(struct need *need, int scan, const char *name, const struct need_place *place)
{
	if (need->watch.service != -1 && is_same(&need->place, place))
		return true;
	need_forget(need);
	need->watch.service = openat(scan, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
	need->place = *place;
	return need->watch.service != -1;
}

static enum need_state
look(struct need *need, int scan, const char *name, char text[SV_TEXT_MAX], bool *told)
{
	struct need_place place;

	if (!find_place(scan, name, &place)) {
		/* Of what a link leads to the scan directory does not tell. */
		*told &= errno == MSG_EPLACE;
		return errno == MSG_EPLACE || errno == ENOENT || errno == ENOTDIR ? NEED_UNKNOWN
										  : NEED_UNREADABLE;
	}
	if (!open_service(need, scan, name, &place))
		return NEED_UNREADABLE;
	const bool supervised = watch_place(&need->watch);
	*told &= need->watch.directory != -1;
	if (!supervised)
		return errno == ENXIO || errno == ENOENT ? NEED_UNSUPERVISED : NEED_UNREADABLE;
	return read_state(need->watch.service, text);
}

enum need_state
need_look(struct need *need, int scan, const char *name, char text[SV_TEXT_MAX], bool *told)
{
	text[0] = '\0';
	const enum need_state state = look(need, scan, name, text, told);
	const int error = errno;
	/* Perhaps there are no descriptors left: then at least `state` can be written. */
	if (state == NEED_UNREADABLE)
		*told = false;
	if (state == NEED_UNREADABLE || state == NEED_UNKNOWN)
		need_forget(need);
	errno = error;
	return state;
}

/* ---- Loops ----------------------------------------------------------------------------------- */

/* Reads what the service NAME waits for first into NAME. False if it does not wait. */
static bool
step(int scan, char name[SV_NAME_SIZE], char text[SV_TEXT_MAX])
{
	char list[SERVICEDIR_NEEDS_SIZE];
	int service = openat(scan, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
	const bool waits = service != -1 && sv_running(service) == 1 &&
			   sv_read_text(service, text) &&
			   text_is(text, SV_KEY_STATE, sv_state_names[SV_STATE_WAITING]) &&
			   sv_text_get(text, SV_KEY_WAITING, list, sizeof list) &&
			   sv_next_name(list, name) != NULL;

	fd_close(&service);
	return waits;
}

enum need_state
need_follow(int scan, const char *first, const struct need_place *ours, char text[SV_TEXT_MAX])
{
	struct need_place place, mark = {0};
	char name[SV_NAME_SIZE];

	strcpy(name, first);
	for (unsigned steps = 1; steps <= STEPS_MAX; steps++) {
		if (!find_place(scan, name, &place))
			break;
		if (is_same(&place, ours))
			return NEED_LOOP;
		if (is_same(&place, &mark))
			return NEED_BEHIND_LOOP;
		/* Left behind after ever longer ways, the mark is met again in any loop, so that
		 * nobody need remember the way (Brent). */
		if ((steps & (steps - 1)) == 0)
			mark = place;
		if (!step(scan, name, text))
			break;
	}
	return NEED_COMING;
}
