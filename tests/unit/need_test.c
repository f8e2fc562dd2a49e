/* need_test: what each state of a service means to those who need it, and every loop and row of
 * services up to a size, on files such as supervise writes them.
 * SPDX-License-Identifier: ISC */
#include "../../supervise/need.c"

#include "check.h"
#include "fmt.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { SERVICES = STEPS_MAX + 2, TAIL_MAX = 9, LOOP_MAX = 12 };

static char directory[] = "/tmp/need_test.XXXXXX";
static int scan;
static int readers[SERVICES]; /* of their ok FIFOs: they are supervised */

static const char *
name_of(unsigned number)
{
	static char name[16];
	fmt(name, sizeof name, "s%u", number);
	return name;
}

static struct need_place
place_of(unsigned number)
{
	struct need_place place = {0};
	CHECK(find_place(scan, name_of(number), &place));
	return place;
}

static int
open_files(unsigned number)
{
	char path[48];
	fmt(path, sizeof path, "%s/" SV_DIRECTORY, name_of(number));
	return openat(scan, path, O_RDONLY | O_DIRECTORY);
}

static void
put(int files, const char *name, const void *bytes, size_t length)
{
	const int fd = openat(files, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	CHECK(fd != -1 && write(fd, bytes, length) == (ssize_t)length);
	close(fd);
}

/* The supervise of service NUMBER, which is ourselves unless AUTHOR says something else, is in
 * STATE and waits for the service NEXT. */
static void
tell(unsigned number, enum sv_state state, enum sv_want want, unsigned next, pid_t author)
{
	const int files = open_files(number);
	struct sv_text text = {.length = 0};
	struct proc ourselves = {0};
	char place[SV_PLACE_SIZE];

	sv_place(files, place);
	CHECK(proc_read(0, &ourselves));
	sv_text_add(&text, SV_KEY_AT, "%s", place);
	sv_text_add(&text, SV_KEY_STATE, "%s", sv_state_names[state]);
	sv_text_add(&text, SV_KEY_WANT, "%s", sv_want_names[want]);
	sv_text_add(&text, SV_KEY_SUPERVISE_PID, "%ld", (long)author);
	sv_text_add(&text, SV_KEY_SUPERVISE_TICKS, "%llu", (unsigned long long)ourselves.ticks);
	sv_text_add(&text, SV_KEY_WAITING, "%s/other", name_of(next));
	put(files, SV_STATE, text.bytes, text.length);
	close(files);
}

static void
tell_status(unsigned number, uint32_t pid, enum sv_want want)
{
	const struct sv_status status = {.pid = pid, .want = want};
	unsigned char bytes[SV_STATUS_SIZE];
	const int files = open_files(number);

	sv_status_pack(bytes, &status);
	put(files, SV_STATUS, bytes, sizeof bytes);
	close(files);
}

static void
make_services(void)
{
	for (unsigned i = 0; i < SERVICES; i++) {
		CHECK(mkdirat(scan, name_of(i), 0700) == 0);
		const int service = openat(scan, name_of(i), O_RDONLY | O_DIRECTORY);
		CHECK(mkdirat(service, SV_DIRECTORY, 0700) == 0);
		const int files = open_files(i);
		CHECK(mkfifoat(files, SV_OK, 0600) == 0);
		readers[i] = openat(files, SV_OK, O_RDONLY | O_NONBLOCK);
		close(files);
		close(service);
	}
}

static void
remove_services(void)
{
	char command[64];
	fmt(command, sizeof command, "rm -r %s", directory);
	CHECK(system(command) == 0);
}

static enum need_state
seen(unsigned number, bool *told)
{
	struct need need = {.watch = WATCH_NONE};
	char text[SV_TEXT_MAX];

	*told = true;
	const enum need_state state = need_look(&need, scan, name_of(number), text, told);
	CHECK(need.watch.service != -1 || state == NEED_UNKNOWN);
	need_forget(&need);
	CHECK(need.watch.service == -1 && need.watch.ok == -1 && need.watch.directory == -1);
	return state;
}

/* ---- Tests ----------------------------------------------------------------------------------- */

static void
test_states(void)
{
	bool told;

	for (unsigned state = 0; state < SV_STATE_COUNT; state++)
		for (unsigned want = 0; want <= SV_WANT_ONCE; want++) {
			enum need_state expected = NEED_COMING;
			if (state == SV_STATE_READY || state == SV_STATE_DONE)
				expected = NEED_THERE;
			if (state == SV_STATE_FAILED)
				expected = NEED_FAILED;
			if (state == SV_STATE_DOWN && want != SV_WANT_UP)
				expected = NEED_DOWN;
			tell(0, (enum sv_state)state, (enum sv_want)want, 1, getpid());
			CHECK(seen(0, &told) == expected);
			CHECK(told);
		}
}

/* The text of a supervise that is dead counts for nothing beside the status record of another. */
static void
test_another_suite(void)
{
	bool told;

	tell(0, SV_STATE_READY, SV_WANT_UP, 1, getpid());
	tell_status(0, 0, SV_WANT_UP);
	CHECK(seen(0, &told) == NEED_THERE);
	tell(0, SV_STATE_READY, SV_WANT_UP, 1, INT32_MAX);
	CHECK(seen(0, &told) == NEED_COMING);
	tell_status(0, 0, SV_WANT_DOWN);
	CHECK(seen(0, &told) == NEED_DOWN);
	tell_status(0, 7, SV_WANT_DOWN);
	CHECK(seen(0, &told) == NEED_THERE);
	/* Nor does one that was copied with its directory. */
	const int files = open_files(0);
	put(files, SV_STATE, "at=1-1\nstate=failed\n", 20);
	CHECK(seen(0, &told) == NEED_THERE);
	CHECK(unlinkat(files, SV_STATE, 0) == 0);
	CHECK(seen(0, &told) == NEED_THERE);
	CHECK(unlinkat(files, SV_STATUS, 0) == 0);
	CHECK(seen(0, &told) == NEED_COMING); /* it is about to come */
	close(files);
}

static void
test_absent(void)
{
	struct need need = {.watch = WATCH_NONE};
	char text[SV_TEXT_MAX];
	bool told;

	tell(0, SV_STATE_READY, SV_WANT_UP, 1, getpid());
	close(readers[0]);
	CHECK(seen(0, &told) == NEED_UNSUPERVISED);
	CHECK(told);
	const int files = open_files(0);
	readers[0] = openat(files, SV_OK, O_RDONLY | O_NONBLOCK);
	close(files);
	CHECK(seen(0, &told) == NEED_THERE);
	CHECK(seen(SERVICES, &told) == NEED_UNKNOWN && told);
	CHECK(symlinkat("nowhere", scan, "link") == 0);
	told = true;
	CHECK(need_look(&need, scan, "link", text, &told) == NEED_UNKNOWN && !told);
	CHECK(unlinkat(scan, "link", 0) == 0 && symlinkat("link", scan, "link") == 0);
	told = true;
	CHECK(need_look(&need, scan, "link", text, &told) == NEED_UNREADABLE && errno == ELOOP);
	CHECK(!told);
	CHECK(unlinkat(scan, "link", 0) == 0);
}

/* The first TAIL services wait in a row, the LAST of which waits for the first of LOOP others, which
 * wait for each other. */
static void
test_loop(unsigned tail, unsigned loop)
{
	char text[SV_TEXT_MAX];

	for (unsigned i = 0; i < tail + loop; i++)
		tell(
		    i, SV_STATE_WAITING, SV_WANT_UP, i + 1 == tail + loop ? tail : i + 1, getpid());
	for (unsigned i = 0; i < tail + loop; i++) {
		const struct need_place ours = place_of(i);
		const unsigned first = i + 1 == tail + loop ? tail : i + 1;
		const enum need_state expected = i < tail ? NEED_BEHIND_LOOP : NEED_LOOP;
		char name[SV_NAME_SIZE];
		strcpy(name, name_of(first));
		CHECK(need_follow(scan, name, &ours, text) == expected);
	}
}

static void
test_row(void)
{
	const struct need_place ours = place_of(SERVICES - 1);
	char text[SV_TEXT_MAX];

	for (unsigned i = 0; i < SERVICES; i++)
		tell(i, SV_STATE_WAITING, SV_WANT_UP, i + 1, getpid());
	/* It leads to us, but one step too far away; then not. */
	CHECK(need_follow(scan, "s0", &ours, text) == NEED_COMING);
	CHECK(need_follow(scan, "s2", &ours, text) == NEED_LOOP);
	/* Whoever does not wait, or has no supervise, ends the row. */
	tell(9, SV_STATE_BACKOFF, SV_WANT_UP, 10, getpid());
	CHECK(need_follow(scan, "s2", &ours, text) == NEED_COMING);
	tell(9, SV_STATE_WAITING, SV_WANT_UP, 10, getpid());
	close(readers[9]);
	CHECK(need_follow(scan, "s2", &ours, text) == NEED_COMING);
	CHECK(need_follow(scan, "s10", &ours, text) == NEED_LOOP);
	CHECK(need_follow(scan, "nobody", &ours, text) == NEED_COMING);
}

int
main(void)
{
	/* It is sent to us for every file that we write. */
	signal(WATCH_SIGNAL, SIG_IGN);
	if (mkdtemp(directory) == NULL || (scan = open(directory, O_RDONLY | O_DIRECTORY)) == -1)
		return 1;
	make_services();
	test_states();
	test_another_suite();
	test_absent();
	for (unsigned tail = 0; tail <= TAIL_MAX; tail++)
		for (unsigned loop = 1; loop <= LOOP_MAX; loop++)
			test_loop(tail, loop);
	test_loop(0, STEPS_MAX);
	test_loop(1, STEPS_MAX / 2);
	test_row();
	remove_services();
	return check_end("need_test");
}
