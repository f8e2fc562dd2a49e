/* rotate_test: a log directory under faults. Each system call of start, rotation and close fails in
 * turn, and at each of them the process is killed in turn; afterwards the files of the directory,
 * joined in the order of their names, hold every line exactly once.
 * What it does not cover: a machine that loses what was not synced. SPDX-License-Identifier: ISC */
#include "check.h"
#include "clock.h"
#include "fd.h"
#include "file.h"
#include "logdir.h"
#include "msg.h"
#include "spawn.h"

#include "../../multilog/processor.c"
#include "../../multilog/record.c"
#include "../../multilog/trouble.c"

#include <dirent.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/prctl.h>

static bool fault(void);
static bool write_fault(void);

/* Every call of the parts below that changes or reads a file passes here first. */
#define fsync(...) (fault() ? -1 : fsync(__VA_ARGS__))
#define fchmod(...) (fault() ? -1 : fchmod(__VA_ARGS__))
#define fstatat(...) (fault() ? -1 : fstatat(__VA_ARGS__))
#define renameat(...) (fault() ? -1 : renameat(__VA_ARGS__))
#define linkat(...) (fault() ? -1 : linkat(__VA_ARGS__))
#define unlinkat(...) (fault() ? -1 : unlinkat(__VA_ARGS__))
#define file_open_private(...) (fault() ? -1 : file_open_private(__VA_ARGS__))
#define fd_write(...) (write_fault() ? -1 : fd_write(__VA_ARGS__))
#define processor_start(...) (fault() ? false : processor_start(__VA_ARGS__))

#include "../../multilog/directory.c"
#include "../../multilog/rotate.c"
#include "../../multilog/step.c"

enum { LINES = 1200, LINE = 11, SIZE = 4096 };
enum { KILLED = 9, FINISHED = 0, STUCK = 3 };

/* Shared with the child: how far it came. */
static struct progress {
	unsigned calls;
	unsigned written; /* lines that directory_append has taken */
} * progress;

static unsigned faulty_call; /* from the start of the child, 1 = the first; 0 = none */
static unsigned repeats;     /* how many calls in a row fail */
static bool deadly;          /* the call does not fail: the process dies before it */
static char path[128];

static bool
fault(void)
{
	const unsigned call = ++progress->calls;

	if (faulty_call == 0 || call < faulty_call || call >= faulty_call + repeats)
		return false;
	if (deadly)
		_exit(KILLED);
	errno = EIO;
	return true;
}

/* The writes of lines are many and alike. */
static bool
write_fault(void)
{
	static unsigned writes;

	return writes++ % 50 == 0 && fault();
}

static void
run_to_end(struct directory *directory)
{
	while (!rotate_finish(directory)) {
		directory_hurry(directory);
		usleep(200); /* the processor is a child */
	}
}

/* Writes the lines from FIRST on, as multilog does, and closes. */
static void
write_lines(unsigned first, const char *processor)
{
	static struct directory directory;
	const struct script_action settings = {.kind = SCRIPT_DIRECTORY,
	    .argument = path,
	    .size = SIZE,
	    .count = 100,
	    .processor = processor};

	directory_open(&directory, &settings, DIRECTORY_PLAIN);
	run_to_end(&directory);
	for (unsigned i = first; i < LINES; i++) {
		char line[LINE + 1];
		snprintf(line, sizeof line, "%0*u\n", LINE - 1, i);
		struct directory_text text = {line, LINE};
		while (!directory_append(&directory, &text)) {
			directory_hurry(&directory);
			usleep(200);
		}
		progress->written = i + 1;
	}
	run_to_end(&directory);
	rotate_begin(&directory, ROTATE_CLOSE);
	run_to_end(&directory);
}

/* In a child of its own, so that it can be killed; its warnings are not ours. Returns status. */
static int
run_child(unsigned first, const char *processor)
{
	int status = 0;

	progress->calls = 0;
	pid_t pid = fork();
	if (pid == 0) {
		int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
		dup2(fd, STDERR_FILENO);
		write_lines(first, processor);
		_exit(FINISHED);
	}
	CHECK(pid > 0 && waitpid(pid, &status, 0) == pid);
	while (wait(NULL) > 0)
		; /* the processor that a killed one has left: the next one is alone */
	return WIFEXITED(status) ? WEXITSTATUS(status) : STUCK;
}

/* Reads on from line COUNT in the file NAME, if it exists; -1 if another line stands there. */
static int
count_on(int count, const char *name)
{
	char file[sizeof path + 300], line[64];

	snprintf(file, sizeof file, "%s/%s", path, name);
	FILE *lines = fopen(file, "r");
	if (lines == NULL)
		return count;
	while (count != -1 && fgets(line, sizeof line, lines) != NULL)
		count = strlen(line) == LINE && atoi(line) == count ? count + 1 : -1;
	fclose(lines);
	return count;
}

static int
is_at(const struct dirent *entry)
{
	return entry->d_name[0] == '@';
}

/* How many lines the directory holds, all in order and once; -1 if it is otherwise. */
static int
count_lines(void)
{
	struct dirent **names;
	int count = 0;

	const int found = scandir(path, &names, is_at, alphasort);
	for (int i = 0; i < found; i++) {
		count = count_on(count, names[i]->d_name);
		free(names[i]);
	}
	free(names);
	return count_on(count_on(count, LOGDIR_PREVIOUS), LOGDIR_CURRENT);
}

static void
remove_all(void)
{
	const struct dirent *entry;
	DIR *names = opendir(path);

	if (names == NULL)
		return; /* the first time */
	while ((entry = readdir(names)) != NULL)
		(void)(unlinkat)(dirfd(names), entry->d_name, 0); /* but "." and ".." */
	closedir(names);
	CHECK(rmdir(path) == 0);
}

/* No name is left over, and current is closed cleanly. */
static void
check_clean(void)
{
	struct stat st;
	char name[256];

	snprintf(name, sizeof name, "%s/previous", path);
	CHECK(stat(name, &st) == -1);
	snprintf(name, sizeof name, "%s/current", path);
	CHECK(stat(name, &st) == 0 && (st.st_mode & 0777) == LOGDIR_MODE_COMPLETE);
}

/* Kills the first run before its call N and checks that the next one loses and repeats nothing.
 * False when there is no such call. */
static bool
survive_kill(unsigned n, const char *processor)
{
	remove_all();
	progress->written = 0;
	faulty_call = n;
	repeats = 1;
	deadly = true;
	if (run_child(0, processor) == FINISHED)
		return false;
	/* A line may be in current without having been counted. */
	const unsigned written = progress->written;
	faulty_call = 0;
	int status = run_child(LINES, processor);
	CHECK(status == FINISHED);
	int count = count_lines();
	if (count != (int)written && count != (int)written + 1) {
		CHECK(false);
		fprintf(stderr, "lost or repeated: killed at call %u%s%s: %u written, %d found\n",
		    n, processor == NULL ? "" : " with !", processor == NULL ? "" : processor,
		    written, count);
	}
	check_clean();
	return true;
}

static bool
survive_failure(unsigned n, unsigned times, const char *processor)
{
	remove_all();
	faulty_call = n;
	repeats = times;
	deadly = false;
	int status = run_child(0, processor);
	const bool reached = progress->calls >= n;
	if (status == MSG_TEMPORARY)
		return true; /* at the start some failures are fatal: nothing was taken yet */
	CHECK(status == FINISHED);
	if (count_lines() != LINES) {
		CHECK(false);
		fprintf(stderr, "lost or repeated: call %u failed %u times\n", n, times);
	}
	check_clean();
	return reached;
}

static void
test_fit(void)
{
	char text[6000];

	memset(text, 'x', sizeof text);
	/* Without a newline: up to the size. */
	CHECK(directory_fit(0, 4096, text, 6000) == 4096);
	CHECK(directory_fit(4000, 4096, text, 6000) == 96);
	CHECK(directory_fit(0, 4096, text, 100) == 100);
	/* The first newline that makes 2096 bytes or more ends the file. */
	text[2094] = text[2095] = text[2500] = '\n';
	CHECK(directory_fit(0, 4096, text, 6000) == 2096);
	CHECK(directory_fit(0, 4096, text, 2095) == 2095);
	CHECK(directory_fit(1, 4096, text, 6000) == 2095);
	CHECK(directory_fit(2, 4096, text, 6000) == 2095);
	text[2094] = text[2095] = 'x';
	CHECK(directory_fit(0, 4096, text, 6000) == 2501);
	CHECK(directory_fit(3000, 4096, text, 6000) == 1096);
	text[0] = '\n';
	CHECK(directory_fit(2094, 4096, text, 6000) == 2002);
	CHECK(directory_fit(2095, 4096, text, 6000) == 1);
	CHECK(directory_fit(4095, 4096, text, 6000) == 1);
}

int
main(void)
{
	static const char *const processors[] = {NULL, "cat"};
	const char *top = getenv("TMPDIR");

	test_fit();
	snprintf(path, sizeof path, "%s/rotate_test.%ld/log", top != NULL ? top : "/tmp",
	    (long)getpid());
	char parent[sizeof path];
	snprintf(parent, sizeof parent, "%.*s", (int)strlen(path) - 4, path);
	CHECK(mkdir(parent, 0700) == 0);
	progress =
	    mmap(NULL, sizeof *progress, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	CHECK(progress != MAP_FAILED);
	CHECK(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);

	for (size_t p = 0; p < 2; p++) {
		unsigned n = 1;
		while (survive_kill(n, processors[p]))
			n++;
		CHECK(n > 80);
		for (n = 1; survive_failure(n, 1 + n % 3, processors[p]);)
			n++;
		CHECK(n > 80);
	}
	remove_all();
	CHECK(rmdir(parent) == 0);
	return check_end("rotate_test");
}
