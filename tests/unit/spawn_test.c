/* spawn_test: how a child is made, how its failures come back, and where a program is looked for.
 * SPDX-License-Identifier: ISC */
#include "spawn.h"
#include "fd.h"
#include "msg.h"
#include "sigfd.h"

#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char top[] = "/tmp/spawn_test.XXXXXX";

/* An argument list that is good until the next one. B and C may be NULL. */
static char *const *
words(const char *a, const char *b, const char *c)
{
	static char text[3][128];
	static char *argv[4];
	const char *const source[] = {a, b, c};
	size_t count = 0;

	for (; count < 3 && source[count] != NULL; count++) {
		snprintf(text[count], sizeof text[count], "%s", source[count]);
		argv[count] = text[count];
	}
	argv[count] = NULL;
	return argv;
}

/* A child that does nothing special. */
static struct spawn
plain(const char *file, char *const *argv)
{
	return (struct spawn){
	    .file = file,
	    .argv = argv,
	    .lock = -1,
	    .directory = -1,
	    .standard = {-1, -1, -1},
	    .report = -1,
	};
}

/* Starts CHILD with a report pipe; what it reported, or stage -1 if it executed. STATUS is how it
 * ended. */
static struct spawn_failure
outcome(struct spawn child, int *status)
{
	struct spawn_failure failure = {.stage = -1};
	int ends[2];

	CHECK(fd_pipe(ends));
	child.report = ends[1];
	pid_t pid = spawn(&child);
	CHECK(pid > 0);
	close(ends[1]);
	ssize_t got = fd_read(ends[0], &failure, sizeof failure);
	CHECK(got == 0 || (got == (ssize_t)sizeof failure && failure.pid == pid));
	close(ends[0]);
	CHECK(waitpid(pid, status, 0) == pid);
	return failure;
}

static void
test_success(void)
{
	int status;

	CHECK(outcome(plain("/bin/sh", words("name", "-c", "[ \"$0\" = name ] && exit 7")), &status)
		  .stage == -1);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 7);
}

static int
refuse_record(void *argument)
{
	return *(int *)argument;
}

static void
test_failures(void)
{
	char *const *argv = words("x", NULL, NULL);
	int status, error = ENOSPC;

	struct spawn_failure failure = outcome(plain("./absent", argv), &status);
	CHECK(failure.stage == SPAWN_EXEC && failure.error == ENOENT);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == MSG_TEMPORARY);

	struct spawn child = plain("/bin/true", argv);
	child.directory = open("/dev/null", O_RDONLY | O_CLOEXEC);
	failure = outcome(child, &status);
	CHECK(failure.stage == SPAWN_DIRECTORY && failure.error == ENOTDIR);
	close(child.directory);

	child = plain("/bin/true", argv);
	child.record = refuse_record;
	child.argument = &error;
	failure = outcome(child, &status);
	CHECK(failure.stage == SPAWN_RECORD && failure.error == ENOSPC);

	child = plain("/bin/true", argv);
	child.standard[1] = 9999;
	failure = outcome(child, &status);
	CHECK(failure.stage == SPAWN_DESCRIPTORS && failure.error == EBADF);
}

static const char surroundings[] =
    "grep '^SigBlk:\t0*$' /proc/self/status >/dev/null && pwd && ls /proc/self/fd | wc -l";

/* How many descriptors a child gets from us. */
static int
inheritable(void)
{
	int count = 0;

	for (int fd = 0; fd < 1024; fd++) {
		int flags = fcntl(fd, F_GETFD);
		count += flags != -1 && (flags & FD_CLOEXEC) == 0;
	}
	return count;
}

/* The child sees its descriptors, directory and signal mask as they should be. */
static void
test_surroundings(void)
{
	char *const *argv = words("sh", "-c", surroundings);
	char text[512] = "", expected[512];
	int ends[2], status;

	CHECK(fd_pipe(ends));
	struct spawn child = plain("sh", argv);
	child.standard[1] = ends[1];
	child.directory = open(top, O_PATH | O_CLOEXEC);
	child.group = SPAWN_OWN_SESSION;
	CHECK(outcome(child, &status).stage == -1);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	close(ends[1]);
	CHECK(fd_read(ends[0], text, sizeof text - 1) > 0);
	close(ends[0]);
	close(child.directory);
	/* What we inherited ourselves, and the one that ls reads the directory through. */
	snprintf(expected, sizeof expected, "%s\n%d\n", top, inheritable() + 1);
	CHECK_TEXT(text, expected);
}

static void
test_groups(void)
{
	char *const *argv = words("sleep", "1000", NULL);
	static const enum spawn_group kinds[] = {
	    SPAWN_SAME_GROUP, SPAWN_OWN_GROUP, SPAWN_OWN_SESSION};
	char byte;

	for (size_t i = 0; i < 3; i++) {
		struct spawn child = plain("sleep", argv);
		int ends[2];
		child.group = kinds[i];
		CHECK(fd_pipe(ends));
		child.report = ends[1];
		pid_t pid = spawn(&child);
		close(ends[1]);
		CHECK(fd_read(ends[0], &byte, 1) == 0); /* it has executed */
		close(ends[0]);
		CHECK((getpgid(pid) == pid) == (kinds[i] != SPAWN_SAME_GROUP));
		CHECK((getsid(pid) == pid) == (kinds[i] == SPAWN_OWN_SESSION));
		kill(pid, SIGKILL);
		CHECK(waitpid(pid, NULL, 0) == pid);
	}
}

extern char **environ;

/* Starts CHILD lending it what it needs; why it failed, wherever it said so, or stage -1. */
static struct spawn_failure
lent_outcome(struct spawn child, int low, int *status)
{
	struct spawn_failure failure, reported = {.stage = -1};
	int ends[2];

	CHECK(fd_pipe(ends));
	child.report = ends[1];
	const pid_t pid = spawn_lending(&child, low, &failure);
	CHECK(pid > 0);
	close(ends[1]);
	const ssize_t got = fd_read(ends[0], &reported, sizeof reported);
	CHECK(got == 0 || failure.pid == 0); /* once */
	close(ends[0]);
	if (failure.pid != 0)
		reported = failure;
	CHECK(reported.stage == -1 || reported.pid == pid);
	CHECK(waitpid(pid, status, 0) == pid);
	return reported;
}

static void
test_lending(void)
{
	enum { LOW = 64 };
	static char variable[] = "LENT=yes";
	char *variables[] = {variable, NULL}, **before = environ, text[512] = "", expected[512];
	struct spawn child =
	    plain("/bin/sh", words("sh", "-c", "echo $LENT; pwd; grep ^SigBlk /proc/self/status"));
	struct stat ours, still;
	int ends[2], status;

	CHECK(fstat(STDOUT_FILENO, &ours) == 0);
	CHECK(fd_pipe(ends) && ends[1] < LOW);
	child.standard[1] = ends[1];
	child.environment = variables;
	child.group = SPAWN_OWN_GROUP;
	int directory = open(top, O_PATH | O_CLOEXEC);
	child.directory = fcntl(directory, F_DUPFD_CLOEXEC, 10 * LOW);
	CHECK(child.directory > LOW);
	CHECK(lent_outcome(child, LOW, &status).stage == -1 && status == 0);
	CHECK(fd_read(ends[0], text, sizeof text - 1) > 0);
	snprintf(expected, sizeof expected, "yes\n%s\nSigBlk:\t0000000000000000\n", top);
	CHECK_TEXT(text, expected);

	/* What it has changed is its own, also if it fails after that. */
	child.file = "./absent";
	struct spawn_failure failure = lent_outcome(child, LOW, &status);
	CHECK(failure.stage == SPAWN_EXEC && failure.error == ENOENT);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == MSG_TEMPORARY);
	CHECK(environ == before && fcntl(child.directory, F_GETFD) == FD_CLOEXEC);
	CHECK(fstat(STDOUT_FILENO, &still) == 0 && still.st_ino == ours.st_ino);
	close(child.directory);
	CHECK(lent_outcome(child, LOW, &status).stage == SPAWN_DIRECTORY);
	child.directory = directory;
	CHECK(lent_outcome(child, 0, &status).stage == SPAWN_EXEC);
	close(directory);
	close(ends[0]);
	close(ends[1]);
}

static void
make_program(const char *name, mode_t mode, const char *text)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, mode);
	CHECK(fd != -1 && fd_write_all(fd, text, strlen(text)));
	close(fd);
}

/* errno of running "prog" with PATH, 0 if it was found. */
static int
search(const char *path)
{
	int status;

	if (path == NULL)
		unsetenv("PATH");
	else
		setenv("PATH", path, 1);
	struct spawn_failure failure = outcome(plain("prog", words("prog", NULL, NULL)), &status);
	return failure.stage == -1 ? 0 : failure.error;
}

static void
test_search(void)
{
	CHECK(mkdir("none", 0755) == 0 && mkdir("denied", 0755) == 0 && mkdir("good", 0755) == 0);
	CHECK(mkdir("odd", 0755) == 0 && mkdir("dir", 0755) == 0 && mkdir("dir/prog", 0755) == 0);
	make_program("denied/prog", 0644, "#!/bin/sh\n");
	make_program("good/prog", 0755, "#!/bin/sh\n");
	make_program("odd/prog", 0755, "no interpreter\n");
	CHECK(search("none:good") == 0);
	CHECK(search("none") == ENOENT);
	CHECK(search("denied:good") == 0);
	CHECK(search("denied:none") == EACCES); /* more telling than "does not exist" */
	CHECK(search("dir:none") == EACCES);
	CHECK(search("odd:good") == ENOEXEC); /* no shell is tried, nor the next part */
	CHECK(search(NULL) == ENOENT);
	CHECK(search("") == ENOENT);
	make_program("prog", 0755, "#!/bin/sh\n");
	CHECK(search("") == 0); /* an empty part is the current directory */
	CHECK(search("none:") == 0 && search(":none") == 0 && search("none::denied") == 0);
}

/* What a lent child exits with that executes "prog" with PATH "empty:late:early". */
static int
look_again(size_t *found)
{
	struct spawn child = plain("prog", words("prog", NULL, NULL));
	int status;

	setenv("PATH", "empty:late:early", 1);
	child.found = found;
	const struct spawn_failure failure = lent_outcome(child, 64, &status);
	return failure.stage == -1 && WIFEXITED(status) ? WEXITSTATUS(status) : -failure.error;
}

static void
test_found(void)
{
	size_t found = 0;

	CHECK(mkdir("late", 0755) == 0 && mkdir("early", 0755) == 0);
	CHECK(look_again(&found) == -ENOENT);
	make_program("early/prog", 0755, "#!/bin/sh\nexit 2\n");
	CHECK(look_again(&found) == 2);
	if (found == 0)
		return; /* not where children are copies */
	/* What comes before it is not looked at any more, */
	make_program("late/prog", 0755, "#!/bin/sh\nexit 3\n");
	CHECK(look_again(&found) == 2);
	size_t another = 0;
	CHECK(look_again(&another) == 3);
	/* a new one in its place is taken, and if there is none, all is as at first. */
	CHECK(unlink("early/prog") == 0);
	make_program("early/prog", 0755, "#!/bin/sh\nexit 4\n");
	CHECK(look_again(&found) == 4);
	CHECK(unlink("early/prog") == 0);
	CHECK(look_again(&found) == 3);
	CHECK(look_again(NULL) == 3);
	/* Also if nothing can be where it was. */
	make_program("early/prog", 0755, "#!/bin/sh\nexit 5\n");
	CHECK(unlink("late/prog") == 0 && look_again(&found) == 5);
	make_program("late/prog", 0755, "#!/bin/sh\nexit 6\n");
	CHECK(
	    unlink("early/prog") == 0 && rmdir("early") == 0 && symlink("late/prog", "early") == 0);
	CHECK(look_again(&found) == 6);
}

int
main(void)
{
	static const int signals[] = {SIGTERM, SIGCHLD};
	char command[sizeof top + 16];

	fd_reserve_standard();
	CHECK(sigfd_open(signals, 2) != -1);
	CHECK(mkdtemp(top) != NULL && chdir(top) == 0);
	test_success();
	test_failures();
	test_surroundings();
	test_groups();
	test_lending();
	char *path = strdup(getenv("PATH"));
	test_found();
	test_search();
	setenv("PATH", path, 1);
	free(path);
	snprintf(command, sizeof command, "rm -rf %s", top);
	CHECK(system(command) == 0);
	return check_end("spawn_test");
}
