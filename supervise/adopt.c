/* adopt: see adopt.h.
 * SPDX-License-Identifier: ISC */
#include "adopt.h"

#include "members.h"

#include "clock.h"
#include "fd.h"
#include "pause.h"
#include "proc.h"

#include <errno.h>
#include <signal.h>

enum {
	STATUS_WAIT_MS = 1000, /* how long whoever inherited the process may take to reap it */
	LOOK_MS = 250,         /* from look to look on kernels that cannot tell (before 5.3) */
};

void
adopt_take_handover(struct service *service)
{
	service->handover_fd = fd_take_pipe(SV_HANDOVER);
	if (service->handover_fd != -1 && !fd_set_nonblocking(service->handover_fd, true))
		fd_close(&service->handover_fd);
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
	const struct members group = {.of = MEMBERS_GROUP, .root = service->pid};

	/* ESRCH in these calls: it has just died. */
	if (service->process_fd == -1) {
		if (is_still_there(service))
			(void)kill(to_group ? -service->pid : service->pid, signal);
	} else if (!to_group) {
		(void)proc_signal(service->process_fd, signal);
	} else if (!proc_signal_group(service->process_fd, signal) && errno != ESRCH) {
		members_signal(&group, signal);
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
		*status = SV_STATUS_UNKNOWN;
		if ((service->process_fd != -1 || service->handover_fd != -1) &&
		    clock_ms() < adopt_deadline(service))
			return false; /* dead, but not reaped yet */
	}
	/* The descriptor still holds the number of its group: see aftermath.h. */
	fd_close(&service->handover_fd);
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
