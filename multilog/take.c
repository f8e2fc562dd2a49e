/* take: see take.h.
 * SPDX-License-Identifier: ISC */
#include "take.h"

#include "clock.h"
#include "logdir.h"
#include "msg.h"
#include "record.h"
#include "trouble.h"

#include <errno.h>
#include <string.h>
#include <sys/types.h>

enum { LOOK_MAX = 4096 /* of what is in the pipe, to find the end of a line */ };

void
take_by_read_from_now_on(struct logger *logger)
{
	logger->way = BY_READ;
	logger->heading = false;
	deliver_forget(&logger->deliver);
	deliver_begin_batch(&logger->deliver, 0);
}

bool
take_in_line(struct logger *logger)
{
	return batch_in_line(&logger->batch) ||
	       (logger->way == BY_SPLICE && straight_in_line(&logger->straight));
}

bool
take_is_over(struct logger *logger)
{
	if (logger->intake.ended)
		return true;
	return logger->ending && (!take_in_line(logger) || clock_ms() >= logger->line_end_ms);
}

/* After TERM a byte at a time, so that what follows the line stays for our successor. */
static void
by_read(struct logger *logger)
{
	const struct tai64n now = tai64n_now();

	batch_set_time(&logger->batch, &now);
	logger->read =
	    intake_read(&logger->intake, logger->input, logger->ending ? 1 : sizeof logger->input);
	logger->taken = 0;
}

/* How many bytes to spool: only the rest of the line after TERM, and where that is all that has to be
 * spooled. */
static size_t
bytes_to_take(struct logger *logger)
{
	char text[LOOK_MAX];

	if (!logger->ending && logger->way != BY_SPLICE)
		return SPOOL_READ;
	const size_t got = intake_look(&logger->intake, text, sizeof text);
	const char *newline = memchr(text, '\n', got);
	return newline == NULL ? got : (size_t)(newline - text) + 1;
}

bool
take_fetch(struct logger *logger)
{
	static const struct trouble_words reading = {"unable to read ", "/" LOGDIR_SPOOL};

	if (logger->spool.unread == 0)
		return true;
	if (trouble_waits(&logger->intake.trouble))
		return false;
	const ssize_t got = spool_fetch(&logger->spool, logger->input);
	if (got == -1) {
		intake_pause(&logger->intake, &reading, logger->spool.directory->path, errno,
		    TROUBLE_DISK_MS);
		return false;
	}
	logger->read = (size_t)got;
	logger->taken = 0;
	return true;
}

static const struct trouble_words writing = {"unable to write to ", "/" LOGDIR_SPOOL};
static const struct trouble_words noting = {"unable to write to ", "/" LOGDIR_RECORD};

static void
pause_spool(struct logger *logger, const struct trouble_words *words)
{
	intake_pause(&logger->intake, words, logger->spool.directory->path, errno, TROUBLE_DISK_MS);
}

bool
take_begin_batch(struct logger *logger, bool ends)
{
	if (trouble_waits(&logger->intake.trouble))
		return false;
	if (spool_begin(&logger->spool, &logger->deliver, &logger->batch, ends))
		return true;
	pause_spool(logger, &noting);
	return false;
}

bool
take_claim(struct logger *logger)
{
	if (trouble_waits(&logger->intake.trouble))
		return false;
	if (spool_claim(&logger->spool, &logger->intake))
		return true;
	pause_spool(logger, &noting);
	return false;
}

static bool
create_spool(struct logger *logger)
{
	if (spool_create(&logger->spool))
		return true;
	if (record_is_refused(errno)) {
		msg_warn_sys(errno, "unable to use %s/" LOGDIR_SPOOL ", going on without",
		    logger->spool.directory->path);
		take_by_read_from_now_on(logger);
	} else {
		pause_spool(logger, &writing);
	}
	return false;
}

static void
by_spool(struct logger *logger)
{
	const size_t most = bytes_to_take(logger);

	if (most == 0 || !create_spool(logger) || !take_begin_batch(logger, false))
		return;
	const ssize_t moved = spool_take(&logger->spool, &logger->intake, most);
	if (moved == -1 && errno == EINVAL)
		take_by_read_from_now_on(logger);
	else if (moved == -1)
		pause_spool(logger, &writing);
	else
		(void)take_fetch(
		    logger); /* what fails is tried again before anything else is taken */
}

/* The line that was in the spool is in the log; nothing else is spooled for the time being. */
static bool
rest_spool(struct logger *logger)
{
	if (!logger->heading)
		return true;
	if (!spool_rest(&logger->spool)) {
		pause_spool(logger, &noting);
		return false;
	}
	straight_forget_line(&logger->straight);
	logger->heading = false;
	return true;
}

/* Only what cannot be written yet, since it is the beginning of a line, goes into the spool, and the
 * rest of that line with it. */
static void
by_splice(struct logger *logger)
{
	if (batch_in_line(&logger->batch)) {
		by_spool(logger);
		return;
	}
	if (!rest_spool(logger))
		return;
	switch (straight_take(
	    &logger->straight, logger->ending || deliver_is_asked(&logger->deliver))) {
	case STRAIGHT_TAKEN:
		break;
	case STRAIGHT_HEAD:
		logger->heading = true;
		by_spool(logger);
		break;
	case STRAIGHT_REFUSED:
		take_by_read_from_now_on(logger);
		break;
	}
}

void
take_input(struct logger *logger)
{
	switch (logger->way) {
	case BY_SPLICE:
		by_splice(logger);
		break;
	case BY_SPOOL:
		by_spool(logger);
		break;
	case BY_READ:
		by_read(logger);
		break;
	}
}

void
take_newline(struct logger *logger)
{
	logger->input[0] = '\n';
	logger->read = 1;
	logger->taken = 0;
}
