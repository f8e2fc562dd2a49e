/* tree: see tree.h.
 * SPDX-License-Identifier: ISC */
#include "tree.h"

#include "file.h"
#include "num.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A /proc of another PID namespace would show us numbers that mean other processes here. */
static bool
proc_is_ours(void)
{
	char text[16];
	uint64_t pid;
	ssize_t length = readlink("/proc/self", text, sizeof text - 1);

	if (length <= 0)
		return false;
	text[length] = '\0';
	return num_parse(text, INT32_MAX, &pid) && (pid_t)pid == getpid();
}

static bool
append(struct tree *tree, pid_t pid)
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
	if (proc_read(pid, &tree->list[tree->count].proc))
		tree->count++;
	return true;
}

static bool
append_all(struct tree *tree, DIR *proc)
{
	const struct dirent *entry;
	uint64_t pid;

	errno = 0;
	while ((entry = readdir(proc)) != NULL) {
		if (num_parse(entry->d_name, INT32_MAX, &pid) && !append(tree, (pid_t)pid))
			return false;
		errno = 0;
	}
	return errno == 0;
}

static int
by_pid(const void *left, const void *right)
{
	const struct tree_process *a = left, *b = right;
	return (a->proc.pid > b->proc.pid) - (a->proc.pid < b->proc.pid);
}

const struct tree_process *
tree_find(const struct tree *tree, pid_t pid)
{
	const struct tree_process key = {.proc = {.pid = pid}};
	if (tree->count == 0)
		return NULL;
	return bsearch(&key, tree->list, tree->count, sizeof key, by_pid);
}

/* Climbs from PROCESS to the first of its ancestors that says what it is. */
static enum tree_kind
kind_of(const struct tree *tree, const struct scan *scan, const struct tree_process *process)
{
	const pid_t self = getpid();
	enum scan_role role;

	if (process->proc.state == 'Z' || process->proc.state == 'X')
		return TREE_OTHER;
	if (scan_of_pid(scan, process->proc.pid, &role) != NULL)
		return TREE_SUPERVISE;
	/* The list is no snapshot: a chain may be broken, or even closed to a ring by a number
	 * that was used again, hence the bound. */
	const struct tree_process *below = process;
	for (size_t steps = 0; below != NULL && steps < tree->count; steps++) {
		const pid_t parent = below->proc.parent;
		if (parent == self)
			return TREE_STRAY;
		if (parent <= 0)
			return TREE_OTHER;
		if (scan_of_pid(scan, parent, &role) == NULL)
			below = tree_find(tree, parent);
		else if (role == SCAN_LOGGER)
			return TREE_LOGGER;
		else
			return below->proc.group == process->proc.group ? TREE_SERVICE : TREE_STRAY;
	}
	return TREE_OTHER;
}

bool
tree_read(struct tree *tree, const struct scan *scan)
{
	tree->count = 0;
	DIR *proc = proc_is_ours() ? opendir("/proc") : NULL;
	if (proc == NULL)
		return false;
	const bool whole = append_all(tree, proc);
	closedir(proc);
	if (!whole) {
		tree->count = 0;
		return false;
	}
	qsort(tree->list, tree->count, sizeof *tree->list, by_pid);
	for (size_t i = 0; i < tree->count; i++)
		tree->list[i].kind = kind_of(tree, scan, &tree->list[i]);
	return true;
}

size_t
tree_count(const struct tree *tree, enum tree_kind kind)
{
	size_t count = 0;
	for (size_t i = 0; i < tree->count; i++)
		count += tree->list[i].kind == kind;
	return count;
}

static bool
is_still(const struct tree_process *process)
{
	struct proc now;
	return proc_read(process->proc.pid, &now) && now.ticks == process->proc.ticks;
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

	snprintf(path, sizeof path, "/proc/%d/comm", (int)process->proc.pid);
	if (file_read(AT_FDCWD, path, name, TREE_NAME_SIZE) <= 0)
		snprintf(name, TREE_NAME_SIZE, "?");
	name[strcspn(name, "\n")] = '\0';
}
