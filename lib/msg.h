/* msg: one line on standard error per fault, in the words that daemontools users grep for.
 * Every message is one write(2) of at most PIPE_BUF bytes, so lines of several processes never mix.
 * SPDX-License-Identifier: ISC */
#ifndef LIB_MSG_H
#define LIB_MSG_H

#include <stdbool.h>
#include <stdint.h>

/* Exit codes of the whole suite: 100 = the caller is wrong, 111 = the world is wrong. */
enum { MSG_USAGE = 100, MSG_TEMPORARY = 111 };

/* Error numbers of our own, above every errno of the kernel; msg_error() knows their texts. */
enum msg_errno {
	MSG_ENOTFIFO = 10001, /* a FIFO was expected */
	MSG_ENOTREG,          /* a regular file was expected */
	MSG_EOWNER,           /* the file belongs to somebody who must not own it */
	MSG_ELINKS,           /* the file has a second name */
	MSG_EFORMAT,          /* the bytes are not what the format says */
	MSG_EPLACE,           /* it was copied from another directory */
};

/* A fault that may last: it is reported when it begins or changes, then once a minute.
 * All zero = no fault so far. */
struct msg_fault {
	int error;        /* errno of the last report, 0 = well */
	int64_t again_ms; /* clock_ms() at which the same fault is worth another line */
};

#define MSG_PRINTF(text, first) __attribute__((format(printf, text, first)))

/* Sets the name that starts every message; NAME must live as long as the program. */
void msg_program(const char *name);

/* From now on a full pipe or stopped terminal behind stderr costs the message, not our time.
 * For the daemons. May take one descriptor, which children do not inherit. To be called again when
 * stderr has become another one. */
void msg_never_block(void);

/* "PROG: TEXT": progress that the user should see (svscan's transcript of a stop). */
void msg_say(const char *format, ...) MSG_PRINTF(1, 2);

/* "PROG: warning: TEXT", and the same with ": " and the text of ERROR (an errno). */
void msg_warn(const char *format, ...) MSG_PRINTF(1, 2);
void msg_warn_sys(int error, const char *format, ...) MSG_PRINTF(2, 3);

/* "PROG: fatal: TEXT: ERROR" without ending: a child failed for good, its parent goes on. */
void msg_fatal_sys(int error, const char *format, ...) MSG_PRINTF(2, 3);

/* "PROG: fatal: TEXT", then exit with CODE. Never called below the loop of a daemon. */
_Noreturn void msg_die(int code, const char *format, ...) MSG_PRINTF(2, 3);
_Noreturn void msg_die_sys(int code, int error, const char *format, ...) MSG_PRINTF(3, 4);

/* "PROG: usage: SYNOPSIS", then exit 100. */
_Noreturn void msg_usage(const char *synopsis);

/* What arg_next found wrong, in the words of daemontools: RESULT is what it returned, OPTION is the
 * letter. */
void msg_bad_option(int result, int option);

/* The text for an errno or enum msg_errno; never NULL. 0.76's own words where it has some. */
const char *msg_error(int error);

/* True if ERROR, which is not 0, should be reported now (NOW_MS from clock_ms()), and remembers that it was. */
bool msg_due(struct msg_fault *fault, int error, int64_t now_ms);

/* The fault is over; the next one is reported at once. */
void msg_well(struct msg_fault *fault);

#endif
