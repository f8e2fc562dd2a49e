/* answer: see answer.h.
 * SPDX-License-Identifier: ISC */
#include "answer.h"

#include "output.h"
#include "tail.h"

#include <string.h>

struct facts *
answer_add(struct answer *answer, enum cause cause)
{
	struct finding *finding =
	    &answer
		 ->findings[answer->count < ANSWER_FINDINGS ? answer->count : ANSWER_FINDINGS - 1];

	if (answer->count < ANSWER_FINDINGS)
		answer->count++;
	finding->cause = cause;
	finding->facts = answer->facts;
	return &finding->facts;
}

bool
answer_has(const struct answer *answer, enum cause cause)
{
	for (size_t i = 0; i < answer->count; i++)
		if (answer->findings[i].cause == cause)
			return true;
	return false;
}

/* Files are called as the user sees them in the directory, services by their name. */
static void
say_subject(const struct finding *finding)
{
	if (cause_is_whole(finding->cause))
		return;
	output_text(
	    finding->facts.text[cause_is_of_file(finding->cause) ? FACT_SCRIPT : FACT_NAME]);
	output_text(" ");
}

static void
say_sentences(const struct answer *answer)
{
	for (size_t i = 0; i < answer->count; i++) {
		const struct finding *finding = &answer->findings[i];
		if (i > 0)
			output_text(" ");
		say_subject(finding);
		(void)cause_say(finding->cause, CAUSE_TEXT, &finding->facts);
		output_text(".");
	}
	output_text("\n");
}

/* What happens by itself: the first that knows. */
static void
say_next(const struct answer *answer)
{
	for (size_t i = 0; i < answer->count; i++) {
		const struct finding *finding = &answer->findings[i];
		if (!cause_has(finding->cause, CAUSE_NEXT))
			continue;
		output_text("    next: ");
		(void)cause_say(finding->cause, CAUSE_NEXT, &finding->facts);
		output_text("\n");
		return;
	}
}

static void
say_cures(const struct answer *answer)
{
	const char *label = "    do:   ";

	for (size_t i = answer->count; i-- > 0;) {
		const struct finding *finding = &answer->findings[i];
		if (!cause_has(finding->cause, CAUSE_CURE))
			continue;
		output_text(label);
		(void)cause_say(finding->cause, CAUSE_CURE, &finding->facts);
		output_text("\n");
		label = "          ";
	}
}

static void
say_log(const struct answer *answer, int dir)
{
	static struct logtail tail;
	const enum logtail_kind kind = logtail_read(&tail, dir);

	if (tail.error != 0 && kind != LOGTAIL_NO_LOG)
		tail_say_refused(&tail);
	if (kind == LOGTAIL_LINES)
		tail_say(&tail);
	else if (kind == LOGTAIL_NO_LOG && answer->died)
		output_text("    it has no log/: what it writes goes to the output of svscan\n");
}

void
answer_say(const struct answer *answer, int dir)
{
	say_sentences(answer);
	if (answer->log && dir != -1)
		say_log(answer, dir);
	say_next(answer);
	say_cures(answer);
}
