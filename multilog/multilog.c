/* multilog: writes its input into automatically rotated log directories; multilog(8). What was taken
 * from a pipe is in the log or in the spool whenever the process ends, and however it does.
 * SPDX-License-Identifier: ISC */
#include "batch.h"
#include "clock.h"
#include "deliver.h"
#include "digest.h"
#include "fd.h"
#include "intake.h"
#include "keep.h"
#include "msg.h"
#include "pause.h"
#include "period.h"
#include "script.h"
#include "sigfd.h"
#include "spool.h"
#include "straight.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
	LOOK_MAX = 4096, /* of what is in the pipe, to find the end of a line */
	/* TERM ends us within about a second, whatever is stuck: */
	DELIVERY_GRACE_MS = 700, /* so long we wait for disks and processors, */
	LINE_GRACE_MS = 900,     /* and for the rest of a line */
};

enum slot { SLOT_SIGNALS, SLOT_INPUT, SLOT_ALERT, SLOTS };

/* How lines come in. */
enum way {
	BY_SPLICE, /* straight into the one directory */
	BY_SPOOL,
	BY_READ, /* what is no pipe: what was read is lost when we are killed */
};

enum phase {
	PREPARING, /* the directories are recovered */
	RECALLING, /* what a killed predecessor has left is delivered */
	FLOWING,   /* lines come and go */
	DRAINING,  /* the last ones go */
	CLOSING,   /* the directories are closed */
};

static struct {
	enum phase phase;
	enum way way;
	int fd_signals;
	bool rotating;      /* those directories that were asked to: by ALRM, or since it is time */
	bool heading;       /* BY_SPLICE: the spool has the beginning of a line, or had */
	bool ending;        /* TERM */
	int64_t give_up_ms; /* no disk is waited for after this (clock_ms() time) ... */
	int64_t line_end_ms; /* ... and no input after this; with TERM */
	size_t read;         /* bytes in input ... */
	size_t taken;        /* ... and how many of them the batches have had */
	struct script script;
	struct intake intake;
	struct straight straight;
	struct spool spool;
	struct batch batch;
	struct deliver deliver;
	char input[SPOOL_READ];
} self;

/* PIPE and XFSZ are here so that they do not kill: the write that meant them fails anyway. */
static const int signals[] = {SIGTERM, SIGALRM, SIGCHLD, SIGPIPE, SIGXFSZ};

/* Whatever we were started with: these two reach our processors, as in 0.76. */
static void
unblock(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGALRM);
	sigprocmask(SIG_UNBLOCK, &set, NULL); /* cannot fail with these arguments */
}

/* What is made of lines by these actions is the same whenever it is made. */
static uint64_t
digest_of(char *const *argv)
{
	uint64_t result = 0;

	for (; *argv != NULL; argv++)
		result = result * 31 + digest(*argv, strlen(*argv));
	return result;
}

static enum way
choose_way(void)
{
	if (!intake_is_pipe(&self.intake))
		return BY_READ;
	return straight_fits(&self.script) ? BY_SPLICE : BY_SPOOL;
}

/* Everything that can end in 111, except for what a recovery finds later. */
static void
start(int count, char **argv)
{
	static const enum directory_way ways[] = {
	    [BY_SPLICE] = DIRECTORY_SPLICED,
	    [BY_SPOOL] = DIRECTORY_RECORDED,
	    [BY_READ] = DIRECTORY_PLAIN,
	};

	fd_reserve_standard();
	msg_program("multilog");
	msg_never_block();
	umask(022);
	self.give_up_ms = self.line_end_ms = CLOCK_NEVER;
	unblock();
	self.fd_signals = sigfd_open(signals, sizeof signals / sizeof *signals);
	if (self.fd_signals == -1)
		msg_die_sys(MSG_TEMPORARY, errno, "unable to watch for signals");
	self.script.actions = calloc((size_t)count + 1, sizeof *self.script.actions);
	if (self.script.actions == NULL)
		msg_die(MSG_TEMPORARY, "out of memory");
	script_parse(argv, &self.script);
	self.batch.stamps = self.script.stamps;
	tzset();
	intake_open(&self.intake, STDIN_FILENO);
	self.way = choose_way();
	deliver_open(&self.deliver, &self.script, ways[self.way]);
	spool_init(&self.spool, deliver_directory(&self.deliver, 0), digest_of(argv));
	straight_open(&self.straight, &self.intake, deliver_directory(&self.deliver, 0));
	if (self.spool.directory == NULL)
		self.way = BY_READ; /* no log: there is nothing to be kept */
}

/* The grace begins with the first TERM; a second one does not make it longer. */
static void
take_signals(void)
{
	int signal;

	while ((signal = sigfd_next(self.fd_signals)) != 0) {
		if (signal == SIGALRM) {
			deliver_ask_rotation(&self.deliver);
			self.rotating = true;
		}
		if (signal != SIGTERM || self.ending)
			continue;
		self.ending = true;
		self.give_up_ms = clock_ms() + DELIVERY_GRACE_MS;
		self.line_end_ms = clock_ms() + LINE_GRACE_MS;
		deliver_hurry(&self.deliver); /* perhaps there is room by now */
		trouble_hurry(&self.intake.trouble);
	}
}

/* ---- The input ------------------------------------------------------------------------------- */

/* The file cannot be spliced into, or a stranger's file is in the way: from now on we do what 0.76
 * does. Nothing that was taken is on its way. */
static void
read_from_now_on(void)
{
	self.way = BY_READ;
	self.heading = false;
	deliver_forget(&self.deliver);
	deliver_begin_batch(&self.deliver, 0);
}

static bool
is_in_line(void)
{
	return batch_in_line(&self.batch) ||
	       (self.way == BY_SPLICE && straight_in_line(&self.straight));
}

/* Whether there is nothing more to wait for at the input: it has ended; or TERM has come, and no
 * line waits for its end, or has waited long enough. */
static bool
is_input_over(void)
{
	if (self.intake.ended)
		return true;
	return self.ending && (!is_in_line() || clock_ms() >= self.line_end_ms);
}

/* After TERM a byte at a time, so that what follows the line stays for our successor. */
static void
take_by_read(void)
{
	const struct tai64n now = tai64n_now();

	batch_set_time(&self.batch, &now);
	self.read = intake_read(&self.intake, self.input, self.ending ? 1 : sizeof self.input);
	self.taken = 0;
}

/* How many bytes to spool: only the rest of the line after TERM, and where that is all that has to be
 * spooled. */
static size_t
bytes_to_take(void)
{
	char text[LOOK_MAX];

	if (!self.ending && self.way != BY_SPLICE)
		return SPOOL_READ;
	const size_t got = intake_look(&self.intake, text, sizeof text);
	const char *newline = memchr(text, '\n', got);
	return newline == NULL ? got : (size_t)(newline - text) + 1;
}

/* Brings what was spooled into the memory. False if it has to wait. */
static bool
fetch(void)
{
	static const struct trouble_words reading = {"unable to read ", "/" LOGDIR_SPOOL};

	if (self.spool.unread == 0)
		return true;
	if (trouble_waits(&self.intake.trouble))
		return false;
	const ssize_t got = spool_fetch(&self.spool, self.input);
	if (got == -1) {
		intake_pause(
		    &self.intake, &reading, self.spool.directory->path, errno, TROUBLE_DISK_MS);
		return false;
	}
	self.read = (size_t)got;
	self.taken = 0;
	return true;
}

static const struct trouble_words writing = {"unable to write to ", "/" LOGDIR_SPOOL};
static const struct trouble_words noting = {"unable to write to ", "/" LOGDIR_RECORD};

static void
pause_spool(const struct trouble_words *words)
{
	if (!keep_make_room(self.spool.directory, errno))
		intake_pause(
		    &self.intake, words, self.spool.directory->path, errno, TROUBLE_DISK_MS);
}

/* A new batch; ENDS as for spool_begin. False if it has to wait. */
static bool
begin_batch(bool ends)
{
	if (trouble_waits(&self.intake.trouble))
		return false;
	if (spool_begin(&self.spool, &self.deliver, &self.batch, ends))
		return true;
	pause_spool(&noting);
	return false;
}

static bool
create_spool(void)
{
	if (spool_create(&self.spool))
		return true;
	if (record_is_refused(errno)) {
		msg_warn_sys(errno, "unable to use %s/" LOGDIR_SPOOL ", going on without",
		    self.spool.directory->path);
		read_from_now_on();
	} else {
		pause_spool(&writing);
	}
	return false;
}

static void
take_by_spool(void)
{
	const size_t most = bytes_to_take();

	if (most == 0 || !create_spool() || !begin_batch(false))
		return;
	const ssize_t moved = spool_take(&self.spool, &self.intake, most);
	if (moved == -1 && errno == EINVAL)
		read_from_now_on();
	else if (moved == -1)
		pause_spool(&writing);
	else
		(void)fetch(); /* what fails is tried again before anything else is taken */
}

/* The line that was in the spool is in the log; nothing else is spooled for the time being. */
static bool
rest_spool(void)
{
	if (!self.heading)
		return true;
	if (!spool_rest(&self.spool)) {
		pause_spool(&noting);
		return false;
	}
	straight_forget_line(&self.straight);
	self.heading = false;
	return true;
}

/* Only what cannot be written yet, since it is the beginning of a line, goes into the spool, and the
 * rest of that line with it. */
static void
take_by_splice(void)
{
	if (batch_in_line(&self.batch)) {
		take_by_spool();
		return;
	}
	if (!rest_spool())
		return;
	switch (straight_take(&self.straight, self.ending || self.rotating)) {
	case STRAIGHT_TAKEN:
		break;
	case STRAIGHT_HEAD:
		self.heading = true;
		take_by_spool();
		break;
	case STRAIGHT_REFUSED:
		read_from_now_on();
		break;
	}
}

static void
take_input(void)
{
	switch (self.way) {
	case BY_SPLICE:
		take_by_splice();
		break;
	case BY_SPOOL:
		take_by_spool();
		break;
	case BY_READ:
		take_by_read();
		break;
	}
}

/* ---- What is done with it -------------------------------------------------------------------- */

/* Delivers all that was read, in as many batches as that takes. A batch that could not be delivered
 * completely goes on first. False if something waits. */
static bool
settle(void)
{
	while (deliver_run(&self.deliver)) {
		batch_next(&self.batch);
		if (self.taken == self.read)
			return self.way != BY_SPLICE || straight_settle(&self.straight);
		self.taken +=
		    batch_fill(&self.batch, self.input + self.taken, self.read - self.taken);
		deliver_begin(&self.deliver, &self.batch);
	}
	return false;
}

/* AWAIT_SPOOL: not for new input, but for the next attempt with what is there. */
enum verdict { GO_ON, AWAIT_INPUT, AWAIT_DELIVERY, AWAIT_SPOOL, END };

/* A newline that ends the input comes as one that was read. */
static void
pretend_newline(void)
{
	self.input[0] = '\n';
	self.read = 1;
	self.taken = 0;
}

/* What a predecessor that was killed has taken and not delivered. True if there is something. */
static bool
recall(void)
{
	struct directory *directory;

	for (size_t i = 0; (directory = deliver_directory(&self.deliver, i)) != NULL; i++) {
		spool_init(&self.spool, directory, self.spool.script);
		if (!spool_recall(&self.spool, &self.deliver, &self.batch))
			continue;
		if ((directory->record.flags & RECORD_ENDS) != 0)
			pretend_newline();
		return true;
	}
	spool_init(&self.spool, deliver_directory(&self.deliver, 0), self.spool.script);
	return false;
}

/* The directories are ready. */
static enum verdict
begin_recall(void)
{
	self.phase = RECALLING;
	period_open(&self.deliver);
	if (self.way != BY_READ && !deliver_is_recorded(&self.deliver))
		self.way = BY_READ;
	if (!recall())
		deliver_begin_batch(&self.deliver, 0);
	return GO_ON;
}

/* What the predecessor has left is delivered; the beginning of a line that it had taken is with us,
 * and its spool is of no use unless it is ours. */
static enum verdict
end_recall(void)
{
	struct directory *first = deliver_directory(&self.deliver, 0);

	self.heading = self.spool.fd != -1;
	if (self.spool.directory != first) {
		directory_drop_spool(self.spool.directory);
		fd_close(&self.spool.fd);
		spool_init(&self.spool, first, self.spool.script);
	}
	if (self.way == BY_READ)
		read_from_now_on();
	self.phase = FLOWING;
	return GO_ON;
}

/* No more input: the line that was begun is ended, if there will never be a rest of it, or if nobody
 * else could go on with it. */
static enum verdict
end_input(void)
{
	self.phase = DRAINING;
	if (!is_in_line())
		return GO_ON;
	if (self.way == BY_READ) {
		batch_end_line(&self.batch);
		deliver_begin(&self.deliver, &self.batch);
	} else if (!batch_in_line(&self.batch)) {
		if (self.intake.ended)
			straight_end_line(&self.straight);
	} else if (!self.intake.ended) {
		if (!spool_leave(&self.spool, &self.batch))
			return END;
	} else if (begin_batch(true)) {
		pretend_newline();
	} else {
		self.phase = FLOWING;
		return trouble_waits(&self.intake.trouble) ? AWAIT_SPOOL : GO_ON;
	}
	return GO_ON;
}

/* A line that nobody has looked at is not divided between two files. */
static bool
may_rotate(void)
{
	return self.way != BY_SPLICE || self.intake.ended || !straight_in_rush(&self.straight);
}

/* Lines come and go, as long as there can be any. No input is taken before all is settled: what
 * cannot be written waits with us, and its writers wait behind the full pipe. */
static enum verdict
flow(void)
{
	if (!fetch())
		return AWAIT_SPOOL;
	if (!settle())
		return AWAIT_DELIVERY;
	self.rotating |= period_is_over(&self.deliver);
	if (self.rotating && may_rotate()) {
		if (!deliver_rotate(&self.deliver))
			return AWAIT_DELIVERY;
		self.rotating = false;
	}
	return is_input_over() ? end_input() : AWAIT_INPUT;
}

/* Does what can be done in this phase. */
static enum verdict
advance(void)
{
	switch (self.phase) {
	case PREPARING:
		if (self.ending)
			return END; /* nothing has been read */
		return deliver_prepare(&self.deliver) ? begin_recall() : AWAIT_DELIVERY;
	case RECALLING:
		if (!fetch())
			return AWAIT_SPOOL;
		return settle() ? end_recall() : AWAIT_DELIVERY;
	case FLOWING:
		return flow();
	case DRAINING:
		if (!settle())
			return AWAIT_DELIVERY;
		self.phase = CLOSING;
		return GO_ON;
	case CLOSING:
		break;
	}
	return deliver_close(&self.deliver) ? END : AWAIT_DELIVERY;
}

/* The same, but past the time that TERM has left, nothing waits. What is in the spool stays there for
 * the next multilog. */
static enum verdict
advance_or_give_up(void)
{
	enum verdict verdict = advance();

	if ((verdict != AWAIT_DELIVERY && verdict != AWAIT_SPOOL) || clock_ms() < self.give_up_ms)
		return verdict;
	deliver_give_up(&self.deliver);
	return self.way == BY_READ && self.phase != RECALLING ? GO_ON : END;
}

/* What to wait for, and until when (clock_ms() time). */
static int64_t
set_slots(struct pollfd slots[SLOTS], enum verdict verdict)
{
	slots[SLOT_INPUT].fd = -1;
	slots[SLOT_ALERT].fd = -1;
	if (verdict == AWAIT_INPUT) {
		slots[SLOT_INPUT].fd = intake_waits_for(&self.intake);
		return clock_earlier(period_deadline(&self.deliver),
		    clock_earlier(self.line_end_ms, intake_deadline(&self.intake)));
	}
	if (verdict == AWAIT_SPOOL)
		return clock_earlier(self.give_up_ms, intake_deadline(&self.intake));
	const struct deliver_wait wait = deliver_wait(&self.deliver);
	slots[SLOT_ALERT].fd = wait.fd;
	return clock_earlier(self.give_up_ms, wait.deadline_ms);
}

int
main(int argc, char **argv)
{
	start(argc, argv + 1);
	struct pollfd slots[SLOTS] = {
	    [SLOT_SIGNALS] = {.fd = self.fd_signals, .events = POLLIN},
	    [SLOT_INPUT] = {.events = POLLIN},
	    [SLOT_ALERT] = {.events = POLLOUT},
	};
	for (;;) {
		const enum verdict verdict = advance_or_give_up();
		if (verdict == END)
			break;
		if (verdict == GO_ON)
			continue;
		const int64_t deadline_ms = set_slots(slots, verdict);
		pause_until(slots, SLOTS, deadline_ms);
		if (slots[SLOT_SIGNALS].revents != 0)
			take_signals();
		if (slots[SLOT_INPUT].revents != 0 && !is_input_over())
			take_input();
	}
	deliver_report(&self.deliver);
	return 0;
}
