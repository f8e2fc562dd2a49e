/* tree: see tree.h.
 * SPDX-License-Identifier: ISC */
#include "tree.h"

#include "find.h"

#include "file.h"
#include "fmt.h"
#include "svproto.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool
append(struct tree_list *tree, pid_t pid)
{
	if (tree->count == tree->room) {
		size_t room = tree->room == 0 ? 64 : tree->room * 2;
		void *larger = realloc(tree->list, room * sizeof *tree->list);
		if (larger == NULL)
			return false;
		tree->list = larger;
		tree->room = room;
	}
	/* One that is gone by now is left out. */
	tree->list[tree->count].given = TREE_OTHER;
	if (proc_read(pid, &tree->list[tree->count].proc))
		tree->count++;
	return true;
}

static bool
append_all(struct tree_list *tree)
{
	struct proc_walk walk;
	pid_t pid;

	if (!proc_walk_open(&walk))
		return false;
	while ((pid = proc_walk_next(&walk)) != 0 && append(tree, pid))
		continue;
	const bool whole = pid == 0 && errno == 0;
	proc_walk_close(&walk);
	return whole;
}

static int
by_pid(const void *left, const void *right)
{
	const struct tree_process *a = left, *b = right;
	return (a->proc.pid > b->proc.pid) - (a->proc.pid < b->proc.pid);
}

static struct tree_process *
find(const struct tree_list *list, pid_t pid)
{
	const struct tree_process key = {.proc = {.pid = pid}};
	if (list->count == 0)
		return NULL;
	return bsearch(&key, list->list, list->count, sizeof key, by_pid);
}

const struct tree_process *
tree_find(const struct tree *tree, pid_t pid)
{
	return find(&tree->now, pid);
}

const struct tree_process *
tree_find_before(const struct tree *tree, const struct tree_process *process)
{
	const struct tree_process *before = find(&tree->before, process->proc.pid);
	return before != NULL && before->proc.ticks == process->proc.ticks ? before : NULL;
}

static struct tree_process *
find_born(const struct tree *tree, pid_t pid, uint64_t ticks)
{
	struct tree_process *process = find(&tree->now, pid);
	return process != NULL && process->proc.ticks == ticks ? process : NULL;
}

/* What the supervise PID of SERVICE runs: one of its children, or of ours if it has just died. The
 * others are its helpers, and what the service has left. */
static struct tree_process *
find_below(
    const struct tree *tree, const struct scan *scan, const struct scan_service *service, pid_t pid)
{
	struct sv_record record;

	if (!sv_read_record(service->directory_fd, scan->boot, &record))
		return NULL;
	struct tree_process *process = find_born(tree, record.pid, record.ticks);
	if (process == NULL || (process->proc.parent != pid && process->proc.parent != getpid()))
		return NULL;
	return process;
}

/* What a supervise adopted, or left behind, is not below it. */
static struct tree_process *
find_elsewhere(const struct tree *tree, const struct scan *scan, const struct scan_service *service,
    enum scan_role role)
{
	struct proc recorded;

	return find_child(scan, service, role, &recorded)
		   ? find_born(tree, recorded.pid, recorded.ticks)
		   : NULL;
}

/* The record tells what a process is to us. All below a logger's supervise is the logger, so there
 * it need not be asked. */
static void
mark_recorded(const struct tree *tree, const struct scan *scan, const struct scan_service *service,
    enum scan_role role)
{
	const struct scan_child *child = &service->child[role];
	struct tree_process *process = NULL;

	if (role == SCAN_SERVICE && child->pid != 0)
		process = find_below(tree, scan, service, child->pid);
	if (process == NULL && child->heir)
		process = find_elsewhere(tree, scan, service, role);
	if (process == NULL)
		return;
	if (role == SCAN_LOGGER)
		process->given = TREE_LOGGER;
	else
		process->given = child->pid != 0 ? TREE_SERVICE : TREE_STRAY;
}

static void
mark_all_recorded(const struct tree *tree, const struct scan *scan)
{
	struct tree_process *command = find(&tree->now, tree->command);

	if (command != NULL)
		command->given = TREE_SERVICE;
	for (size_t i = 0; i < scan->count; i++)
		for (int role = 0; role < SCAN_ROLES; role++)
			mark_recorded(tree, scan, scan->services[i], (enum scan_role)role);
}

/* Whether PID is a supervise of ours. The number of our own child is taken until we reap it; that
 * of an adopted one may be somebody else's before we know of its death. */
static bool
is_supervise(const struct tree *tree, const struct scan *scan, pid_t pid, enum scan_role *role)
{
	const struct scan_service *service = scan_of_pid(scan, pid, role);
	if (service == NULL)
		return false;
	const struct scan_child *child = &service->child[*role];
	const struct tree_process *process = tree_find(tree, pid);
	return !child->adopted || (process != NULL && process->proc.ticks == child->ticks);
}

/* What a process of a service is: in the group of what its supervise runs it is a part of that. A
 * group that the supervise itself leads has what a supervise of another suite runs, or what is just
 * becoming a child of ours. */
static enum tree_kind
kind_by_group(const struct tree *tree, const struct scan *scan, const struct tree_process *process)
{
	const struct tree_process *leader = tree_find(tree, process->proc.group);
	enum scan_role role;

	if (leader == NULL)
		return TREE_STRAY;
	if (leader->given != TREE_OTHER)
		return leader->given;
	return is_supervise(tree, scan, leader->proc.pid, &role) && role == SCAN_SERVICE
		   ? TREE_SERVICE
		   : TREE_STRAY;
}

/* Climbs from PROCESS to the first of its ancestors that says what it is. */
static enum tree_kind
kind_of(const struct tree *tree, const struct scan *scan, const struct tree_process *process)
{
	const pid_t self = getpid();
	enum scan_role role;

	if (!proc_is_alive(&process->proc))
		return TREE_OTHER;
	if (is_supervise(tree, scan, process->proc.pid, &role))
		return TREE_SUPERVISE;
	/* The list is no snapshot: a chain may be broken, or even closed to a ring by a number
	 * that was used again, hence the bound. */
	const struct tree_process *below = process;
	for (size_t steps = 0; below != NULL && steps < tree->now.count; steps++) {
		const pid_t parent = below->proc.parent;
		if (below->given == TREE_LOGGER)
			return TREE_LOGGER;
		if (below->given != TREE_OTHER || parent == self)
			return kind_by_group(tree, scan, process);
		if (parent <= 0)
			return TREE_OTHER;
		if (!is_supervise(tree, scan, parent, &role))
			below = tree_find(tree, parent);
		else if (role == SCAN_LOGGER)
			return TREE_LOGGER;
		else
			return kind_by_group(tree, scan, process);
	}
	return TREE_OTHER;
}

/* The same, but what nobody above it speaks for is what it was before. */
static enum tree_kind
lasting_kind_of(
    const struct tree *tree, const struct scan *scan, const struct tree_process *process)
{
	const enum tree_kind kind = kind_of(tree, scan, process);
	const struct tree_process *before = tree_find_before(tree, process);

	if (kind != TREE_OTHER || before == NULL || !proc_is_alive(&process->proc))
		return kind;
	return before->kind == TREE_SERVICE ? TREE_STRAY : before->kind;
}

bool
tree_read(struct tree *tree, const struct scan *scan)
{
	const struct tree_list last = tree->now;

	tree->now = tree->before;
	tree->before = last;
	tree->now.count = 0;
	if (!append_all(&tree->now)) {
		tree->now.count = 0;
		return false;
	}
	struct tree_process *list = tree->now.list;
	qsort(list, tree->now.count, sizeof *list, by_pid);
	mark_all_recorded(tree, scan);
	for (size_t i = 0; i < tree->now.count; i++)
		list[i].kind = lasting_kind_of(tree, scan, &list[i]);
	return true;
}

size_t
tree_count(const struct tree *tree, enum tree_kind kind)
{
	size_t count = 0;
	for (size_t i = 0; i < tree->now.count; i++)
		count += tree->now.list[i].kind == kind;
	return count;
}

static bool
is_still(const struct tree_process *process)
{
	struct proc now;
	return proc_read(process->proc.pid, &now) && now.ticks == process->proc.ticks;
}

void
tree_signal_group(const struct tree_process *process, int signal)
{
	/* While the leader is there the number of its group is not used again. */
	if (is_still(process))
		(void)kill(-process->proc.pid, signal);
}

void
tree_signal(const struct tree_process *process, int signal)
{
	/* The descriptor means one process for ever: looked at after it was opened, it is the
	 * right one. Kernels before 5.3 have none; there the look has to come last. Failures mean
	 * that the process has just ended. */
	int fd = proc_open(process->proc.pid);
	if (!is_still(process)) {
		if (fd != -1)
			close(fd);
		return;
	}
	if (fd == -1) {
		(void)kill(process->proc.pid, signal);
		return;
	}
	(void)proc_signal(fd, signal);
	close(fd);
}

void
tree_name(const struct tree_process *process, char name[TREE_NAME_SIZE])
{
	char path[32];

	fmt(path, sizeof path, "/proc/%d/comm", (int)process->proc.pid);
	if (file_read(AT_FDCWD, path, name, TREE_NAME_SIZE) <= 0)
		fmt(name, TREE_NAME_SIZE, "?");
	name[strcspn(name, "\n")] = '\0';
}
