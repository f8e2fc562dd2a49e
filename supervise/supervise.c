/* supervise: keeps one service running, obeys the letters in supervise/control, tells the truth in
 * supervise/status and supervise/state. It never sleeps: every pause is a deadline in its one loop.
 * SPDX-License-Identifier: ISC */
#include "adopt.h"
#include "effect.h"

#include "clock.h"
#include "fd.h"
#include "file.h"
#include "pause.h"
#include "servicedir.h"
#include "sigfd.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	CONTROL_RETRY_MS = 1000, /* after a read of the control FIFO failed */
	PARENT_LOOKS = 2,        /* for a parent that dies while we look */
	LETTERS_PER_TURN = 512,  /* so that a flood of letters cannot hide signals */
};

/* What stays in mind between two reads of the control FIFO. */
struct control {
	bool to_group;    /* "+" was the last letter */
	bool ignoring;    /* after "L" */
	int64_t again_ms; /* not read before this time, because reading failed */
	struct msg_fault unknown, ignored, failed;
};

/* TERM and INT mean "dx". CHLD tells of deaths. The others would end or stop us by default and are
 * read and forgotten; blocked, they leave the dispositions that run inherits alone. */
static const int handled_signals[] = {
    SIGTERM,
    SIGINT,
    SIGCHLD,
    SIGHUP,
    SIGQUIT,
    SIGALRM,
    SIGUSR1,
    SIGUSR2,
    SIGPIPE,
    SIGTSTP,
    SIGTTIN,
    SIGTTOU,
    SIGPWR,
    SIGWINCH,
    SIGIO,
    SIGXCPU,
    SIGXFSZ,
    SIGPROF,
    SIGVTALRM,
};

/* ---- Start: every failure here is fatal, since nothing runs yet ------------------------------ */

/* Dies for ERROR with NAME, a path below the service directory. */
static _Noreturn void
die(const struct service *service, int error, const char *verb, const char *name)
{
	msg_die_sys(MSG_TEMPORARY, error, "unable to %s %s/%s", verb, service->name, name);
}

/* Opens supervise/, which may be a link; makes it, or what the link points to, if it is missing. */
static int
open_state_directory(void)
{
	char target[PATH_MAX];

	int made = mkdirat(AT_FDCWD, SV_DIRECTORY, 0700);
	int fd = sv_open_directory(AT_FDCWD);
	if (fd != -1 || made == 0 || errno != ENOENT)
		return fd;
	ssize_t length = readlink(SV_DIRECTORY, target, sizeof target - 1);
	if (length == -1)
		return -1;
	target[length] = '\0';
	if (!file_make_directories(AT_FDCWD, target, 0700))
		return -1;
	return sv_open_directory(AT_FDCWD);
}

static void
take_lock(struct service *service)
{
	service->directory = open_state_directory();
	if (service->directory != -1)
		service->lock = file_open_private(service->directory, SV_LOCK,
		    O_WRONLY | O_APPEND | O_CREAT, 0600, FILE_REGULAR, 1);
	if (service->lock == -1 || flock(service->lock, LOCK_EX | LOCK_NB) == -1)
		die(service, errno, "acquire", SV_DIRECTORY "/" SV_LOCK);
}

/* The record has its full size from the start, so that writing it later cannot meet a full disk. It
 * is a new file: a half-made child of our predecessor, killed in the middle of its last system
 * call, writes into the old one. Without a record the service runs all the same. */
static void
prepare_record(struct service *service)
{
	const struct sv_record none = {.kind = SV_CHILD_NONE};
	char text[SV_RECORD_SIZE];

	sv_record_format(text, &none);
	/* That of an adopted process stays, since it stays true. */
	if (service->adopted || file_replace(service->directory, SV_RECORD, SV_RECORD_NEW, text,
				    sizeof text, 0644) == FILE_DONE)
		service->record =
		    file_open_private(service->directory, SV_RECORD, O_WRONLY, 0, FILE_REGULAR, 1);
	if (service->record == -1)
		msg_warn_sys(
		    errno, "unable to write %s/%s/%s", service->name, SV_DIRECTORY, SV_RECORD);
}

static void
know_ourselves(struct service *service)
{
	struct proc process;

	service->self.pid = getpid();
	/* A parent that dies just now is followed by another one; it may also be hidden. */
	for (int i = 0; i < PARENT_LOOKS && service->parent.pid == 0; i++) {
		if (!proc_read(0, &process))
			break;
		service->self.ticks = process.ticks;
		/* 0: a parent outside of our PID namespace. */
		if (process.parent == 0 || !proc_read(process.parent, &service->parent))
			service->parent.pid = 0;
	}
	proc_boot_id(service->self.boot);
	sv_place(service->directory, service->self.at);
}

/* True if there was none: the service begins. */
static bool
follow_predecessor(struct service *service)
{
	switch (adopt_predecessor(service)) {
	case ADOPT_LIVING:
		(void)effect_happen(service, EVENT_ADOPT, 0, false);
		return false;
	case ADOPT_DEAD:
		service->machine.state = SV_STATE_UP; /* as the predecessor left it */
		(void)effect_happen(
		    service, effect_reaped(service, adopt_await_status(service)), 0, false);
		return false;
	case ADOPT_NOTHING:
		break;
	}
	effect_publish(service);
	return true;
}

/* Enters the service directory and makes everything in supervise/ that others look for. The ok FIFO
 * comes last: who finds it open finds the rest as well. True if the service is to begin. */
static bool
claim(struct service *service, const char *name)
{
	service->name = name;
	if (chdir(name) == -1)
		msg_die_sys(MSG_TEMPORARY, errno, "unable to chdir to %s", name);
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
	const bool begins = follow_predecessor(service);
	prepare_record(service);
	/* Never read, and open until we die. */
	if (file_open_fifo(service->directory, SV_OK, O_RDONLY, 0600) == -1)
		die(service, errno, "read", SV_DIRECTORY "/" SV_OK);
	return begins;
}

/* ---- Commands -------------------------------------------------------------------------------- */

static enum machine_event
event_of(enum sv_verb verb)
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
	return events[verb];
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
obey(struct service *service, struct control *control, char letter)
{
	const struct sv_command *command = sv_command(letter);
	const bool to_group = control->to_group;

	control->to_group = false;
	if (command == NULL) {
		warn_ignored(service, &control->unknown, letter, "no such command");
		return true;
	}
	if (command->verb == SV_LOG || command->verb == SV_SERVICE) {
		control->ignoring = command->verb == SV_LOG;
		return true;
	}
	if (control->ignoring) {
		warn_ignored(service, &control->ignored, letter, "for a logger; use DIR/log");
		return true;
	}
	if (command->verb == SV_GROUP) {
		control->to_group = true;
		return true;
	}
	change_down_file(service, command->verb);
	return effect_happen(service, event_of(command->verb), command->signal, to_group);
}

/* Something is wrong with the FIFO: it would stay readable and keep us spinning. */
static void
put_off(const struct service *service, struct control *control, int error)
{
	if (msg_due(&control->failed, error, clock_ms()))
		msg_warn_sys(error, "unable to read %s/%s/%s, retrying", service->name,
		    SV_DIRECTORY, SV_CONTROL);
	control->again_ms = clock_ms() + CONTROL_RETRY_MS;
}

/* Reads what is pending, up to a bound, and obeys it in order. False when supervise is to leave. */
static bool
read_control(struct service *service, struct control *control)
{
	char letters[LETTERS_PER_TURN];
	ssize_t got = fd_read(service->control, letters, sizeof letters);

	if (got == -1 && errno != EAGAIN)
		put_off(service, control, errno);
	for (ssize_t i = 0; i < got; i++)
		if (!obey(service, control, letters[i]))
			return false;
	if (got < (ssize_t)sizeof letters) {
		/* Read empty: a new writer begins anew. */
		control->ignoring = false;
		control->to_group = false;
	}
	return true;
}

/* ---- Signals --------------------------------------------------------------------------------- */

/* Reaps whatever has died; children that we do not know (a parent's, from before its exec) too. */
static bool
reap(struct service *service)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid != service->pid)
			continue;
		/* Whether it executed must be known before its death is judged. */
		if (effect_read_report(service))
			(void)effect_happen(service, EVENT_EXECUTED, 0, false);
		if (!effect_happen(service, effect_reaped(service, status), 0, false))
			return false;
	}
	return true;
}

/* TERM and INT are the letters "dx". */
static bool
end(struct service *service)
{
	return effect_happen(service, EVENT_DOWN, 0, false) &&
	       effect_happen(service, EVENT_EXIT, 0, false);
}

static bool
take_signals(struct service *service, int signals)
{
	int signal;
	bool stay = true;

	while (stay && (signal = sigfd_next(signals)) != 0) {
		if (signal == SIGCHLD)
			stay = reap(service);
		else if (signal == SIGTERM || signal == SIGINT)
			stay = end(service);
	}
	return stay;
}

/* ---- The loop -------------------------------------------------------------------------------- */

enum { SLOT_SIGNALS, SLOT_ADOPTED, SLOT_REPORT = SLOT_ADOPTED + ADOPT_SLOTS, SLOT_CONTROL, SLOTS };

/* One turn: signals first, then the child's news, then commands, then the time. */
static bool
turn(struct service *service, struct control *control, int signals)
{
	struct pollfd slots[SLOTS] = {
	    [SLOT_SIGNALS] = {.fd = signals, .events = POLLIN},
	    [SLOT_REPORT] = {.fd = service->report, .events = POLLIN},
	    [SLOT_CONTROL] = {.fd = service->control, .events = POLLIN},
	};
	int64_t deadline_ms = clock_earlier(service->next_start_ms, adopt_deadline(service));
	int status;

	adopt_slots(service, &slots[SLOT_ADOPTED]);
	if (clock_ms() < control->again_ms) {
		slots[SLOT_CONTROL].fd = -1;
		deadline_ms = clock_earlier(deadline_ms, control->again_ms);
	}
	pause_until(slots, SLOTS, deadline_ms);
	if (slots[SLOT_SIGNALS].revents != 0 && !take_signals(service, signals))
		return false;
	if (adopt_died(service, &status) &&
	    !effect_happen(service, effect_reaped(service, status), 0, false))
		return false;
	if (slots[SLOT_REPORT].revents != 0 && effect_read_report(service))
		(void)effect_happen(service, EVENT_EXECUTED, 0, false);
	if (slots[SLOT_CONTROL].revents != 0 && !read_control(service, control))
		return false;
	if (clock_ms() >= service->next_start_ms)
		(void)effect_happen(service, EVENT_DEADLINE, 0, false);
	return true;
}

int
main(int argc, char **argv)
{
	/* In static memory: supervise allocates nothing. */
	static struct service service = {
	    .directory = -1,
	    .lock = -1,
	    .control = -1,
	    .record = -1,
	    .report = -1,
	    .process_fd = -1,
	    .handover_fd = -1,
	    .next_start_ms = CLOCK_NEVER,
	};
	static struct control control;

	fd_reserve_standard();
	adopt_take_handover(&service);
	msg_program("supervise");
	if (argc != 2)
		msg_usage("supervise dir");
	int signals = sigfd_open(handled_signals, sizeof handled_signals / sizeof *handled_signals);
	if (signals == -1)
		msg_die_sys(MSG_TEMPORARY, errno, "unable to create signal descriptor");
	msg_never_block();
	/* Ctrl-C and signals to the scanner's group are for the scanner. Fails for a session
	 * leader, whose group is its own already (setpgid(2)). */
	(void)setpgid(0, 0);
	if (claim(&service, argv[1]))
		(void)effect_happen(&service, EVENT_BEGIN, 0, false);
	while (turn(&service, &control, signals))
		;
	return 0;
}
