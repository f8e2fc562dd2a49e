/* names: see names.h.
 * SPDX-License-Identifier: ISC */
#include "names.h"

#include "servicedir.h"
#include "svproto.h"

#include <string.h>
#include <strings.h>

/* Neither scripts nor settings. */
static const char *const others[] = {
    SERVICEDIR_LOG,
    SERVICEDIR_DOWN,
    SV_DIRECTORY,
};

enum { OTHERS = sizeof others / sizeof *others };

const char *
names_known(size_t index)
{
	if (index < SERVICEDIR_SCRIPTS)
		return servicedir_scripts[index];
	index -= SERVICEDIR_SCRIPTS;
	if (index < OTHERS)
		return others[index];
	index -= OTHERS;
	return index < SERVICEDIR_FILES ? servicedir_names[index] : NULL;
}

bool
names_is_known(const char *name)
{
	const char *known;

	for (size_t i = 0; (known = names_known(i)) != NULL; i++)
		if (strcmp(name, known) == 0)
			return true;
	return false;
}

/* Whether LONGER becomes SHORTER, which has one byte less, when one byte is left out. */
static bool
is_one_more(const char *longer, const char *shorter)
{
	while (*shorter != '\0' && *longer == *shorter) {
		longer++;
		shorter++;
	}
	return strcmp(longer + 1, shorter) == 0;
}

/* Whether A and B, equally long, differ in one byte, or by an exchange of neighbours. */
static bool
is_one_other(const char *a, const char *b)
{
	while (*a != '\0' && *a == *b) {
		a++;
		b++;
	}
	if (*a == '\0')
		return false;
	return strcmp(a + 1, b + 1) == 0 ||
	       (a[1] != '\0' && a[0] == b[1] && a[1] == b[0] && strcmp(a + 2, b + 2) == 0);
}

static bool
has_suffix_only(const char *name, const char *known)
{
	static const char *const suffixes[] = {".sh", ".txt", ".bash"};
	const size_t length = strlen(known);

	if (strncmp(name, known, length) != 0)
		return false;
	for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++)
		if (strcmp(name + length, suffixes[i]) == 0)
			return true;
	return false;
}

bool
names_resemble(const char *name, const char *known)
{
	const size_t length = strlen(name), right = strlen(known);

	if (strcmp(name, known) == 0)
		return false;
	if (strcasecmp(name, known) == 0 || has_suffix_only(name, known))
		return true;
	/* What an editor keeps of the old file. */
	if (length > 0 && name[length - 1] == '~')
		return false;
	if (length == right)
		return is_one_other(name, known);
	if (length == right + 1)
		return is_one_more(name, known);
	return length + 1 == right && is_one_more(known, name);
}

static const struct names_foreign foreign[] = {
    {"type", "s6-rc", "rm it: a service has run, a job that is done once has start and no run"},
    {"up", "s6-rc", "make it start, a script with a #! line"},
    {"dependencies", "s6-rc", "mv it to needs"},
    {"dependencies.d", "s6-rc", "ls dependencies.d >needs"},
    {"contents.d", "s6-rc", "write a start that does nothing, and the names into its needs"},
    {"timeout-up", "s6-rc", "mv it to timeout-start"},
    {"timeout-down", "s6-rc", "mv it to timeout-finish, or timeout-kill if the service has a run"},
    {"producer-for", "s6-rc", "write log/run: the logger belongs into the directory log"},
    {"consumer-for", "s6-rc", "make this directory the log of the service that it logs"},
    {"pipeline-name", "s6-rc", "rm it"},
    {"flag-essential", "s6-rc", "rm it: a service is stopped only by its own name"},
    {"max-death-tally", "s6", "use max-deaths"},
    {"lock-fd", "s6", "rm it: a second copy is never started here"},
    {"reload-signal", "s6", "rm it, and send the signal: svc -h"},
    {"flag-timeout-killpg", "s6", "rm it: what is left of the group is ended anyway"},
    {"flag-newpidns", "s6", "exec unshare -fp --kill-child in run"},
    {"nosetsid", "old s6", "mv it to no-setsid"},
    {"control", "runit", "use down-signal; nothing here is called before a signal"},
    {"orphanage", "encore", "echo tree >leftovers"},
    {"rc.main", "perp", "write run, and finish for what it does at reset"},
    {"rc.log", "perp", "make it log/run"},
    {"flag.down", "perp", "mv it to down"},
    {"flag.once", "perp", "use svc -o, or start without run"},
    {"ready_after_run", "nosh", "use start without run"},
    {"supervisord.conf", "supervisord", "write each command into the run of a directory"},
    {"Procfile", "foreman", "write each command into the run of a directory"},
    {"*.service", "systemd", "write its ExecStart into run, after exec"},
};

const struct names_foreign *
names_foreign(const char *name)
{
	const size_t length = strlen(name);

	for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++) {
		const char *known = foreign[i].name;
		const size_t tail = strlen(known) - 1;
		if (known[0] == '*' ? length > tail && strcmp(name + length - tail, known + 1) == 0
				    : strcmp(name, known) == 0)
			return &foreign[i];
	}
	return NULL;
}
