/* proc_test: who a process is, whatever it calls itself. SPDX-License-Identifier: ISC */
#include "msg.h"
#include "proc.h"

#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void
test_ourselves(void)
{
	struct proc self, same;

	CHECK(proc_read(0, &self));
	CHECK(self.pid == getpid() && self.parent == getppid());
	CHECK(self.group == getpgrp() && self.session == getsid(0));
	CHECK(self.state == 'R' && self.ticks > 0 && self.executed);
	/* The name may look like the rest of the line. */
	CHECK(prctl(PR_SET_NAME, "x) Z 1 2 (3 ") == 0);
	CHECK(proc_read(getpid(), &same));
	CHECK(same.parent == self.parent && same.ticks == self.ticks && same.state == 'R');
}

/* A zombie is still there, until it is reaped. */
static void
test_zombie(void)
{
	struct proc child;
	siginfo_t info;
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	CHECK(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) == 0);
	CHECK(proc_read(pid, &child) && child.state == 'Z' && child.parent == getpid());
	CHECK(waitpid(pid, NULL, 0) == pid);
	CHECK(!proc_read(pid, &child));
}

/* A fork has executed nothing, also when it is dead. */
static void
test_executed(void)
{
	struct proc child;
	siginfo_t info;
	int ends[2];
	char byte;

	CHECK(pipe2(ends, O_CLOEXEC) == 0);
	pid_t pid = fork();
	if (pid == 0)
		_exit(0);
	CHECK(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) == 0);
	CHECK(proc_read(pid, &child) && !child.executed);
	CHECK(waitpid(pid, NULL, 0) == pid);
	pid = fork();
	if (pid == 0) {
		execl("/bin/sleep", "sleep", "1000", (char *)NULL);
		_exit(1);
	}
	/* The execution is known when its descriptors are closed. */
	close(ends[1]);
	CHECK(read(ends[0], &byte, 1) == 0);
	close(ends[0]);
	CHECK(proc_read(pid, &child) && child.executed);
	CHECK(kill(pid, SIGKILL) == 0);
	CHECK(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) == 0);
	CHECK(proc_read(pid, &child) && child.executed);
	CHECK(waitpid(pid, NULL, 0) == pid);
}

/* The walk shows every process once, ourselves among them. */
static void
test_walk(void)
{
	enum { CHILDREN = 300 /* more than one reading of the directory */ };
	static pid_t children[CHILDREN];
	struct proc_walk walk;
	unsigned ourselves = 0, ours = 0;
	pid_t pid;

	for (size_t i = 0; i < CHILDREN; i++) {
		children[i] = fork();
		if (children[i] == 0)
			_exit(0); /* a zombie will do */
	}
	CHECK(proc_walk_open(&walk));
	while ((pid = proc_walk_next(&walk)) != 0) {
		ourselves += pid == getpid();
		for (size_t i = 0; i < CHILDREN; i++)
			ours += children[i] == pid;
	}
	CHECK(errno == 0);
	proc_walk_close(&walk);
	CHECK(ourselves == 1 && ours == CHILDREN);
	for (size_t i = 0; i < CHILDREN; i++)
		CHECK(waitpid(children[i], NULL, 0) == children[i]);
}

static void
test_boot(void)
{
	char boot[PROC_BOOT_SIZE], again[PROC_BOOT_SIZE];

	proc_boot_id(boot);
	proc_boot_id(again);
	CHECK(strlen(boot) == PROC_BOOT_SIZE - 1);
	CHECK_TEXT(boot, again);
}

/* Only what pipe(2) has made is a pipe of a process: it may have a descriptor that means any file. */
static void
test_pipe(void)
{
	char fifo[64];
	struct stat st, same;
	int ends[2];

	CHECK(pipe(ends) == 0 && fstat(ends[0], &st) == 0);
	CHECK(proc_find_pipe(getpid(), ends[0], &same) == 1 && same.st_ino == st.st_ino);
	const int again = proc_open_pipe(getpid(), ends[0], O_WRONLY);
	CHECK(again != -1 && write(again, "x", 1) == 1);
	CHECK(
	    (fcntl(again, F_GETFD) & FD_CLOEXEC) != 0 && (fcntl(again, F_GETFL) & O_NONBLOCK) != 0);
	snprintf(fifo, sizeof fifo, "/tmp/upkeep-proc-test.%d", (int)getpid());
	CHECK(mkfifo(fifo, 0600) == 0);
	const int named = open(fifo, O_RDWR), file = open("/proc/self/exe", O_PATH);
	CHECK(named != -1 && file != -1);
	CHECK(proc_find_pipe(getpid(), named, &same) == 0);
	CHECK(proc_open_pipe(getpid(), named, O_WRONLY) == -1 && errno == MSG_ENOTFIFO);
	CHECK(proc_open_pipe(getpid(), file, O_RDONLY) == -1 && errno == MSG_ENOTFIFO);
	CHECK(unlink(fifo) == 0 && close(named) == 0 && close(file) == 0);
	CHECK(proc_open_pipe(getpid(), file, O_RDONLY) == -1 && errno == ENOENT);
	CHECK(close(again) == 0 && close(ends[0]) == 0 && close(ends[1]) == 0);
}

/* That there is none differs from not being able to look. */
static void
test_unknown_pipe(void)
{
	struct rlimit limit, none;
	struct stat st;
	int ends[2];

	CHECK(pipe(ends) == 0 && getrlimit(RLIMIT_NOFILE, &limit) == 0);
	none = (struct rlimit){.rlim_cur = 0, .rlim_max = limit.rlim_max};
	CHECK(setrlimit(RLIMIT_NOFILE, &none) == 0);
	CHECK(proc_find_pipe(getpid(), ends[0], &st) == -1 && errno == EMFILE);
	CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
	CHECK(close(ends[0]) == 0 && close(ends[1]) == 0);
	CHECK(proc_find_pipe(getpid(), ends[0], &st) == 0);
	CHECK(proc_find_pipe(INT32_MAX, 0, &st) == 0);
}

int
main(void)
{
	test_pipe();
	test_unknown_pipe();
	test_ourselves();
	test_zombie();
	test_executed();
	test_walk();
	test_boot();
	return check_end("proc_test");
}
