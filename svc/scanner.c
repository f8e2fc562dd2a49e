/* scanner: see scanner.h.
 * SPDX-License-Identifier: ISC */
#include "scanner.h"

#include "file.h"
#include "fmt.h"
#include "names.h"
#include "proc.h"
#include "scandir.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

/* svscan is called so, or init, which an engine's own first process may have started. */
static bool
is_scanner(pid_t pid)
{
	char path[64], name[32];

	fmt(path, sizeof path, "/proc/%ld/comm", (long)pid);
	if (file_read(AT_FDCWD, path, name, sizeof name) == -1)
		return false;
	return strcmp(name, "svscan\n") == 0 || strcmp(name, "init\n") == 0;
}

enum scanner
scanner_find(pid_t *pid)
{
	char path[64];
	struct stat scan, cwd;
	struct proc_walk walk;
	enum scanner found = SCANNER_NONE;
	pid_t next;

	if (!proc_walk_open(&walk))
		return SCANNER_UNSEEN;
	const bool known = stat(scandir_path(), &scan) == 0;
	while (known && found != SCANNER_RUNS && (next = proc_walk_next(&walk)) != 0) {
		if (!is_scanner(next))
			continue;
		fmt(path, sizeof path, "/proc/%ld/cwd", (long)next);
		if (stat(path, &cwd) == -1) {
			/* A dead one stands nowhere. */
			if (errno == EACCES || errno == EPERM)
				found = SCANNER_UNSEEN;
		} else if (cwd.st_dev == scan.st_dev && cwd.st_ino == scan.st_ino) {
			found = SCANNER_RUNS;
			*pid = next;
		}
	}
	proc_walk_close(&walk);
	return found;
}

bool
scanner_has(int dir)
{
	struct stat wanted, st;
	struct file_walk scan;
	const char *name;
	bool found = false;

	if (fstat(dir, &wanted) == -1 || !file_walk_open(&scan, scandir_path()))
		return false;
	while (!found && (name = file_walk_next(&scan)) != NULL)
		found = name[0] != '.' && fstatat(scan.fd, name, &st, 0) == 0 &&
			st.st_dev == wanted.st_dev && st.st_ino == wanted.st_ino;
	file_walk_close(&scan);
	return found;
}

bool
scanner_guess(const char *name, char guess[256])
{
	struct file_walk scan;
	const char *entry;
	bool found = false;

	if (!file_walk_open(&scan, scandir_path()))
		return false;
	while (!found && (entry = file_walk_next(&scan)) != NULL) {
		found = entry[0] != '.' && names_resemble(name, entry);
		if (found)
			fmt(guess, 256, "%s", entry);
	}
	file_walk_close(&scan);
	return found;
}
