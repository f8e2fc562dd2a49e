/* control: see control.h.
 * SPDX-License-Identifier: ISC */
#include "control.h"

#include "effect.h"
#include "publish.h"

#include "clock.h"
#include "fd.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>

enum {
	RETRY_MS = 1000,        /* after a read of the FIFO failed */
	LETTERS_PER_TURN = 512, /* so that a flood of letters cannot hide signals */
};

static enum machine_event
event_of(const struct sv_command *command)
{
	static const enum machine_event events[] = {
	    [SV_UP] = EVENT_UP,
	    [SV_DOWN] = EVENT_DOWN,
	    [SV_ONCE] = EVENT_ONCE,
	    [SV_AT_MOST_ONCE] = EVENT_AT_MOST_ONCE,
	    [SV_EXIT] = EVENT_EXIT,
	    [SV_PAUSE] = EVENT_PAUSE,
	    [SV_CONTINUE] = EVENT_CONTINUE,
	    [SV_SIGNAL] = EVENT_SIGNAL,
	    [SV_RESTART] = EVENT_RESTART,
	    [SV_UP_FOR_GOOD] = EVENT_UP,
	    [SV_DOWN_FOR_GOOD] = EVENT_DOWN,
	};
	return command->signal == SIGKILL ? EVENT_KILL : events[command->verb];
}

/* The down file is for the next supervise; if it cannot be changed, this one obeys all the same. */
static void
change_down_file(const struct service *service, enum sv_verb verb)
{
	if (verb == SV_UP_FOR_GOOD && servicedir_clear_down(AT_FDCWD) == -1)
		msg_warn_sys(errno, "unable to remove %s/%s", service->name, SERVICEDIR_DOWN);
	if (verb == SV_DOWN_FOR_GOOD && servicedir_set_down(AT_FDCWD) == -1)
		msg_warn_sys(errno, "unable to create %s/%s", service->name, SERVICEDIR_DOWN);
}

static void
warn_ignored(const struct service *service, struct msg_fault *fault, char letter, const char *why)
{
	if (msg_due(fault, MSG_EFORMAT, clock_ms()))
		msg_warn("%s/%s/%s: ignored command byte 0x%02x: %s", service->name, SV_DIRECTORY,
		    SV_CONTROL, (unsigned char)letter, why);
}

/* Obeys one letter. False when supervise is to leave. */
static bool
obey(struct service *service, char letter)
{
	const struct sv_command *command = sv_command(letter);
	const bool to_group = service->to_group;

	service->commands++;
	service->to_group = false;
	if (command == NULL) {
		warn_ignored(service, &service->unknown_fault, letter, "no such command");
		return true;
	}
	if (command->verb == SV_LOG || command->verb == SV_SERVICE) {
		service->ignoring = command->verb == SV_LOG;
		return true;
	}
	if (service->ignoring) {
		warn_ignored(service, &service->ignored_fault, letter, "for a logger; use DIR/log");
		return true;
	}
	if (command->verb == SV_GROUP) {
		service->to_group = true;
		return true;
	}
	change_down_file(service, command->verb);
	return effect_happen(service, event_of(command), command->signal, to_group);
}

/* Something is wrong with the FIFO: it would stay readable and keep us spinning. */
static void
put_off(struct service *service, int error)
{
	if (msg_due(&service->control_fault, error, clock_ms()))
		msg_warn_sys(error, "unable to read %s/%s/%s, retrying", service->name,
		    SV_DIRECTORY, SV_CONTROL);
	service->control_again_ms = clock_ms() + RETRY_MS;
}

bool
control_read(struct service *service)
{
	char letters[LETTERS_PER_TURN];
	ssize_t got = fd_read(service->control, letters, sizeof letters);

	if (got == -1 && errno != EAGAIN)
		put_off(service, errno);
	for (ssize_t i = 0; i < got; i++)
		if (!obey(service, letters[i]))
			return false;
	if (got < (ssize_t)sizeof letters) {
		/* Read empty: a new writer begins anew. */
		service->ignoring = false;
		service->to_group = false;
	}
	publish(service); /* how many were obeyed */
	return true;
}
