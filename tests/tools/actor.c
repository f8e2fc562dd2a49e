/* actor: plays a service, its logger and orphans where there is no shell. Without arguments it is the
 * service, or, in a directory named log, the logger.
 *
 *   actor exit CODE         makes an orphan and exits
 *   actor orphans N [K]     makes N orphans, K (1) at a time: each dies only after its parent
 *   actor say LINE COMMAND  writes LINE, then becomes COMMAND
 *
 * Exits 111 if it cannot. SPDX-License-Identifier: ISC */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TRIES = 20000, PAUSE_US = 1000 };

static void
fail(void)
{
	_exit(111);
}

static void
say(const char *line)
{
	if (write(STDOUT_FILENO, line, strlen(line)) == -1 || write(STDOUT_FILENO, "\n", 1) == -1)
		fail();
}

/* Where processes are scarce others have to end first. */
static pid_t
make_child(void)
{
	for (int i = 0; i < TRIES; i++) {
		const pid_t pid = fork();
		if (pid != -1)
			return pid;
		if (errno != EAGAIN)
			fail();
		(void)usleep(PAUSE_US);
	}
	fail();
	return -1;
}

/* COUNT processes that end when WORD, a pipe, has no writer any more; then their parent has gone.
 * Fewer if there is no room for more, but at least one: others may wait for the same room. */
static void
be_parent(long count, const int word[2], long *made)
{
	for (*made = 0; *made < count; (*made)++) {
		const pid_t pid = *made == 0 ? make_child() : fork();
		if (pid == -1)
			break;
		if (pid == 0) {
			char byte;
			close(word[1]);
			_exit(read(word[0], &byte, 1) == 0 ? 0 : 111);
		}
	}
	_exit(0);
}

/* COUNT at once, if there is room; returns how many. */
static long
make_orphans(long count)
{
	static long *made;
	int word[2], status;

	if (made == NULL)
		made = mmap(
		    NULL, sizeof *made, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (made == MAP_FAILED || pipe(word) == -1)
		fail();
	const pid_t pid = make_child();
	if (pid == 0)
		be_parent(count, word, made);
	close(word[0]);
	if (waitpid(pid, &status, 0) != pid || status != 0)
		fail();
	close(word[1]);
	return *made;
}

static void
serve(void)
{
	sigset_t ends;
	int signal;

	sigemptyset(&ends);
	sigaddset(&ends, SIGTERM);
	sigprocmask(SIG_BLOCK, &ends, NULL);
	say("begins");
	(void)make_orphans(1);
	say("serves");
	sigwait(&ends, &signal);
	say("ends");
	_exit(0);
}

static void
keep_log(void)
{
	char program[] = "multilog";
	char *directory = getenv("ACTOR_LOG");
	char *const arguments[] = {program, directory, NULL};

	if (directory == NULL)
		fail();
	execvp(program, arguments);
	fail();
}

static bool
is_logger(void)
{
	char path[4096];
	const char *slash = getcwd(path, sizeof path) != NULL ? strrchr(path, '/') : NULL;
	return slash != NULL && strcmp(slash, "/log") == 0;
}

int
main(int argc, char **argv)
{
	const char *act = argc > 2 ? argv[1] : "";

	if (argc == 1 && is_logger()) {
		keep_log();
	} else if (argc == 1) {
		serve();
	} else if (strcmp(act, "exit") == 0) {
		(void)make_orphans(1);
		return atoi(argv[2]);
	} else if (strcmp(act, "orphans") == 0) {
		const long at_once = argc > 3 ? atol(argv[3]) : 1;
		for (long left = atol(argv[2]); left > 0;)
			left -= make_orphans(at_once < left ? at_once : left);
		return 0;
	} else if (strcmp(act, "say") == 0 && argc > 3) {
		say(argv[2]);
		execvp(argv[3], argv + 3);
	}
	return 111;
}
