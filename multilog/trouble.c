/* trouble: see trouble.h.
 * SPDX-License-Identifier: ISC */
#include "trouble.h"

#include "clock.h"

#include <stddef.h>

static int64_t look_ms;

void
trouble_look(void)
{
	look_ms = clock_ms();
}

int64_t
trouble_now(void)
{
	return look_ms;
}

void
trouble_begin(struct trouble *trouble, const struct trouble_words *words, const char *object,
    const char *name, int error, int64_t pause_ms)
{
	const int64_t now_ms = clock_ms();

	if (trouble->words != words)
		*trouble = (struct trouble){.words = words};
	trouble->retry_ms = now_ms + pause_ms;
	if (!msg_due(&trouble->fault, error, now_ms))
		return;
	if (error == 0)
		msg_warn("%s%s%s%s, pausing", words->before, object, words->after, name);
	else
		msg_warn_sys(error, "%s%s%s%s, pausing", words->before, object, words->after, name);
}

bool
trouble_waits(const struct trouble *trouble)
{
	return trouble->words != NULL && look_ms < trouble->retry_ms;
}

int64_t
trouble_deadline(const struct trouble *trouble)
{
	return trouble_waits(trouble) ? trouble->retry_ms : CLOCK_NEVER;
}

void
trouble_hurry(struct trouble *trouble)
{
	trouble->retry_ms = 0;
}

void
trouble_end(struct trouble *trouble)
{
	*trouble = (struct trouble){0};
}
