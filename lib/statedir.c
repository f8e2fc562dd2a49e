/* statedir: see statedir.h.
 * SPDX-License-Identifier: ISC */
#include "statedir.h"

#include "fd.h"
#include "file.h"
#include "fmt.h"
#include "msg.h"
#include "num.h"
#include "svproto.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Every system has the first but for small containers, and every container engine makes the second,
 * which everybody may write to. */
#define RUN_BASE "/run/upkeep"
#define SHM "/dev/shm"
#define SHM_PREFIX "upkeep-"

enum { SHM_BASE_SIZE = sizeof SHM "/" SHM_PREFIX "4294967295" };

enum base_kind { BASE_NAMED, BASE_RUN, BASE_SHM, BASES };

/* A directory that has state directories, each named after the place of its service directory. */
struct base {
	const char *path; /* NULL = none */
	enum base_kind kind;
	uid_t owner;
	char room[SHM_BASE_SIZE];
};

static void
set_shm_base(struct base *base, uid_t owner)
{
	base->kind = BASE_SHM;
	base->owner = owner;
	fmt(base->room, sizeof base->room, SHM "/" SHM_PREFIX "%u", (unsigned)owner);
	base->path = base->room;
}

static void
set_base(struct base *base, enum base_kind kind)
{
	if (kind == BASE_SHM) {
		set_shm_base(base, geteuid());
		return;
	}
	base->kind = kind;
	base->path = kind == BASE_NAMED ? getenv(STATEDIR_VARIABLE) : RUN_BASE;
	/* A relative path would be another one for each program. */
	if (base->path != NULL && base->path[0] != '/')
		base->path = NULL;
}

/* Only who was named by somebody may be a link: the other places can be taken by anybody first. */
static int
open_base(const struct base *base)
{
	return openat(AT_FDCWD, base->path,
	    O_PATH | O_DIRECTORY | O_CLOEXEC | (base->kind == BASE_NAMED ? 0 : O_NOFOLLOW));
}

static int
open_entry(int base, const char *place)
{
	return openat(base, place, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* ---- The service directory itself ------------------------------------------------------------ */

static int
open_here(int service)
{
	return openat(service, SV_DIRECTORY, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

static bool
runs(int directory)
{
	int ok = file_open_private(directory, SV_OK, O_WRONLY, 0, FILE_FIFO, 1);
	const bool has_reader = ok != -1;

	fd_close(&ok);
	return has_reader;
}

/* An image of a file system that can only be read may have been made with the state of a supervise in
 * it. What can be written elsewhere may be mounted read-only here, and be in use. */
static bool
is_in_use(int directory)
{
	struct statvfs file_system;

	return fstatvfs(directory, &file_system) == -1 || (file_system.f_flag & ST_RDONLY) == 0 ||
	       runs(directory);
}

/* ---- Looking --------------------------------------------------------------------------------- */

struct search {
	char place[SV_PLACE_SIZE];
	int found; /* -1 = none yet */
	bool runs; /* so there is no better one */
};

/* Whether what the base says is for us to believe. Root may look at the services of others. */
static bool
is_believed(const struct base *base, int base_fd, int directory)
{
	const uid_t self = geteuid();
	struct stat above, st;

	if (fstat(base_fd, &above) == -1 || fstat(directory, &st) == -1)
		return false;
	if (base->kind == BASE_SHM && (above.st_uid != base->owner || (above.st_mode & 077) != 0))
		return false;
	return self == 0 || st.st_uid == 0 || st.st_uid == self;
}

static void
look_below(struct search *search, const struct base *base)
{
	if (base->path == NULL || search->runs)
		return;
	int base_fd = open_base(base);
	int directory = base_fd == -1 ? -1 : open_entry(base_fd, search->place);
	if (directory != -1 && is_believed(base, base_fd, directory)) {
		search->runs = runs(directory);
		if (search->runs || search->found == -1) {
			fd_close(&search->found);
			search->found = directory;
			directory = -1;
		}
	}
	fd_close(&directory);
	fd_close(&base_fd);
}

static void
look_at_users(struct search *search)
{
	struct file_walk walk;
	const char *name;
	uint64_t owner;

	if (!file_walk_open(&walk, SHM))
		return;
	while (!search->runs && (name = file_walk_next(&walk)) != NULL) {
		struct base base;
		if (strncmp(name, SHM_PREFIX, strlen(SHM_PREFIX)) != 0 ||
		    !num_parse(name + strlen(SHM_PREFIX), UINT32_MAX, &owner))
			continue;
		set_shm_base(&base, (uid_t)owner);
		look_below(search, &base);
	}
	file_walk_close(&walk);
}

int
statedir_open(int service)
{
	struct search search = {.found = -1};
	int here = open_here(service);

	if (here != -1 ? is_in_use(here) : errno != ENOENT)
		return here;
	sv_place(service, search.place);
	for (unsigned kind = 0; kind < BASES; kind++) {
		struct base base;
		set_base(&base, (enum base_kind)kind);
		look_below(&search, &base);
	}
	if (geteuid() == 0)
		look_at_users(&search);
	if (search.found == -1) {
		errno = ENOENT;
		return here;
	}
	fd_close(&here);
	return search.found;
}

/* ---- Making ---------------------------------------------------------------------------------- */

/* Makes supervise/, or what the link points to, and opens it. *CLOSED tells that nobody can, so that
 * a client finds nothing there either. */
static int
make_here(bool *closed)
{
	const int made = mkdirat(AT_FDCWD, SV_DIRECTORY, 0700);
	int error = errno;
	int fd = open_here(AT_FDCWD);

	if (fd == -1 && errno == ENOENT && made == -1) {
		if (error == EEXIST && file_make_target(AT_FDCWD, SV_DIRECTORY, 0700))
			return open_here(AT_FDCWD);
		errno = error == EEXIST ? errno : error;
		*closed = errno == EROFS || errno == EACCES || errno == EPERM;
	}
	return fd;
}

/* Whether nobody but root and ourselves can replace what is in the BASE. A named one may be open to
 * all: the entry itself has to be ours anyway. */
static bool
is_safe(const struct base *base, int base_fd)
{
	struct stat st;

	if (base->kind == BASE_NAMED)
		return true;
	return fstat(base_fd, &st) == 0 && (st.st_uid == 0 || st.st_uid == geteuid()) &&
	       (st.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

static bool
is_ours(int directory)
{
	struct stat st;
	return fstat(directory, &st) == 0 && st.st_uid == geteuid();
}

/* Also tells whether there is room, and the right to write. */
static bool
write_path(int directory)
{
	char path[PATH_MAX];

	/* The call itself, since getcwd(3) brings malloc(3). */
	if (syscall(SYS_getcwd, path, sizeof path - 1) == -1 || path[0] != '/')
		strcpy(path, "?"); /* not to be reached by its path any more */
	strcat(path, "\n");
	return file_replace(directory, STATEDIR_PATH, STATEDIR_PATH ".new", path, strlen(path),
		   0644) == FILE_DONE;
}

/* Makes the BASE and in it PLACE. -1 with errno set. */
static int
make_below(const struct base *base, const char *place)
{
	const mode_t mode = base->kind == BASE_SHM ? 0700 : 0755;
	int fd = -1;

	/* If they fail the open tells why, or it is there already. */
	if (base->kind == BASE_NAMED)
		(void)file_make_directories(AT_FDCWD, base->path, mode);
	else
		(void)mkdir(base->path, mode);
	const int made = errno;
	int base_fd = open_base(base);
	if (base_fd == -1) {
		errno = errno == ENOENT ? made : errno;
		return -1;
	}
	if (!is_safe(base, base_fd))
		errno = MSG_EOWNER;
	else if (mkdirat(base_fd, place, 0700) == 0 || errno == EEXIST)
		fd = open_entry(base_fd, place);
	if (fd != -1 && !is_ours(fd)) {
		fd_close(&fd);
		errno = MSG_EOWNER;
	}
	if (fd != -1 && !write_path(fd))
		fd_close(&fd);
	fd_close(&base_fd);
	return fd;
}

/* The same in the first base where it can be done. */
static int
make_elsewhere(const char *name)
{
	char place[SV_PLACE_SIZE];
	struct base bases[BASES];
	int errors[BASES];

	sv_place(AT_FDCWD, place);
	for (unsigned i = 0; i < BASES; i++) {
		set_base(&bases[i], (enum base_kind)i);
		int fd = bases[i].path == NULL ? -1 : make_below(&bases[i], place);
		if (fd != -1)
			return fd;
		errors[i] = errno;
	}
	for (unsigned i = 0; i < BASES; i++)
		if (bases[i].path != NULL)
			msg_warn_sys(
			    errors[i], "unable to keep the state of %s in %s", name, bases[i].path);
	return -1;
}

int
statedir_make(const char *name)
{
	bool closed = false;
	int here = make_here(&closed);
	int error = here == -1 ? errno : EROFS;

	if (here != -1 ? is_in_use(here) : !closed) {
		errno = error;
		return here;
	}
	int elsewhere = make_elsewhere(name);
	if (elsewhere == -1)
		errno = error;
	fd_close(&here);
	return elsewhere;
}
