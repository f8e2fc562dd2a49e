/* strays: see strays.h.
 * SPDX-License-Identifier: ISC */
#include "strays.h"

#include "msg.h"

#include <signal.h>

enum { KILL_ROUNDS = 8 /* as long as new processes appear; one that forks on purpose may win */ };

static bool
is_stray(const struct tree *tree, const struct tree_process *process)
{
	if (process->kind != TREE_STRAY)
		return false;
	/* A member of a group that was just killed as a whole. */
	const struct tree_process *leader = tree_find(tree, process->proc.group);
	return leader == NULL || leader->kind != TREE_SERVICE;
}

static void
say_stray(const char *what, const struct tree_process *process)
{
	char name[TREE_NAME_SIZE];
	tree_name(process, name);
	msg_say("%s left-over process %d (%s)", what, (int)process->proc.pid, name);
}

size_t
strays_count(struct tree *tree, const struct scan *scan)
{
	(void)tree_read(tree, scan);
	return tree_count(tree, TREE_STRAY) + tree_count(tree, TREE_SERVICE);
}

void
strays_end(struct tree *tree, const struct scan *scan)
{
	(void)tree_read(tree, scan);
	for (size_t i = 0; i < tree->now.count; i++) {
		const struct tree_process *process = &tree->now.list[i];
		if (!is_stray(tree, process))
			continue;
		say_stray("ending", process);
		tree_signal(process, SIGTERM);
		tree_signal(process, SIGCONT);
	}
}

void
strays_kill(struct tree *tree, const struct scan *scan, enum tree_kind first)
{
	bool more = true;

	for (int round = 0; more && round < KILL_ROUNDS; round++) {
		more = false;
		(void)tree_read(tree, scan);
		for (size_t i = 0; i < tree->now.count; i++) {
			const struct tree_process *process = &tree->now.list[i];
			const struct tree_process *before = tree_find_before(tree, process);
			if (process->kind < first ||
			    (round > 0 && before != NULL && before->kind >= first))
				continue;
			if (process->kind == TREE_STRAY)
				say_stray("killing", process);
			tree_signal(process, SIGKILL);
			more = true;
		}
	}
}
