/* svc: writes commands to the supervisors of services, all letters in one write, so that nobody
 * else's commands come between them. SPDX-License-Identifier: ISC */
#include "fd.h"
#include "msg.h"
#include "scandir.h"
#include "svproto.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* How long a supervise that does not read its commands may hold us up. Its FIFO takes 64 KiB
 * before that happens, so it is stopped or stuck. */
enum { WRITE_LIMIT_MS = 5000 };

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

_Noreturn static void
usage(void)
{
	char line[1024];
	int used = snprintf(line, sizeof line, "svc options:");

	for (size_t i = 0; i < sv_command_count; i++)
		if (is_option(&sv_commands[i]))
			used += snprintf(line + used, sizeof line - (size_t)used, " %c %s,",
			    sv_commands[i].letter, sv_commands[i].word);
	used += snprintf(line + used, sizeof line - (size_t)used, " V version\n");
	/* Not "PROG: usage:", but 0.76's own form. A failure has nowhere to be reported. */
	(void)fd_write_all(STDERR_FILENO, line, (size_t)used);
	_exit(MSG_USAGE);
}

/* The string for getopt(3): stop at the first operand, be silent, and all letters. */
static void
list_options(char *options)
{
	size_t used = 0;

	options[used++] = '+';
	options[used++] = ':';
	for (size_t i = 0; i < sv_command_count; i++)
		if (is_option(&sv_commands[i]))
			options[used++] = sv_commands[i].letter;
	options[used++] = 'V';
	options[used] = '\0';
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
read_options(int argc, char **argv, struct letters *letters)
{
	char options[LETTERS_MAX];
	int option;

	list_options(options);
	while ((option = getopt(argc, argv, options)) != -1) {
		if (option == 'V') {
			(void)fd_write_all(
			    STDOUT_FILENO, "svc " VERSION "\n", sizeof "svc " VERSION "\n" - 1);
			_exit(0);
		}
		if (option == '?') {
			msg_bad_option(option, optopt);
			usage();
		}
		add(letters, (char)option);
	}
	if (letters->group) {
		msg_bad_option('?', '+');
		usage();
	}
}

/* One failing service does not keep the others from their commands; scripts written for
 * daemontools rely on exit 0 even then, so each failure is only a warning. */
static void
control(const char *name, const struct letters *letters)
{
	int service = scandir_open(name);
	if (service == -1) {
		msg_warn_sys(errno, "unable to chdir to %s", name);
		return;
	}
	int fd_control = sv_open_control(service);
	if (fd_control == -1 && errno == ENXIO)
		msg_warn("unable to control %s: supervise not running", name);
	else if (fd_control == -1)
		msg_warn_sys(errno, "unable to control %s", name);
	else if (!sv_write(fd_control, letters->bytes, letters->count, WRITE_LIMIT_MS))
		msg_warn_sys(errno, "error writing commands to %s", name);
	fd_close(&fd_control);
	fd_close(&service);
}

int
main(int argc, char **argv)
{
	struct letters letters = {.count = 0};

	fd_reserve_standard();
	msg_program("svc");
	signal(SIGPIPE, SIG_IGN); /* a supervise that leaves just now is a warning */
	read_options(argc, argv, &letters);
	for (int i = optind; i < argc; i++)
		control(argv[i], &letters);
	return 0;
}
