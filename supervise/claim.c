/* claim: see claim.h.
 * SPDX-License-Identifier: ISC */
#include "claim.h"

#include "adopt.h"
#include "config.h"
#include "death.h"
#include "effect.h"
#include "heritage.h"
#include "publish.h"

#include "fd.h"
#include "file.h"
#include "servicedir.h"
#include "statedir.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PARENT_LOOKS = 2 /* for a parent that dies while we look */ };

/* Dies for ERROR with NAME, a path below the service directory. */
static _Noreturn void
die(const struct service *service, int error, const char *verb, const char *name)
{
	msg_die_sys(MSG_TEMPORARY, error, "unable to %s %s/%s", verb, service->name, name);
}

static void
take_lock(struct service *service)
{
	service->directory = statedir_make(service->name);
	if (service->directory != -1)
		service->lock = file_open_private(service->directory, SV_LOCK,
		    O_WRONLY | O_APPEND | O_CREAT, 0600, FILE_REGULAR, 1);
	if (service->lock == -1 || flock(service->lock, LOCK_EX | LOCK_NB) == -1)
		die(service, errno, "acquire", SV_DIRECTORY "/" SV_LOCK);
}

/* Opens the record that is there. With TEXT it is made to say that, in place. -1 with errno set. */
static int
open_record(const struct service *service, const char *text)
{
	int fd = file_open_private(service->directory, SV_RECORD, O_WRONLY, 0, FILE_REGULAR, 1);

	if (fd != -1 && text != NULL && pwrite(fd, text, SV_RECORD_SIZE, 0) != SV_RECORD_SIZE)
		fd_close(&fd);
	return fd;
}

/* The record has its full size from the start, so that writing it later cannot meet a full disk. It
 * is a new file: a half-made child of our predecessor, killed in the middle of its last system
 * call, writes into the old one. That is used again only if there is no room for another. Without a
 * record the service runs all the same. */
static void
prepare_record(struct service *service, enum heritage found)
{
	struct sv_record record = {.kind = SV_CHILD_NONE};
	char text[SV_RECORD_SIZE];

	/* A death is for our successor, too, until it was told and what follows has begun. */
	if (found == HERITAGE_DEAD) {
		record = service->self; /* for boot and place */
		record.kind = service->kind;
		record.pid = service->pid;
		record.ticks = service->ticks;
	}
	sv_record_format(text, &record);
	/* That of an adopted process, or of what it has left, stays, since it stays true. */
	if (found == HERITAGE_LIVING || found == HERITAGE_LEFTOVERS)
		service->record = open_record(service, NULL);
	else if (file_replace_open(service->directory, SV_RECORD, SV_RECORD_NEW, text, sizeof text,
		     0644, &service->record) != FILE_DONE)
		service->record = open_record(service, text);
	if (service->record == -1)
		msg_warn_sys(
		    errno, "unable to write %s/%s/%s", service->name, SV_DIRECTORY, SV_RECORD);
}

/* Without its place or the boot nobody would believe what we write, for as long as we live, and our
 * successor would not know our child. Where there is no /proc there never is. */
static void
know_ourselves(struct service *service)
{
	struct proc process;

	service->self.pid = getpid();
	/* A parent that dies just now is followed by another one; it may also be hidden. */
	for (int i = 0; i < PARENT_LOOKS && service->parent.pid == 0; i++) {
		if (!proc_read(0, &process)) {
			config_need(service, false, "/proc");
			break;
		}
		service->self.ticks = process.ticks;
		/* 0: a parent outside of our PID namespace. */
		if (process.parent == 0 || !proc_read(process.parent, &service->parent))
			service->parent.pid = 0;
	}
	proc_boot_id(service->self.boot);
	config_need(service, service->self.boot[0] != '\0', "/proc");
	sv_place(service->directory, service->self.at);
	config_need(service, service->self.at[0] != '\0', SV_DIRECTORY);
}

/* The ok FIFO comes last: who finds it open finds the rest as well. Never read, and open until we
 * die. */
static void
open_ok(const struct service *service)
{
	if (file_open_fifo(service->directory, SV_OK, O_RDONLY, 0600) == -1)
		die(service, errno, "read", SV_DIRECTORY "/" SV_OK);
}

/* Whether svscan, which starts it in the directory of its service, or a user who calls it by its path
 * means a logger: it runs for its service, and has no needs of its own. */
static bool
is_logger(const struct service *service, int parent)
{
	const char *slash = strrchr(service->name, '/');

	if (strcmp(slash != NULL ? slash + 1 : service->name, SERVICEDIR_LOG) != 0)
		return false;
	if (slash != NULL)
		return servicedir_has(AT_FDCWD, "../" SERVICEDIR_RUN) != 0 ||
		       servicedir_has(AT_FDCWD, "../" SERVICEDIR_START) != 0;
	return servicedir_has(parent, SERVICEDIR_RUN) != 0 ||
	       servicedir_has(parent, SERVICEDIR_START) != 0;
}

/* Whoever can change what root executes here, or put another in its place, can become root. */
static void
warn_of_writers(const struct service *service)
{
	char writer[FILE_WRITER_SIZE];
	const char *name = ".";
	struct stat st;

	for (size_t i = 0; name != NULL; i++) {
		if (config_may_have(service, name) && fstatat(AT_FDCWD, name, &st, 0) == 0 &&
		    file_has_writer(&st, writer)) {
			msg_warn("%s/%s can be written by %s, who can so become root",
			    service->name, name, writer);
			return;
		}
		name = i < SERVICEDIR_SCRIPTS ? servicedir_scripts[i] : NULL;
	}
}

void
claim_take(struct service *service, const char *name)
{
	/* svscan starts us in its scan directory. Like svscan we follow it if it is renamed. Without
	 * the right to be here, only what has needs is worse off. */
	const int scan = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);

	service->name = name;
	if (scan == -1 && errno != EACCES)
		msg_die_sys(MSG_TEMPORARY, errno, "unable to open scan directory of %s", name);
	if (chdir(name) == -1)
		msg_die_sys(MSG_TEMPORARY, errno, "unable to chdir to %s", name);
	service->is_logger = is_logger(service, scan);
	needs_init(&service->needs, &service->needs_room, scan);
	int down = servicedir_normally_down(AT_FDCWD);
	if (down == -1)
		die(service, errno, "stat", SERVICEDIR_DOWN);
	service->machine.want = down == 1 ? SV_WANT_DOWN : SV_WANT_UP;

	take_lock(service);
	/* For reading and writing, so that it never reaches its end (fifo(7): Linux allows it). */
	service->control = file_open_fifo(service->directory, SV_CONTROL, O_RDWR, 0600);
	if (service->control == -1)
		die(service, errno, "read", SV_DIRECTORY "/" SV_CONTROL);
	know_ourselves(service);
	service->since = tai64n_now();
	service->changed = service->since;
	(void)config_read(service); /* what could not be read is read again before the start */
	if (geteuid() == 0)
		warn_of_writers(service);
}

void
claim_begin(struct service *service)
{
	const enum heritage found = heritage_take(service);
	const int status = found == HERITAGE_DEAD ? adopt_await_status(service) : SV_STATUS_UNKNOWN;

	const bool failed = service->machine.phase == PHASE_FAILED;
	service->notified = machine_state(service->machine.phase);
	prepare_record(service, found);
	if (found == HERITAGE_NONE && service->machine.phase == PHASE_TEARDOWN)
		service->kind = SV_CHILD_STOP; /* the world is to see what comes next */
	if (found == HERITAGE_DEAD)
		(void)death_happened(service, status);
	publish(service);
	open_ok(service);
	/* Nobody is told that the FIFO has a reader now: who waits for that looks again when the
	 * state is written. */
	service->published_state = 0;
	if (found == HERITAGE_NONE)
		(void)effect_happen(service, EVENT_BEGIN, 0, false);
	else if (found == HERITAGE_LIVING)
		effect_adopted(service);
	else if (found == HERITAGE_LEFTOVERS)
		(void)effect_leftovers(service);
	publish(service);
	if (failed)
		publish_failure(service); /* our predecessor may not have come to that */
}
