/* subject: one service as svwhy sees it at one moment: what its supervise says, and its settings.
 * SPDX-License-Identifier: ISC */
#ifndef SVC_SUBJECT_H
#define SVC_SUBJECT_H

#include "answer.h"
#include "servicedir.h"
#include "view.h"

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct subject {
	const char *name;    /* as the user calls it */
	char path[PATH_MAX]; /* its directory */
	int dir;
	bool logger;
	bool misset; /* a setting makes no sense */
	struct view view;
	struct servicedir settings;
	pid_t pid;    /* of ./run; 0 = it does not run */
	pid_t script; /* of the script that runs instead; 0 = none does */
	enum sv_child child;
	struct sv_trouble trouble;
	struct sv_death deaths[SV_DEATHS_KEPT]; /* the newest first */
	size_t death_count;
	char asker[16]; /* a name of sv_asker_names */
	struct tai64n now;
	struct answer *answer;
};

/* Reads everything about the service NAME, whose directory is open as DIR. */
void subject_read(struct subject *subject, struct answer *answer, const char *name, int dir);

/* Writes to PATH how the user can call the service NAME in the directory SCAN: by its name if that
 * means it here, else by its path: an option, or another directory, would be found before. */
void subject_call(char path[PATH_MAX], const char *scan, const char *name);

/* Milliseconds since the label in KEY; 0 if there is none, or if it lies ahead. */
uint64_t subject_ago(const struct subject *subject, enum sv_key key);

/* Milliseconds until then; 0 if it has passed. */
uint64_t subject_until(const struct subject *subject, enum sv_key key);

/* The number in KEY, 0 if there is none. */
uint64_t subject_number(const struct subject *subject, enum sv_key key);

/* Sets FACT to the service that the logger SUBJECT belongs to: "web" of "web/log". */
void subject_quote_owner(const struct subject *subject, struct facts *facts, enum fact fact);

/* Adds why SCRIPT cannot be executed, if that can be seen; ERROR as in program_look. */
void subject_look_at(struct subject *subject, const char *script, int error);

/* Adds a finding about the service itself, with FACT_AGO since the state is what it is. */
struct facts *subject_add(struct subject *subject, enum cause cause);

/* Adds who is left of earlier runs, if supervise has counted any; returns how many were found. */
unsigned subject_add_strays(struct subject *subject);

/* Adds that its logger does not read, if its pipe is full. */
void subject_add_logger(struct subject *subject);

#endif
