/* period: see period.h.
 * SPDX-License-Identifier: ISC */
#include "period.h"

#include "clock.h"
#include "tai64n.h"

/* The next directory of DELIVER, from *I on, that has a period; NULL if there is none. */
static struct directory *
next_directory(const struct deliver *deliver, size_t *i)
{
	while (*i < deliver->script->count) {
		struct directory *directory = deliver->targets[(*i)++].directory;
		if (directory != NULL && directory->settings->period_s > 0)
			return directory;
	}
	return NULL;
}

/* In TIME_MS milliseconds from now, whatever that is. */
static int64_t
later(uint64_t time_s)
{
	const int64_t now_ms = clock_ms();

	return time_s < (uint64_t)(CLOCK_NEVER - now_ms) / 1000 ? now_ms + (int64_t)time_s * 1000
								: CLOCK_NEVER;
}

/* Seconds since the archived file before was finished. A clock that was set back, or no such file:
 * nobody knows, and the file counts as new. */
static uint64_t
age_s(const struct directory *directory)
{
	const struct tai64n now = tai64n_now();

	if (directory->last.seconds == 0 || now.seconds < directory->last.seconds)
		return 0;
	return now.seconds - directory->last.seconds;
}

void
period_open(struct deliver *deliver)
{
	struct directory *directory;

	for (size_t i = 0; (directory = next_directory(deliver, &i)) != NULL;) {
		const uint64_t period_s = directory->settings->period_s;
		const uint64_t age = age_s(directory);
		if (directory->bytes > 0)
			directory->period_end_ms = later(age < period_s ? period_s - age : 0);
	}
}

/* No time runs for a file that is asked already: perhaps it has to wait for a processor. */
static void
look_at(struct directory *directory)
{
	if (directory->bytes == 0 || directory->asked) {
		directory->period_end_ms = CLOCK_NEVER;
	} else if (directory->period_end_ms == CLOCK_NEVER) {
		directory->period_end_ms = later(directory->settings->period_s);
	} else if (clock_ms() >= directory->period_end_ms) {
		directory->asked = true;
		directory->period_end_ms = CLOCK_NEVER;
	}
}

void
period_look(struct deliver *deliver)
{
	struct directory *directory;

	for (size_t i = 0; (directory = next_directory(deliver, &i)) != NULL;)
		look_at(directory);
}

int64_t
period_deadline(const struct deliver *deliver)
{
	const struct directory *directory;
	int64_t deadline_ms = CLOCK_NEVER;

	for (size_t i = 0; (directory = next_directory(deliver, &i)) != NULL;)
		deadline_ms = clock_earlier(deadline_ms, directory->period_end_ms);
	return deadline_ms;
}
