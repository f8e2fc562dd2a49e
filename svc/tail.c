/* tail: see tail.h.
 * SPDX-License-Identifier: ISC */
#include "tail.h"

#include "facts.h"
#include "fmt.h"
#include "logdir.h"
#include "msg.h"
#include "output.h"
#include "tai64n.h"

#include <limits.h>
#include <string.h>
#include <time.h>

enum { CUT_AT = 400 /* what is longer is cut */ };

/* A label as local time. */
static void
say_time(const struct tai64n *label)
{
	char text[64];
	struct tm tm;
	const time_t seconds = (time_t)(label->seconds - TAI64N_UNIX);

	if (localtime_r(&seconds, &tm) == NULL)
		return;
	fmt(text, sizeof text, "%d-%02d-%02d %02d:%02d:%02d.%03u", tm.tm_year + 1900, tm.tm_mon + 1,
	    tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, label->nanoseconds / 1000000 % 1000);
	output_text(text);
}

static void
say_line(const char *line, size_t length)
{
	struct tai64n label;
	char text[CUT_AT + sizeof "..."];

	output_text("        ");
	if (tai64n_parse(line, length, &label)) {
		say_time(&label);
		line += TAI64N_LABEL;
		length -= TAI64N_LABEL;
	}
	const size_t kept = length < CUT_AT ? length : CUT_AT;
	memcpy(text, line, kept);
	strcpy(text + kept, kept < length ? "..." : "");
	for (char *tab = text; (tab = strchr(tab, '\t')) != NULL;)
		*tab = ' ';
	facts_defuse(text, kept);
	output_text(text);
	output_text("\n");
}

static void
say_lines(const struct logtail *tail)
{
	const char *next = logtail_lines(tail), *const end = tail->bytes + tail->length;

	while (next < end) {
		const char *newline = memchr(next, '\n', (size_t)(end - next));
		const char *line_end = newline != NULL ? newline : end;
		say_line(next, (size_t)(line_end - next));
		next = line_end + 1;
	}
}

bool
tail_has(const struct logtail *tail, const char *words)
{
	return strstr(logtail_lines(tail), words) != NULL;
}

static void
say_path(const char *begin, const char *path, const char *end)
{
	char harmless[sizeof((struct logtail *)0)->path];

	fmt(harmless, sizeof harmless, "%s", path);
	facts_defuse(harmless, strlen(harmless));
	output_text(begin);
	output_text(harmless);
	output_text(end);
}

void
tail_say(const struct logtail *tail)
{
	say_path("    the last lines of ", tail->path, ":\n");
	say_lines(tail);
}

void
tail_say_refused(const struct logtail *tail)
{
	char path[sizeof tail->path];
	const int directory = (int)(strrchr(tail->path, '/') - tail->path);

	fmt(path, sizeof path, "%.*s/" LOGDIR_CURRENT, directory, tail->path);
	say_path("    the newest lines, in ", path, ", are not shown: ");
	output_text(msg_error(tail->error));
	output_text("\n");
}
