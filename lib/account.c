/* account: see account.h.
 * SPDX-License-Identifier: ISC */
#include "account.h"

#include "msg.h"
#include "num.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* The number above means "leave it as it is" to setuid(2) and its like. */
static const uint64_t id_max = UINT32_MAX - 1;

/* After an empty answer to the question for TEXT: these errors (POSIX, getpwnam) say that nobody
 * knows, and to go on as if it did not exist could give the program somebody else's number. Any
 * other value that a library leaves in errno means "not found" (getpwnam(3)). */
static void
die_if_unknowable(const char *text)
{
	static const int errors[] = {EINTR, EIO, EMFILE, ENFILE, ENOMEM, ERANGE};

	for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
		if (errno == errors[i])
			msg_die_sys(MSG_TEMPORARY, errno, "unable to look up %s", text);
}

static struct passwd *
user_by_name(const char *name)
{
	errno = 0;
	struct passwd *entry = getpwnam(name);
	if (entry == NULL)
		die_if_unknowable(name);
	return entry;
}

static struct passwd *
user_by_number(const char *text, uid_t uid)
{
	errno = 0;
	struct passwd *entry = getpwuid(uid);
	if (entry == NULL)
		die_if_unknowable(text);
	return entry;
}

static void
find_user(const char *text, struct account *account)
{
	uint64_t number;
	const struct passwd *entry = user_by_name(text);

	if (entry == NULL) {
		if (!num_parse(text, id_max, &number))
			msg_die(MSG_TEMPORARY, "unknown account %s", text);
		entry = user_by_number(text, (uid_t)number);
	}
	account->uid = entry != NULL ? entry->pw_uid : (uid_t)number;
	account->gid = entry != NULL ? entry->pw_gid : (gid_t)number;
	account->name = entry != NULL ? entry->pw_name : NULL;
}

static gid_t
find_group(const char *text)
{
	uint64_t number;

	errno = 0;
	const struct group *entry = getgrnam(text);
	if (entry != NULL)
		return entry->gr_gid;
	die_if_unknowable(text);
	if (!num_parse(text, id_max, &number))
		msg_die(MSG_TEMPORARY, "unknown group %s", text);
	return (gid_t)number;
}

void
account_find(char *text, struct account *account)
{
	char *colon = strchr(text, ':');

	if (colon != NULL)
		*colon = '\0';
	find_user(text, account);
	if (colon != NULL)
		account->gid = find_group(colon + 1);
}
