/* find: see find.h.
 * SPDX-License-Identifier: ISC */
#include "find.h"

#include "change.h"
#include "complaint.h"
#include "entries.h"
#include "fd.h"
#include "fmt.h"
#include "logdir.h"
#include "msg.h"
#include "scandir.h"
#include "servicedir.h"
#include "svproto.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The log directory of that name is the one that people mean by the service's name. */
#define USUAL "main"

/* svscan's own place in the scan directory, which may have a log, too. */
#define SVSCAN ".svscan"

/* What the search works on. */
struct search {
	const char *service; /* its name as shown */
	bool named;          /* it was asked for, so it is looked for harder */
	bool watch;
	bool careful; /* whoever owns the directory that was named may have made the links in it */
	find_found *found;
	size_t count; /* of those found */
};

/* PATH/NAME in JOINED; false if it does not fit. */
static bool
join(char joined[PATH_MAX], const char *path, const char *name)
{
	return fmt(joined, PATH_MAX, "%s/%s", path, name) < PATH_MAX;
}

static bool
exists(int dir, const char *name)
{
	struct stat st;

	return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

/* Whether a logger writes in DIR. During a rotation there is either the one or the other, and while
 * we look from the first to the second it may become the first again. */
static bool
is_log(int dir)
{
	return exists(dir, LOGDIR_CURRENT) || exists(dir, LOGDIR_PREVIOUS) ||
	       exists(dir, LOGDIR_CURRENT);
}

static bool
is_nothing(int error)
{
	return error == ENOENT || error == ENOTDIR || error == ELOOP;
}

/* Links of others would lead root to where they cannot look themselves. */
static int
follows(const struct search *search, const char *path)
{
	struct stat st;
	const bool ours = lstat(path, &st) == 0 && (st.st_uid == 0 || st.st_uid == geteuid());

	return search->careful && !ours ? O_NOFOLLOW : 0;
}

/* Looks whether PATH is a log directory, to be shown as NAME. */
static void
visit_log(struct search *search, const char *name, const char *path)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_NONBLOCK | O_CLOEXEC;
	int dir = open(path, flags | follows(search, path));

	if (dir == -1) {
		if (!is_nothing(errno))
			complaint(errno, "unable to open directory %s", path);
	} else if (is_log(dir) || (search->watch && change_watch_tree(path) && is_log(dir))) {
		/* A directory that is none may become one at any time. */
		search->count++;
		search->found(name, path, dir);
	} else {
		fd_close(&dir);
	}
}

static bool
is_candidate(const char *name)
{
	return name[0] != '.' && strcmp(name, SV_DIRECTORY) != 0;
}

static void
visit_child(struct search *search, const char *path, const char *child)
{
	char child_path[PATH_MAX], name[PATH_MAX];
	const bool usual = strcmp(child, USUAL) == 0;

	if (join(child_path, path, child) && join(name, search->service, child))
		visit_log(search, usual ? search->service : name, child_path);
}

/* All log directories in the directory PATH. */
static void
visit_children(struct search *search, const char *path)
{
	char **names;
	size_t count;
	const bool read = entries_read(path, &names, &count);

	if (!read && !is_nothing(errno))
		complaint(errno, "unable to read directory %s", path);
	for (size_t i = 0; read && i < count; i++)
		if (is_candidate(names[i]))
			visit_child(search, path, names[i]);
	free(names);
}

/* The log directories of the service in PATH: in its log, but for one that was asked for also itself,
 * or what it contains, so that a log directory and a logger may be named, too. */
static void
visit_service(struct search *search, const char *path)
{
	char log[PATH_MAX];

	if (!join(log, path, SERVICEDIR_LOG))
		return;
	search->careful = false;
	/* The log may come later, and in it the directory. */
	if (search->watch && !change_watch_tree(log)) {
		(void)change_watch_tree(path);
		(void)change_watch_tree(log);
	}
	if (search->named)
		visit_log(search, search->service, path);
	visit_log(search, search->service, log);
	visit_children(search, log);
	search->careful = true;
	if (search->named && search->count == 0)
		visit_children(search, path);
}

static void
find_named(const char *name, bool watch, find_found *found)
{
	struct search search = {.service = name, .named = true, .watch = watch, .found = found};
	char path[PATH_MAX];
	int service = scandir_open(name);

	if (service == -1 || !scandir_find(name, path, sizeof path)) {
		complaint(errno, "unable to open directory %s", name);
		return;
	}
	fd_close(&service);
	visit_service(&search, path);
	if (search.count == 0)
		complaint(0, "%s has no log directory", name);
}

static bool
is_service(const char *name)
{
	return name[0] != '.' || strcmp(name, SVSCAN) == 0;
}

static void
find_all(bool watch, find_found *found)
{
	const char *scan = scandir_path();
	struct search search = {.watch = watch, .found = found};
	char **names, path[PATH_MAX];
	size_t count;

	if (watch)
		(void)change_watch_tree(scan);
	if (!entries_read(scan, &names, &count))
		msg_die_sys(MSG_TEMPORARY, errno, "unable to read directory %s", scan);
	for (size_t i = 0; i < count; i++) {
		search.service = names[i];
		if (is_service(names[i]) && join(path, scan, names[i]))
			visit_service(&search, path);
	}
	free(names);
	if (search.count == 0)
		complaint(0, "no service in %s has a log directory", scan);
}

void
find_logs(char *const *names, size_t count, bool watch, find_found *found)
{
	for (size_t i = 0; i < count; i++)
		find_named(names[i], watch, found);
	if (count == 0)
		find_all(watch, found);
}
