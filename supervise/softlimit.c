/* softlimit: runs a program with other soft resource limits; softlimit(8).
 * SPDX-License-Identifier: ISC */
#include "arg.h"
#include "chain.h"
#include "msg.h"
#include "num.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static const char usage[] =
    "softlimit [-a allbytes] [-c corebytes] [-d databytes] [-f filebytes] [-l lockbytes]"
    " [-m membytes] [-o openfiles] [-p processes] [-r residentbytes] [-s stackbytes]"
    " [-t cpusecs] child";

static const unsigned char resources[] = {
    ['a'] = RLIMIT_AS,
    ['c'] = RLIMIT_CORE,
    ['d'] = RLIMIT_DATA,
    ['f'] = RLIMIT_FSIZE,
    ['l'] = RLIMIT_MEMLOCK,
    ['o'] = RLIMIT_NOFILE,
    ['p'] = RLIMIT_NPROC,
    ['r'] = RLIMIT_RSS,
    ['s'] = RLIMIT_STACK,
    ['t'] = RLIMIT_CPU,
};

static bool
read_value(const char *text, uint64_t *value)
{
	if (strcmp(text, "=") == 0 || strcmp(text, "-") == 0)
		*value = RLIM_INFINITY;
	else if (!num_size(text, RLIM_INFINITY - 1, value))
		/* Digits that no limit can hold are no limit, and nothing is 0, as in 0.76. */
		return *num_prefix(text, value) == '\0';
	return true;
}

/* Only the soft limit changes, and never above the hard one. */
static void
set_limit(char letter, rlim_t value)
{
	const unsigned char resource = resources[(unsigned char)letter];
	struct rlimit limit;

	if (getrlimit(resource, &limit) == -1)
		msg_die_sys(MSG_TEMPORARY, errno, "getrlimit failed");
	limit.rlim_cur = value < limit.rlim_max ? value : limit.rlim_max;
	/* As prlimit(2), since setrlimit(3) of musl brings all that it takes to ask other threads. */
	if (prlimit(0, resource, &limit, NULL) == -1)
		msg_die_sys(MSG_TEMPORARY, errno, "setrlimit failed");
}

int
main(int argc, char **argv)
{
	uint64_t value;
	struct arg arg = arg_begin(argc, argv, "a:c:d:f:l:m:o:p:r:s:t:");
	int option;

	msg_program("softlimit");
	while ((option = arg_next(&arg)) != ARG_END) {
		if (option == '?' || option == ':')
			msg_bad_option(option, arg.letter);
		if (option == '?' || option == ':' || !read_value(arg.value, &value))
			msg_usage(usage);
		if (option != 'm')
			set_limit((char)option, value);
		else
			for (const char *letter = "dsla"; *letter != '\0'; letter++)
				set_limit(*letter, value);
	}
	if (arg.rest[0] == NULL)
		msg_usage(usage);
	chain_run(arg.rest);
}
