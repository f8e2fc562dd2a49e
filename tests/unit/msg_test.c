/* msg_test: each message is one whole line in the agreed words, and none of them can hold us up.
 * SPDX-License-Identifier: ISC */
#include "msg.h"

#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static char output[8192];
static int exit_code;

/* Runs TALK in a child and catches what it writes to stderr, and how it exits. */
static const char *
caught(void (*talk)(void))
{
	int ends[2];
	size_t length = 0;
	ssize_t got;

	fflush(stdout);
	CHECK(pipe(ends) == 0);
	pid_t pid = fork();
	if (pid == 0) {
		dup2(ends[1], STDERR_FILENO);
		msg_program("prog");
		talk();
		_exit(0);
	}
	close(ends[1]);
	while ((got = read(ends[0], output + length, sizeof output - 1 - length)) > 0)
		length += (size_t)got;
	output[length] = '\0';
	close(ends[0]);
	int status;
	CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status));
	exit_code = WEXITSTATUS(status);
	return output;
}

static void
talk_of_all_kinds(void)
{
	msg_say("text %d", 1);
	msg_warn("text %s", "two");
	msg_warn_sys(ENOENT, "unable to open %s", "x");
	msg_fatal_sys(EACCES, "unable to start %s", "y");
	msg_bad_option('?', 'z');
	msg_bad_option(':', 'a');
}

static void
talk_and_die(void)
{
	msg_die(MSG_USAGE, "no %s", "more");
}

static void
talk_and_die_sys(void)
{
	msg_die_sys(MSG_TEMPORARY, MSG_ENOTFIFO, "unable to use %s", "it");
}

static void
talk_usage(void)
{
	msg_usage("prog dir");
}

static void
test_shapes(void)
{
	CHECK_TEXT(caught(talk_of_all_kinds),
	    "prog: text 1\n"
	    "prog: warning: text two\n"
	    "prog: warning: unable to open x: file does not exist\n"
	    "prog: fatal: unable to start y: access denied\n"
	    "prog: illegal option -- z\n"
	    "prog: option requires an argument -- a\n");
	CHECK(exit_code == 0);
	CHECK_TEXT(caught(talk_and_die), "prog: fatal: no more\n");
	CHECK(exit_code == 100);
	CHECK_TEXT(caught(talk_and_die_sys), "prog: fatal: unable to use it: not a FIFO\n");
	CHECK(exit_code == 111);
	CHECK_TEXT(caught(talk_usage), "prog: usage: prog dir\n");
	CHECK(exit_code == 100);
}

static void
talk_control(void)
{
	msg_warn("name \033[2J\nprog: fatal: forged\x7f \xc3\xa9");
}

static char huge[6000];

static void
talk_huge(void)
{
	memset(huge, 'x', sizeof huge - 1);
	msg_warn_sys(ENOENT, "%s", huge);
}

static void
test_lines(void)
{
	CHECK_TEXT(
	    caught(talk_control), "prog: warning: name ?[2J?prog: fatal: forged? \xc3\xa9\n");
	const char *line = caught(talk_huge);
	const char end[] = "x: file does not exist\n";
	CHECK(strlen(line) <= 4096 && strlen(line) > 4000);
	CHECK(strcmp(line + strlen(line) - strlen(end), end) == 0);
}

/* Writes until a pipe is full and then more; the alarm would end a child that waits. */
static void
talk_too_much(void)
{
	int ends[2];

	CHECK(pipe(ends) == 0);
	dup2(ends[1], STDERR_FILENO);
	msg_never_block();
	alarm(20);
	for (int i = 0; i < 100; i++)
		msg_warn("%s", huge);
	/* Only our own description may have become non-blocking. */
	if ((fcntl(STDERR_FILENO, F_GETFL) & O_NONBLOCK) != 0)
		_exit(1);
}

static void
test_never_block(void)
{
	memset(huge, 'x', sizeof huge - 1);
	CHECK_TEXT(caught(talk_too_much), "");
	CHECK(exit_code == 0);
}

static void
test_fault(void)
{
	struct msg_fault fault = {0};

	CHECK(msg_due(&fault, ENOSPC, 1000));
	CHECK(!msg_due(&fault, ENOSPC, 60999));
	CHECK(msg_due(&fault, ENOSPC, 61000));
	CHECK(msg_due(&fault, EIO, 61001));
	CHECK(!msg_due(&fault, EIO, 61002));
	msg_well(&fault);
	CHECK(msg_due(&fault, EIO, 61003));
}

/* The words that scripts search for. */
static void
test_errors(void)
{
	CHECK_TEXT(msg_error(EAGAIN), "temporary failure");
	CHECK_TEXT(msg_error(ENOENT), "file does not exist");
	CHECK_TEXT(msg_error(EPERM), "permission denied");
	CHECK_TEXT(msg_error(ENOSPC), "out of disk space");
	CHECK_TEXT(msg_error(MSG_EFORMAT), "bad format");
	CHECK(msg_error(99999)[0] != '\0' && msg_error(-1)[0] != '\0');
}

int
main(void)
{
	test_shapes();
	test_lines();
	test_never_block();
	test_fault();
	test_errors();
	return check_end("msg_test");
}
