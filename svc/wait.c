/* wait: see wait.h.
 * SPDX-License-Identifier: ISC */
#include "wait.h"

#include "clock.h"
#include "fmt.h"
#include "msg.h"
#include "num.h"
#include "pause.h"
#include "sigfd.h"

#include <errno.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>

/* How long a failure must last to be one. Whoever commands a failed service up and then waits looks
 * perhaps before that command is obeyed; and a file that is missing may be about to come. */
enum { SETTLE_MS = 250 };

/* The same, if the two files contradict each other, or one is missing: a supervise that can write only one
 * of them tries again every second at the latest. */
enum { TORN_MS = 3000 };

/* Where changes are told; -1 = they are not. The signal is blocked also if there is no descriptor. */
static int signals = -1;

void
wait_begin(void)
{
	static const int told[] = {WATCH_SIGNAL};
	struct rlimit limit;

	/* Three or four descriptors for each service. If it fails, some are looked at instead. */
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		(void)prlimit(0, RLIMIT_NOFILE, &limit, NULL);
	}
	signals = sigfd_open(told, 1);
}

bool
wait_limit(const char *text, int64_t *deadline_ms)
{
	uint64_t limit_ms;

	if (!num_parse(text, INT64_MAX / 2, &limit_ms))
		return false;
	*deadline_ms = clock_ms() + (int64_t)limit_ms;
	return true;
}

int
wait_code(enum verdict verdict)
{
	static const int codes[] = {
	    [VERDICT_WAIT] = WAIT_TIMED_OUT,
	    [VERDICT_HOLDS] = 0,
	    [VERDICT_NEVER] = WAIT_FAILED,
	    [VERDICT_ABSENT] = WAIT_ABSENT,
	    [VERDICT_FOREIGN] = MSG_TEMPORARY,
	    [VERDICT_UNKNOWN] = MSG_TEMPORARY,
	};
	return codes[verdict];
}

/* ---- Looking --------------------------------------------------------------------------------- */

static bool
has_unread(int control)
{
	int bytes = 0;
	return control != -1 && ioctl(control, FIONREAD, &bytes) == 0 && bytes > 0;
}

/* For how long VERDICT must stand before it is final. */
static int64_t
patience_ms(enum verdict verdict, const struct view *view, const struct wait_terms *terms)
{
	switch (verdict) {
	case VERDICT_FOREIGN:
		return view->late ? CLOCK_NEVER : view->torn ? TORN_MS : SETTLE_MS;
	case VERDICT_HOLDS:
		return 0;
	case VERDICT_WAIT:
		return CLOCK_NEVER;
	case VERDICT_ABSENT:
		return terms->absent_ms;
	default:
		return SETTLE_MS;
	}
}

/* Looks at one service. Returns when it must be looked at again, even if nobody tells of a change;
 * CLOCK_NEVER = never. */
static int64_t
look(struct wait *wait, const struct wait_terms *terms)
{
	struct view view;
	/* In this order: what happens after each step is told, or seen by the next. */
	bool told = watch_place(&wait->watch) && wait->watch.directory != -1 && signals != -1;
	const bool unread = has_unread(wait->control);

	view_read(wait->watch.service, &view);
	/* A supervise that appears is told by nobody: the FIFO gets its reader silently. */
	if (view.kind == VIEW_ABSENT) {
		watch_forget(&wait->watch);
		told = false;
	}
	const enum verdict verdict = goal_judge(wait->goal, &wait->before, &view, unread);
	const int64_t now_ms = clock_ms();
	/* For as long as somebody has still to write, the time of what he leaves undone has not begun. */
	if (verdict != wait->verdict || view.late) {
		wait->verdict = verdict;
		wait->since_ms = now_ms;
	}
	wait->state = view.state;
	wait->error = view.error;
	wait->what = view.what;
	const int64_t patience = patience_ms(verdict, &view, terms);
	wait->settled = now_ms - wait->since_ms >= patience;
	const int64_t next_ms = told ? CLOCK_NEVER : now_ms + WATCH_LOOK_MS;
	return patience == CLOCK_NEVER ? next_ms
				       : clock_earlier(next_ms, wait->since_ms + patience);
}

/* ---- The end --------------------------------------------------------------------------------- */

struct tally {
	size_t good, bad;
	bool over; /* there is nothing to wait for any more */
};

static struct tally
tally(const struct wait *waits, size_t count, enum wait_mode mode)
{
	struct tally tally = {0, 0, false};

	for (size_t i = 0; i < count; i++)
		if (waits[i].settled)
			*(waits[i].verdict == VERDICT_HOLDS ? &tally.good : &tally.bad) += 1;
	tally.over = tally.good + tally.bad == count || (mode == WAIT_ALL && tally.bad > 0) ||
		     (mode == WAIT_ONE && tally.good > 0);
	return tally;
}

static void
report(const struct wait *wait)
{
	char reason[256];
	const char *goal = goal_name(wait->goal);
	const char *prefix = wait->settled ? "" : "timed out, ";

	switch (wait->verdict) {
	case VERDICT_ABSENT:
		fmt(reason, sizeof reason, "supervise not running");
		break;
	case VERDICT_FOREIGN:
		fmt(reason, sizeof reason, "its supervise writes no " SV_DIRECTORY "/" SV_STATE);
		break;
	case VERDICT_UNKNOWN:
		fmt(reason, sizeof reason, "unable to %s: %s", wait->what, msg_error(wait->error));
		break;
	default:
		fmt(reason, sizeof reason, "state %s", sv_state_names[wait->state]);
		break;
	}
	msg_warn("%s: not %s: %s%s", wait->name, goal, prefix, reason);
}

/* The later of these, the graver. */
static int
rank(int code)
{
	static const int order[] = {0, WAIT_TIMED_OUT, WAIT_FAILED, WAIT_ABSENT, MSG_TEMPORARY};
	int i = 0;

	while (order[i] != code)
		i++;
	return i;
}

/* The exit code, and a line for each service that is to blame. */
static int
conclude(struct wait *waits, size_t count, enum wait_mode mode)
{
	const struct tally result = tally(waits, count, mode);
	int gravest = 0;

	if (mode == WAIT_ONE && result.good > 0)
		return 0;
	for (size_t i = 0; i < count; i++) {
		/* What is still open when another one has decided is not to blame. */
		if (!waits[i].settled && result.over)
			continue;
		int code = waits[i].settled ? wait_code(waits[i].verdict) : WAIT_TIMED_OUT;
		if (code != 0 && !waits[i].reported)
			report(&waits[i]);
		if (rank(code) > rank(gravest))
			gravest = code;
	}
	return gravest;
}

/* One turn: looks at every service that is open. Returns when to look again at the latest. */
static int64_t
look_at_all(struct wait *waits, size_t count, const struct wait_terms *terms, struct pollfd *slots)
{
	int64_t next_ms = terms->deadline_ms;

	/* Before the look: what comes after it wakes us. */
	while (signals != -1 && sigfd_next(signals) != 0)
		;
	for (size_t i = 0; i < count; i++) {
		slots[i].fd = -1;
		if (waits[i].settled)
			continue;
		next_ms = clock_earlier(next_ms, look(&waits[i], terms));
		if (!waits[i].settled)
			slots[i] = watch_slot(&waits[i].watch);
	}
	return next_ms;
}

void *
wait_room(size_t count, size_t size)
{
	void *room = MAP_FAILED;

	errno = ENOMEM;
	if (count < SIZE_MAX / size)
		room = mmap(NULL, (count + 1) * size, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (room == MAP_FAILED)
		msg_die_sys(MSG_TEMPORARY, errno, "unable to wait");
	return room;
}

int
wait_for(struct wait *waits, size_t count, const struct wait_terms *terms)
{
	/* Who does not wait needs no memory for it. */
	if (tally(waits, count, terms->mode).over)
		return conclude(waits, count, terms->mode);
	struct pollfd *slots = wait_room(count + 1, sizeof *slots);

	slots[count] = (struct pollfd){.fd = signals, .events = POLLIN};
	for (;;) {
		int64_t next_ms = look_at_all(waits, count, terms, slots);
		if (tally(waits, count, terms->mode).over || clock_ms() >= terms->deadline_ms)
			break;
		pause_until(slots, count + 1, next_ms);
	}
	return conclude(waits, count, terms->mode);
}
