/* needs: see needs.h.
 * SPDX-License-Identifier: ISC */
#include "needs.h"

#include "clock.h"
#include "fd.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

enum {
	SAY_MS = 1000, /* so long the order of a boot is nobody's business */
	/* From a change of the scan directory to the look: who makes five hundred links wakes each
	 * of those that wait already a few times, not five hundred times. */
	SCAN_MS = 50,
};

void
needs_init(struct needs *needs, struct needs_room *room, int scan)
{
	needs->list = room->list;
	needs->names = room->names;
	needs->missing = room->missing;
	needs->scan = scan;
	needs->scan_watch = -1;
	needs->look_ms = CLOCK_NEVER;
	needs->say_ms = CLOCK_NEVER;
}

/* ---- What is said ---------------------------------------------------------------------------- */

/* What the user is told of: the first of the gravest. */
struct worst {
	enum need_state state;
	char name[SV_NAME_SIZE];
};

static void
say(const char *service, const struct worst *worst)
{
	static const char *const words[NEED_STATES] = {
	    [NEED_COMING] = "is not ready yet",
	    [NEED_UNSUPERVISED] = "has no supervise",
	    [NEED_DOWN] = "is down and not wanted up",
	    [NEED_UNKNOWN] = "is no service in the scan directory",
	    [NEED_FAILED] = "has failed",
	    [NEED_BEHIND_LOOP] = "waits for services that wait for each other",
	    [NEED_LOOP] = "waits, itself or by others, for this one",
	};

	if (worst->state == NEED_COMING)
		msg_say("%s: waiting for %s, which %s", service, worst->name, words[worst->state]);
	else
		msg_warn("%s: waiting for %s, which %s", service, worst->name, words[worst->state]);
}

/* Whether the service that is missing first waits for us, or in vain. Only that one is followed: who
 * waits for several waits in the end for those that are not to come. Not before somebody is to be
 * told, since a boot is full of services that wait for a moment. */
static void
look_for_loop(
    const struct needs *needs, struct worst *worst, int64_t now_ms, char text[SV_TEXT_MAX])
{
	char first[SV_NAME_SIZE];
	struct stat st;

	if (worst->state != NEED_COMING ||
	    (needs->told_state == NEED_THERE && now_ms < needs->say_ms) ||
	    sv_next_name(needs->missing, first) == NULL || stat(".", &st) == -1)
		return;
	const struct need_place ours = {st.st_dev, st.st_ino};
	const enum need_state found = need_follow(needs->scan, first, &ours, text);
	if (found == NEED_COMING)
		return;
	worst->state = found;
	strcpy(worst->name, first);
}

/* Once it has lasted a while, and again if it has become something else for as long. */
static void
say_in_time(struct needs *needs, const char *service, const struct worst *worst, int64_t now_ms)
{
	if (worst->state == needs->told_state || worst->state == NEED_UNREADABLE) {
		needs->say_ms = CLOCK_NEVER;
	} else if (needs->say_ms == CLOCK_NEVER) {
		needs->say_ms = now_ms + SAY_MS;
	} else if (now_ms >= needs->say_ms) {
		say(service, worst);
		needs->told_state = worst->state;
		needs->say_ms = CLOCK_NEVER;
	}
}

/* ---- Looking --------------------------------------------------------------------------------- */

/* Whether changes of the scan directory are going to be told. */
static bool
watch_scan(struct needs *needs)
{
	if (needs->scan_watch == -1)
		needs->scan_watch = openat(needs->scan, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (needs->scan_watch != -1 && !needs->scan_armed)
		needs->scan_armed = watch_once(needs->scan_watch, NEEDS_SIGNAL);
	return needs->scan_armed;
}

static void
add_missing(struct needs *needs, const char *name)
{
	/* There is room: it is a part of the names. */
	if (needs->missing[0] != '\0')
		strcat(needs->missing, "/");
	strcat(needs->missing, name);
}

/* Looks at each; the worst, NEED_THERE if all are there. */
static void
look_at_each(struct needs *needs, const char *service, char text[SV_TEXT_MAX], struct worst *worst)
{
	char name[SV_NAME_SIZE];
	const char *rest = needs->names;
	bool told = watch_scan(needs), readable = true;

	worst->state = NEED_THERE;
	needs->missing[0] = '\0';
	for (size_t i = 0; (rest = sv_next_name(rest, name)) != NULL; i++) {
		const enum need_state state =
		    need_look(&needs->list[i], needs->scan, name, text, &told);
		if (state == NEED_UNREADABLE && msg_due(&needs->fault, errno, clock_ms()))
			msg_warn_sys(errno, "%s: unable to look at %s, retrying", service, name);
		readable &= state != NEED_UNREADABLE;
		if (state != NEED_THERE)
			add_missing(needs, name);
		if (state > worst->state) {
			worst->state = state;
			strcpy(worst->name, name);
		}
	}
	if (readable)
		msg_well(&needs->fault);
	needs->blind = !told;
}

bool
needs_look(struct needs *needs, const char *service, char text[SV_TEXT_MAX])
{
	const int64_t now_ms = clock_ms();
	struct worst worst;

	look_at_each(needs, service, text, &worst);
	needs->waiting = worst.state != NEED_THERE;
	if (!needs->waiting) {
		needs_end(needs);
		return true;
	}
	needs->look_ms = needs->blind ? now_ms + WATCH_LOOK_MS : CLOCK_NEVER;
	look_for_loop(needs, &worst, now_ms, text);
	say_in_time(needs, service, &worst, now_ms);
	return false;
}

static void
forget(struct needs *needs)
{
	for (size_t i = 0; i < needs->count; i++)
		need_forget(&needs->list[i]);
	needs->count = 0;
}

bool
needs_begin(struct needs *needs, const char *service, char text[SV_TEXT_MAX])
{
	char name[SV_NAME_SIZE];
	const char *rest = needs->names;

	needs->unread = false;
	forget(needs); /* they may be others now */
	while ((rest = sv_next_name(rest, name)) != NULL)
		needs->list[needs->count++] = (struct need){.watch = WATCH_NONE};
	if (needs->count > 0)
		return needs_look(needs, service, text);
	needs_end(needs);
	return true;
}

void
needs_end(struct needs *needs)
{
	forget(needs);
	fd_close(&needs->scan_watch);
	needs->scan_armed = false;
	needs->waiting = false;
	needs->unread = false;
	needs->blind = false;
	needs->look_ms = CLOCK_NEVER;
	needs->say_ms = CLOCK_NEVER;
	needs->told_state = NEED_THERE;
	if (needs->missing[0] != '\0')
		needs->missing[0] = '\0'; /* else its page is not to be touched */
}

void
needs_put_off(struct needs *needs)
{
	forget(needs);
	needs->waiting = true;
	needs->unread = true;
	needs->look_ms = clock_ms() + WATCH_LOOK_MS;
}

/* ---- Being told ------------------------------------------------------------------------------ */

void
needs_told(struct needs *needs, int signal)
{
	const int64_t now_ms = clock_ms();

	if (signal == NEEDS_SIGNAL)
		needs->scan_armed = false;
	if (needs->waiting)
		needs->look_ms = clock_earlier(
		    needs->look_ms, signal == NEEDS_SIGNAL ? now_ms + SCAN_MS : now_ms);
}

size_t
needs_slots(const struct needs *needs, struct pollfd slots[SERVICEDIR_NEEDS_MAX])
{
	for (size_t i = 0; i < needs->count; i++)
		slots[i] = watch_slot(&needs->list[i].watch);
	return needs->count;
}

int64_t
needs_deadline(const struct needs *needs)
{
	return clock_earlier(needs->look_ms, needs->say_ms);
}

bool
needs_due(const struct needs *needs, const struct pollfd *slots, size_t count)
{
	if (!needs->waiting)
		return false;
	for (size_t i = 0; i < count; i++)
		if (slots[i].revents != 0)
			return true;
	return clock_ms() >= needs_deadline(needs);
}
