/* find: see find.h.
 * SPDX-License-Identifier: ISC */
#include "find.h"

#include "service.h"
#include "word.h"

#include "fd.h"
#include "file.h"
#include "servicedir.h"
#include "signame.h"
#include "svstate.h"

#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

/* Whether nobody but root and ourselves can have written NAME in supervise/ of DIRECTORY. */
static bool
is_trusted(int directory, const char *name)
{
	int fd = sv_open_directory(directory);
	const bool trusted = fd != -1 && file_is_trusted(fd, name);
	fd_close(&fd);
	return trusted;
}

bool
find_past(const struct scan_service *service, enum scan_role role)
{
	int directory = service_open_directory(service, role);
	int state = directory == -1 ? -1 : sv_open_directory(directory);
	const bool has = state != -1;

	fd_close(&state);
	fd_close(&directory);
	return has;
}

static bool
same_boot(const struct scan *scan, const char *text)
{
	char boot[PROC_BOOT_SIZE];
	return scan->boot[0] != '\0' && sv_text_get(text, SV_KEY_BOOT, boot, sizeof boot) &&
	       strcmp(boot, scan->boot) == 0;
}

/* Reads the process that TEXT names, if it lives. */
static bool
read_named(const char *text, enum sv_key pid_key, enum sv_key ticks_key, struct proc *process)
{
	uint64_t pid, ticks;

	return sv_text_number(text, pid_key, &pid) && pid > 0 && pid <= INT32_MAX &&
	       sv_text_number(text, ticks_key, &ticks) && proc_read((pid_t)pid, process) &&
	       process->ticks == ticks && proc_is_alive(process);
}

/* Whether the parent that TEXT names is still there to look after it. A parent without a name was
 * outside of our PID namespace, or there was no /proc. Process 1 has taken it in when its parent
 * died before it could look, unless that is ourselves: in both cases it is ours. */
static bool
has_parent(const char *text)
{
	struct proc parent;
	uint64_t pid;

	if (!sv_text_number(text, SV_KEY_PARENT_PID, &pid))
		return true;
	return pid != 1 && read_named(text, SV_KEY_PARENT_PID, SV_KEY_PARENT_TICKS, &parent) &&
	       parent.pid != getpid();
}

bool
find_supervise(const struct scan *scan, int directory, struct proc *supervise)
{
	char text[SV_TEXT_MAX];

	return sv_read_text(directory, text) && same_boot(scan, text) &&
	       read_named(text, SV_KEY_SUPERVISE_PID, SV_KEY_SUPERVISE_TICKS, supervise) &&
	       supervise->group == supervise->pid && !has_parent(text) &&
	       is_trusted(directory, SV_STATE) && sv_running(directory) == 1;
}

/* As every child of a supervise does; by request it leads its group only. */
static bool
leads_session(int directory, const struct proc *process)
{
	return process->session == process->pid ||
	       (process->group == process->pid &&
		   file_exists(directory, servicedir_names[SERVICEDIR_NO_SETSID]) == 1);
}

bool
find_recorded(const struct scan *scan, int directory, struct proc *process)
{
	struct sv_record record;

	return sv_read_record(directory, scan->boot, &record) && proc_read(record.pid, process) &&
	       process->ticks == record.ticks && proc_is_alive(process) &&
	       leads_session(directory, process) &&
	       (process->parent == getpid() || is_trusted(directory, SV_RECORD));
}

bool
find_child(const struct scan *scan, const struct scan_service *service, enum scan_role role,
    struct proc *process)
{
	int directory = service_open_directory(service, role);
	/* What a supervise runs that is not ours, with another svscan above it, is not ours. */
	const bool found =
	    directory != -1 &&
	    (sv_running(directory) != 1 || !word_is_another(directory, service->child[role].pid)) &&
	    find_recorded(scan, directory, process);
	fd_close(&directory);
	return found;
}

static bool
is_locked(int directory)
{
	int fd = sv_open_directory(directory);
	int lock = fd == -1 ? -1 : file_open_private(fd, SV_LOCK, O_RDONLY, 0, FILE_REGULAR, 1);
	const bool locked = lock != -1 && flock(lock, LOCK_SH | LOCK_NB) == -1;

	fd_close(&lock);
	fd_close(&fd);
	return locked;
}

bool
find_pending(const struct scan *scan, int directory)
{
	char text[SV_TEXT_MAX];
	struct proc supervise;

	if (scan->boot[0] == '\0' || !is_locked(directory))
		return false;
	return !sv_read_text(directory, text) || !same_boot(scan, text) ||
	       !read_named(text, SV_KEY_SUPERVISE_PID, SV_KEY_SUPERVISE_TICKS, &supervise) ||
	       !has_parent(text);
}

bool
find_failure(int directory, int *status)
{
	char text[SV_TEXT_MAX], word[16];
	uint64_t essential, code;

	if (!sv_read_text(directory, text) || !sv_text_number(text, SV_KEY_ESSENTIAL, &essential) ||
	    essential != 1 || !sv_text_get(text, SV_KEY_STATE, word, sizeof word) ||
	    strcmp(word, sv_state_names[SV_STATE_FAILED]) != 0)
		return false;
	*status = SV_STATUS_UNKNOWN;
	/* Put together as waitpid(2) has it. */
	if (sv_text_number(text, SV_KEY_EXIT, &code) && code <= UINT8_MAX)
		*status = (int)code << 8;
	else if (sv_text_get(text, SV_KEY_SIGNAL, word, sizeof word) && signame_number(word) > 0)
		*status = signame_number(word);
	return true;
}

bool
find_had_logger(const struct scan *scan, const struct scan_service *service)
{
	char text[SV_TEXT_MAX];
	int directory = service_open_directory(service, SCAN_LOGGER);
	const bool had =
	    directory != -1 &&
	    ((sv_read_text(directory, text) && same_boot(scan, text)) || is_locked(directory));

	fd_close(&directory);
	return had;
}
