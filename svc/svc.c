/* svc: writes commands to the supervisors of services, all letters in one write, so that nobody
 * else's commands come between them; and waits, if asked, until they have had their effect.
 * SPDX-License-Identifier: ISC */
#include "arg.h"
#include "clock.h"
#include "fd.h"
#include "fmt.h"
#include "msg.h"
#include "scandir.h"
#include "svproto.h"
#include "wait.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

/* How long a supervise that does not read its commands may hold us up. Its FIFO takes 64 KiB
 * before that happens, so it is stopped or stuck. */
enum { WRITE_LIMIT_MS = 5000 };

/* How long a service that is waited for may be without supervise: svscan replaces a dead one within
 * a second. */
enum { ABSENT_LIMIT_MS = 3000 };

/* Every letter once, each at most with the group prefix before it. */
enum { LETTERS_MAX = 2 * 2 * 128 };

/* What is going to be written, in the order of the options. */
struct letters {
	char bytes[LETTERS_MAX];
	size_t count;
	bool group; /* a prefix has been read and waits for its signal letter */
};

/* Some letters exist only in the FIFO, for clients of other suites: the prefixes of
 * daemontools-encore, which would change what others write next, and the second name of y. */
static bool
is_option(const struct sv_command *command)
{
	return command->verb != SV_LOG && command->verb != SV_SERVICE && command->letter != 'w';
}

struct options {
	struct letters letters;
	bool wait;
	bool strict;
	int64_t deadline_ms;
};

_Noreturn static void
usage(void)
{
	char line[1024];
	size_t used = fmt(line, sizeof line, "svc options:");

	for (size_t i = 0; i < sv_command_count; i++)
		if (is_option(&sv_commands[i]))
			used += fmt(line + used, sizeof line - used, " %c %s,",
			    sv_commands[i].letter, sv_commands[i].word);
	used += fmt(line + used, sizeof line - used,
	    " e strict exit codes, w wait, T milliseconds at most, V version\n");
	/* Not "PROG: usage:", but 0.76's own form. A failure has nowhere to be reported. */
	(void)fd_write_all(STDERR_FILENO, line, used);
	_exit(MSG_USAGE);
}

/* Those that are no letters. */
#define OWN_OPTIONS "ewT:V"

/* What arg_begin takes: all letters. */
static void
list_options(char *options)
{
	size_t used = 0;

	for (size_t i = 0; i < sv_command_count; i++)
		if (is_option(&sv_commands[i]))
			options[used++] = sv_commands[i].letter;
	memcpy(options + used, OWN_OPTIONS, sizeof OWN_OPTIONS);
}

/* Whether LETTER, with the group prefix or without, is among the letters already. */
static bool
is_listed(const struct letters *letters, char letter, bool group)
{
	for (size_t i = 0; i < letters->count; i++) {
		bool prefixed = i > 0 && letters->bytes[i - 1] == '+';
		if (letters->bytes[i] == letter && prefixed == group)
			return true;
	}
	return false;
}

/* What the group prefix changes. */
static bool
is_signal(const struct sv_command *command)
{
	return command->verb == SV_SIGNAL || command->verb == SV_PAUSE ||
	       command->verb == SV_CONTINUE;
}

static void
add(struct letters *letters, char letter)
{
	const struct sv_command *command = sv_command(letter);

	/* A prefix without its signal would have no effect, or one on somebody else's command. */
	if (letters->group && !is_signal(command)) {
		msg_bad_option('?', '+');
		usage();
	}
	if (command->verb == SV_GROUP) {
		letters->group = true;
		return;
	}
	if (!is_listed(letters, letter, letters->group)) {
		if (letters->group)
			letters->bytes[letters->count++] = '+';
		letters->bytes[letters->count++] = letter;
	}
	letters->group = false;
}

static void
read_letter(struct letters *letters, int option, const struct arg *arg)
{
	if (option == '?' || option == ':') {
		msg_bad_option(option, arg->letter);
		usage();
	}
	add(letters, (char)option);
}

/* Returns the operands. */
static char **
read_options(int argc, char **argv, struct options *options)
{
	char known[LETTERS_MAX];
	bool limited = false;
	int option;

	list_options(known);
	struct arg arg = arg_begin(argc, argv, known);
	while ((option = arg_next(&arg)) != ARG_END) {
		switch (option) {
		case 'V':
			(void)fd_write_all(
			    STDOUT_FILENO, "svc " VERSION "\n", sizeof "svc " VERSION "\n" - 1);
			_exit(0);
		case 'e':
			options->strict = true;
			break;
		case 'w':
			options->wait = true;
			break;
		case 'T':
			limited = true;
			if (!wait_limit(arg.value, &options->deadline_ms))
				usage();
			break;
		default:
			read_letter(&options->letters, option, &arg);
		}
	}
	if (options->letters.group) {
		msg_bad_option('?', '+');
		usage();
	}
	/* A limit for nothing, or waiting for nothing: the caller is mistaken. */
	if (options->wait ? options->letters.count == 0 : limited)
		usage();
	return arg.rest;
}

/* Notes how things are, so that what our letters change can be told from it. */
static void
prepare_wait(struct wait *wait, const struct letters *letters)
{
	struct view view;

	view_read(wait->watch.service, &view);
	wait->goal = goal_of(letters->bytes[letters->count - 1]);
	wait->before =
	    (struct goal_before){view.supervise, view.commands, view.starts, letters->count};
}

/* The errors that mean that nobody is there to take commands. */
static enum verdict
verdict_of(int error)
{
	return error == ENXIO || error == EPIPE || error == ENOENT ? VERDICT_ABSENT
								   : VERDICT_UNKNOWN;
}

/* Writes the letters. One failing service does not keep the others from their commands; scripts
 * written for daemontools rely on exit 0 even then, so each failure is only a warning. */
static enum verdict
control(struct wait *wait, const struct options *options)
{
	const struct letters *letters = &options->letters;
	const int64_t left_ms = options->deadline_ms - clock_ms();

	wait->watch.service = scandir_open(wait->name);
	if (wait->watch.service == -1) {
		msg_warn_sys(errno, "unable to chdir to %s", wait->name);
		return VERDICT_UNKNOWN;
	}
	wait->control = sv_open_control(wait->watch.service);
	if (wait->control == -1) {
		const int error = errno;
		if (error == ENXIO)
			msg_warn("unable to control %s: supervise not running", wait->name);
		else
			msg_warn_sys(error, "unable to control %s", wait->name);
		return verdict_of(error);
	}
	if (options->wait)
		prepare_wait(wait, letters);
	if (!sv_write(wait->control, letters->bytes, letters->count,
		left_ms < WRITE_LIMIT_MS ? (int)left_ms : WRITE_LIMIT_MS)) {
		const int error = errno;
		msg_warn_sys(error, "error writing commands to %s", wait->name);
		return verdict_of(error);
	}
	return VERDICT_WAIT;
}

/* Commands all services, then waits for them together. Returns the exit code. */
static int
command(char **names, size_t count, const struct options *options)
{
	const struct wait_terms terms = {WAIT_EACH, options->deadline_ms, ABSENT_LIMIT_MS};
	struct wait *waits = wait_room(count, sizeof *waits);

	if (options->wait)
		wait_begin();
	for (size_t i = 0; i < count; i++) {
		struct wait *wait = &waits[i];
		*wait = (struct wait){.name = names[i], .watch = WATCH_NONE, .control = -1};
		wait->verdict = control(wait, options);
		if (options->wait && wait->verdict == VERDICT_WAIT)
			continue;
		fd_close(&wait->control);
		fd_close(&wait->watch.service);
		/* Nothing is left to wait for. */
		wait->settled = wait->reported = true;
		if (wait->verdict == VERDICT_WAIT)
			wait->verdict = VERDICT_HOLDS;
	}
	const int code = wait_for(waits, count, &terms);
	return options->wait || options->strict ? code : 0;
}

int
main(int argc, char **argv)
{
	struct options options = {.deadline_ms = CLOCK_NEVER};

	fd_reserve_standard();
	msg_program("svc");
	signal(SIGPIPE, SIG_IGN); /* a supervise that leaves just now is a warning */
	char **services = read_options(argc, argv, &options);
	return command(services, (size_t)(argv + argc - services), &options);
}
