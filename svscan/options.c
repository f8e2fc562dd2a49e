/* options: see options.h.
 * SPDX-License-Identifier: ISC */
#include "options.h"

#include "fd.h"
#include "msg.h"
#include "num.h"

#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#define SYNOPSIS "svscan [-d fd] [-g ms] [-k] [-t ms] [-V] [dir]"
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

void
options_read(struct options *options, int argc, char **argv)
{
	const char *grace = getenv(GRACE_VARIABLE);
	int option;

	*options =
	    (struct options){.ready_fd = -1, .grace_ms = GRACE_MS, .interval_ms = INTERVAL_MS};
	if (grace != NULL && grace[0] != '\0')
		options->grace_ms = milliseconds("$" GRACE_VARIABLE, grace, 0);
	while ((option = getopt(argc, argv, "+:d:g:kt:V")) != -1) {
		switch (option) {
		case 'd':
			options->ready_fd = descriptor(optarg);
			break;
		case 'g':
			options->grace_ms = milliseconds("-g", optarg, 0);
			break;
		case 'k':
			options->keep = true;
			break;
		case 't':
			options->interval_ms = milliseconds("-t", optarg, 1);
			break;
		case 'V':
			exit(fd_write_all(
				 STDOUT_FILENO, "svscan " VERSION "\n", sizeof "svscan " VERSION)
				 ? 0
				 : MSG_TEMPORARY);
		default:
			msg_bad_option(option, optopt);
			msg_usage(SYNOPSIS);
		}
	}
	options->directory = argv[optind];
}
