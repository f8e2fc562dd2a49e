/* options: see options.h.
 * SPDX-License-Identifier: ISC */
#include "options.h"

#include "arg.h"
#include "fd.h"
#include "msg.h"
#include "num.h"
#include "scandir.h"

#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OPTIONS "[-d fd] [-e code] [-g ms] [-k] [-t ms] [-V]"
#define SYNOPSIS "svscan " OPTIONS " [dir [-- command ...]]"
#define SYNOPSIS_INIT "init " OPTIONS " [command ...]"
#define GRACE_VARIABLE "SVSCAN_GRACE"

enum {
	GRACE_MS = 8000,   /* below the 10 s after which docker kills */
	INTERVAL_MS = 5000 /* the pace of 0.76 */
};

/* TEXT is what the user wrote behind or into NAME. */
static int
milliseconds(const char *name, const char *text, uint64_t least)
{
	uint64_t value;

	if (!num_parse(text, INT_MAX, &value) || value < least)
		msg_die(MSG_USAGE, "%s takes milliseconds from %d to %d, not \"%s\"", name,
		    (int)least, INT_MAX, text);
	return (int)value;
}

/* The standard descriptors reach the services, so no reader would ever see their end. What is
 * close-on-exec has not come to us from outside, but is our own. */
static int
descriptor(const char *text)
{
	uint64_t number;

	if (num_parse(text, INT_MAX, &number) && number > STDERR_FILENO) {
		const int fd = (int)number;
		const int flags = fcntl(fd, F_GETFD), mode = fcntl(fd, F_GETFL);
		if (flags != -1 && (flags & FD_CLOEXEC) == 0 && (mode & O_ACCMODE) != O_RDONLY &&
		    fcntl(fd, F_SETFD, FD_CLOEXEC) == 0)
			return fd;
	}
	msg_die(
	    MSG_USAGE, "-d takes a descriptor above 2 that is open for writing, not \"%s\"", text);
}

static void
forgive(struct options *options, const char *text)
{
	uint64_t code;

	if (!num_parse(text, sizeof options->forgiven - 1, &code))
		msg_die(MSG_USAGE, "-e takes an exit code from 0 to 255, not \"%s\"", text);
	options->forgiven[code] = true;
}

/* Under this name all operands are the command, as with other programs that containers begin with. */
static bool
is_init(const char *name)
{
	const char *slash = name == NULL ? NULL : strrchr(name, '/');
	return name != NULL && strcmp(slash == NULL ? name : slash + 1, "init") == 0;
}

/* What follows the options. Without a "--" after the directory there is no command: 0.76 ignores
 * further operands. An empty command is none, so that a script can end in exec init -- "$@". */
static void
read_operands(struct options *options, char **operands, bool init)
{
	if (init) {
		options->directory = scandir_path();
	} else {
		options->directory = operands[0];
		if (operands[0] == NULL || operands[1] == NULL || strcmp(operands[1], "--") != 0)
			return;
		operands += 2;
	}
	if (operands[0] != NULL)
		options->command = operands;
}

void
options_read(struct options *options, int argc, char **argv)
{
	const char *grace = getenv(GRACE_VARIABLE);
	const bool init = is_init(argv[0]);
	struct arg arg = arg_begin(argc, argv, "d:e:g:kt:V");
	int option;

	*options =
	    (struct options){.ready_fd = -1, .grace_ms = GRACE_MS, .interval_ms = INTERVAL_MS};
	if (grace != NULL && grace[0] != '\0')
		options->grace_ms = milliseconds("$" GRACE_VARIABLE, grace, 0);
	while ((option = arg_next(&arg)) != ARG_END) {
		switch (option) {
		case 'd':
			options->ready_fd = descriptor(arg.value);
			break;
		case 'e':
			forgive(options, arg.value);
			break;
		case 'g':
			options->grace_ms = milliseconds("-g", arg.value, 0);
			break;
		case 'k':
			options->keep = true;
			break;
		case 't':
			options->interval_ms = milliseconds("-t", arg.value, 1);
			break;
		case 'V':
			exit(fd_write_all(
				 STDOUT_FILENO, "svscan " VERSION "\n", sizeof "svscan " VERSION)
				 ? 0
				 : MSG_TEMPORARY);
		default:
			msg_bad_option(option, arg.letter);
			msg_usage(init ? SYNOPSIS_INIT : SYNOPSIS);
		}
	}
	read_operands(options, arg.rest, init);
}
