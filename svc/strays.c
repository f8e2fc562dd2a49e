/* strays: see strays.h.
 * SPDX-License-Identifier: ISC */
#include "strays.h"

#include "fd.h"
#include "file.h"
#include "fmt.h"
#include "num.h"
#include "proc.h"

#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

enum {
	NAMED_MAX = 5,     /* so many are told by name */
	SOCKETS_MAX = 64,  /* of one process that are looked at */
	LINES_SIZE = 4096, /* several times the longest line */
};

/* ---- Ports ----------------------------------------------------------------------------------- */

struct sockets {
	uint64_t inodes[SOCKETS_MAX];
	size_t count;
};

/* The sockets that PID has open. */
static void
list_sockets(pid_t pid, struct sockets *sockets)
{
	char path[64], link[64];
	struct file_walk fds;
	const char *name;

	sockets->count = 0;
	fmt(path, sizeof path, "/proc/%ld/fd", (long)pid);
	if (!file_walk_open(&fds, path))
		return;
	while ((name = file_walk_next(&fds)) != NULL && sockets->count < SOCKETS_MAX) {
		const ssize_t length = readlinkat(fds.fd, name, link, sizeof link - 1);
		link[length < 0 ? 0 : length] = '\0';
		if (strncmp(link, "socket:[", 8) == 0)
			(void)num_prefix(link + 8, &sockets->inodes[sockets->count++]);
	}
	file_walk_close(&fds);
}

static bool
has_socket(const struct sockets *sockets, uint64_t inode)
{
	for (size_t i = 0; i < sockets->count; i++)
		if (sockets->inodes[i] == inode)
			return true;
	return false;
}

/* The tables of /proc/PID/net, with the state of a socket that waits for others. */
static const struct table {
	const char *name, *protocol;
	unsigned state;
} tables[] = {
    {"tcp", "tcp", 0x0a},
    {"tcp6", "tcp", 0x0a},
    {"udp", "udp", 0x07},
    {"udp6", "udp", 0x07},
};

static unsigned
hex(const char *text)
{
	static const char digits[] = "0123456789ABCDEF";
	unsigned value = 0;
	const char *digit;

	while (*text != '\0' && (digit = strchr(digits, *text++)) != NULL)
		value = value * 16 + (unsigned)(digit - digits);
	return value;
}

/* LINE is "  0: ADDRESS:PORT ADDRESS:PORT STATE QUEUES TIMER RETRANSMIT UID TIMEOUT INODE ...": the
 * port if it is that of a socket in SOCKETS which waits for others, else 0. */
static unsigned
port_of(const char *line, const struct table *table, const struct sockets *sockets)
{
	const char *fields[10], *next = line;
	uint64_t inode;

	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
		fields[i] = next += strspn(next, " ");
		next += strcspn(next, " \n");
	}
	const char *colon = strchr(fields[1], ':');
	(void)num_prefix(fields[9], &inode);
	if (colon == NULL || hex(fields[3]) != table->state || !has_socket(sockets, inode))
		return 0;
	return hex(colon + 1);
}

/* Looks for the first such port in one table, in the network of PID; 0 if there is none. */
static unsigned
find_port(pid_t pid, const struct table *table, const struct sockets *sockets)
{
	char path[64], lines[LINES_SIZE];
	unsigned port = 0;
	size_t used = 0;
	ssize_t got;

	fmt(path, sizeof path, "/proc/%ld/net/%s", (long)pid, table->name);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return 0;
	while (port == 0 && (got = fd_read(fd, lines + used, sizeof lines - 1 - used)) > 0) {
		char *line = lines, *newline;
		used += (size_t)got;
		lines[used] = '\0';
		for (; port == 0 && (newline = strchr(line, '\n')) != NULL; line = newline + 1)
			port = port_of(line, table, sockets);
		used -= (size_t)(line - lines);
		memmove(lines, line, used);
	}
	close(fd);
	return port;
}

/* Writes ", tcp port 8080" to TEXT, or nothing. */
static void
describe_port(pid_t pid, char text[32])
{
	struct sockets sockets;

	text[0] = '\0';
	list_sockets(pid, &sockets);
	for (size_t i = 0; sockets.count > 0 && i < sizeof tables / sizeof *tables; i++) {
		const unsigned port = find_port(pid, &tables[i], &sockets);
		if (port == 0)
			continue;
		fmt(text, 32, ", %s port %u", tables[i].protocol, port);
		return;
	}
}

/* ---- Processes ------------------------------------------------------------------------------- */

static void
read_name(pid_t pid, char name[32])
{
	char path[64];

	fmt(path, sizeof path, "/proc/%ld/comm", (long)pid);
	if (file_read(AT_FDCWD, path, name, 32) == -1)
		strcpy(name, "?");
	name[strcspn(name, "\n")] = '\0';
}

/* Appends to what FACT says, after SEPARATOR if that is not the first. */
static void
append(struct facts *facts, enum fact fact, const char *separator, const char *text)
{
	char before[FACT_SIZE];

	memcpy(before, facts->text[fact], FACT_SIZE);
	facts_set(facts, fact, "%s%s%s", before, before[0] != '\0' ? separator : "", text);
}

static void
describe(pid_t pid, struct facts *facts)
{
	char name[32], port[32], text[128], number[24];

	read_name(pid, name);
	describe_port(pid, port);
	fmt(text, sizeof text, "%s (process %ld%s)", name, (long)pid, port);
	fmt(number, sizeof number, "%ld", (long)pid);
	append(facts, FACT_VALUE, ", ", text);
	append(facts, FACT_OTHER, " ", number);
}

unsigned
strays_find(pid_t supervise, pid_t current, uint64_t before, struct facts *facts)
{
	struct proc_walk walk;
	struct proc process;
	unsigned count = 0;
	pid_t pid;

	facts_set(facts, FACT_VALUE, "%s", "");
	facts_set(facts, FACT_OTHER, "%s", "");
	if (!proc_walk_open(&walk))
		return 0;
	while ((pid = proc_walk_next(&walk)) != 0) {
		if (pid == current || !proc_read(pid, &process) || process.parent != supervise ||
		    !proc_is_alive(&process) || (before != 0 && process.ticks >= before))
			continue;
		if (++count <= NAMED_MAX)
			describe(pid, facts);
	}
	proc_walk_close(&walk);
	if (count > NAMED_MAX)
		append(facts, FACT_VALUE, ", ", "and more");
	return count;
}
