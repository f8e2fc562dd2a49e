/* signame: see signame.h.
 * SPDX-License-Identifier: ISC */
#include "signame.h"

#include "fmt.h"
#include "num.h"

#include <signal.h>
#include <stddef.h>
#include <string.h>

static const struct {
	int number;
	const char *name;
} names[] = {
    {SIGHUP, "HUP"},
    {SIGINT, "INT"},
    {SIGQUIT, "QUIT"},
    {SIGILL, "ILL"},
    {SIGTRAP, "TRAP"},
    {SIGABRT, "ABRT"},
    {SIGBUS, "BUS"},
    {SIGFPE, "FPE"},
    {SIGKILL, "KILL"},
    {SIGUSR1, "USR1"},
    {SIGSEGV, "SEGV"},
    {SIGUSR2, "USR2"},
    {SIGPIPE, "PIPE"},
    {SIGALRM, "ALRM"},
    {SIGTERM, "TERM"},
    {SIGCHLD, "CHLD"},
    {SIGCONT, "CONT"},
    {SIGSTOP, "STOP"},
    {SIGTSTP, "TSTP"},
    {SIGTTIN, "TTIN"},
    {SIGTTOU, "TTOU"},
    {SIGURG, "URG"},
    {SIGXCPU, "XCPU"},
    {SIGXFSZ, "XFSZ"},
    {SIGVTALRM, "VTALRM"},
    {SIGPROF, "PROF"},
    {SIGWINCH, "WINCH"},
    {SIGIO, "IO"},
    {SIGPWR, "PWR"},
    {SIGSYS, "SYS"},
};

enum { NAMES = sizeof names / sizeof *names };

const char *
signame_of(int signal)
{
	static char realtime[sizeof "RTMIN+2147483647"];

	for (size_t i = 0; i < NAMES; i++)
		if (names[i].number == signal)
			return names[i].name;
	if (signal < SIGNAME_RTMIN || signal > SIGRTMAX)
		return "unknown";
	fmt(realtime, sizeof realtime, "RTMIN+%d", signal - SIGNAME_RTMIN);
	return realtime;
}

int
signame_number(const char *text)
{
	uint64_t number;

	if (num_parse(text, (uint64_t)SIGRTMAX, &number))
		return number > 0 ? (int)number : -1;
	if (strncmp(text, "SIG", 3) == 0)
		text += 3;
	for (size_t i = 0; i < NAMES; i++)
		if (strcmp(names[i].name, text) == 0)
			return names[i].number;
	if (strncmp(text, "RTMIN", 5) != 0)
		return -1;
	if (text[5] == '\0')
		return SIGNAME_RTMIN;
	if (text[5] != '+' || !num_parse(text + 6, (uint64_t)(SIGRTMAX - SIGNAME_RTMIN), &number))
		return -1;
	return SIGNAME_RTMIN + (int)number;
}
