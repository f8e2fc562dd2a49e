/* goal_test: every goal in every state, before and after the letters were obeyed, with and without a
 * new start, and under every kind of supervise.
 * SPDX-License-Identifier: ISC */
#include "../../svc/goal.c"

#include "check.h"

/* The verdicts of one goal, one character for each state in the order of enum sv_state: h holds,
 * n never, . wait. */
struct expected {
	enum goal goal;
	const char *unread; /* letters are not obeyed yet */
	const char *same;   /* obeyed; no start since */
	const char *new;    /* obeyed; started since */
};

/* down waiting starting up ready stopping finishing backoff done failed */
static const struct expected table[] = {
    {GOAL_UP, "...hh...hn", "...hh...hn", "...hh...hn"},
    {GOAL_READY, "....h...hn", "....h...hn", "....h...hn"},
    {GOAL_DOWN, "h........h", "h........h", "h........h"},
    {GOAL_DONE, "........hn", "........hn", "........hn"},
    {GOAL_STARTED, "..........", "n...h...hn", "n...h...hn"},
    {GOAL_STOPPED, "..........", "h.........", "h........."},
    {GOAL_RUN, "..........", "n..hh...hn", "hhhhhhhhhh"},
    {GOAL_RESTARTED, "..........", "n........n", "n...h...hn"},
    {GOAL_LEFT, "..........", "..........", ".........."},
    {GOAL_OBEYED, "..........", "hhhhhhhhhh", "hhhhhhhhhh"},
};

static const struct goal_before before = {
    .supervise = 7, .commands = 100, .starts = 3, .letters = 2};

static char
letter_of(enum verdict verdict)
{
	return verdict == VERDICT_HOLDS   ? 'h'
	       : verdict == VERDICT_NEVER ? 'n'
	       : verdict == VERDICT_WAIT  ? '.'
					  : '?';
}

/* The verdicts about GOAL as VIEW says, but for its state. */
static const char *
verdicts(enum goal goal, struct view *view, bool unread)
{
	static char line[SV_STATE_COUNT + 1];

	for (unsigned state = 0; state < SV_STATE_COUNT; state++) {
		view->state = (enum sv_state)state;
		line[state] = letter_of(goal_judge(goal, &before, view, unread));
	}
	return line;
}

static void
test_states(void)
{
	CHECK(sizeof table / sizeof *table == GOAL_COUNT);
	for (size_t i = 0; i < GOAL_COUNT; i++) {
		const enum goal goal = table[i].goal;
		struct view view = {.kind = VIEW_COMPLETE, .supervise = 7, .starts = 3};

		view.commands = 101;
		CHECK_TEXT(verdicts(goal, &view, false), table[i].unread);
		view.commands = 102;
		CHECK_TEXT(verdicts(goal, &view, true), table[i].unread);
		CHECK_TEXT(verdicts(goal, &view, false), table[i].same);
		view.commands = 110; /* others' letters count as well */
		CHECK_TEXT(verdicts(goal, &view, false), table[i].same);
		view.starts = 4;
		CHECK_TEXT(verdicts(goal, &view, false), table[i].new);
	}
}

/* Another supervise has come: it counts from anywhere, so only its state matters, once it has read
 * what is in the FIFO. */
static void
test_replaced(void)
{
	struct view view = {.kind = VIEW_COMPLETE, .supervise = 8};

	CHECK_TEXT(verdicts(GOAL_STARTED, &view, true), "..........");
	CHECK_TEXT(verdicts(GOAL_STARTED, &view, false), "n...h...hn");
	CHECK_TEXT(verdicts(GOAL_STOPPED, &view, false), "h.........");
	CHECK_TEXT(verdicts(GOAL_RESTARTED, &view, false), "n...h...hn");
	CHECK_TEXT(verdicts(GOAL_RUN, &view, false), "n..hh...hn");
	CHECK_TEXT(verdicts(GOAL_OBEYED, &view, false), "hhhhhhhhhh");
	CHECK_TEXT(verdicts(GOAL_LEFT, &view, true), "hhhhhhhhhh");
}

static void
test_kinds(void)
{
	struct view view = {.kind = VIEW_ABSENT};

	for (unsigned goal = 0; goal < GOAL_COUNT; goal++) {
		const bool settled = goal == GOAL_DOWN || goal == GOAL_STOPPED || goal == GOAL_LEFT;
		view = (struct view){.kind = VIEW_ABSENT};
		CHECK(goal_judge((enum goal)goal, &before, &view, false) ==
		      (settled ? VERDICT_HOLDS : VERDICT_ABSENT));
		view.abandoned = true;
		CHECK(goal_judge((enum goal)goal, &before, &view, false) ==
		      (goal == GOAL_LEFT ? VERDICT_HOLDS : VERDICT_ABSENT));
		view = (struct view){.kind = VIEW_UNKNOWN};
		CHECK(goal_judge((enum goal)goal, &before, &view, false) == VERDICT_UNKNOWN);
	}
}

/* A supervise of another suite, known by its status record alone. */
static void
test_foreign(void)
{
	const struct goal_before foreign = {.letters = 1};
	struct view view = {.kind = VIEW_STATUS};

	CHECK_TEXT(verdicts(GOAL_UP, &view, false), "...hh...hn");
	CHECK_TEXT(verdicts(GOAL_DOWN, &view, false), "h........h");
	for (unsigned goal = 0; goal < GOAL_COUNT; goal++)
		if (goal != GOAL_UP && goal != GOAL_DOWN && goal != GOAL_LEFT)
			CHECK(
			    goal_judge((enum goal)goal, &before, &view, false) == VERDICT_FOREIGN);
	CHECK(goal_judge(GOAL_LEFT, &before, &view, false) == VERDICT_HOLDS); /* ours has gone */
	CHECK(goal_judge(GOAL_LEFT, &foreign, &view, false) == VERDICT_WAIT);
}

static void
test_letters(void)
{
	static const struct {
		const char *letters;
		enum goal goal;
	} goals[] = {
	    {"uU", GOAL_STARTED},
	    {"dD", GOAL_STOPPED},
	    {"o", GOAL_RUN},
	    {"r", GOAL_RESTARTED},
	    {"x", GOAL_LEFT},
	    {"Opchaitkq12ywbLl+", GOAL_OBEYED},
	};
	size_t count = 0;

	for (size_t i = 0; i < sizeof goals / sizeof *goals; i++)
		for (const char *letter = goals[i].letters; *letter != '\0'; letter++, count++)
			CHECK(goal_of(*letter) == goals[i].goal);
	CHECK(count == sv_command_count);
}

int
main(void)
{
	test_states();
	test_replaced();
	test_kinds();
	test_foreign();
	test_letters();
	return check_end("goal_test");
}
