/* goal: see goal.h.
 * SPDX-License-Identifier: ISC */
#include "goal.h"

enum {
	IN_DOWN = 1 << SV_STATE_DOWN,
	IN_UP = 1 << SV_STATE_UP,
	IN_READY = 1 << SV_STATE_READY,
	IN_DONE = 1 << SV_STATE_DONE,
	IN_FAILED = 1 << SV_STATE_FAILED,
	IN_ANY = (1 << SV_STATE_COUNT) - 1,
};

/* What a goal asks for beside a state. */
enum demand {
	DEMAND_NOTHING,
	DEMAND_OBEYED,  /* our letters have been obeyed */
	DEMAND_A_RUN,   /* they have, and it is in one of the states or has been started since */
	DEMAND_NEW_RUN, /* they have, and it has been started since */
	DEMAND_NEW_SUPERVISE,
};

/* Who only looks on waits while it is down, since somebody else may be about to start it. But what
 * our command should have started, and is down again, has been tried, and nothing will follow. */
static const struct rule {
	const char *name;
	unsigned states; /* in which the goal is reached */
	unsigned never;  /* in which it will not be reached any more */
	enum demand demand;
} rules[GOAL_COUNT] = {
    [GOAL_UP] = {"up", IN_UP | IN_READY | IN_DONE, IN_FAILED, DEMAND_NOTHING},
    [GOAL_READY] = {"ready", IN_READY | IN_DONE, IN_FAILED, DEMAND_NOTHING},
    [GOAL_DOWN] = {"down", IN_DOWN | IN_FAILED, 0, DEMAND_NOTHING},
    [GOAL_DONE] = {"done", IN_DONE, IN_FAILED, DEMAND_NOTHING},
    [GOAL_STARTED] = {"ready", IN_READY | IN_DONE, IN_DOWN | IN_FAILED, DEMAND_OBEYED},
    [GOAL_STOPPED] = {"down", IN_DOWN, 0, DEMAND_OBEYED},
    [GOAL_RUN] = {"run", IN_UP | IN_READY | IN_DONE, IN_DOWN | IN_FAILED, DEMAND_A_RUN},
    [GOAL_RESTARTED] = {"restarted", IN_READY | IN_DONE, IN_DOWN | IN_FAILED, DEMAND_NEW_RUN},
    [GOAL_LEFT] = {"gone", IN_ANY, 0, DEMAND_NEW_SUPERVISE},
    [GOAL_OBEYED] = {"obeyed", IN_ANY, 0, DEMAND_OBEYED},
};

const char *
goal_name(enum goal goal)
{
	return rules[goal].name;
}

enum goal
goal_of(char letter)
{
	switch (sv_command(letter)->verb) {
	case SV_UP:
	case SV_UP_FOR_GOOD:
		return GOAL_STARTED;
	case SV_DOWN:
	case SV_DOWN_FOR_GOOD:
		return GOAL_STOPPED;
	case SV_ONCE:
		return GOAL_RUN;
	case SV_RESTART:
		return GOAL_RESTARTED;
	case SV_EXIT:
		return GOAL_LEFT;
	default:
		return GOAL_OBEYED;
	}
}

/* A supervise that has come meanwhile counts its own letters and starts; the FIFO has kept what the
 * old one had not read, and after that its state alone decides. */
static bool
is_replaced(const struct goal_before *before, const struct view *view)
{
	return view->supervise != before->supervise;
}

static bool
is_met(const struct rule *rule, const struct goal_before *before, const struct view *view)
{
	const bool in_state = (rule->states & 1U << view->state) != 0;
	const bool new_run = is_replaced(before, view) || view->starts > before->starts;

	switch (rule->demand) {
	case DEMAND_A_RUN:
		return in_state || view->starts > before->starts;
	case DEMAND_NEW_RUN:
		return in_state && new_run;
	case DEMAND_NEW_SUPERVISE:
		return is_replaced(before, view);
	default:
		return in_state;
	}
}

/* Without a supervise nothing happens, and nothing runs unless a killed one has left it behind. */
static enum verdict
judge_absent(enum goal goal, const struct view *view)
{
	if (goal == GOAL_LEFT)
		return VERDICT_HOLDS;
	if ((goal == GOAL_DOWN || goal == GOAL_STOPPED) && !view->abandoned)
		return VERDICT_HOLDS;
	return VERDICT_ABSENT;
}

static enum verdict
judge_state(const struct rule *rule, const struct goal_before *before, const struct view *view)
{
	if (is_met(rule, before, view))
		return VERDICT_HOLDS;
	return (rule->never & 1U << view->state) != 0 ? VERDICT_NEVER : VERDICT_WAIT;
}

enum verdict
goal_judge(enum goal goal, const struct goal_before *before, const struct view *view, bool unread)
{
	const struct rule *rule = &rules[goal];

	if (view->kind == VIEW_UNKNOWN)
		return VERDICT_UNKNOWN;
	if (view->kind == VIEW_ABSENT)
		return judge_absent(goal, view);
	if (view->kind == VIEW_STATUS && goal != GOAL_UP && goal != GOAL_DOWN && goal != GOAL_LEFT)
		return VERDICT_FOREIGN;
	if (rule->demand == DEMAND_NOTHING || rule->demand == DEMAND_NEW_SUPERVISE)
		return judge_state(rule, before, view);
	/* Letters of others count, too, so the count alone is no proof. But once the FIFO is empty
	 * ours have been read, and what is about to come of them within a moment changes no goal
	 * that holds, and a failure must last (wait.c). */
	if (unread ||
	    (!is_replaced(before, view) && view->commands < before->commands + before->letters))
		return VERDICT_WAIT;
	return judge_state(rule, before, view);
}
