/* adopt: see adopt.h.
 * SPDX-License-Identifier: ISC */
#include "adopt.h"

#include "clock.h"
#include "fd.h"
#include "file.h"
#include "num.h"
#include "pause.h"
#include "proc.h"
#include "signame.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
	LAST_BREATH_MS = 5000, /* how long a killed supervise may take to be gone */
	STATUS_WAIT_MS = 1000, /* how long whoever inherited the process may take to reap it */
	LOOK_MS = 250,         /* from look to look on kernels that cannot tell (before 5.3) */
};

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
	struct pollfd end = {.fd = proc_open((pid_t)pid), .events = POLLIN};
	if (end.fd != -1 && proc_read((pid_t)pid, &process) && process.ticks == ticks)
		pause_until(&end, 1, clock_ms() + LAST_BREATH_MS);
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

/* Whether the process with the recorded number is the recorded one, alive, and may be believed to
 * be the service. */
static bool
is_recorded(const struct service *service, const struct sv_record *record)
{
	struct proc process;

	if (!proc_read(record->pid, &process)) {
		/* Without /proc all that can be seen must fit. */
		return service->self.ticks == 0 && kill(record->pid, 0) == 0 &&
		       getsid(record->pid) == record->pid && getpgid(record->pid) == record->pid &&
		       file_is_trusted(service->directory, SV_RECORD);
	}
	if (process.ticks != record->ticks || !proc_is_alive(&process))
		return false;
	return process.session == record->pid &&
	       (process.parent == getppid() || file_is_trusted(service->directory, SV_RECORD));
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

bool
adopt_predecessor(struct service *service)
{
	char text[SV_TEXT_MAX];
	char value[4];
	struct sv_record record;

	if (!sv_read_text(AT_FDCWD, text) || !same_boot(service, text))
		text[0] = '\0';
	await_end(text);
	/* Under another parent (a restarted container, say) everything begins afresh. */
	const bool continues = service->parent.pid != 0 &&
			       names_process(text, SV_KEY_PARENT_PID, SV_KEY_PARENT_TICKS,
				   service->parent.pid, service->parent.ticks) &&
			       sv_text_get(text, SV_KEY_LEFT, value, sizeof value) &&
			       strcmp(value, "0") == 0;
	if (continues) {
		take_over_want(service, text);
		take_over_deaths(service, text);
	}
	if (!sv_read_record(AT_FDCWD, service->self.boot, &record))
		return false;
	/* First the descriptor, then the look: so the look is at the process that it means. */
	service->process_fd = proc_open(record.pid);
	if (!is_recorded(service, &record)) {
		fd_close(&service->process_fd);
		return false;
	}
	take_over_process(service, &record, text);
	if (continues)
		service->machine.paused = sv_text_get(text, SV_KEY_PAUSED, value, sizeof value) &&
					  strcmp(value, "1") == 0;
	else if (service->machine.want == SV_WANT_DOWN)
		service->machine.want = SV_WANT_ONCE; /* it runs, so somebody wanted it */
	return true;
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
	if (service->process_fd != -1 && !to_group) {
		(void)proc_signal(service->process_fd, signal); /* ESRCH: it has just died */
		return;
	}
	/* The number of a group is not used again while its leader is there. */
	if (is_still_there(service))
		(void)kill(to_group ? -service->pid : service->pid, signal);
}

struct pollfd
adopt_slot(const struct service *service)
{
	/* Readable once it is dead; after that only the hang-up is news: it has been reaped. */
	return (struct pollfd){
	    .fd = service->adopted ? service->process_fd : -1,
	    .events = service->died_ms == 0 ? POLLIN : 0,
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

bool
adopt_died(struct service *service, int *status)
{
	if (!service->adopted || (service->died_ms == 0 && !is_dead(service)))
		return false;
	if (service->died_ms == 0)
		service->died_ms = clock_ms();
	if (service->process_fd == -1 || !proc_status(service->process_fd, status)) {
		*status = STATUS_UNKNOWN;
		if (service->process_fd != -1 && clock_ms() < adopt_deadline(service))
			return false; /* dead, but not reaped yet */
	}
	fd_close(&service->process_fd);
	service->adopted = false;
	service->died_ms = 0;
	return true;
}
