/* faults_test: each system call of what lib reads, writes and makes fails once, with several errors:
 * it says so or does what it should have done, nothing is half done, no descriptor is left, and the
 * next attempt is as good as the first. SPDX-License-Identifier: ISC */
#include "faulty.h"

#include "clock.h"
#include "fd.h"
#include "file.h"
#include "inventory.h"
#include "logtail.h"
#include "pause.h"
#include "scandir.h"
#include "servicedir.h"
#include "spawn.h"
#include "statedir.h"
#include "svstate.h"
#include "watch.h"

#include "check.h"

#include <stdlib.h>
#include <sys/wait.h>

/* What came of an attempt. */
enum result { WRONG, REFUSED, DONE };

static int here; /* the service directory, which is the current one, too */

/* ---- What there is ----------------------------------------------------------------------------- */

static const char old_text[] = "the old value", new_text[] = "the new one";

static void
write_file(const char *name, const void *bytes, size_t length)
{
	CHECK(file_replace(AT_FDCWD, name, "new", bytes, length, 0644) == FILE_DONE);
}

static void
write_records(void)
{
	const struct sv_status status = {.since = tai64n_now(), .pid = 77};
	struct sv_record record = {.kind = SV_CHILD_RUN, .pid = 77};
	unsigned char packed[SV_STATUS_SIZE];
	char line[SV_RECORD_SIZE];
	static struct sv_text text;
	int directory = sv_open_directory(here);

	sv_status_pack(packed, &status);
	write_file("supervise/status", packed, sizeof packed);
	sv_place(directory, record.at);
	sv_record_format(line, &record);
	write_file("supervise/record", line, sizeof line);
	sv_text_add(&text, SV_KEY_AT, "%s", record.at);
	write_file("supervise/state", text.bytes, text.length);
	fd_close(&directory);
}

/* A service with a supervise, which is us, and a log. */
static void
make_service(void)
{
	CHECK(mkdir("supervise", 0700) == 0 && mkdir("log", 0700) == 0 &&
	      mkdir("log/main", 0700) == 0);
	CHECK(file_open_fifo(AT_FDCWD, "supervise/ok", O_RDONLY, 0600) != -1);
	CHECK(file_open_fifo(AT_FDCWD, "supervise/control", O_RDWR, 0600) != -1);
	write_file("essential", "", 0);
	write_file("log/run", "#!/bin/sh\nexec multilog t ./main\n", 33);
	write_file("log/main/@4000000037c219bf2ef02e94.s", "archived\n", 9);
	write_file("log/main/current", "one\ntwo\n", 8);
	write_records();
}

/* Whether NAME has exactly TEXT; the faults are over. */
static bool
has(const char *name, const char *text)
{
	char found[64];

	faulty.left = 0;
	return file_read(AT_FDCWD, name, found, sizeof found) != -1 && strcmp(found, text) == 0;
}

static unsigned
open_descriptors(void)
{
	unsigned count = 0;

	for (int fd = 0; fd < 256; fd++)
		count += syscall(SYS_fcntl, fd, F_GETFD, 0L) != -1;
	return count;
}

static enum result
done_if(bool done)
{
	return done ? DONE : REFUSED;
}

/* Of an attempt that gives a descriptor. */
static enum result
opened(int fd)
{
	const enum result result = done_if(fd != -1);

	fd_close(&fd);
	return result;
}

/* ---- Attempts ---------------------------------------------------------------------------------- */

static enum result
replace(void)
{
	const enum file_step step =
	    file_replace(AT_FDCWD, "value", "value.new", new_text, strlen(new_text), 0644);
	const enum result result = !has("value", step == FILE_DONE ? new_text : old_text)
				       ? WRONG
				       : done_if(step == FILE_DONE);

	write_file("value", old_text, strlen(old_text));
	return result;
}

/* A leftover of one that was killed, and a mode to be kept. */
static enum result
replace_leftover(void)
{
	struct stat st;

	faulty.never = NULL;
	const int left = (int)syscall(SYS_openat, AT_FDCWD, "value.new", O_CREAT | O_WRONLY, 0600);
	close(left);
	(void)syscall(SYS_fchmodat, AT_FDCWD, "value", 0600, 0);
	const enum result result = replace();
	faulty.left = 0;
	/* No fault gives anybody more rights than there were; ENOENT is taken for what it says. */
	return faulty.error == ENOENT ||
		       (stat("value", &st) == 0 && (st.st_mode & 0777 & ~0600U) == 0)
		   ? result
		   : WRONG;
}

static enum result
replace_group(void)
{
	(void)syscall(SYS_fchownat, AT_FDCWD, "value", -1, 12345, 0); /* as an ordinary user: no */
	return replace();
}

static enum result
read_value(void)
{
	char text[64];
	const ssize_t length = file_read(AT_FDCWD, "value", text, sizeof text);

	return length == -1 ? REFUSED : strcmp(text, old_text) == 0 ? DONE : WRONG;
}

static enum result
open_and_cut(void)
{
	const enum result result =
	    opened(file_open_private(AT_FDCWD, "value", O_WRONLY | O_TRUNC, 0, FILE_REGULAR, 1));
	const bool right = has("value", result == DONE ? "" : old_text);

	write_file("value", old_text, strlen(old_text));
	return right ? result : WRONG;
}

static enum result
open_fifo(void)
{
	return opened(file_open_fifo(AT_FDCWD, "supervise/control", O_RDWR, 0600));
}

static enum result
trust(void)
{
	return done_if(file_is_trusted(AT_FDCWD, "value"));
}

static enum result
exists(void)
{
	return done_if(file_exists(AT_FDCWD, "value") == 1);
}

static enum result
make_directories(void)
{
	const bool made = file_make_directories(AT_FDCWD, "a/b", 0700);

	faulty.left = 0;
	const bool is_there = file_exists(AT_FDCWD, "a/b") == 1;
	(void)rmdir("a/b");
	(void)rmdir("a");
	/* Whoever says that it is there already is believed. */
	return made && !is_there && faulty.error != EEXIST ? WRONG : done_if(made);
}

static enum result
make_target(void)
{
	const bool made = file_make_target(AT_FDCWD, "dangling", 0700);

	(void)rmdir("target");
	return done_if(made);
}

static enum result
walk_names(void)
{
	struct file_walk walk;
	unsigned found = 0;
	const char *name;

	if (!file_walk_open(&walk, "log"))
		return REFUSED;
	while ((name = file_walk_next(&walk)) != NULL)
		found += strcmp(name, "run") == 0 || strcmp(name, "main") == 0;
	file_walk_close(&walk);
	return found == 2 ? DONE : WRONG;
}

static enum result
set_nonblocking(void)
{
	int ends[2];

	if (!fd_pipe(ends))
		return REFUSED;
	const enum result result = done_if(fd_set_nonblocking(ends[0], true));
	close(ends[0]);
	close(ends[1]);
	return result;
}

static enum result
take_pipe(void)
{
	char number[16];
	int ends[2];

	if (!fd_pipe(ends))
		return REFUSED;
	snprintf(number, sizeof number, "%d", ends[0]);
	setenv("FAULTS_PIPE", number, 1);
	const int taken = fd_take_pipe("FAULTS_PIPE");
	close(ends[0]);
	close(ends[1]);
	if (getenv("FAULTS_PIPE") != NULL || (taken != -1 && taken != ends[0]))
		return WRONG;
	return done_if(taken != -1);
}

static enum result
find_state(void)
{
	return opened(statedir_open(here));
}

static enum result
make_state(void)
{
	return opened(statedir_make("."));
}

static enum result
runs(void)
{
	return done_if(sv_running(here) == 1);
}

static enum result
read_status(void)
{
	struct sv_status status;

	return !sv_read_status(here, &status) ? REFUSED : status.pid == 77 ? DONE : WRONG;
}

static enum result
read_record(void)
{
	struct sv_record record;

	return !sv_read_record(here, NULL, &record) ? REFUSED : record.pid == 77 ? DONE : WRONG;
}

static enum result
read_text(void)
{
	static char text[SV_TEXT_MAX];

	return done_if(sv_read_text(here, text));
}

/* What is there is never said to be missing. */
static enum result
take_inventory(void)
{
	const uint32_t names = inventory_read(here);

	return names == INVENTORY_ALL ? REFUSED : inventory_has(names, "essential") ? DONE : WRONG;
}

static enum result
send_letter(void)
{
	char letter;
	const bool sent = sv_send(here, "u", 1, 1000);

	faulty.left = 0;
	int control = file_open_private(AT_FDCWD, "supervise/control", O_RDONLY, 0, FILE_FIFO, 1);
	const bool came = fd_read(control, &letter, 1) == 1 && letter == 'u';
	fd_close(&control);
	return came == sent ? done_if(sent) : WRONG;
}

static enum result
read_log(void)
{
	static struct logtail tail;

	if (logtail_read(&tail, here) != LOGTAIL_LINES)
		return REFUSED;
	/* The archived lines, if the current ones cannot be read, are old, but better than none. */
	return strcmp(logtail_lines(&tail), "one\ntwo\n") == 0   ? DONE
	       : strcmp(logtail_lines(&tail), "archived\n") == 0 ? REFUSED
								 : WRONG;
}

static enum result
open_named(void)
{
	return opened(scandir_open("log"));
}

static enum result
watch(void)
{
	struct watch watch = WATCH_NONE;
	bool placed;

	watch.service = here;
	placed = watch_place(&watch) && watch_place(&watch) && watch_once(watch.directory, 0);
	watch_forget(&watch);
	return done_if(placed);
}

static enum result
mark_down(void)
{
	const bool marked = servicedir_set_down(here) == 0;
	const bool asked = servicedir_normally_down(here) == 1;
	const bool cleared = servicedir_clear_down(here) == 0;

	faulty.left = 0;
	const bool is_there = file_exists(here, "down") == 1;
	(void)servicedir_clear_down(here);
	/* As above: EEXIST and ENOENT are taken for what they say. */
	if (cleared && is_there && faulty.error != ENOENT)
		return WRONG;
	return done_if(marked && asked && cleared);
}

static enum result
start_child(void)
{
	char *const argv[] = {(char *)(uintptr_t) "sh", (char *)(uintptr_t) "-c",
	    (char *)(uintptr_t) "exec <&7 && exit 7", NULL};
	struct spawn child = {.file = "/bin/sh",
	    .argv = argv,
	    .lock = -1,
	    .directory = here,
	    .standard = {-1, -1, -1},
	    .placed = here,
	    .place = 7};
	int report, status;
	const pid_t pid = spawn_reporting(&child, &report);

	if (pid == -1)
		return report == -1 ? REFUSED : WRONG;
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return WRONG;
	const int error = spawn_error(&report);
	/* Who was not executed has said why, unless just that has failed. */
	if (WEXITSTATUS(status) == 7)
		return error == 0 && report == -1 ? DONE : WRONG;
	return WEXITSTATUS(status) == 111 ? REFUSED : WRONG;
}

/* ---- Faults ------------------------------------------------------------------------------------ */

struct attempt {
	const char *name;
	enum result (*run)(void);
};

static void
complain(const struct attempt *attempt, unsigned call, const char *what)
{
	fprintf(stderr, "%s: call %u, error %d: %s\n", attempt->name, call, faulty.error, what);
	CHECK(false);
}

/* Call number CALL of the attempt fails; false if it makes less than that. */
static bool
fail(const struct attempt *attempt, unsigned call, int error)
{
	const unsigned before = open_descriptors();

	faulty.left = call;
	faulty.error = error;
	faulty.happened = false;
	errno = 0;
	const enum result result = attempt->run();
	faulty.left = 0;
	if (result == WRONG)
		complain(attempt, call, "neither done nor refused");
	if (!faulty.happened && call > 1)
		return false; /* a child has had it, or there is none */
	if (open_descriptors() != before)
		complain(attempt, call, "a descriptor is left");
	if (attempt->run() != DONE)
		complain(attempt, call, "not done afterwards, without a fault");
	return faulty.happened || call < 3;
}

static void
try_all(const struct attempt *attempts, size_t count)
{
	static const int errors[] = {
	    EIO, EMFILE, EACCES, EPERM, EINTR, ENOENT, EEXIST, EROFS, EAGAIN};

	for (size_t i = 0; i < count; i++) {
		CHECK(attempts[i].run() == DONE);
		for (size_t j = 0; j < sizeof errors / sizeof *errors; j++)
			for (unsigned call = 1; fail(&attempts[i], call, errors[j]); call++)
				CHECK(call < 100);
	}
}

/* A signal that is handled interrupts nothing. */
static void
test_interrupted(void)
{
	char text[8] = "";
	int ends[2];

	CHECK(fd_pipe(ends));
	faulty = (struct faulty){.left = 1, .error = EINTR};
	CHECK(fd_write_all(ends[1], "text", 4) && faulty.happened);
	faulty = (struct faulty){.left = 1, .error = EINTR};
	CHECK(fd_read(ends[0], text, sizeof text) == 4 && faulty.happened);
	CHECK_TEXT(text, "text");
	close(ends[0]);
	close(ends[1]);
}

/* What keeps us from waiting looks like nothing that is ready; then it is ready all the same. */
static void
test_pause(void)
{
	static const int errors[] = {EINTR, ENOMEM, EINVAL};
	int ends[2];

	CHECK(fd_pipe(ends) && fd_write_all(ends[1], "x", 1));
	for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
		struct pollfd slots[] = {{ends[0], POLLIN, 77}, {-1, POLLIN, 77}};
		faulty = (struct faulty){.left = 1, .error = errors[i]};
		pause_until(slots, 2, CLOCK_NEVER);
		CHECK(faulty.happened && slots[0].revents == 0 && slots[1].revents == 0);
		pause_until(slots, 2, CLOCK_NEVER);
		CHECK(slots[0].revents == POLLIN && slots[1].revents == 0);
	}
	close(ends[0]);
	close(ends[1]);
}

/* ---- Places for the state ------------------------------------------------------------------------ */

static const struct attempt places[] = {
    {"find the state", find_state},
    {"make the state", make_state},
};

static void
begin_anew(void)
{
	CHECK(system("rm -rf supervise states ../run ../dev") == 0);
	CHECK(mkdir("../run", 0755) == 0 && mkdir("../dev", 0755) == 0 &&
	      mkdir("../dev/shm", 0755) == 0);
}

/* In each of the places, one after the other not to be had. */
static void
test_places(void)
{
	char named[128];

	begin_anew();
	CHECK(make_state() == DONE && find_state() == DONE && file_exists(here, "supervise") == 1);
	/* A link that dangles: what it leads to is made. */
	begin_anew();
	CHECK(symlinkat("states/mine", here, "supervise") == 0);
	CHECK(make_state() == DONE && file_exists(here, "states/mine") == 1);
	begin_anew();
	faulty.never = "supervise";
	snprintf(named, sizeof named, "%s/service/states", faulty_top);
	setenv(STATEDIR_VARIABLE, named, 1);
	CHECK(make_state() == DONE && file_exists(here, "states") == 1);
	try_all(places, 2);
	setenv(STATEDIR_VARIABLE, "relative", 1); /* would be another one for each program */
	begin_anew();
	CHECK(make_state() == DONE && file_exists(here, "../run/upkeep") == 1);
	try_all(places, 2);
	begin_anew();
	CHECK(rmdir("../run") == 0);
	CHECK(make_state() == DONE && find_state() == DONE);
	try_all(places, 2);
	begin_anew();
	CHECK(rmdir("../run") == 0 && rmdir("../dev/shm") == 0);
	CHECK(make_state() == REFUSED && errno == EROFS);
	CHECK(find_state() == REFUSED && errno == ENOENT);
	faulty.never = NULL;
	unsetenv(STATEDIR_VARIABLE);
}

static const struct attempt attempts[] = {
    {"replace a file", replace},
    {"replace a file with a leftover", replace_leftover},
    {"replace a file of another group", replace_group},
    {"read a file", read_value},
    {"cut a file", open_and_cut},
    {"open a FIFO", open_fifo},
    {"trust a file", trust},
    {"see a file", exists},
    {"make directories", make_directories},
    {"make what a link leads to", make_target},
    {"walk over names", walk_names},
    {"never wait", set_nonblocking},
    {"take an inherited pipe", take_pipe},
    {"see whether supervise runs", runs},
    {"read the status", read_status},
    {"read the record", read_record},
    {"read the state", read_text},
    {"take an inventory", take_inventory},
    {"send a letter", send_letter},
    {"read the end of a log", read_log},
    {"open a service", open_named},
    {"watch a service", watch},
    {"mark as down", mark_down},
    {"start a child", start_child},
    {"find the state", find_state},
    {"make the state", make_state},
};

int
main(void)
{
	char command[sizeof faulty_top + 16];

	umask(022);
	strcpy(faulty_top, "/tmp/faults_test.XXXXXX");
	CHECK(mkdtemp(faulty_top) != NULL && chdir(faulty_top) == 0);
	CHECK(mkdir("service", 0755) == 0 && chdir("service") == 0);
	here = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CHECK(here > 2);
	unsetenv(STATEDIR_VARIABLE);
	signal(SIGIO, SIG_IGN); /* what a watch sends */
	test_interrupted();
	test_pause();
	test_places();
	begin_anew();
	make_service();
	write_file("value", old_text, strlen(old_text));
	CHECK(symlinkat("target", here, "dangling") == 0);
	try_all(attempts, sizeof attempts / sizeof *attempts);
	snprintf(command, sizeof command, "rm -rf %s", faulty_top);
	CHECK(system(command) == 0);
	return check_end("faults_test");
}
