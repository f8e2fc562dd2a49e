/* tree: our descendants as /proc shows them, and what each of them is to us.
 * SPDX-License-Identifier: ISC */
#ifndef SVSCAN_TREE_H
#define SVSCAN_TREE_H

#include "proc.h"
#include "scan.h"

#include <stdbool.h>
#include <stddef.h>

enum tree_kind {
	TREE_OTHER,     /* no descendant of ours, or dead */
	TREE_SUPERVISE, /* a supervise that we started or adopted */
	TREE_SERVICE, /* what a service's supervise runs, or the command; with its process group */
	TREE_LOGGER,  /* a descendant of a logger's supervise */
	TREE_STRAY, /* any other descendant: left behind by a service, or its supervise's helper */
};

struct tree_process {
	struct proc proc;
	enum tree_kind kind;
	enum tree_kind given; /* its kind by record, wherever it hangs; else TREE_OTHER */
};

struct tree_list {
	struct tree_process *list; /* by pid */
	size_t count, room;
};

/* All zero = empty. Memory is kept from one reading to the next. */
struct tree {
	struct tree_list now, before; /* the last two readings */
	pid_t command;                /* our child that counts as a service; 0 = none */
};

/* Looks at all processes. What was ours at the reading before and hangs elsewhere now, because its
 * parent died and was no child of ours, is a stray of ours still. False if /proc is not there, not
 * ours (another PID namespace), or memory is short; the list is empty then. */
bool tree_read(struct tree *tree, const struct scan *scan);

/* How many there are of KIND now. */
size_t tree_count(const struct tree *tree, enum tree_kind kind);

/* The process PID now, or NULL. */
const struct tree_process *tree_find(const struct tree *tree, pid_t pid);

/* The same process at the reading before, or NULL. */
const struct tree_process *tree_find_before(
    const struct tree *tree, const struct tree_process *process);

/* Sends SIGNAL to the process group that this process leads. */
void tree_signal_group(const struct tree_process *process, int signal);

/* Sends SIGNAL to exactly this process, not to another one that got its number. */
void tree_signal(const struct tree_process *process, int signal);

enum { TREE_NAME_SIZE = 32 };

/* The name of the program that the process runs, "?" if that cannot be known. */
void tree_name(const struct tree_process *process, char name[TREE_NAME_SIZE]);

#endif
