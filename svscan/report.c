/* report: see report.h.
 * SPDX-License-Identifier: ISC */
#include "report.h"

#include "fd.h"
#include "fmt.h"
#include "logtail.h"
#include "msg.h"
#include "tai64n.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TERMINATION_LOG "/dev/termination-log" /* Kubernetes puts it there */

enum {
	TEXT_MAX = 4096,     /* as much as Kubernetes takes */
	REASON_MAX = 512,    /* ... of which the reason leaves room for the lines */
	LINE_MAX_TOLD = 300, /* ten of these fit */
};

struct report {
	char text[TEXT_MAX + 1];
	size_t used;
};

/* Adds a line to the text, if it fits. Bytes that could forge or hide one are replaced. */
static void
add(struct report *report, const char *indent, const char *line, size_t length)
{
	const size_t room = sizeof report->text - report->used;
	char *begin = report->text + report->used;

	if (strlen(indent) + length + 2 > room)
		return;
	report->used += fmt(begin, room, "%s%.*s\n", indent, (int)length, line);
	for (char *byte = begin; byte < report->text + report->used - 1; byte++)
		if ((unsigned char)*byte < 0x20 || *byte == 0x7f)
			*byte = '?';
}

/* A line of the log, without the label that a multilog has put before it. */
static void
add_line(struct report *report, const char *line, size_t length)
{
	struct tai64n label;

	if (tai64n_parse(line, length, &label)) {
		line += TAI64N_LABEL;
		length -= TAI64N_LABEL;
		while (length > 0 && *line == ' ') {
			line++;
			length--;
		}
	}
	if (length > LINE_MAX_TOLD)
		length = LINE_MAX_TOLD;
	msg_say("    %.*s", (int)length, line);
	add(report, "    ", line, length);
}

/* Our own log goes on with the stop, which begins with the reason: with the last one, if it has been
 * the same before. That would leave no room for what the culprit said. */
static void
cut_stop(struct logtail *tail, const char *reason)
{
	const char *const end = tail->bytes + tail->length, *next = tail->bytes, *last = NULL;

	while ((next = memmem(next, (size_t)(end - next), reason, strlen(reason))) != NULL)
		last = next++;
	while (last != NULL && last > tail->bytes && last[-1] != '\n')
		last--;
	if (last != NULL)
		tail->length = (size_t)(last - tail->bytes);
}

static void
add_lines(struct report *report, const struct verdict *verdict)
{
	static struct logtail tail; /* too large for the stack */
	char title[REASON_MAX];

	if (verdict->directory_fd == -1 ||
	    logtail_read(&tail, verdict->directory_fd) != LOGTAIL_LINES)
		return;
	cut_stop(&tail, verdict->reason);
	fmt(title, sizeof title,
	    "the last lines of %s%s%s:", tail.path[0] == '/' ? "" : verdict->name,
	    tail.path[0] == '/' ? "" : "/", tail.path);
	msg_say("%s", title);
	add(report, "", title, strlen(title));
	/* The tabs of a traceback hide nothing, so they need not be masked. */
	for (size_t i = 0; i < tail.length; i++)
		if (tail.bytes[i] == '\t')
			tail.bytes[i] = ' ';
	const char *next = logtail_lines(&tail), *const end = tail.bytes + tail.length;
	while (next < end) {
		const char *newline = memchr(next, '\n', (size_t)(end - next));
		const char *line_end = newline != NULL ? newline : end;
		add_line(report, next, (size_t)(line_end - next));
		next = line_end + 1;
	}
}

/* What a program has put there itself, SIZE bytes, knows more than we do, and stays as long as there
 * is room. False with errno set. */
static bool
make_room(int fd, off_t size, size_t needed)
{
	char last;

	if (size + 1 + (off_t)needed > TEXT_MAX)
		return ftruncate(fd, 0) == 0;
	/* A line without an end must not swallow ours. What cannot be read is believed to have one. */
	if (size == 0 || pread(fd, &last, 1, size - 1) != 1 || last == '\n')
		return true;
	return fd_write_all(fd, "\n", 1);
}

static void
write_termination_log(const struct report *report)
{
	struct stat st = {.st_size = 0};
	const int flags = O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
	int fd = open(TERMINATION_LOG, O_RDWR | flags);

	if (fd == -1 && errno == EACCES)
		fd = open(TERMINATION_LOG, O_WRONLY | flags);
	if (fd == -1) {
		if (errno != ENOENT)
			msg_warn_sys(errno, "unable to open " TERMINATION_LOG);
		return;
	}
	/* fstat fails for no valid descriptor (fstat(2)). */
	if (fstat(fd, &st) == 0 && !S_ISREG(st.st_mode))
		msg_warn_sys(MSG_ENOTREG, "unable to write " TERMINATION_LOG);
	else if (!make_room(fd, st.st_size, report->used) ||
		 !fd_write_all(fd, report->text, report->used))
		msg_warn_sys(errno, "unable to write " TERMINATION_LOG);
	fd_close(&fd);
}

void
report_failure(const struct verdict *verdict)
{
	static struct report report;
	size_t length = strlen(verdict->reason);

	if (verdict->code == 0)
		return;
	if (length > REASON_MAX)
		length = REASON_MAX;
	add(&report, "", verdict->reason, length);
	add_lines(&report, verdict);
	write_termination_log(&report);
}
