/* every: see every.h.
 * SPDX-License-Identifier: ISC */
#include "every.h"

#include "entries.h"
#include "fd.h"
#include "fmt.h"
#include "msg.h"
#include "scandir.h"
#include "servicedir.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>

/* Links are followed: they are how services are enabled. */
static int
open_at(int directory, const char *name)
{
	return openat(directory, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

/* Visits the entry NAME of the scan directory and its logger, if they are directories. */
static void
visit_entry(int scan, const char *name, every_visit *visit)
{
	char log_name[NAME_MAX + sizeof "/" SERVICEDIR_LOG];
	int service = open_at(scan, name);

	if (service == -1 && (errno == ENOTDIR || errno == ENOENT || errno == ELOOP))
		return; /* a plain file, a dangling link, gone: no service */
	visit(name, service);
	int log = service == -1 ? -1 : open_at(service, SERVICEDIR_LOG);
	if (log != -1) {
		fmt(log_name, sizeof log_name, "%s/" SERVICEDIR_LOG, name);
		visit(log_name, log);
	}
	fd_close(&log);
	fd_close(&service);
}

bool
every_is_logger(const char *name)
{
	char service[PATH_MAX];
	size_t length = strlen(name);

	while (length > 0 && name[length - 1] == '/')
		length--;
	const size_t suffix = strlen("/" SERVICEDIR_LOG);
	if (length <= suffix || memcmp(name + length - suffix, "/" SERVICEDIR_LOG, suffix) != 0 ||
	    length >= sizeof service)
		return false;
	fmt(service, sizeof service, "%.*s", (int)(length - suffix), name);
	int dir = scandir_open(service);
	const bool has = dir != -1 && (servicedir_has(dir, SERVICEDIR_RUN) != 0 ||
					  servicedir_has(dir, SERVICEDIR_START) != 0);
	fd_close(&dir);
	return has;
}

void
every_service(every_visit *visit)
{
	/* Kept until the end, which is near: free(3) would be 6 KB more of the static svstat, svup and
	 * svwhy each. */
	static char **names;
	size_t count;
	const char *path = scandir_path();
	int scan = open_at(AT_FDCWD, path);

	if (scan == -1 || !entries_read(path, &names, &count))
		msg_die_sys(MSG_TEMPORARY, errno, "unable to read directory %s", path);
	for (size_t i = 0; i < count; i++)
		if (names[i][0] != '.')
			visit_entry(scan, names[i], visit);
	fd_close(&scan);
}
