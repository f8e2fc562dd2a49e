/* identity: see identity.h.
 * SPDX-License-Identifier: ISC */
#include "identity.h"

#include "file.h"
#include "fmt.h"
#include "proc.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* Whether what stands in supervise/ may be believed about this process. Somebody else who owns the
 * directory could aim us at any process; then only at those that he could signal himself. */
static bool
is_believed(const struct service *service, const struct sv_record *record)
{
	struct stat directory, text, process;
	char path[32];

	if (file_is_trusted(service->directory, SV_RECORD))
		return true;
	fmt(path, sizeof path, "/proc/%ld", (long)record->pid);
	return fstatat(service->directory, "", &directory, AT_EMPTY_PATH) == 0 &&
	       fstatat(service->directory, SV_RECORD, &text, AT_SYMLINK_NOFOLLOW) == 0 &&
	       ((directory.st_mode | text.st_mode) & (S_IWGRP | S_IWOTH)) == 0 &&
	       directory.st_uid != 0 && stat(path, &process) == 0 &&
	       process.st_uid == directory.st_uid;
}

/* What the record is to the process that has its number now. */
enum identity { ANOTHER, THE_SAME, UNSURE };

/* Without /proc, or where it hides the process, all that can be seen must fit. */
static enum identity
identify_blindly(const struct service *service, const struct sv_record *record)
{
	const bool leads =
	    getsid(record->pid) == record->pid && getpgid(record->pid) == record->pid;

	return leads && file_is_trusted(service->directory, SV_RECORD) ? THE_SAME : UNSURE;
}

/* Where /proc is mounted with hidepid, it shows an ordinary user no process that cannot be dumped,
 * not even one of his own (proc(5)). The service can be signalled and leads its session. */
static bool
is_hidden(const struct sv_record *record)
{
	return kill(record->pid, 0) == 0 && getsid(record->pid) == record->pid;
}

static enum identity
identify(const struct service *service, const struct sv_record *record)
{
	struct proc process;

	if (kill(record->pid, 0) == -1 && errno == ESRCH)
		return ANOTHER;
	if (service->self.ticks == 0)
		return identify_blindly(service, record);
	if (!proc_read(record->pid, &process))
		return is_hidden(record) ? identify_blindly(service, record) : ANOTHER;
	if (!proc_is_alive(&process) || process.group != record->pid)
		return ANOTHER;
	if (record->ticks == 0) /* written without /proc */
		return identify_blindly(service, record);
	if (process.ticks != record->ticks)
		return ANOTHER;
	return is_believed(service, record) ? THE_SAME : UNSURE;
}

bool
identity_lives(const struct service *service, const struct sv_record *record)
{
	const enum identity identity = identify(service, record);

	if (identity == UNSURE)
		msg_die(MSG_TEMPORARY,
		    "unable to tell whether process %ld is what a killed supervise left in %s, "
		    "since %s; if it is not, remove %s/%s/%s",
		    (long)record->pid, service->name,
		    service->self.ticks != 0 && record->ticks != 0 ? "others can write the record"
								   : "/proc does not show it",
		    service->name, SV_DIRECTORY, SV_RECORD);
	return identity == THE_SAME;
}

bool
identity_is_of_this_boot(const struct service *service, const struct sv_record *record)
{
	struct timespec up, now;
	struct stat st;

	if (record->boot[0] != '\0' && service->self.boot[0] != '\0')
		return strcmp(record->boot, service->self.boot) == 0;
	return fstatat(service->directory, SV_RECORD, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       clock_gettime(CLOCK_BOOTTIME, &up) == 0 &&
	       clock_gettime(CLOCK_REALTIME, &now) == 0 &&
	       st.st_mtim.tv_sec >= now.tv_sec - up.tv_sec;
}

bool
identity_is_past(const struct service *service, const struct sv_record *record)
{
	struct proc process;

	if (!proc_read(record->pid, &process))
		return service->self.ticks != 0; /* or else there is no /proc */
	return process.ticks != record->ticks || !proc_is_alive(&process);
}
