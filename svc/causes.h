/* causes: why a service is not up, or would not be: one table of what can be said, what follows from
 * it and what to do, for svwhy and svlint. Data, and the words filled in; nothing is decided here.
 * SPDX-License-Identifier: ISC */
#ifndef SVC_CAUSES_H
#define SVC_CAUSES_H

#include "facts.h"

#include <stdbool.h>

enum cause {
	CAUSE_NONE,

	/* a service that is as it should be, or as somebody wanted it */
	CAUSE_READY,
	CAUSE_DONE,
	CAUSE_UP,
	CAUSE_RUNS_ONCE,
	CAUSE_DOWN_FILE,
	CAUSE_TOLD_DOWN,
	CAUSE_TOLD_DOWN_FILE,
	CAUSE_ONCE_OVER,
	CAUSE_ONCE_NEVER,

	/* on its way */
	CAUSE_LAUNCH,
	CAUSE_START_RUNS,
	CAUSE_START_LIMITED,
	CAUSE_UNREADY_FD,
	CAUSE_UNREADY_CHECK,
	CAUSE_WAS_SICK,
	CAUSE_PAUSED,
	CAUSE_STOPPED,
	CAUSE_STOPPING,
	CAUSE_STOPPING_LIMITED,
	CAUSE_STOPPING_SICK,
	CAUSE_CLEANING,
	CAUSE_OWED,
	CAUSE_FINISH_RUNS,
	CAUSE_STOP_RUNS,
	CAUSE_UNSTABLE,

	/* waiting for others */
	CAUSE_WAITS,
	CAUSE_WAITS_ALL,
	CAUSE_NEED_UNKNOWN,
	CAUSE_NEED_NO_DIRECTORY,
	CAUSE_NEED_HIDDEN,
	CAUSE_NEED_SELF,
	CAUSE_NEED_WAITS,
	CAUSE_NEED_LOOP,
	CAUSE_NEED_FAILED,
	CAUSE_NEED_DOWN,
	CAUSE_NEED_DOWN_FILE,
	CAUSE_NEED_UNSUPERVISED,
	CAUSE_NEED_STATE,

	/* dead, and waiting for the next start */
	CAUSE_DIED_EXIT,
	CAUSE_DIED_SIGNAL,
	CAUSE_DIED_UNKNOWN,
	CAUSE_DIED_COMMAND,
	CAUSE_DIED_CHECK,
	CAUSE_RUN_EXEC,
	CAUSE_FORK,
	CAUSE_UNREAD,

	/* given up */
	CAUSE_FAILED_START_EXIT,
	CAUSE_FAILED_START_SIGNAL,
	CAUSE_FAILED_START_EXEC,
	CAUSE_FAILED_FINISH,
	CAUSE_FAILED_DEATHS,
	CAUSE_FAILED_RUN_EXEC,

	/* what a death may have come from */
	CAUSE_HINT,
	CAUSE_ADDRESS_USED,
	CAUSE_NO_SPACE,
	CAUSE_NO_FILES,
	CAUSE_NO_MEMORY,
	CAUSE_OOM_LOG,
	CAUSE_OOM_GROUP,
	CAUSE_OOM_MAYBE,
	CAUSE_OOM_NOT,
	CAUSE_DETACHED,

	/* what else stands in the way */
	CAUSE_STRAYS,
	CAUSE_LOGGER_STUCK,
	CAUSE_LOGGER_DEAF,
	CAUSE_MISSET,
	CAUSE_UNKILLABLE,
	CAUSE_DISK_FULL,

	/* nobody to start it */
	CAUSE_ABANDONED,
	CAUSE_NO_SCANNER,
	CAUSE_UNLINKED,
	CAUSE_HIDDEN,
	CAUSE_NOTHING_TO_RUN,
	CAUSE_NO_SUPERVISE,
	CAUSE_NO_SUPERVISE_SEEN,
	CAUSE_LOGGER_LATER,
	CAUSE_UNWRITABLE,
	CAUSE_NO_PERMISSION,
	CAUSE_UNREADABLE,
	CAUSE_NO_SERVICE,
	CAUSE_DANGLING_SERVICE,
	CAUSE_OTHER_SUITE,

	/* a file that is to be executed */
	CAUSE_MISSING,
	CAUSE_DANGLING,
	CAUSE_LINK_LOOP,
	CAUSE_DIRECTORY,
	CAUSE_SPECIAL,
	CAUSE_NOT_EXECUTABLE,
	CAUSE_DENIED,
	CAUSE_NOEXEC,
	CAUSE_EMPTY,
	CAUSE_NO_FIRST_LINE,
	CAUSE_NO_PROGRAM,
	CAUSE_BYTE_ORDER_MARK,
	CAUSE_CRLF,
	CAUSE_NO_INTERPRETER,
	CAUSE_LONG_LINE,
	CAUSE_INTERPRETER_MISSING,
	CAUSE_INTERPRETER_BAD,
	CAUSE_ENV_MISSING,
	CAUSE_LOADER_MISSING,
	CAUSE_MACHINE,
	CAUSE_REFUSED,
	CAUSE_WELL_NOW,

	/* what only svlint looks for */
	CAUSE_UNLISTED,
	CAUSE_SETTING,
	CAUSE_SETTING_CRLF,
	CAUSE_SETTING_UNREADABLE,
	CAUSE_NO_EFFECT,
	CAUSE_LOGGER_NEEDS,
	CAUSE_NEEDS_UNKNOWN,
	CAUSE_NEEDS_SELF,
	CAUSE_NEEDS_CIRCLE,
	CAUSE_MISSPELT,
	CAUSE_OTHER_NAME,
	CAUSE_LOG_FILE,
	CAUSE_LOG_NO_RUN,
	CAUSE_LOG_UNWRITABLE,
	CAUSE_LOG_DENIED,
	CAUSE_NO_ACCOUNT,
	CAUSE_WRITABLE,
	CAUSE_SETSID,
	CAUSE_DAEMON,
	CAUSE_BACKGROUND,
	CAUSE_NO_EXEC,
	CAUSE_COUNT,
};

enum cause_level { CAUSE_WARNING, CAUSE_ERROR };

/* How svlint calls it. */
enum cause_level cause_level(enum cause cause);

/* The three parts of an answer. */
enum cause_part {
	CAUSE_TEXT, /* a predicate; the subject is the service or the file */
	CAUSE_NEXT, /* what happens by itself; not all have that */
	CAUSE_CURE, /* what to type or do; not all have that */
	CAUSE_PARTS,
};

/* Whether the sentence has a subject of its own: not the service or the file. */
bool cause_is_whole(enum cause cause);

/* Whether its subject is a file; else it is the service. */
bool cause_is_of_file(enum cause cause);

/* Whether there is such a PART. */
bool cause_has(enum cause cause, enum cause_part part);

/* Puts out the PART with the FACTS filled in. False, and nothing is put out, if there is none. */
bool cause_say(enum cause cause, enum cause_part part, const struct facts *facts);

#endif
