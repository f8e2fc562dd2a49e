/* look: see look.h.
 * SPDX-License-Identifier: ISC */
#include "look.h"

#include "clock.h"
#include "fd.h"
#include "file.h"
#include "fmt.h"
#include "msg.h"
#include "pause.h"
#include "servicedir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	APART_MS = SCAN_MISSING_MS, /* whole looks are at least this far apart */
	BLIND_MS = 1000,            /* interval of the safety look without inotify */
	WHOLE_EVERY = 12,           /* a directory replaced behind its link changes nothing here */
	HINT_READS = 16,            /* in one turn: signals must not wait for a busy directory */
};

static const uint32_t scan_events =
    IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_ATTRIB | IN_ONLYDIR;
static const uint32_t building_events = IN_CREATE | IN_MODIFY | IN_CLOSE_WRITE | IN_ATTRIB |
					IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_ONLYDIR |
					IN_DONT_FOLLOW;

/* Instances are scarce (inotify(7), max_user_instances); without one all works, only later, so that
 * is no fault to report. Later on there may be one. */
static void
open_eyes(struct look *look)
{
	if (look->inotify_fd != -1)
		return;
	look->inotify_fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (look->inotify_fd != -1)
		look->watch = inotify_add_watch(look->inotify_fd, ".", scan_events);
	if (look->watch == -1)
		fd_close(&look->inotify_fd);
	else
		look->wanted =
		    true; /* from here on changes are told; those before are looked for */
}

void
look_open(struct look *look, int interval_ms)
{
	memset(look, 0, sizeof *look);
	look->interval_ms = interval_ms;
	look->wanted = true;
	look->whole_ms = clock_ms() - APART_MS;
	look->watch = look->inotify_fd = -1;
	open_eyes(look);
}

/* Of the safety look. */
static int
interval(const struct look *look)
{
	return look->inotify_fd == -1 && look->interval_ms > BLIND_MS ? BLIND_MS
								      : look->interval_ms;
}

void
look_want(struct look *look)
{
	look->wanted = true;
}

/* ---- One name -------------------------------------------------------------------------------- */

static void
watch_building(struct look *look, struct scan *scan, struct scan_service *service)
{
	if (look->inotify_fd == -1 || service->watch != -1)
		return;
	/* Without a watch (there is a limit of those, too) the safety look has to do. */
	int watch = inotify_add_watch(look->inotify_fd, service->name, building_events);
	if (watch != -1 && scan_of_watch(scan, watch) == NULL)
		scan_set_watch(scan, service, watch);
}

void
look_unwatch(struct look *look, struct scan *scan, struct scan_service *service)
{
	if (service->watch == -1)
		return;
	/* Fails if the directory is gone and the watch with it. */
	(void)inotify_rm_watch(look->inotify_fd, service->watch);
	scan_set_watch(scan, service, -1);
}

static void
meet_junk(struct scan *scan, const char *name, int error)
{
	struct stat st;

	/* A name that was removed since it was read is nothing to report. */
	if (error == ENOENT && fstatat(AT_FDCWD, name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return;
	if (!scan_junk(scan, name, error))
		return;
	if (error == ENOTDIR)
		msg_warn_sys(error, "unable to supervise %s", name);
	else
		msg_warn_sys(error, "unable to stat %s", name);
}

/* What KIND the directory NAME is of, if it is not a link, is known to the caller. */
static void
meet(struct look *look, struct scan *scan, const char *name, enum scan_kind kind, int64_t now_ms)
{
	struct stat st;

	if (name[0] == '.')
		return;
	if (stat(name, &st) == -1) {
		/* A path that runs through a plain file is no different from a dangling link. */
		meet_junk(scan, name, errno == ENOTDIR ? ENOENT : errno);
		return;
	}
	if (!S_ISDIR(st.st_mode)) {
		meet_junk(scan, name, ENOTDIR);
		return;
	}
	struct scan_service *service = scan_see(scan, name, st.st_dev, st.st_ino, kind, now_ms);
	if (service == NULL) {
		look->wanted = true;
		if (msg_due(&look->memory, ENOMEM, now_ms))
			msg_warn_sys(ENOMEM, "unable to start %s", name);
	} else if (service->building && kind == SCAN_MADE) {
		watch_building(look, scan, service);
	}
}

static bool
has_script(const char *name, const char *script)
{
	char path[NAME_MAX + sizeof "/" SERVICEDIR_START];
	fmt(path, sizeof path, "%s/%s", name, script);
	return file_exists(AT_FDCWD, path) == 1;
}

/* A oneshot has no run. */
static bool
is_complete(const char *name)
{
	return has_script(name, SERVICEDIR_RUN) || has_script(name, SERVICEDIR_START);
}

void
look_check(struct look *look, struct scan *scan, struct scan_service *service, int64_t now_ms)
{
	bool complete = is_complete(service->name);
	if (!complete) {
		/* Whatever comes after the watch is set is announced; what came before is seen. */
		watch_building(look, scan, service);
		complete = is_complete(service->name);
	}
	if (complete)
		look_unwatch(look, scan, service);
	if (scan_checked(scan, service, complete, interval(look), now_ms))
		msg_warn("unable to supervise %s: it has neither " SERVICEDIR_RUN
			 " nor " SERVICEDIR_START,
		    service->name);
}

/* ---- Hints ----------------------------------------------------------------------------------- */

static void
take_hint(struct look *look, struct scan *scan, const struct inotify_event *event, int64_t now_ms)
{
	const uint32_t arrived = IN_CREATE | IN_MOVED_TO;

	if ((event->mask & IN_Q_OVERFLOW) != 0) {
		look->wanted = true;
		return;
	}
	if (event->wd == look->watch) {
		if ((event->mask & arrived) == 0 || event->len == 0) {
			look->wanted = true;
			return;
		}
		enum scan_kind kind = (event->mask & IN_ISDIR) == 0    ? SCAN_LINK
				      : (event->mask & IN_CREATE) != 0 ? SCAN_MADE
								       : SCAN_WHOLE;
		meet(look, scan, event->name, kind, now_ms);
		return;
	}
	struct scan_service *service = scan_of_watch(scan, event->wd);
	if (service == NULL)
		return; /* the last words of a watch that was ended */
	if ((event->mask & IN_IGNORED) != 0)
		scan_set_watch(scan, service, -1);
	else
		scan_changed(scan, service, now_ms);
}

void
look_read_hints(struct look *look, struct scan *scan, int64_t now_ms)
{
	_Alignas(struct inotify_event) char buffer[4096];

	for (int i = 0; i < HINT_READS; i++) {
		ssize_t length = fd_read(look->inotify_fd, buffer, sizeof buffer);
		if (length == -1 && errno != EAGAIN)
			pause_nap(); /* they are still there */
		if (length <= 0)
			return;
		const char *next = buffer;
		while (next < buffer + length) {
			/* Each is padded so that the next one is aligned (inotify(7)). */
			const struct inotify_event *event = (const void *)next;
			take_hint(look, scan, event, now_ms);
			next += sizeof *event + event->len;
		}
	}
}

/* ---- Looks ----------------------------------------------------------------------------------- */

static bool
same_time(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

/* Whether the scan directory shows the stamp of the last whole look. */
static bool
read_stamp(struct look_stamp *stamp, const struct look_stamp *last)
{
	struct stat st;

	if (stat(".", &st) == -1)
		return false;
	stamp->modified = st.st_mtim;
	stamp->changed = st.st_ctim;
	return same_time(&stamp->modified, &last->modified) &&
	       same_time(&stamp->changed, &last->changed);
}

/* Real directories met by a look, not by a hint: whole if they were there when we started. */
static enum scan_kind
kind_of(const struct scan *scan, const struct dirent *entry)
{
	struct stat st;
	const enum scan_kind real = scan->look == 1 ? SCAN_WHOLE : SCAN_MADE;

	if (entry->d_type == DT_LNK)
		return SCAN_LINK;
	if (entry->d_type != DT_UNKNOWN)
		return real;
	if (fstatat(AT_FDCWD, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(st.st_mode))
		return SCAN_LINK;
	return real;
}

/* False with errno set if not all names could be read. */
static bool
meet_all(struct look *look, struct scan *scan, int64_t now_ms)
{
	const struct dirent *entry;
	DIR *directory = opendir(".");

	if (directory == NULL)
		return false;
	errno = 0;
	while ((entry = readdir(directory)) != NULL) {
		meet(look, scan, entry->d_name, kind_of(scan, entry), now_ms);
		errno = 0;
	}
	const int error = errno;
	closedir(directory);
	errno = error;
	return error == 0;
}

static void
look_at_all(struct look *look, struct scan *scan, int64_t now_ms)
{
	struct look_stamp stamp = {0};

	/* Clocks of file systems are coarse: a change right after this look may leave the stamp as
	 * it is. One that was already there at an earlier look is too old for that. */
	look->stamp_settled = read_stamp(&stamp, &look->stamp);
	look->stamp = stamp;
	look->wanted = false;
	look->cheap_looks = 0;
	look->whole_ms = now_ms;
	scan_begin(scan);
	if (meet_all(look, scan, now_ms)) {
		msg_well(&look->unreadable);
		scan_end(scan, now_ms);
		return;
	}
	const int error = errno;
	if (msg_due(&look->unreadable, error, now_ms))
		msg_warn_sys(error, "unable to read directory");
	scan_abandon(scan);
}

static bool
safety_look_finds_change(struct look *look, const struct scan *scan)
{
	struct look_stamp now;

	if (scan->troubled || !look->stamp_settled || ++look->cheap_looks >= WHOLE_EVERY)
		return true;
	return !read_stamp(&now, &look->stamp);
}

/* When the whole look that something asks for may come. */
static int64_t
whole_look_due(const struct look *look, const struct scan *scan)
{
	return look->wanted || scan->missing > 0 ? look->whole_ms + APART_MS : CLOCK_NEVER;
}

void
look_if_due(struct look *look, struct scan *scan, int64_t now_ms)
{
	bool whole = now_ms >= whole_look_due(look, scan);

	if (now_ms >= look->safety_ms) {
		open_eyes(look);
		look->safety_ms = now_ms + interval(look);
		whole = whole || safety_look_finds_change(look, scan);
	}
	if (whole)
		look_at_all(look, scan, now_ms);
}

bool
look_was_whole(const struct look *look)
{
	return look->unreadable.error == 0;
}

int64_t
look_deadline(const struct look *look, const struct scan *scan)
{
	return clock_earlier(look->safety_ms, whole_look_due(look, scan));
}
