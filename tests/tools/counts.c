/* counts: linked into every program of the coverage variant: what a process has counted is written
 * although it executes another program, or ends by a signal or _exit(2), where gcov forgets it; and
 * nothing that gcov says about its files comes between the messages of the program.
 * SPDX-License-Identifier: ISC */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

void __gcov_dump(void);
void __gcov_reset(void);
int __real_execve(const char *file, char *const *argv, char *const *environment);
int __wrap_execve(const char *file, char *const *argv, char *const *environment);
void __real__exit(int code) __attribute__((noreturn));
void __wrap__exit(int code) __attribute__((noreturn));
void __real___gcov_dump(void);
void __wrap___gcov_dump(void);
extern const int counts_wanted;

const int counts_wanted = 1; /* by the linker, which would leave out this file */

/* In a container without our directories gcov complains to stderr, which is the program's own; and
 * its files may be larger than the program may write. */
void
__wrap___gcov_dump(void)
{
	const int kept = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 10);
	const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
	const struct sigaction ignore = {.sa_handler = SIG_IGN};
	struct sigaction before;

	if (kept != -1 && nowhere != -1)
		(void)dup2(nowhere, STDERR_FILENO);
	(void)sigaction(SIGXFSZ, &ignore, &before);
	__real___gcov_dump();
	(void)sigaction(SIGXFSZ, &before, NULL);
	if (kept != -1) {
		(void)dup2(kept, STDERR_FILENO);
		close(kept);
	}
	if (nowhere != -1)
		close(nowhere);
}

/* gcov does that by itself only where C has the functions of POSIX. */
int
__wrap_execve(const char *file, char *const *argv, char *const *environment)
{
	__gcov_dump();
	const int result = __real_execve(file, argv, environment);
	__gcov_reset(); /* what comes now can be written once more */
	return result;
}

void
__wrap__exit(int code)
{
	__gcov_dump();
	__real__exit(code);
}

/* Sent by tests/helper.bash, which ends what a test has left. Nobody blocks it, and whoever means it
 * sees the same death. */
static void
count_and_die(int signal)
{
	__gcov_dump();
	(void)raise(signal); /* SA_RESETHAND: it kills, once the handler returns */
}

__attribute__((constructor)) static void
start(void)
{
	struct sigaction action, before;

	sigemptyset(&action.sa_mask);
	action.sa_handler = count_and_die;
	action.sa_flags = (int)SA_RESETHAND;
	if (sigaction(SIGSYS, NULL, &before) == 0 && before.sa_handler == SIG_DFL)
		(void)sigaction(SIGSYS, &action, NULL);
}

/* Before gcov's own, which finds everything written already. */
__attribute__((destructor)) static void
end(void)
{
	__gcov_dump();
}
