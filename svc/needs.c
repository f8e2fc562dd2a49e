/* needs: see needs.h.
 * SPDX-License-Identifier: ISC */
#include "needs.h"

#include "fd.h"
#include "fmt.h"
#include "scandir.h"
#include "svstate.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

enum {
	/* More services are not visited: this bounds the work that a stranger can make, and the
	 * directories that are open on a long way. */
	VISITED_MAX = 512,
};

int
needs_open(int beside, const char *name)
{
	const int flags = O_PATH | O_DIRECTORY | O_CLOEXEC;
	char path[PATH_MAX];
	int fd = -1;

	/* svscan passes over these, and two of them would lead anywhere. */
	if (name[0] == '.') {
		errno = ENOENT;
		return -1;
	}
	if (fmt(path, sizeof path, "%s/%s", scandir_path(), name) < sizeof path)
		fd = open(path, flags);
	return fd != -1 ? fd : openat(beside, name, flags);
}

static void
ignore_fault(void *argument, const struct servicedir_fault *fault)
{
	(void)argument;
	(void)fault;
}

static void
ignore_setting(void *argument, enum servicedir_setting setting)
{
	(void)argument;
	(void)setting;
}

void
needs_read(int service, char list[SERVICEDIR_NEEDS_SIZE])
{
	servicedir_read_needs(service, list, ignore_fault, ignore_setting, NULL);
}

bool
needs_is_same(int a, int b)
{
	struct stat st[2];

	return fstat(a, &st[0]) == 0 && fstat(b, &st[1]) == 0 && st[0].st_dev == st[1].st_dev &&
	       st[0].st_ino == st[1].st_ino;
}

/* ---- The way back ---------------------------------------------------------------------------- */

struct search {
	int beside, goal;
	size_t visited;
	struct {
		dev_t device;
		ino_t inode;
	} seen[VISITED_MAX];
	char *chain; /* where the way is written when it has led to the goal */
	size_t size, used;
};

/* One service on the way, and the one before it. */
struct step {
	const char *name;
	const struct step *before;
};

/* Whether FD is seen for the first time, and may still be followed. */
static bool
is_new(struct search *search, int fd)
{
	struct stat st;

	if (fstat(fd, &st) == -1 || search->visited == VISITED_MAX)
		return false;
	for (size_t i = 0; i < search->visited; i++)
		if (search->seen[i].device == st.st_dev && search->seen[i].inode == st.st_ino)
			return false;
	search->seen[search->visited].device = st.st_dev;
	search->seen[search->visited++].inode = st.st_ino;
	return true;
}

/* Writes "a -> b -> c": the way to STEP, or its beginning. */
static void
describe(struct search *search, const struct step *step)
{
	if (step->before != NULL)
		describe(search, step->before);
	if (search->used < search->size)
		search->used += fmt(search->chain + search->used, search->size - search->used,
		    "%s%s", step->before != NULL ? " -> " : "", step->name);
	if (search->used >= search->size)
		strcpy(search->chain + search->size - sizeof "...", "...");
}

/* Whether STEP, open as FD, is the goal or leads there. */
static bool
follow(struct search *search, const struct step *step, int fd)
{
	char list[SERVICEDIR_NEEDS_SIZE] = "", name[SV_NAME_SIZE];
	const char *rest = list;
	bool found = false;

	if (needs_is_same(fd, search->goal)) {
		describe(search, step);
		return true;
	}
	if (is_new(search, fd))
		needs_read(fd, list);
	while (!found && (rest = sv_next_name(rest, name)) != NULL) {
		const struct step next = {name, step};
		int need = needs_open(search->beside, name);
		found = need != -1 && follow(search, &next, need);
		fd_close(&need);
	}
	return found;
}

bool
needs_lead_back(int beside, const char *name, int service, char *chain, size_t size)
{
	struct search search = {.beside = beside, .goal = service, .chain = chain, .size = size};
	const struct step first = {.name = name};
	int need = needs_open(beside, name);
	const bool found = need != -1 && follow(&search, &first, need);

	fd_close(&need);
	return found;
}
