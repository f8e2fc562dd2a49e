/* death: see death.h.
 * SPDX-License-Identifier: ISC */
#include "death.h"

#include "svstate.h"

#include <signal.h>
#include <stddef.h>
#include <sys/wait.h>

struct hint {
	int number;
	const char *text;
};

static const struct hint codes[] = {
    {0, "That is no error: it has come to its end, or put itself into the background; "
	"a service must stay in the foreground"},
    {2, "Shells use that for a mistake in a script, other programs for a wrong option"},
    {100, "Programs of daemontools use that for a wrong command line"},
    {111, "Programs of daemontools use that when the system refuses something; "
	  "their message says what"},
    {126, "Shells use that for a command that is there, but cannot be executed"},
    {127, "Shells use that for a command that does not exist, or is not in PATH"},
    {129, "Shells use that for a command that HUP has ended"},
    {130, "Shells use that for a command that INT has ended"},
    {134, "Shells use that for a command that has aborted itself (ABRT)"},
    {137, "Shells use that for a command that KILL has ended, perhaps for lack of memory"},
    {139, "Shells use that for a command that has crashed (SEGV)"},
    {141, "Shells use that for a command that wrote where nobody reads any more (PIPE)"},
    {143, "Shells use that for a command that TERM has ended"},
};

static const struct hint signals[] = {
    {SIGSEGV, "The program has crashed: a fault in it, or a file of its that is damaged"},
    {SIGBUS, "The program has crashed: often a file that became shorter, or a full disk below it"},
    {SIGILL, "The program has crashed, or was built for a newer processor"},
    {SIGFPE, "The program has crashed: a division by zero"},
    {SIGABRT, "The program has ended itself since it found itself in a wrong state; "
	      "its last words are in the log"},
    {SIGSYS, "It has made a system call that a filter (seccomp) forbids"},
    {SIGPIPE, "It wrote into a pipe or connection that nobody reads any more"},
    {SIGXCPU, "It has used up the processor time that a limit allows (softlimit -t)"},
    {SIGXFSZ, "It has written a file larger than a limit allows (softlimit -f)"},
    {SIGTERM, "No command of svc sent that: somebody or something else did"},
    {SIGHUP, "No command of svc sent that: somebody or something else did"},
    {SIGINT, "No command of svc sent that: somebody or something else did"},
    {SIGQUIT, "No command of svc sent that: somebody or something else did"},
    {SIGTRAP, "It met a breakpoint: a debugger, or a fault that the program has found"},
};

static const char *
find(const struct hint *hints, size_t count, int number)
{
	for (size_t i = 0; i < count; i++)
		if (hints[i].number == number)
			return hints[i].text;
	return NULL;
}

const char *
death_hint(int status)
{
	if (status == SV_STATUS_UNKNOWN)
		return NULL;
	if (WIFEXITED(status))
		return find(codes, sizeof codes / sizeof *codes, WEXITSTATUS(status));
	return find(signals, sizeof signals / sizeof *signals, WTERMSIG(status));
}
