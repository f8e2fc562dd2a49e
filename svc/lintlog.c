/* lintlog: see lintlog.h.
 * SPDX-License-Identifier: ISC */
#include "lintlog.h"

#include "file.h"
#include "fmt.h"
#include "num.h"
#include "script.h"
#include "servicedir.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Who the logger runs as. Without a name: whoever runs supervise, for whom we stand in. */
struct writer {
	const char *name;
	uid_t uid;
	gid_t gid;
};

/* Finds the account in "user:group". False if there is none of that name. */
static bool
find_writer(const char *text, struct writer *writer)
{
	char name[256];
	uint64_t number;
	const size_t length = strcspn(text, ":");

	if (length >= sizeof name)
		return false;
	memcpy(name, text, length);
	name[length] = '\0';
	const struct passwd *found = getpwnam(name);
	if (found != NULL) {
		writer->uid = found->pw_uid;
		writer->gid = found->pw_gid;
		return true;
	}
	writer->gid = (gid_t)-1; /* no group can be told: then only the owner's right counts */
	if (!num_parse(name, UINT32_MAX - 1, &number))
		return false;
	writer->uid = (uid_t)number;
	return true;
}

/* Whether the directory ST can be written by another user than ourselves. A group that it may have
 * beside its first one leaves a doubt, in which nothing is said. */
static bool
mode_allows(const struct stat *st, const struct writer *writer)
{
	if (writer->uid == 0)
		return true;
	if (st->st_uid == writer->uid)
		return (st->st_mode & S_IWUSR) != 0;
	if ((st->st_mode & S_IWGRP) != 0 && st->st_gid != 0)
		return true;
	return (st->st_mode & S_IWOTH) != 0;
}

/* 0 if WRITER can write in NAME, else why not, as an errno. */
static int
try(int dir, const char *name, const struct writer *writer)
{
	struct stat st;

	if (fstatat(dir, name, &st, 0) == -1)
		return errno;
	if (!S_ISDIR(st.st_mode))
		return ENOTDIR;
	/* A file system that cannot be written to stops root, too. */
	if (faccessat(dir, name, W_OK | X_OK, AT_EACCESS) == -1 &&
	    (errno == EROFS || writer->name == NULL))
		return errno;
	return writer->name == NULL || mode_allows(&st, writer) ? 0 : EACCES;
}

/* The directory above NAME, in which it would be made. */
static void
find_parent(const char *name, char parent[PATH_MAX])
{
	fmt(parent, PATH_MAX, "%s", name);
	size_t length = strlen(parent);
	while (length > 1 && parent[length - 1] == '/')
		parent[--length] = '\0';
	char *slash = strrchr(parent, '/');
	if (slash == NULL)
		strcpy(parent, ".");
	else
		slash[slash == parent ? 1 : 0] = '\0';
}

static void
judge(struct lint *lint, const char *directory, const struct writer *writer)
{
	char parent[PATH_MAX];
	int error = try(lint->dir, directory, writer);
	const char *where = "";

	if (error == ENOENT) {
		find_parent(directory, parent);
		error = try(lint->dir, parent, writer);
		where = ", since it would have to be made first";
	}
	if (error == 0 || error == ENOENT)
		return; /* several levels are missing: perhaps run makes them */
	facts_quote(&lint->facts, FACT_VALUE, directory);
	facts_quote(&lint->facts, FACT_OTHER, writer->name != NULL ? writer->name : "you");
	facts_set(&lint->facts, FACT_THEN, "%s%s",
	    error == EROFS     ? " on a read-only file system"
	    : error == ENOTDIR ? ": it is no directory"
			       : ": it has no right to that",
	    where);
	complain(lint, SERVICEDIR_RUN,
	    error == EACCES && writer->name != NULL ? CAUSE_LOG_DENIED : CAUSE_LOG_UNWRITABLE);
}

void
lintlog(struct lint *lint)
{
	static struct script script;
	static char bytes[SCRIPT_SIZE + 1];
	struct script_line line;
	const ssize_t length = file_read(lint->dir, SERVICEDIR_RUN, bytes, sizeof bytes);

	if (length == -1)
		return; /* that it cannot be executed has been said */
	script_begin(&script, bytes, (size_t)length);
	while (script.shell && !script.doubtful && script_next(&script, &line)) {
		struct writer writer = {.name = script_operand(&line, "setuidgid")};
		const char *directory = script_log_directory(&line);
		if (directory != NULL && (writer.name == NULL || find_writer(writer.name, &writer)))
			judge(lint, directory, &writer);
	}
}
