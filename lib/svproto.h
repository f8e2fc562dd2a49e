/* svproto: the contract between supervise and those who control and ask it: the names, the command
 * alphabet and the records in a service's supervise/ directory. The text file there is svstate's. supervise-control(5).
 * SPDX-License-Identifier: ISC */
#ifndef LIB_SVPROTO_H
#define LIB_SVPROTO_H

#include "file.h"
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

/* How a process has ended, if nobody can tell; else it is as waitpid(2) has it. */
enum { SV_STATUS_UNKNOWN = -1 };

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

/* Opens NAME, a file of KIND, in the open DIRECTORY (supervise/) with FLAGS, and tells the PLACE, if
 * that is not NULL. -1 with errno set. */
int sv_open_in(int directory, const char *name, int flags, enum file_kind kind, char *place);

/* The same without a place in what stands for the supervise/ of SERVICE. */
int sv_open_name(int service, const char *name, int flags, enum file_kind kind);

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

/* The same in the open DIRECTORY (supervise/). */
bool sv_read_record_in(int directory, const char *boot, struct sv_record *record);

#endif
