/* orphan_test: how an orphan ended reaches whoever asks, before and after, and nobody else.
 * SPDX-License-Identifier: ISC */
#include "../../svscan/map.c"
#include "../../svscan/orphan.c"

#include "check.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

enum { T = 5000000 /* some time, ms */ };

static struct orphans orphans;

static void
die(pid_t pid, uint64_t ticks, int status, int64_t now_ms)
{
	orphan_died(&orphans, &(struct orphan_death){pid, ticks, status, now_ms});
}

/* Claims and returns where to read it. */
static int
claim(struct orphan_claim *mine, pid_t pid, uint64_t ticks, int64_t now_ms)
{
	int ends[2];

	CHECK(fd_pipe(ends) && fd_set_nonblocking(ends[0], true) &&
	      fd_set_nonblocking(ends[1], true));
	orphan_claim(&orphans, mine, pid, ticks, ends[1], now_ms);
	return ends[0];
}

static bool
is_silent(int fd)
{
	char byte;
	return fd_read(fd, &byte, 1) == -1 && errno == EAGAIN;
}

static bool
is_at_end(int fd)
{
	char byte;
	return fd_read(fd, &byte, 1) == 0;
}

/* One message with PID and STATUS, then the end. */
static bool
tells(int fd, pid_t pid, int status)
{
	struct sv_handover message;
	return fd_read(fd, &message, sizeof message) == (ssize_t)sizeof message &&
	       message.pid == pid && message.status == status && is_at_end(fd);
}

static void
test_later(void)
{
	struct orphan_claim mine = {.pid = 0}, other = {.pid = 0};
	int fd = claim(&mine, 70, 1, T), other_fd = claim(&other, 71, 1, T);

	die(72, 1, 9, T);
	die(70, 2, 9, T); /* the same number, but somebody else */
	CHECK(is_silent(fd) && is_silent(other_fd));
	die(70, 1, 0x700, T);
	CHECK(tells(fd, 70, 0x700) && mine.pid == 0);
	CHECK(is_silent(other_fd));
	orphan_release(&orphans, &other);
	orphan_release(&orphans, &other);
	CHECK(is_at_end(other_fd) && orphans.claims.count == 0);
	die(71, 1, 9, T); /* nobody waits for it any more */
	close(fd);
	close(other_fd);
}

static void
test_before(void)
{
	struct orphan_claim mine = {.pid = 0};
	int fd;

	die(80, 5, 0x100, T);
	CHECK(orphan_find(&orphans, 80, 6, T) == NULL);
	/* Told again to the next one, if the first was killed before it made use of it. */
	for (int i = 0; i < 2; i++) {
		fd = claim(&mine, 80, 5, T + ORPHAN_KEEP_MS - 1);
		CHECK(tells(fd, 80, 0x100) && mine.pid == 0);
		close(fd);
	}
	fd = claim(&mine, 80, 5, T + ORPHAN_KEEP_MS);
	CHECK(is_silent(fd)); /* too long ago */
	orphan_release(&orphans, &mine);
	close(fd);
}

static void
test_bound(void)
{
	die(90, 1, 0, T);
	for (pid_t pid = 1000; pid < 1000 + ORPHAN_KEPT - 1; pid++)
		die(pid, 1, 0, T);
	CHECK(orphan_find(&orphans, 90, 1, T) != NULL);
	die(2000, 1, 0, T);
	CHECK(orphan_find(&orphans, 90, 1, T) == NULL);
	CHECK(orphan_find(&orphans, 1000, 1, T) != NULL);
	CHECK(orphan_find(&orphans, 2000, 1, T) != NULL);
}

/* Whoever asked is dead by now. */
static void
test_nobody(void)
{
	struct orphan_claim mine = {.pid = 0};
	int fd = claim(&mine, 95, 1, T);

	close(fd);
	die(95, 1, 0, T);
	CHECK(mine.pid == 0 && orphans.claims.count == 0);
}

int
main(void)
{
	signal(SIGPIPE, SIG_IGN); /* svscan has it blocked */
	CHECK(orphan_open(&orphans));
	test_later();
	test_before();
	test_bound();
	test_nobody();
	free(orphans.claims.buckets);
	return check_end("orphan_test");
}
