/* lint: see lint.h.
 * SPDX-License-Identifier: ISC */
#include "lint.h"

#include "complain.h"
#include "entries.h"
#include "fd.h"
#include "file.h"
#include "fmt.h"
#include "lintlog.h"
#include "lintscript.h"
#include "inventory.h"
#include "msg.h"
#include "names.h"
#include "needs.h"
#include "program.h"
#include "scandir.h"
#include "servicedir.h"
#include "svstate.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Whether anything has the name, even a link that leads nowhere. */
static bool
is_there(const struct lint *lint, const char *name)
{
	struct stat st;
	return fstatat(lint->dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

/* ---- Settings -------------------------------------------------------------------------------- */

static void
warn(void *argument, const struct servicedir_fault *fault)
{
	struct lint *lint = argument;
	const char *name = servicedir_names[fault->setting];

	if (fault->error == MSG_EFORMAT && strchr(fault->value, '\r') != NULL) {
		complain(lint, name, CAUSE_SETTING_CRLF);
	} else if (fault->error == MSG_EFORMAT) {
		/* "what would make sense; what counts instead" */
		const size_t sense = strcspn(fault->expected, ";");
		const char *instead = fault->expected + sense;
		instead += strspn(instead, "; ");
		facts_set(&lint->facts, FACT_VALUE, "%s", fault->value);
		facts_set(&lint->facts, FACT_OTHER, "%.*s", (int)sense, fault->expected);
		facts_set(&lint->facts, FACT_THEN, "%s", instead);
		complain(lint, name, CAUSE_SETTING);
	} else {
		facts_set(&lint->facts, FACT_VALUE, "%s", msg_error(fault->error));
		complain(lint, name, CAUSE_SETTING_UNREADABLE);
	}
}

static void
well(void *argument, enum servicedir_setting setting)
{
	(void)argument;
	(void)setting;
}

/* Settings that mean nothing without one of these scripts. */
static const struct {
	enum servicedir_setting setting;
	const char *script, * or ;
} dependents[] = {
    {SERVICEDIR_CHECK_INTERVAL, SERVICEDIR_CHECK, SERVICEDIR_CHECK},
    {SERVICEDIR_TIMEOUT_CHECK, SERVICEDIR_CHECK, SERVICEDIR_CHECK},
    {SERVICEDIR_TIMEOUT_START, SERVICEDIR_START, SERVICEDIR_START},
    {SERVICEDIR_TIMEOUT_FINISH, SERVICEDIR_FINISH, SERVICEDIR_STOP},
    {SERVICEDIR_NOTIFICATION_FD, SERVICEDIR_RUN, SERVICEDIR_RUN},
    {SERVICEDIR_DOWN_SIGNAL, SERVICEDIR_RUN, SERVICEDIR_RUN},
    {SERVICEDIR_TIMEOUT_KILL, SERVICEDIR_RUN, SERVICEDIR_RUN},
    {SERVICEDIR_BACKOFF, SERVICEDIR_RUN, SERVICEDIR_RUN},
    {SERVICEDIR_MAX_DEATHS, SERVICEDIR_RUN, SERVICEDIR_RUN},
};

static void
look_at_settings(struct lint *lint)
{
	struct servicedir settings;

	servicedir_read(lint->dir, INVENTORY_ALL, &settings, warn, well, lint);
	for (size_t i = 0; i < sizeof dependents / sizeof *dependents; i++) {
		const char *name = servicedir_names[dependents[i].setting];
		if (!is_there(lint, name) || is_there(lint, dependents[i].script) ||
		    is_there(lint, dependents[i].or))
			continue;
		facts_set(&lint->facts, FACT_VALUE, "%s", dependents[i].script);
		complain(lint, name, CAUSE_NO_EFFECT);
	}
}

/* ---- Needs ----------------------------------------------------------------------------------- */

static void
look_at_need(struct lint *lint, int beside, const char *name)
{
	const char *file = servicedir_names[SERVICEDIR_NEEDS];
	char chain[FACT_SIZE], path[SV_NAME_SIZE + sizeof "/path/of/"];
	int need = needs_open(beside, name);

	facts_quote(&lint->facts, FACT_VALUE, name);
	if (need == -1) {
		fmt(path, sizeof path, "/path/of/%s", name);
		facts_quote(&lint->facts, FACT_THEN, path);
		complain(lint, file, CAUSE_NEEDS_UNKNOWN);
	} else if (needs_is_same(need, lint->dir)) {
		complain(lint, file, CAUSE_NEEDS_SELF);
	} else if (needs_lead_back(beside, name, lint->dir, chain, sizeof chain)) {
		facts_set(&lint->facts, FACT_VALUE, "%s", chain);
		complain(lint, file, CAUSE_NEEDS_CIRCLE);
	}
	fd_close(&need);
}

static void
look_at_needs(struct lint *lint)
{
	char list[SERVICEDIR_NEEDS_SIZE], name[SV_NAME_SIZE];
	const char *rest = list;

	if (lint->logger) {
		if (is_there(lint, servicedir_names[SERVICEDIR_NEEDS]))
			complain(lint, servicedir_names[SERVICEDIR_NEEDS], CAUSE_LOGGER_NEEDS);
		return;
	}
	servicedir_read_needs(lint->dir, list, warn, well, lint);
	int beside = openat(lint->dir, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
	while ((rest = sv_next_name(rest, name)) != NULL)
		look_at_need(lint, beside, name);
	fd_close(&beside);
}

/* ---- Scripts --------------------------------------------------------------------------------- */

/* Who can write it, or put another in its place, decides what runs as the user of supervise. Only root
 * shares its files with nobody; whom others trust beside everybody is for them to know. */
static void
look_at_mode(struct lint *lint, const char *name)
{
	char writer[FILE_WRITER_SIZE];
	struct stat st;

	if (fstatat(lint->dir, name, &st, 0) == -1 || !file_has_writer(&st, writer) ||
	    (geteuid() != 0 && (st.st_mode & S_IWOTH) == 0))
		return;
	facts_mode(&lint->facts, FACT_VALUE, st.st_mode);
	facts_set(&lint->facts, FACT_OTHER, "%s", writer);
	facts_set(&lint->facts, FACT_THEN, "%s",
	    (st.st_mode & S_IWOTH) != 0 ? "chmod o-w"
	    : st.st_uid != 0            ? "chown root"
					: "chmod g-w");
	complain(lint, name, CAUSE_WRITABLE);
}

static void
look_at_script(struct lint *lint, const char *name)
{
	if (!is_there(lint, name))
		return;
	const enum cause cause = program_look(lint->dir, name, 0, &lint->facts);
	if (cause != CAUSE_NONE)
		complain(lint, name, cause);
	look_at_mode(lint, name);
	lintscript(lint, name);
}

static void
look_at_scripts(struct lint *lint)
{
	const bool nothing = !is_there(lint, SERVICEDIR_RUN) && !is_there(lint, SERVICEDIR_START);

	if (nothing && lint->logger)
		complain(lint, ".", CAUSE_LOG_NO_RUN);
	else if (nothing)
		complain(lint, SERVICEDIR_RUN, CAUSE_MISSING);
	for (size_t i = 0; i < SERVICEDIR_SCRIPTS; i++)
		look_at_script(lint, servicedir_scripts[i]);
	look_at_mode(lint, ".");
}

/* ---- Names ----------------------------------------------------------------------------------- */

static void
look_at_name(struct lint *lint, const char *name)
{
	const struct names_foreign *foreign = names_foreign(name);
	char right[PATH_MAX];
	const char *known;

	if (foreign != NULL) {
		facts_set(&lint->facts, FACT_VALUE, "%s", foreign->suite);
		facts_set(&lint->facts, FACT_OTHER, "%s", foreign->here);
		complain(lint, name, CAUSE_OTHER_NAME);
	}
	for (size_t i = 0; (known = names_known(i)) != NULL; i++) {
		/* Beside the right one it is one of the service's own. */
		if (!names_resemble(name, known) || is_there(lint, known))
			continue;
		fmt(right, sizeof right, "%s/%s", lint->path, known);
		facts_set(&lint->facts, FACT_VALUE, "%s", known);
		facts_quote(&lint->facts, FACT_OTHER, right);
		complain(lint, name, CAUSE_MISSPELT);
	}
}

static void
look_at_names(struct lint *lint)
{
	char **names;
	size_t count;

	const bool read = entries_read(lint->path, &names, &count);
	if (!read) {
		facts_set(&lint->facts, FACT_VALUE, "%s", msg_error(errno));
		complain(lint, ".", CAUSE_UNLISTED);
	}
	for (size_t i = 0; read && i < count; i++)
		if (!names_is_known(names[i]))
			look_at_name(lint, names[i]);
	free(names);
}

/* ---- All together ---------------------------------------------------------------------------- */

static void
look_at_log(struct lint *lint)
{
	struct stat st;

	if (!is_there(lint, SERVICEDIR_LOG))
		return;
	/* A link that leads nowhere is not enabled either. */
	if (fstatat(lint->dir, SERVICEDIR_LOG, &st, 0) == -1 || !S_ISDIR(st.st_mode))
		complain(lint, SERVICEDIR_LOG, CAUSE_LOG_FILE);
}

void
lint_directory(struct lint *lint)
{
	facts_quote(&lint->facts, FACT_DIR, lint->path);
	facts_quote(&lint->facts, FACT_NAME, lint->path);
	facts_quote(&lint->facts, FACT_SCAN, scandir_path());
	look_at_scripts(lint);
	if (lint->logger)
		lintlog(lint);
	else
		look_at_log(lint);
	look_at_needs(lint);
	look_at_settings(lint);
	look_at_names(lint);
}
