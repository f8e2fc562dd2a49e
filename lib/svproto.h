/* svproto: the contract between supervise and those who control and ask it: the names, the command
 * alphabet and the records in a service's supervise/ directory. supervise-control(5).
 * SPDX-License-Identifier: ISC */
#ifndef LIB_SVPROTO_H
#define LIB_SVPROTO_H

#include "proc.h"
#include "tai64n.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* The state directory in a service directory (may be a link), and the names in it. */
#define SV_DIRECTORY "supervise"
#define SV_LOCK "lock"
#define SV_CONTROL "control"
#define SV_OK "ok"
#define SV_STATUS "status"
#define SV_STATUS_NEW "status.new"
#define SV_STATE "state"
#define SV_STATE_NEW "state.new"
#define SV_RECORD "record"
#define SV_RECORD_NEW "record.new"

/* ---- The command alphabet -------------------------------------------------------------------- */

enum sv_verb {
	SV_UP,            /* want up */
	SV_DOWN,          /* want down: TERM, then CONT */
	SV_ONCE,          /* start if it is down; not again after that */
	SV_AT_MOST_ONCE,  /* do not start it again; leave what runs alone */
	SV_EXIT,          /* supervise leaves as soon as the service is down */
	SV_PAUSE,         /* STOP */
	SV_CONTINUE,      /* CONT */
	SV_SIGNAL,        /* the signal of the command, to the service */
	SV_RESTART,       /* the down signal; a new start if it is wanted up */
	SV_UP_FOR_GOOD,   /* as SV_UP, and the down file goes */
	SV_DOWN_FOR_GOOD, /* as SV_DOWN, and the down file comes */
	SV_GROUP,         /* the next signal letter reaches the process group */
	SV_LOG,           /* letters from here on are for a logger of daemontools-encore: ignored */
	SV_SERVICE,       /* ... until here */
};

struct sv_command {
	char letter;
	enum sv_verb verb;
	int signal;       /* with SV_SIGNAL, SV_PAUSE, SV_CONTINUE; else 0 */
	const char *word; /* what svc's usage line calls it */
};

/* All commands, those of 0.76 first, in the order of its usage line. */
extern const struct sv_command sv_commands[];
extern const size_t sv_command_count;

/* The command for LETTER, or NULL. */
const struct sv_command *sv_command(char letter);

/* ---- The status record: 18 bytes, exactly those of 0.76 -------------------------------------- */

/* What the operator asked for. Written as 'u', 'd' and, for once, a zero byte. */
enum sv_want { SV_WANT_UP, SV_WANT_DOWN, SV_WANT_ONCE };

struct sv_status {
	struct tai64n since; /* the last time that pid changed, or that supervise started */
	uint32_t pid;        /* 0 = down */
	bool paused;
	enum sv_want want;
};

enum { SV_STATUS_SIZE = TAI64N_PACKED + 4 + 1 + 1 };

void sv_status_pack(unsigned char bytes[SV_STATUS_SIZE], const struct sv_status *status);

/* LENGTH bytes were read; those behind the record (other suites have some) are ignored. False if
 * there are too few. An unknown want byte counts as once. */
bool sv_status_unpack(const unsigned char *bytes, size_t length, struct sv_status *status);

/* ---- The state text: one "key=value" per line ------------------------------------------------ */

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
	SV_KEY_TROUBLE,      /* why the last start came to nothing, as sv_trouble has it */
	SV_KEY_CHANGED,      /* label: since when the state is what it is */
	SV_KEY_CHILD,        /* a name of sv_child_names: what runs now; empty = nothing */
	SV_KEY_BURIED_PID,   /* the last child whose end this text knows */
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

enum { SV_STATUS_UNKNOWN = -1, SV_DEATHS_KEPT = 8 };

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

/* ---- The record of the child: who runs, written by the child itself before it executes ------- */

enum sv_child {
	SV_CHILD_NONE,
	SV_CHILD_START,
	SV_CHILD_RUN,
	SV_CHILD_STOP,
	SV_CHILD_FINISH,
	SV_CHILD_COUNT,
};

extern const char *const sv_child_names[SV_CHILD_COUNT];

/* ---- Trouble: a script that has kept the service from running, until ./run is executed -------- */

enum sv_failing {
	SV_FAILING_EXIT,   /* it has exited with VALUE; -1 = nobody can tell how it ended */
	SV_FAILING_SIGNAL, /* the signal VALUE has ended it */
	SV_FAILING_EXEC,   /* it could not be executed: VALUE is the errno */
	SV_FAILING_FORK,   /* there was no process for it: the same */
	SV_FAILING_COUNT,
};

struct sv_trouble {
	enum sv_child script; /* SV_CHILD_NONE = there is none */
	enum sv_failing how;
	int value;
};

/* Adds SCRIPT/exit/CODE, SCRIPT/signal/NUMBER, SCRIPT/exec/ERRNO or SCRIPT/fork/ERRNO to TEXT. */
void sv_trouble_add(struct sv_text *text, const struct sv_trouble *trouble);

/* Reads it from the state TEXT. False, and no trouble, if there is none. */
bool sv_trouble_get(const char *text, struct sv_trouble *trouble);

/* Where a record or text belongs: device and inode of supervise/, in hex. Service directories are
 * copied, with what is in them, and a copy must not claim the processes of the original. */
enum { SV_PLACE_SIZE = 2 * 16 + sizeof "-" };

/* Writes the place of the open DIRECTORY (supervise/), or "" if it cannot be told. */
void sv_place(int directory, char place[SV_PLACE_SIZE]);

struct sv_record {
	enum sv_child kind;
	pid_t pid;
	uint64_t ticks; /* 0 = unknown: no /proc */
	char boot[PROC_BOOT_SIZE];
	char at[SV_PLACE_SIZE];
};

/* One line of text, padded with blanks: its size on disk never changes, so that a write cannot
 * meet a full disk. */
enum { SV_RECORD_SIZE = 128 };

/* Async-signal-safe: the child calls it between fork and exec. */
void sv_record_format(char text[SV_RECORD_SIZE], const struct sv_record *record);

/* False if the LENGTH bytes of TEXT are no well-formed record. */
bool sv_record_parse(const char *text, size_t length, struct sv_record *record);

/* ---- The hand-over: how the child of a killed supervise ended ---------------------------------
 * Only its parent learns that: the svscan that started both supervises. The new one finds in this
 * variable the number of a pipe's reading end. The writer closes its end after the one message, or
 * without one if there is nothing to tell. */
#define SV_HANDOVER "SUPERVISE_HANDOVER"

struct sv_handover {
	int32_t pid;    /* as in the record */
	int32_t status; /* as waitpid(2) has it */
};

/* ---- The bell: what svscan has to know at once -------------------------------------------------
 * Every supervise under our svscan finds in this variable the number of a pipe's writing end, which
 * is closed in its children. An essential service that has failed for good: svscan stops everything
 * and exits with what the status says. Any service that has become ready, done or down: svscan looks
 * at the states that it waits for. */
#define SV_BELL "SUPERVISE_BELL"

/* The number that svscan gives it: a later svscan finds the pipe of a killed one there. The end is
 * open for reading, too, so that it keeps what is said in between; supervise only writes. */
enum { SV_BELL_FD = 3 };

struct sv_bell {
	int32_t pid;    /* of the supervise of a failed service, or SV_BELL_NEWS */
	int32_t status; /* of the last death, as waitpid(2) has it, or SV_STATUS_UNKNOWN */
};

/* No process has this number, so a svscan that does not know of news takes no notice. */
enum { SV_BELL_NEWS = 0 };

/* News are not told while so many bytes are unread, which is half of the smallest pipe: the rest is
 * for failures. Whoever reads those bytes looks at the states after that, and misses nothing. */
enum { SV_BELL_FULL = 2048 };

/* ---- What the other side does ----------------------------------------------------------------
 * SERVICE is a descriptor of a service directory (O_PATH will do) or AT_FDCWD. */

/* Opens the directory supervise/ of SERVICE, or what stands for it (statedir.h). -1 with errno set. */
int sv_open_directory(int service);

/* Whether a supervise runs there, that is, has the ok FIFO open: 1 yes, 0 no, -1 with errno set
 * (ENOENT: there never was one; EACCES: not for us to know). */
int sv_running(int service);

/* Opens the ok FIFO for writing, though nothing is ever written there: poll(2) reports POLLERR on it
 * as soon as that supervise has gone. -1 with errno set: ENXIO if none runs, else as sv_running. */
int sv_open_ok(int service);

/* Opens the control FIFO for sv_write. -1 with errno set: ENXIO if nobody reads it. */
int sv_open_control(int service);

/* Writes COUNT command LETTERS (at most PIPE_BUF, so they arrive in one piece) to the CONTROL FIFO.
 * If that is full of unread commands, waits at most LIMIT_MS for room. False with errno set:
 * ETIMEDOUT if there was no room; EPIPE (and the signal) if the reader has gone. */
bool sv_write(int control, const char *letters, size_t count, int limit_ms);

/* Both in one: opens, writes, closes. */
bool sv_send(int service, const char *letters, size_t count, int limit_ms);

/* Reads the status record. False with errno set; MSG_EFORMAT if it is too short. */
bool sv_read_status(int service, struct sv_status *status);

/* Reads the record. False unless it is well-formed, belongs to this directory and names a process,
 * of the boot BOOT if that is not NULL. */
bool sv_read_record(int service, const char *boot, struct sv_record *record);

/* Reads the state text into TEXT (SV_TEXT_MAX bytes), NUL-terminated. False with errno set; ESTALE
 * if it was copied from elsewhere. */
bool sv_read_text(int service, char text[SV_TEXT_MAX]);

#endif
