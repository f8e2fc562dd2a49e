/* spawn: how the daemons make a child, and 0.76's rules for finding a program.
 * SPDX-License-Identifier: ISC */
#ifndef LIB_SPAWN_H
#define LIB_SPAWN_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/resource.h>
#include <sys/types.h>

/* How far a child came before it failed. */
enum spawn_stage { SPAWN_DESCRIPTORS, SPAWN_DIRECTORY, SPAWN_RECORD, SPAWN_EXEC, SPAWN_COPY };

/* What a failed child writes into spawn.report: one write, well below PIPE_BUF, hence whole. */
struct spawn_failure {
	pid_t pid;
	int stage; /* enum spawn_stage */
	int error; /* errno */
};

enum spawn_group { SPAWN_SAME_GROUP, SPAWN_OWN_GROUP, SPAWN_OWN_SESSION };

/* Whether the child is killed when its parent dies: never; as long as it has not left its record,
 * since it would be unknown to all; or for as long as it lives, unless it changes its user. */
enum spawn_life { SPAWN_OUTLIVES, SPAWN_UNTIL_RECORDED, SPAWN_DIES_WITH_US };

/* A child to be made. Descriptors are -1 for "none" or "as ours", else above 2. */
struct spawn {
	const char *file;  /* with a slash: this file; else searched in $PATH */
	char *const *argv; /* NULL-terminated */
	int lock;          /* closed before anything else: a half-made child never holds a lock */
	int directory;     /* becomes the working directory */
	int standard[3];   /* become descriptors 0, 1 and 2; 1 as the third one is what 1 became */
	int report;        /* close-on-exec; receives a spawn_failure. The caller who keeps no
			      other copy of it open sees EOF when the child has executed */
	enum spawn_group group;
	int inherited;      /* above 2: close-on-exec here, but the program gets it; 0 = none */
	char **environment; /* of the program; NULL = ours */
	const struct rlimit *nofile; /* RLIMIT_NOFILE to give back, or NULL */
	/* The child's last act before it executes, or NULL. 0, or an errno for SPAWN_RECORD. Runs
	 * after fork, so only async-signal-safe calls. */
	int (*record)(void *argument);
	void *argument;
	enum spawn_life life;
	/* Or NULL: where in $PATH the last one was found, which is tried before all others; 0 at first.
	 * Only spawn_lending learns it. */
	size_t *found;
	int placed; /* above 2: becomes the descriptor PLACE of the program; 0 = none */
	int place;
};

/* Starts the child with the signal mask from before sigfd_open. The process number, or -1 with
 * errno set when the fork failed; what fails later arrives in report, and the child exits 111. */
pid_t spawn(const struct spawn *child);

/* The same without a copy of our memory and of our table of descriptors, so that it costs the same
 * however much we have; until the child has executed, or failed, we stand still. It has neither lock
 * nor record, outlives us, and needs none of our descriptors from LOW on but DIRECTORY. Why it failed
 * is in FAILURE: pid 0 = it did not. With LOW 0, or where the kernel has no such thing: as spawn. */
pid_t spawn_lending(const struct spawn *child, int low, struct spawn_failure *failure);

/* Whether a filter of system calls lets a child do that. One that kills it for what is new would take
 * with it, before Linux 5.16, who shares its memory: so a child with its own is asked. */
bool spawn_may_lend(void);

/* As spawn, for who asks when the child is dead: *REPORT_FD is the reading end of a pipe that becomes
 * its report, or -1. */
pid_t spawn_reporting(struct spawn *child, int *report_fd);

/* Why the dead child was not executed, an errno; 0 = it was. Closes *REPORT_FD. */
int spawn_error(int *report_fd);

/* execve(2) of FILE with ARGV and our environment by 0.76's rules: a slash in it means this file;
 * else every part of $PATH (unset: /bin:/usr/bin, empty part: .) is tried; a part where access is
 * denied is remembered and passed over. Returns only on failure, with errno set. */
void spawn_exec(const char *file, char *const *argv);

/* The same, but along SEARCH (NULL: unset) instead of what is $PATH by now. */
void spawn_exec_in(const char *search, const char *file, char *const *argv);

#endif
