/* account: who a program runs as, the way people write it: user, uid, user:group, uid:gid.
 * SPDX-License-Identifier: ISC */
#ifndef LIB_ACCOUNT_H
#define LIB_ACCOUNT_H

#include <sys/types.h>

struct account {
	uid_t uid;
	gid_t gid;
	const char *name; /* of the user, for its supplementary groups; NULL if it has none. Good
			     until the next account_find */
};

/* Finds the account that TEXT means, which is cut in two at its first colon. Either part is a name,
 * or a decimal number where nothing has that name. Without a group it is the one that the password
 * file gives to the user or number, and for a number that it does not know, the same number: never
 * group 0 by default. If there is no such account, or it cannot be found out now, this is said and
 * the program exits 111. */
void account_find(char *text, struct account *account);

#endif
