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
	TREE_SUPERVISE, /* a supervise that we started */
	TREE_SERVICE,   /* the child of a service's supervise, or of that one's process group */
	TREE_LOGGER,    /* a descendant of a logger's supervise */
	TREE_STRAY,     /* any other descendant: left behind by a service */
};

struct tree_process {
	struct proc proc;
	enum tree_kind kind;
};

/* All zero = empty. Memory is kept from one reading to the next. */
struct tree {
	struct tree_process *list; /* by pid */
	size_t count, room;
};

/* Looks at all processes. False if /proc is not there, not ours (another PID namespace), or memory
 * is short; the list is empty then. */
bool tree_read(struct tree *tree, const struct scan *scan);

/* How many there are of KIND. */
size_t tree_count(const struct tree *tree, enum tree_kind kind);

/* The process PID, or NULL. */
const struct tree_process *tree_find(const struct tree *tree, pid_t pid);

/* Sends SIGNAL to exactly this process, not to another one that got its number. */
void tree_signal(const struct tree_process *process, int signal);

enum { TREE_NAME_SIZE = 32 };

/* The name of the program that the process runs, "?" if that cannot be known. */
void tree_name(const struct tree_process *process, char name[TREE_NAME_SIZE]);

#endif
