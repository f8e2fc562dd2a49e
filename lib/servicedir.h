/* servicedir: the names in a service directory, between users and the programs; servicedir(5).
 * SPDX-License-Identifier: ISC */
#ifndef LIB_SERVICEDIR_H
#define LIB_SERVICEDIR_H

#include <stdbool.h>
#include <stdint.h>

#define SERVICEDIR_DOWN "down"
#define SERVICEDIR_LOG "log"

/* ---- Scripts --------------------------------------------------------------------------------- */

#define SERVICEDIR_RUN "run"
#define SERVICEDIR_START "start"
#define SERVICEDIR_STOP "stop"
#define SERVICEDIR_FINISH "finish"
#define SERVICEDIR_CHECK "check"
#define SERVICEDIR_NOTIFY "notify"

/* All of them. */
enum { SERVICEDIR_SCRIPTS = 6 };
extern const char *const servicedir_scripts[SERVICEDIR_SCRIPTS];

/* Whether the script NAME exists in the directory DIR (a descriptor or AT_FDCWD): 1 yes, 0 no,
 * -1 with errno set if there is something of that name that cannot be one (MSG_ENOTREG, EISDIR), or
 * if it cannot be told. Links are followed. */
int servicedir_has(int dir, const char *name);

/* ---- The down file --------------------------------------------------------------------------- */

/* Whether the service is normally down, that is, anything named `down` exists in the directory
 * DIR: 1 yes, 0 no, -1 cannot tell, errno set. */
int servicedir_normally_down(int dir);

/* Makes the service normally down, or normally up again. 0, or -1 with errno set. */
int servicedir_set_down(int dir);
int servicedir_clear_down(int dir);

/* ---- Settings -------------------------------------------------------------------------------- */

enum servicedir_leftovers { SERVICEDIR_GROUP, SERVICEDIR_TREE, SERVICEDIR_KEEP };

/* Durations are milliseconds; 0 where a limit may be absent means that there is none. */
struct servicedir {
	uint64_t timeout_start_ms;
	uint64_t timeout_finish_ms;
	uint64_t timeout_kill_ms;
	uint64_t timeout_check_ms;  /* never 0 */
	uint64_t check_interval_ms; /* 0 = no health checks */
	uint64_t backoff_min_ms;
	uint64_t backoff_max_ms; /* not less than the least */
	uint64_t max_deaths;     /* within max_deaths_ms; with 0 the first one is too much */
	uint64_t max_deaths_ms;  /* 0 = for ever */
	bool deaths_are_limited; /* else the two mean nothing */
	int down_signal;
	int notification_fd; /* above 2; -1 = none */
	enum servicedir_leftovers leftovers;
	bool essential, no_setsid, log_stderr;
};

/* The files of the settings, in the order of servicedir_names. */
enum servicedir_setting {
	SERVICEDIR_BACKOFF,
	SERVICEDIR_CHECK_INTERVAL,
	SERVICEDIR_DOWN_SIGNAL,
	SERVICEDIR_ESSENTIAL,
	SERVICEDIR_LEFTOVERS,
	SERVICEDIR_LOG_STDERR,
	SERVICEDIR_MAX_DEATHS,
	SERVICEDIR_NO_SETSID,
	SERVICEDIR_NOTIFICATION_FD,
	SERVICEDIR_TIMEOUT_CHECK,
	SERVICEDIR_TIMEOUT_FINISH,
	SERVICEDIR_TIMEOUT_KILL,
	SERVICEDIR_TIMEOUT_START,
	SERVICEDIR_SETTINGS,                    /* so many does servicedir_read read */
	SERVICEDIR_NEEDS = SERVICEDIR_SETTINGS, /* and this one servicedir_read_needs */
	SERVICEDIR_FILES,
};

extern const char *const servicedir_names[SERVICEDIR_FILES];

/* What is wrong with a setting. */
struct servicedir_fault {
	enum servicedir_setting setting;
	int error;            /* why it could not be read; MSG_EFORMAT: the value makes no sense */
	const char *value;    /* with MSG_EFORMAT: the first line, as much as there is room for */
	const char *expected; /* with MSG_EFORMAT: what would make sense, and the default */
};

/* Told of each fault; the setting has its default then. */
typedef void servicedir_warn(void *argument, const struct servicedir_fault *fault);

/* Told of each setting that is well, or absent. */
typedef void servicedir_well(void *argument, enum servicedir_setting setting);

/* Reads all settings in the directory DIR (a descriptor or AT_FDCWD) into *SETTINGS. Files that are not
 * in the set NAMES (inventory.h) are not looked for. */
void servicedir_read(int dir, uint32_t names, struct servicedir *settings, servicedir_warn *warn,
    servicedir_well *well, void *argument);

enum {
	SERVICEDIR_NEEDS_SIZE = 1024, /* of the file, and of the list with its NUL */
	SERVICEDIR_NEEDS_MAX = 64,    /* names */
};

/* Reads the names of the services that this one needs into NEEDS: each once, in their order,
 * separated by "/" (sv_next_name takes them apart); "" if there are none, or on a fault. */
void servicedir_read_needs(int dir, char needs[SERVICEDIR_NEEDS_SIZE], servicedir_warn *warn,
    servicedir_well *well, void *argument);

#endif
