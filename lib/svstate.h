/* svstate: the text file in a service's supervise/ directory that tells everything about it, and what
 * its values mean. supervise-control(5). SPDX-License-Identifier: ISC */
#ifndef LIB_SVSTATE_H
#define LIB_SVSTATE_H

#include "svproto.h"
#include "tai64n.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- The text: one "key=value" per line ------------------------------------------------ */

enum sv_state {
	SV_STATE_DOWN,     /* no process; none is about to be started */
	SV_STATE_WAITING,  /* no process; it starts when what it needs is there */
	SV_STATE_STARTING, /* ./start runs, or ./run has not been executed yet */
	SV_STATE_UP,       /* ./run runs, but has not said that it is ready */
	SV_STATE_READY,    /* it is ready, or there is no way to tell */
	SV_STATE_STOPPING, /* told to end, not dead yet */
	SV_STATE_FINISHING, /* dead; ./finish or ./stop runs, or what it left behind is being ended */
	SV_STATE_BACKOFF,   /* no process; the next start has a time */
	SV_STATE_DONE,      /* ./start has succeeded, and there is no ./run */
	SV_STATE_FAILED,    /* it will not be started again unless somebody says so */
	SV_STATE_COUNT,
};

extern const char *const sv_state_names[SV_STATE_COUNT];
extern const char *const sv_want_names[]; /* by enum sv_want: up, down, once */

/* Keys may be added, but never change their meaning. */
enum sv_key {
	SV_KEY_VERSION, /* of the programs */
	SV_KEY_STATE,   /* a name of sv_state_names */
	SV_KEY_WANT,    /* a name of sv_want_names */
	SV_KEY_PAUSED,  /* 0 or 1 */
	SV_KEY_PID,     /* of the service; empty = none */
	SV_KEY_TICKS,   /* its start time in clock ticks since boot */
	SV_KEY_BOOT,    /* the boot that pid and ticks belong to */
	SV_KEY_AT,      /* the directory that this text belongs to, as sv_place has it */
	SV_KEY_SUPERVISE_PID,
	SV_KEY_SUPERVISE_TICKS,
	SV_KEY_PARENT_PID, /* of supervise's parent when it started */
	SV_KEY_PARENT_TICKS,
	SV_KEY_LEFT,         /* 1 = this supervise has left because it was told to */
	SV_KEY_SINCE,        /* label, as in the status record */
	SV_KEY_NEXT_START,   /* label; empty unless in backoff */
	SV_KEY_EXIT,         /* exit code of the last death; empty = none, or a signal */
	SV_KEY_SIGNAL,       /* name of the signal of the last death; empty = none, or an exit */
	SV_KEY_DEATHS,       /* how often the service has died under this supervise */
	SV_KEY_LAST_DEATHS,  /* up to SV_DEATHS_KEPT, the newest first, as sv_death has them */
	SV_KEY_COUNTED,      /* how many deaths count against max-deaths */
	SV_KEY_COUNTED_LAST, /* which of the last deaths nobody had commanded: bit 0 is the newest */
	SV_KEY_DEATH_BY,     /* a name of sv_asker_names: who had asked for the last death */
	SV_KEY_TROUBLE,      /* why the last start came to nothing, or ./finish or ./stop cannot
				be made, as sv_trouble has it */
	SV_KEY_CHANGED,      /* label: since when the state is what it is */
	SV_KEY_SIGNALLED, /* label: when a letter has last sent what may end ./run; empty = never */
	SV_KEY_CHILD,     /* a name of sv_child_names: what runs now, or is to; empty = nothing */
	SV_KEY_BURIED_PID, /* the last child whose end this text knows */
	SV_KEY_BURIED_TICKS,
	SV_KEY_BEGUN,       /* 1 = ./start has succeeded (or there is none), ./stop is owed */
	SV_KEY_DOOMED,      /* 1 = it is going to be failed, once ./finish and ./stop are done */
	SV_KEY_AGAIN,       /* 1 = it was asked for once more, and will be started when they are */
	SV_KEY_READY_SINCE, /* label; empty unless ready or done */
	SV_KEY_HEALTHY,     /* 1, or 0 after too many failed checks; empty = not checked (yet) */
	SV_KEY_STRAYS,      /* how many processes earlier runs have left behind; empty = unknown */
	SV_KEY_BACKOFF,     /* ms from the last start to the next, should the service die now */
	SV_KEY_ESSENTIAL,   /* 1 = when this service fails, everything is to be stopped */
	SV_KEY_STARTS,      /* how often ./run, or a oneshot's ./start, has been executed */
	SV_KEY_COMMANDS,    /* how many command letters this supervise has obeyed */
	SV_KEY_NEEDS,       /* names of services, separated by "/", as read at the last start */
	SV_KEY_WAITING,     /* those of them that are waited for; empty unless waiting */
	SV_KEY_LOOKS,       /* ms from look to look at them; empty = their changes are told */
	SV_KEY_COUNT,
};

extern const char *const sv_key_names[SV_KEY_COUNT];

/* Whether the values of KEY are decimal numbers (or empty); all others are text. */
bool sv_key_is_number(enum sv_key key);

enum { SV_TEXT_MAX = 4608 };

/* The text under construction. All zero = empty. */
struct sv_text {
	size_t length;
	char bytes[SV_TEXT_MAX];
};

/* Adds the line "KEY=VALUE"; VALUE is printed by FORMAT. What does not fit is cut. */
void sv_text_add(struct sv_text *text, enum sv_key key, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Finds KEY in the NUL-terminated TEXT and copies its value into VALUE (SIZE bytes, always ended
 * by NUL). False, and VALUE empty, if the key is absent or its value does not fit. */
bool sv_text_get(const char *text, enum sv_key key, char *value, size_t size);

/* The same for a decimal number; false also if it is empty, and *NUMBER is untouched then. */
bool sv_text_number(const char *text, enum sv_key key, uint64_t *number);

enum { SV_NAME_SIZE = 256 /* a file's name and its NUL */ };

/* Copies the next name of the LIST in SV_KEY_NEEDS or SV_KEY_WAITING to NAME; returns what follows
 * it, or NULL if there is none. A name without room, which no supervise writes, is cut. */
const char *sv_next_name(const char *list, char name[SV_NAME_SIZE]);

/* Whether TEXT was written by the supervise that has written STATUS. One of another suite, taking
 * over a directory from one of ours, leaves our text lying there. Between the two files of one
 * change it is not so, either. */
bool sv_text_belongs(const char *text, const struct sv_status *status);

/* One death in SV_KEY_LAST_DEATHS, which separates them by blanks: LABEL/exit/CODE,
 * LABEL/signal/NAME, or LABEL/unknown/ if nobody can tell. */
struct sv_death {
	struct tai64n at;
	int status; /* as waitpid(2) has it, or SV_STATUS_UNKNOWN */
};

enum { SV_DEATHS_KEPT = 8 };

/* STATUS, as in struct sv_death, in words: "exit code 1", "SIGKILL". */
enum { SV_STATUS_WORDS = 32 };
void sv_status_describe(char words[SV_STATUS_WORDS], int status);

/* Writes the COUNT deaths at DEATHS, the newest first, to TEXT. */
void sv_deaths_add(struct sv_text *text, const struct sv_death *deaths, size_t count);

/* Reads them from the state TEXT into DEATHS; returns how many there are. */
size_t sv_deaths_get(const char *text, struct sv_death deaths[SV_DEATHS_KEPT]);

/* Who had asked for the end of the last ./run: nobody, a command, or supervise, since too many
 * checks had failed. */
enum sv_asker { SV_ASKER_NOBODY, SV_ASKER_COMMAND, SV_ASKER_CHECK, SV_ASKER_COUNT };

extern const char *const sv_asker_names[SV_ASKER_COUNT]; /* nobody's name is empty */

/* ---- Trouble: a script that has kept the service from running, until ./run is executed -------- */

enum sv_failing {
	SV_FAILING_EXIT,   /* it has exited with VALUE; -1 = nobody can tell how it ended */
	SV_FAILING_SIGNAL, /* the signal VALUE has ended it */
	SV_FAILING_EXEC,   /* it could not be executed: VALUE is the errno */
	SV_FAILING_FORK,   /* there was no process for it: the same */
	SV_FAILING_READ,   /* it could not be found out how it is to be started: the same */
	SV_FAILING_COUNT,
};

struct sv_trouble {
	enum sv_child script; /* SV_CHILD_NONE = there is none */
	enum sv_failing how;
	int value;
};

/* Adds SCRIPT/exit/CODE, SCRIPT/signal/NUMBER, SCRIPT/exec/ERRNO, SCRIPT/fork/ERRNO or
 * SCRIPT/read/ERRNO to TEXT. */
void sv_trouble_add(struct sv_text *text, const struct sv_trouble *trouble);

/* Reads it from the state TEXT. False, and no trouble, if there is none. */
bool sv_trouble_get(const char *text, struct sv_trouble *trouble);

/* ---- Reading ----------------------------------------------------------------------------------- */

/* Reads the state text into TEXT (SV_TEXT_MAX bytes), NUL-terminated. False with errno set; ESTALE
 * if it was copied from elsewhere. */
bool sv_read_text(int service, char text[SV_TEXT_MAX]);

/* The same in the open DIRECTORY (supervise/). */
bool sv_read_text_in(int directory, char text[SV_TEXT_MAX]);

#endif
