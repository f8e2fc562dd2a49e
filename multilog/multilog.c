/* multilog: writes its input into automatically rotated log directories; multilog(8). What was read
 * is on its way to disk before anything else is read, and only SIGKILL stops it from saying so.
 * SPDX-License-Identifier: ISC */
#include "batch.h"
#include "clock.h"
#include "deliver.h"
#include "fd.h"
#include "intake.h"
#include "msg.h"
#include "pause.h"
#include "script.h"
#include "sigfd.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	READ_MAX = 64 * 1024, /* a pipe's usual capacity (pipe(7)) */
	/* TERM ends us within about a second, whatever is stuck: */
	DELIVERY_GRACE_MS = 700, /* so long we wait for disks and processors, */
	LINE_GRACE_MS = 900,     /* and for the rest of a line */
};

enum slot { SLOT_SIGNALS, SLOT_INPUT, SLOT_ALERT, SLOTS };

enum phase {
	PREPARING, /* the directories are recovered */
	FLOWING,   /* lines come and go */
	DRAINING,  /* the last ones go */
	CLOSING,   /* the directories are closed */
};

static struct {
	enum phase phase;
	int fd_signals;
	bool rotating;       /* ALRM: all directories rotate */
	bool ending;         /* TERM */
	int64_t give_up_ms;  /* no disk is waited for after this (clock_ms() time) ... */
	int64_t line_end_ms; /* ... and no input after this; with TERM */
	size_t read;         /* bytes in input ... */
	size_t taken;        /* ... and how many of them the batches have had */
	struct script script;
	struct intake intake;
	struct batch batch;
	struct deliver deliver;
	char input[READ_MAX];
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

/* Everything that can end in 111, except for what a recovery finds later. */
static void
start(int count, char **argv)
{
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
	deliver_open(&self.deliver, &self.script);
	intake_open(&self.intake, STDIN_FILENO);
}

/* The grace begins with the first TERM; a second one does not make it longer. */
static void
take_signals(void)
{
	int signal;

	while ((signal = sigfd_next(self.fd_signals)) != 0) {
		if (signal == SIGALRM)
			self.rotating = true;
		if (signal != SIGTERM || self.ending)
			continue;
		self.ending = true;
		self.give_up_ms = clock_ms() + DELIVERY_GRACE_MS;
		self.line_end_ms = clock_ms() + LINE_GRACE_MS;
		deliver_hurry(&self.deliver); /* perhaps there is room by now */
	}
}

/* Whether there is nothing more to wait for at the input: it has ended; or TERM has come, and no
 * line waits for its end, or has waited long enough. */
static bool
is_input_over(void)
{
	if (self.intake.ended)
		return true;
	return self.ending && (!batch_in_line(&self.batch) || clock_ms() >= self.line_end_ms);
}

static void
take_input(void)
{
	/* After TERM a byte at a time, so that what follows the line stays for our successor. */
	self.read = intake_read(&self.intake, self.input, self.ending ? 1 : sizeof self.input);
	self.taken = 0;
}

/* Delivers all that was read, in as many batches as that takes. A batch that could not be delivered
 * completely goes on first. False if something waits. */
static bool
settle(void)
{
	while (deliver_run(&self.deliver)) {
		batch_next(&self.batch);
		if (self.taken == self.read)
			return true;
		self.taken +=
		    batch_fill(&self.batch, self.input + self.taken, self.read - self.taken);
		deliver_begin(&self.deliver, &self.batch);
	}
	return false;
}

enum verdict { GO_ON, AWAIT_INPUT, AWAIT_DELIVERY, END };

/* Lines come and go, as long as there can be any. No input is taken before all is settled: what
 * cannot be written waits with us, and its writers wait behind the full pipe. */
static enum verdict
flow(void)
{
	if (!settle())
		return AWAIT_DELIVERY;
	if (self.rotating && !deliver_rotate(&self.deliver))
		return AWAIT_DELIVERY;
	self.rotating = false;
	if (!is_input_over())
		return AWAIT_INPUT;
	batch_end_line(&self.batch);
	deliver_begin(&self.deliver, &self.batch);
	self.phase = DRAINING;
	return GO_ON;
}

/* Does what can be done in this phase. */
static enum verdict
advance(void)
{
	switch (self.phase) {
	case PREPARING:
		if (self.ending)
			return END; /* nothing has been read */
		if (!deliver_prepare(&self.deliver))
			return AWAIT_DELIVERY;
		self.phase = FLOWING;
		return GO_ON;
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

/* The same, but past the time that TERM has left, nothing waits. */
static enum verdict
advance_or_give_up(void)
{
	enum verdict verdict = advance();

	if (verdict != AWAIT_DELIVERY || clock_ms() < self.give_up_ms)
		return verdict;
	deliver_give_up(&self.deliver);
	return GO_ON;
}

/* What to wait for, and until when (clock_ms() time). */
static int64_t
set_slots(struct pollfd slots[SLOTS], enum verdict verdict)
{
	slots[SLOT_INPUT].fd = -1;
	slots[SLOT_ALERT].fd = -1;
	if (verdict == AWAIT_INPUT) {
		slots[SLOT_INPUT].fd = intake_waits_for(&self.intake);
		return clock_earlier(self.line_end_ms, intake_deadline(&self.intake));
	}
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
