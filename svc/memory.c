/* memory: see memory.h.
 * SPDX-License-Identifier: ISC */
#include "memory.h"

#include "fd.h"
#include "file.h"
#include "fmt.h"
#include "num.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <time.h>

enum {
	TOLERANCE_MS = 3000,   /* the log has a clock of its own, which drifts */
	RECORD_MAX = 8192,     /* of the kernel's log, as printk has it */
	RECORDS_MAX = 1000000, /* it cannot hold so many: a bound for a log that grows as we read */
};

/* ---- The kernel's log ------------------------------------------------------------------------ */

#define KILLED "Killed process "

/* "PRIORITY,NUMBER,MICROSECONDS,FLAGS;TEXT": copies the sentence about a kill within TOLERANCE_MS of
 * AT_MS to FOUND. */
static void
read_record(const char *record, uint64_t at_ms, char found[FACT_SIZE])
{
	uint64_t us = 0;
	const char *text = strchr(record, ';'), *field = strchr(record, ',');

	field = field != NULL ? strchr(field + 1, ',') : NULL;
	if (text == NULL || field == NULL || strstr(text, KILLED) == NULL)
		return;
	(void)num_prefix(field + 1, &us);
	const uint64_t ms = us / 1000;
	if ((ms > at_ms ? ms - at_ms : at_ms - ms) > TOLERANCE_MS)
		return;
	/* "...: Killed process 4711 (name) total-vm:..., ..." */
	const char *end = strchr(strstr(text, KILLED), ')');
	const size_t length = end != NULL ? (size_t)(end - text) : strcspn(text + 1, "\n");
	fmt(found, FACT_SIZE, "%.*s", (int)length, text + 1);
}

/* What the kernel's log says of that time, "" if nothing, or if we may not read it. */
static void
search_log(uint64_t ago_ms, char found[FACT_SIZE])
{
	char record[RECORD_MAX + 1];
	struct timespec now;
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	found[0] = '\0';
	if (fd == -1 || clock_gettime(CLOCK_MONOTONIC, &now) == -1) {
		fd_close(&fd);
		return;
	}
	const uint64_t now_ms = (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
	for (unsigned i = 0; i < RECORDS_MAX; i++) {
		const ssize_t length = fd_read(fd, record, RECORD_MAX);
		if (length == -1 && errno == EPIPE)
			continue; /* it was overwritten while we read */
		if (length <= 0)
			break;
		record[length] = '\0';
		read_record(record, now_ms > ago_ms ? now_ms - ago_ms : 0, found);
	}
	fd_close(&fd);
}

/* ---- Counters -------------------------------------------------------------------------------- */

/* The number behind "oom_kill " at the beginning of a line of the file PATH. */
static bool
read_count(const char *path, uint64_t *count)
{
	static const char key[] = "\noom_kill ";
	static char text[16384];
	const ssize_t length = file_read(AT_FDCWD, path, text + 1, sizeof text - 1);

	text[0] = '\n';
	const char *line = length == -1 ? NULL : strstr(text, key);
	if (line == NULL)
		return false;
	(void)num_prefix(line + sizeof key - 1, count);
	return true;
}

/* How the two versions of control groups are seen. */
static const struct {
	const char *controller; /* as it stands between the colons in /proc/PID/cgroup */
	const char *mount, *file;
} groups[] = {
    {"::", "/sys/fs/cgroup", "memory.events"},
    {":memory:", "/sys/fs/cgroup/memory", "memory.oom_control"},
};

/* Whether the control group of PID can be found, and how many the kernel has killed there. */
static bool
count_in_group(pid_t pid, uint64_t *count)
{
	char path[64], text[4096], file[PATH_MAX];

	fmt(path, sizeof path, "/proc/%ld/cgroup", (long)pid);
	if (file_read(AT_FDCWD, path, text, sizeof text) == -1)
		return false;
	for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) {
		const char *group = strstr(text, groups[i].controller);
		if (group == NULL)
			continue;
		group += strlen(groups[i].controller);
		/* In a container it may be called otherwise than where it is to be seen. */
		fmt(file, sizeof file, "%s%.*s/%s", groups[i].mount, (int)strcspn(group, "\n"),
		    group, groups[i].file);
		if (read_count(file, count))
			return true;
		fmt(file, sizeof file, "%s/%s", groups[i].mount, groups[i].file);
		if (read_count(file, count))
			return true;
	}
	return false;
}

void
memory_explain(struct answer *answer, uint64_t ago_ms, pid_t supervise)
{
	char found[FACT_SIZE];
	uint64_t in_group = 0, in_all = 0;

	search_log(ago_ms, found);
	if (found[0] != '\0') {
		facts_set(answer_add(answer, CAUSE_OOM_LOG), FACT_VALUE, "%s", found);
		return;
	}
	if (count_in_group(supervise, &in_group) && in_group > 0) {
		facts_set(answer_add(answer, CAUSE_OOM_GROUP), FACT_VALUE, "%llu",
		    (unsigned long long)in_group);
		return;
	}
	if (!read_count("/proc/vmstat", &in_all)) {
		facts_set(answer_add(answer, CAUSE_OOM_MAYBE), FACT_VALUE, "%s", "");
		return;
	}
	if (in_all == 0)
		(void)answer_add(answer, CAUSE_OOM_NOT);
	else
		facts_set(answer_add(answer, CAUSE_OOM_MAYBE), FACT_VALUE,
		    " (which has happened %llu times on this machine since boot)",
		    (unsigned long long)in_all);
}
