/* phase: see phase.h.
 * SPDX-License-Identifier: ISC */
#include "phase.h"

#include "clock.h"
#include "fd.h"
#include "take.h"

/* Delivers all that was read, in as many batches as that takes. A batch that could not be delivered
 * completely goes on first. False if something waits. */
static bool
settle(struct logger *logger)
{
	while (deliver_run(&logger->deliver)) {
		batch_next(&logger->batch);
		if (logger->taken == logger->read)
			return logger->way != BY_SPLICE || straight_settle(&logger->straight);
		logger->taken += batch_fill(
		    &logger->batch, logger->input + logger->taken, logger->read - logger->taken);
		deliver_begin(&logger->deliver, &logger->batch);
	}
	return false;
}

/* What a predecessor that was killed has taken and not delivered. True if there is something. */
static bool
recall(struct logger *logger)
{
	struct directory *directory;

	for (size_t i = 0; (directory = deliver_directory(&logger->deliver, i)) != NULL; i++) {
		spool_init(&logger->spool, directory, logger->spool.script);
		if (!spool_recall(&logger->spool, &logger->deliver, &logger->batch))
			continue;
		if ((directory->record.flags & RECORD_ENDS) != 0)
			take_newline(logger);
		return true;
	}
	spool_init(&logger->spool, deliver_directory(&logger->deliver, 0), logger->spool.script);
	return false;
}

/* The directories are ready. */
static enum verdict
begin_recall(struct logger *logger)
{
	logger->phase = RECALLING;
	if (logger->way != BY_READ && !deliver_is_recorded(&logger->deliver))
		logger->way = BY_READ;
	if (!recall(logger))
		deliver_begin_batch(&logger->deliver, 0);
	return GO_ON;
}

/* What the predecessor has left is delivered. A line that it has begun goes on where it came from; with
 * another input it ends here. False if something waits: *VERDICT. */
static bool
end_lines(struct logger *logger, enum verdict *verdict)
{
	const bool goes_on = spool_is_of(&logger->spool, &logger->intake);
	const bool in_line = batch_in_line(&logger->batch);

	*verdict = AWAIT_SPOOL;
	if (in_line && !goes_on) {
		if (take_begin_batch(logger, true)) {
			take_newline(logger);
			*verdict = GO_ON;
		}
		return false;
	}
	/* Where lines are not spliced, what comes next is the beginning of one. */
	const bool torn = !in_line && (!goes_on || logger->way != BY_SPLICE);
	if (torn && !deliver_end_lines(&logger->deliver)) {
		*verdict = AWAIT_DELIVERY;
		return false;
	}
	return logger->way == BY_READ || take_claim(logger);
}

/* What the predecessor has left is delivered; the beginning of a line that it had taken is with us,
 * and its spool is of no use unless it is ours. */
static enum verdict
end_recall(struct logger *logger)
{
	struct directory *first = deliver_directory(&logger->deliver, 0);
	enum verdict verdict;

	if (first != NULL && !end_lines(logger, &verdict))
		return verdict;
	logger->heading = logger->spool.fd != -1;
	if (logger->spool.directory != first) {
		(void)directory_drop_spool(logger->spool.directory);
		fd_close(&logger->spool.fd);
		spool_init(&logger->spool, first, logger->spool.script);
	}
	if (logger->way == BY_READ)
		take_by_read_from_now_on(logger);
	logger->phase = FLOWING;
	return GO_ON;
}

/* No more input: the line that was begun is ended, if there will never be a rest of it, or if nobody
 * else could go on with it. */
static enum verdict
end_input(struct logger *logger)
{
	logger->phase = DRAINING;
	if (!take_in_line(logger))
		return GO_ON;
	if (logger->way == BY_READ) {
		batch_end_line(&logger->batch);
		deliver_begin(&logger->deliver, &logger->batch);
	} else if (!batch_in_line(&logger->batch)) {
		if (logger->intake.ended)
			straight_end_line(&logger->straight);
		else
			straight_leave(&logger->straight);
	} else if (!logger->intake.ended) {
		if (!spool_leave(&logger->spool, &logger->batch))
			return END;
	} else if (take_begin_batch(logger, true)) {
		take_newline(logger);
	} else {
		logger->phase = FLOWING;
		return AWAIT_SPOOL;
	}
	return GO_ON;
}

/* A line that nobody has looked at is not divided between two files. */
static bool
may_rotate(struct logger *logger)
{
	return logger->way != BY_SPLICE || logger->intake.ended ||
	       !straight_in_rush(&logger->straight);
}

/* Lines come and go, as long as there can be any. No input is taken before all is settled: what
 * cannot be written waits with us, and its writers wait behind the full pipe. */
static enum verdict
flow(struct logger *logger)
{
	if (!take_fetch(logger))
		return AWAIT_SPOOL;
	if (!settle(logger))
		return AWAIT_DELIVERY;
	if (logger->rotating || (deliver_is_asked(&logger->deliver) && may_rotate(logger))) {
		logger->rotating = !deliver_rotate(&logger->deliver);
		if (logger->rotating)
			return AWAIT_DELIVERY;
	}
	return take_is_over(logger) ? end_input(logger) : AWAIT_INPUT;
}

/* Does what can be done in this phase. */
static enum verdict
advance(struct logger *logger)
{
	if (logger->phase > PREPARING)
		deliver_tend(&logger->deliver);
	switch (logger->phase) {
	case PREPARING:
		if (logger->ending)
			return END; /* nothing has been read */
		return deliver_prepare(&logger->deliver) ? begin_recall(logger) : AWAIT_DELIVERY;
	case RECALLING:
		if (!take_fetch(logger))
			return AWAIT_SPOOL;
		return settle(logger) ? end_recall(logger) : AWAIT_DELIVERY;
	case FLOWING:
		return flow(logger);
	case DRAINING:
		if (!settle(logger))
			return AWAIT_DELIVERY;
		logger->phase = CLOSING;
		return GO_ON;
	case CLOSING:
		break;
	}
	return deliver_close(&logger->deliver) ? END : AWAIT_DELIVERY;
}

/* What waits is passed over. What is in the spool stays there for the next multilog, and the end is
 * here; unless all is written and only a processor is late: the other directories are closed. */
static enum verdict
give_up(struct logger *logger)
{
	deliver_give_up(&logger->deliver);
	if (logger->way == BY_READ)
		return logger->phase == RECALLING ? END : GO_ON;
	return logger->phase == CLOSING && spool_drop(&logger->spool) ? GO_ON : END;
}

enum verdict
phase_advance(struct logger *logger)
{
	enum verdict verdict = advance(logger);

	if ((verdict == AWAIT_DELIVERY || verdict == AWAIT_SPOOL) &&
	    clock_ms() >= logger->give_up_ms)
		return give_up(logger);
	return verdict;
}
