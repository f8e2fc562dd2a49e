/* limit: the least that a scanner and a supervise for each service have to do, and nothing else: the
 * figures that no suite of this kind can beat. It makes no file, knows no command, and checks nothing
 * that the benchmarks do not bring about.
 *
 *   limit-scan              starts limit-keep for each directory here, and for its log; TERM ends all
 *   limit-keep DIRECTORY    runs ./run there, again when it dies; TERM ends both
 *
 * SPDX-License-Identifier: ISC */
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t ending;

static void
note_end(int signal)
{
	(void)signal;
	ending = 1;
}

/* Without SA_RESTART, so that it breaks off the wait. */
static void
catch_end(void)
{
	struct sigaction action = {.sa_handler = note_end};
	(void)sigaction(SIGTERM, &action, NULL);
}

/* ---- One service ----------------------------------------------------------------------------- */

static int
keep(const char *directory)
{
	char program[] = "./run";
	char *const arguments[] = {program, NULL};
	pid_t pid = -1;

	if (chdir(directory) == -1)
		return 111;
	while (!ending) {
		if (pid == -1 && (pid = vfork()) == 0) {
			execv(program, arguments);
			_exit(111);
		}
		if (wait(NULL) == pid)
			pid = -1;
	}
	if (pid != -1) {
		(void)kill(pid, SIGTERM);
		while (wait(NULL) != pid)
			continue;
	}
	return 0;
}

/* ---- All of them ----------------------------------------------------------------------------- */

static pid_t *keepers;
static size_t count;

static void
start(const char *directory, int input, int output)
{
	char name[NAME_MAX + sizeof "/log"] = "", program[] = "limit-keep";
	char *const arguments[] = {program, name, NULL};

	strncat(name, directory, sizeof name - 1);
	pid_t *larger = realloc(keepers, (count + 1) * sizeof *keepers);
	if (larger == NULL)
		exit(111);
	keepers = larger;
	const pid_t pid = vfork();
	if (pid == 0) {
		if (dup2(input, STDIN_FILENO) == -1 || dup2(output, STDOUT_FILENO) == -1)
			_exit(111);
		execvp(program, arguments);
		_exit(111);
	}
	keepers[count++] = pid;
}

/* The service, and its log if there is one, with a pipe between them. */
static void
start_pair(const char *name)
{
	char log[NAME_MAX + sizeof "/log"] = "";
	int ends[2];

	strcat(strncat(log, name, NAME_MAX), "/log");
	if (access(log, F_OK) == -1) {
		start(name, STDIN_FILENO, STDOUT_FILENO);
		return;
	}
	if (pipe2(ends, O_CLOEXEC) == -1)
		exit(111);
	start(name, STDIN_FILENO, ends[1]);
	start(log, ends[0], STDOUT_FILENO);
	close(ends[0]);
	close(ends[1]);
}

static int
scan(void)
{
	const struct dirent *entry;
	DIR *here = opendir(".");
	size_t left;

	if (here == NULL)
		return 111;
	while ((entry = readdir(here)) != NULL)
		if (entry->d_name[0] != '.')
			start_pair(entry->d_name);
	closedir(here);
	while (!ending)
		(void)wait(NULL);
	for (size_t i = 0; i < count; i++)
		(void)kill(keepers[i], SIGTERM);
	for (left = count; left > 0; left--)
		if (wait(NULL) == -1)
			return 0;
	return 0;
}

int
main(int argc, char **argv)
{
	catch_end();
	return argc > 1 ? keep(argv[1]) : scan();
}
