/* adopt: see adopt.h.
 * SPDX-License-Identifier: ISC */
#include "adopt.h"

#include "members.h"

#include "clock.h"
#include "fd.h"
#include "file.h"
#include "num.h"
#include "pause.h"
#include "proc.h"
#include "signame.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
	LAST_BREATH_MS = 5000, /* how long a killed supervise may take to be gone */
	STATUS_WAIT_MS = 1000, /* how long whoever inherited the process may take to reap it */
	LOOK_MS = 250,         /* from look to look on kernels that cannot tell (before 5.3) ... */
	GLANCE_MS = 10,        /* ... and while a killed supervise is ending */
};

void
adopt_take_handover(struct service *service)
{
	const char *text = getenv(SV_HANDOVER);
	uint64_t number;
	struct stat st;

	if (text == NULL)
		return;
	/* Only what we can have been given; anything else of that number is not ours to touch. */
	if (num_parse(text, INT_MAX, &number) && number > STDERR_FILENO) {
		const int fd = (int)number;
		if (fstat(fd, &st) == 0 && S_ISFIFO(st.st_mode) &&
		    fcntl(fd, F_SETFD, FD_CLOEXEC) == 0 && fd_set_nonblocking(fd, true))
			service->handover_fd = fd;
	}
	(void)unsetenv(SV_HANDOVER); /* fails for no valid name (unsetenv(3)) */
}

/* ---- The predecessor's state text ------------------------------------------------------------ */

/* Whether KEY and TICKS_KEY of TEXT name this process. */
static bool
names_process(
    const char *text, enum sv_key pid_key, enum sv_key ticks_key, pid_t pid, uint64_t ticks)
{
	uint64_t number, start;

	return sv_text_number(text, pid_key, &number) && number == (uint64_t)pid &&
	       sv_text_number(text, ticks_key, &start) && start == ticks;
}

static bool
same_boot(const struct service *service, const char *text)
{
	char boot[PROC_BOOT_SIZE];
	return sv_text_get(text, SV_KEY_BOOT, boot, sizeof boot) &&
	       strcmp(boot, service->self.boot) == 0;
}

/* The lock is free as soon as the predecessor has closed its files, but its half-made child is
 * killed a moment later: wait until that has happened. */
static void
await_end(const char *text)
{
	uint64_t pid, ticks;
	struct proc process;

	if (!sv_text_number(text, SV_KEY_SUPERVISE_PID, &pid) ||
	    !sv_text_number(text, SV_KEY_SUPERVISE_TICKS, &ticks))
		return;
	const int64_t limit_ms = clock_ms() + LAST_BREATH_MS;
	struct pollfd end = {.fd = proc_open((pid_t)pid), .events = POLLIN};
	/* By the time that it is a zombie its child has been signalled. */
	while (proc_read((pid_t)pid, &process) && process.ticks == ticks &&
	       proc_is_alive(&process) && clock_ms() < limit_ms)
		pause_until(&end, 1, end.fd != -1 ? limit_ms : clock_ms() + GLANCE_MS);
	fd_close(&end.fd);
}

static void
take_over_want(struct service *service, const char *text)
{
	char value[16];

	(void)sv_text_get(text, SV_KEY_WANT, value, sizeof value);
	for (unsigned want = SV_WANT_UP; want <= SV_WANT_ONCE; want++)
		if (strcmp(value, sv_want_names[want]) == 0)
			service->machine.want = (enum sv_want)want;
}

/* Without a process it counts from the last death, which our own start is not. */
static void
take_over_since(struct service *service, const char *text)
{
	char pid[16], label[TAI64N_LABEL + 1];

	if (sv_text_get(text, SV_KEY_PID, pid, sizeof pid) && pid[0] == '\0' &&
	    sv_text_get(text, SV_KEY_SINCE, label, sizeof label))
		(void)tai64n_parse(label, strlen(label), &service->since);
}

static void
take_over_deaths(struct service *service, const char *text)
{
	char value[16];
	uint64_t number;

	if (!sv_text_number(text, SV_KEY_DEATHS, &number))
		return;
	service->deaths = (unsigned long)number;
	service->last_status = STATUS_UNKNOWN;
	/* Put together as waitpid(2) has it. */
	if (sv_text_number(text, SV_KEY_EXIT, &number))
		service->last_status = (int)(number & 0xff) << 8;
	else if (sv_text_get(text, SV_KEY_SIGNAL, value, sizeof value) && value[0] != '\0')
		service->last_status = signame_number(value) & 0x7f;
}

/* ---- The record ------------------------------------------------------------------------------ */

/* Whether what stands in supervise/ may be believed about this process. Somebody else who owns the
 * directory could aim us at any process; then only at those that he could signal himself. */
static bool
is_believed(const struct service *service, const struct sv_record *record)
{
	struct stat directory, text, process;
	char path[32];

	if (file_is_trusted(service->directory, SV_RECORD))
		return true;
	snprintf(path, sizeof path, "/proc/%ld", (long)record->pid);
	return fstatat(service->directory, "", &directory, AT_EMPTY_PATH) == 0 &&
	       fstatat(service->directory, SV_RECORD, &text, AT_SYMLINK_NOFOLLOW) == 0 &&
	       ((directory.st_mode | text.st_mode) & (S_IWGRP | S_IWOTH)) == 0 &&
	       directory.st_uid != 0 && stat(path, &process) == 0 &&
	       process.st_uid == directory.st_uid;
}

/* Without /proc all that can be seen must fit. What does not fit, but is alive, may still be the
 * service: then nothing may be started beside it. */
static bool
is_alike(const struct service *service, const struct sv_record *record)
{
	if (kill(record->pid, 0) == -1 && errno == ESRCH)
		return false;
	if (getsid(record->pid) == record->pid && getpgid(record->pid) == record->pid &&
	    file_is_trusted(service->directory, SV_RECORD))
		return true;
	msg_die(MSG_TEMPORARY,
	    "unable to tell without /proc whether process %ld is what a killed supervise left in "
	    "%s; if it is not, remove %s/%s/%s",
	    (long)record->pid, service->name, service->name, SV_DIRECTORY, SV_RECORD);
}

/* Where /proc is mounted with hidepid, it shows an ordinary user no process that cannot be dumped,
 * not even one of his own (proc(5)). The service can be signalled and leads its session. */
static bool
is_hidden(const struct sv_record *record)
{
	return kill(record->pid, 0) == 0 && getsid(record->pid) == record->pid;
}

/* Whether the process with the recorded number is the recorded one, alive, and may be believed to
 * be the service. */
static bool
is_recorded(const struct service *service, const struct sv_record *record)
{
	struct proc process;

	if (service->self.ticks == 0)
		return is_alike(service, record);
	if (!proc_read(record->pid, &process))
		return is_hidden(record) && is_alike(service, record);
	return process.ticks == record->ticks && proc_is_alive(&process) &&
	       process.session == record->pid && is_believed(service, record);
}

/* Milliseconds that the recorded process has lived; 0 if that cannot be told. */
static uint64_t
age_of(const struct sv_record *record)
{
	struct timespec up;
	const uint64_t per_second = (uint64_t)sysconf(_SC_CLK_TCK);

	if (record->ticks == 0 || clock_gettime(CLOCK_BOOTTIME, &up) == -1)
		return 0;
	const uint64_t now_ms = (uint64_t)up.tv_sec * 1000 + (uint64_t)up.tv_nsec / 1000000;
	const uint64_t start_ms = record->ticks * 1000 / per_second;
	return now_ms > start_ms ? now_ms - start_ms : 0;
}

static void
take_over_process(struct service *service, const struct sv_record *record, const char *text)
{
	char label[TAI64N_LABEL + 1];
	const uint64_t age_ms = age_of(record);

	service->adopted = true;
	service->pid = record->pid;
	service->ticks = record->ticks;
	service->executed = true;
	service->started_ms = clock_ms() - (int64_t)age_ms;
	service->since = tai64n_now();
	tai64n_subtract_ms(&service->since, age_ms);
	if (names_process(text, SV_KEY_PID, SV_KEY_TICKS, record->pid, record->ticks) &&
	    sv_text_get(text, SV_KEY_SINCE, label, sizeof label))
		(void)tai64n_parse(label, strlen(label), &service->since);
}

/* Whether the predecessor, with this state TEXT, had the same parent and did not leave by itself.
 * Under another parent (a restarted container, say) everything begins afresh. */
static bool
continues(const struct service *service, const char *text)
{
	uint64_t left;

	return service->parent.pid != 0 &&
	       names_process(text, SV_KEY_PARENT_PID, SV_KEY_PARENT_TICKS, service->parent.pid,
		   service->parent.ticks) &&
	       sv_text_number(text, SV_KEY_LEFT, &left) && left == 0;
}

/* Whether the recorded process is known to be dead: reaped, or still to be. */
static bool
is_past(const struct service *service, const struct sv_record *record)
{
	struct proc process;

	if (!proc_read(record->pid, &process))
		return service->self.ticks != 0; /* or else there is no /proc */
	return process.ticks != record->ticks || !proc_is_alive(&process);
}

static enum adopt_found
take_over_dead(struct service *service, const struct sv_record *record, const char *text)
{
	struct proc process;

	/* One that is reaped has no descriptor: what we opened would be somebody else. */
	if (!proc_read(record->pid, &process) || process.ticks != record->ticks)
		fd_close(&service->process_fd);
	take_over_process(service, record, text);
	service->died_ms = clock_ms();
	return ADOPT_DEAD;
}

static enum adopt_found
take_over_living(
    struct service *service, const struct sv_record *record, const char *text, bool same_parent)
{
	uint64_t paused;

	take_over_process(service, record, text);
	if (same_parent)
		service->machine.paused =
		    sv_text_number(text, SV_KEY_PAUSED, &paused) && paused == 1;
	else if (service->machine.want == SV_WANT_DOWN)
		service->machine.want = SV_WANT_ONCE; /* it runs, so somebody wanted it */
	return ADOPT_LIVING;
}

enum adopt_found
adopt_predecessor(struct service *service)
{
	char text[SV_TEXT_MAX];
	struct sv_record record;

	if (!sv_read_text(AT_FDCWD, text) || !same_boot(service, text))
		text[0] = '\0';
	await_end(text);
	const bool same_parent = continues(service, text);
	if (same_parent) {
		take_over_want(service, text);
		take_over_since(service, text);
		take_over_deaths(service, text);
	}
	if (sv_read_record(AT_FDCWD, service->self.boot, &record)) {
		/* First the descriptor, then the look: so the look is at the process that it
		 * means. */
		service->process_fd = proc_open(record.pid);
		if (is_recorded(service, &record))
			return take_over_living(service, &record, text, same_parent);
		if (same_parent && is_past(service, &record))
			return take_over_dead(service, &record, text);
		fd_close(&service->process_fd);
	}
	fd_close(&service->handover_fd);
	return ADOPT_NOTHING;
}

/* ---- The adopted process --------------------------------------------------------------------- */

/* On kernels without process descriptors: the last moment before it is signalled by its number. */
static bool
is_still_there(const struct service *service)
{
	struct proc process;

	if (!proc_read(service->pid, &process))
		return service->ticks == 0 && kill(service->pid, 0) == 0;
	return process.ticks == service->ticks && proc_is_alive(&process);
}

void
adopt_signal(const struct service *service, int signal, bool to_group)
{
	/* ESRCH in these calls: it has just died. */
	if (service->process_fd == -1) {
		if (is_still_there(service))
			(void)kill(to_group ? -service->pid : service->pid, signal);
	} else if (!to_group) {
		(void)proc_signal(service->process_fd, signal);
	} else if (!proc_signal_group(service->process_fd, signal) && errno != ESRCH) {
		members_signal(service->pid, signal);
	}
}

void
adopt_slots(const struct service *service, struct pollfd slots[ADOPT_SLOTS])
{
	/* Readable once it is dead; after that only the hang-up is news: it has been reaped. */
	slots[ADOPT_PROCESS] = (struct pollfd){
	    .fd = service->adopted ? service->process_fd : -1,
	    .events = service->died_ms == 0 ? POLLIN : 0,
	};
	slots[ADOPT_HANDOVER] = (struct pollfd){
	    .fd = service->adopted ? service->handover_fd : -1,
	    .events = POLLIN,
	};
}

int64_t
adopt_deadline(const struct service *service)
{
	if (!service->adopted)
		return CLOCK_NEVER;
	if (service->died_ms != 0)
		return service->died_ms + STATUS_WAIT_MS;
	return service->process_fd == -1 ? service->look_ms : CLOCK_NEVER;
}

/* What our parent tells: true with the status. It tells it once, and only after the death. */
static bool
read_handover(struct service *service, int *status)
{
	struct sv_handover message;

	if (service->handover_fd == -1)
		return false;
	ssize_t got = fd_read(service->handover_fd, &message, sizeof message);
	if (got == -1 && errno == EAGAIN)
		return false; /* not yet */
	/* Its end without a message means that the writer was killed, too. */
	fd_close(&service->handover_fd);
	if (got != (ssize_t)sizeof message || message.pid != service->pid)
		return false;
	*status = message.status;
	return true;
}

/* Whether it is dead; how it died is another question. */
static bool
is_dead(struct service *service)
{
	struct pollfd slot = {.fd = service->process_fd, .events = POLLIN};

	if (slot.fd != -1)
		return poll(&slot, 1, 0) == 1;
	service->look_ms = clock_ms() + LOOK_MS;
	return !is_still_there(service);
}

/* What the kernel tells. The hang-up says that the process was reaped: if the status is not there
 * by then, the kernel does not keep it, and there is nothing more to learn from the descriptor. */
static bool
read_status(struct service *service, int *status)
{
	struct pollfd slot = {.fd = service->process_fd};

	if (slot.fd == -1)
		return false;
	const bool reaped = poll(&slot, 1, 0) == 1 && (slot.revents & POLLHUP) != 0;
	if (proc_status(service->process_fd, status))
		return true;
	if (reaped)
		fd_close(&service->process_fd);
	return false;
}

bool
adopt_died(struct service *service, int *status)
{
	if (!service->adopted)
		return false;
	bool known = read_handover(service, status);
	if (!known && service->died_ms == 0 && !is_dead(service))
		return false;
	if (service->died_ms == 0)
		service->died_ms = clock_ms();
	known = known || read_status(service, status);
	if (!known) {
		*status = STATUS_UNKNOWN;
		if ((service->process_fd != -1 || service->handover_fd != -1) &&
		    clock_ms() < adopt_deadline(service))
			return false; /* dead, but not reaped yet */
	}
	fd_close(&service->process_fd);
	fd_close(&service->handover_fd);
	service->adopted = false;
	service->died_ms = 0;
	return true;
}

int
adopt_await_status(struct service *service)
{
	struct pollfd slots[ADOPT_SLOTS];
	int status;

	while (!adopt_died(service, &status)) {
		adopt_slots(service, slots);
		pause_until(slots, ADOPT_SLOTS, adopt_deadline(service));
	}
	return status;
}
