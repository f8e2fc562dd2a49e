/* svlog: shows what services have logged, merged by time, and follows it. It only reads, and no more
 * than it needs; what it cannot show it names. SPDX-License-Identifier: ISC */
#include "arg.h"
#include "change.h"
#include "complaint.h"
#include "fd.h"
#include "find.h"
#include "leap.h"
#include "merge.h"
#include "msg.h"
#include "num.h"
#include "output.h"
#include "pattern.h"
#include "range.h"
#include "room.h"
#include "show.h"
#include "source.h"
#include "when.h"

#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define SYNOPSIS "svlog [-fjV] [-g pattern] [-n lines] [-s since] [-u until] [service ...]"

enum {
	GLANCE = 100,     /* lines on a terminal, if nothing else was asked for */
	CONTEXT = 10,     /* lines before those that are followed */
	TAIL = 16 * 1024, /* bytes in which the last lines are looked for first ... */
	TAIL_GROWTH = 8,  /* ... and so many times more, if they are not enough */
	BURST = 1000,     /* lines, after which silent sources are asked again */
	EXIT_TROUBLE = 1, /* something could not be shown */
};

static struct {
	struct source_terms terms;
	bool all; /* no limit of lines */
	uint64_t lines;
	bool json;
	struct tai64n now;
} options = {.all = true};

static struct source *sources;
static size_t count;
static struct merge merge;
static struct show show;

/* ---- Sources --------------------------------------------------------------------------------- */

static bool
is_known(const struct stat *st)
{
	for (size_t i = 0; i < count; i++)
		if (sources[i].device == st->st_dev && sources[i].inode == st->st_ino)
			return true;
	return false;
}

/* Adds a log directory, but not the same one twice. */
static void
add_source(const char *name, const char *path, int dir)
{
	struct stat st;

	if (fstat(dir, &st) == -1 || is_known(&st)) {
		fd_close(&dir);
		return;
	}
	sources = room_for(sources, count + 1, sizeof *sources);
	merge_grow(&merge, count + 1);
	struct source *source = &sources[count++];
	*source = (struct source){
	    .name = room_copy(name),
	    .path = room_copy(path),
	    .dir = dir,
	    .device = st.st_dev,
	    .inode = st.st_ino,
	    .terms = options.terms,
	    .reader = READER_NONE,
	};
	if (options.terms.follow)
		change_watch_log(dir);
	listing_read(&source->files, dir, path);
	source->ahead = leap_find(source);
	range_find(source);
	show_expect(&show, name);
}

/* How many of the last lines of SOURCE are wanted, at least LINES if there are so many. They begin at
 * *PLACE. */
static uint64_t
count_last(struct source *source, uint64_t lines, struct source_place *place)
{
	uint64_t found, bytes = TAIL;
	bool more;

	source->terms.follow = false; /* only what is there */
	do {
		more = range_tail(source, bytes, place);
		bytes *= TAIL_GROWTH;
		found = 0;
		source_start(source, place);
		while (source_next(source))
			found += source->line.begins && pattern_matches(&source->line);
	} while (more && found < lines);
	source->terms.follow = options.terms.follow;
	return found;
}

/* Lets all sources from the number FIRST on begin. Returns how many of their lines are not to be
 * shown. */
static uint64_t
start_sources(size_t first)
{
	uint64_t found = 0;

	for (size_t i = first; i < count; i++) {
		struct source *source = &sources[i];
		struct source_place place = source->begin;
		if (!options.all)
			found += count_last(source, options.lines, &place);
		if (options.terms.follow)
			source->end = SOURCE_NO_END;
		source_start(source, &place);
	}
	return options.all || found <= options.lines ? 0 : found - options.lines;
}

/* ---- Lines ----------------------------------------------------------------------------------- */

/* Asks all sources that had nothing. */
static void
gather(void)
{
	for (size_t i = 0; i < count; i++) {
		if (sources[i].ready)
			continue;
		sources[i].ready = source_next(&sources[i]);
		if (sources[i].ready)
			merge_put(&merge, i, &sources[i].key);
	}
}

/* Shows the line or part that SOURCE has, unless it is one of the first *SKIP. */
static void
consider(struct source *source, size_t index, uint64_t *skip)
{
	if (source->line.begins) {
		source->hidden = !pattern_matches(&source->line);
		if (!source->hidden && *skip > 0) {
			source->hidden = true;
			--*skip;
		}
	}
	if (!source->hidden)
		show_line(&show, source, index);
}

/* Shows what there is, merged. */
static void
show_lines(uint64_t *skip)
{
	size_t index, lines = 0;

	for (gather(); merge_take(&merge, &index); lines++) {
		struct source *source = &sources[index];
		do {
			consider(source, index, skip);
			source->ready = source_next(source);
		} while (source->ready && !source->line.begins);
		if (source->ready)
			merge_put(&merge, index, &source->key);
		if (options.terms.follow && lines % BURST == BURST - 1)
			gather();
	}
}

/* Whatever may have changed. Only a reader that has gone ends it. */
static void
follow(char *const *names, size_t names_count)
{
	uint64_t skip = 0;
	unsigned changes;

	while (((changes = change_wait()) & CHANGE_READER) == 0) {
		if ((changes & CHANGE_TREE) != 0) {
			const size_t known = count;
			/* Of an old service that appears now, what is old is not news. */
			options.terms.has_since = true;
			options.terms.since = options.now;
			options.all = true;
			change_forget_tree();
			find_logs(names, names_count, true, add_source);
			(void)start_sources(known);
		}
		show_lines(&skip);
		output_flush();
	}
}

/* ---- Options --------------------------------------------------------------------------------- */

static void
read_moment(const char *text, bool *has, struct tai64n *moment)
{
	if (!when_read(text, &options.now, moment))
		msg_die(MSG_USAGE,
		    "no time is called \"%s\"; some are 10m 14:30 \"2026-01-31 12:00\"", text);
	*has = true;
}

static void
read_lines(const char *text)
{
	if (!num_parse(text, UINT64_MAX - 1, &options.lines))
		msg_usage(SYNOPSIS);
	options.all = false;
}

/* Returns the operands. */
static char **
read_options(int argc, char **argv)
{
	struct source_terms *terms = &options.terms;
	struct arg arg = arg_begin(argc, argv, "fg:jn:s:u:V");
	int option;

	while ((option = arg_next(&arg)) != ARG_END) {
		switch (option) {
		case 'f':
			terms->follow = true;
			break;
		case 'g':
			pattern_set(arg.value);
			break;
		case 'j':
			options.json = true;
			break;
		case 'n':
			read_lines(arg.value);
			break;
		case 's':
			read_moment(arg.value, &terms->has_since, &terms->since);
			break;
		case 'u':
			read_moment(arg.value, &terms->has_until, &terms->until);
			break;
		case 'V':
			output_text("svlog " VERSION "\n");
			output_flush();
			_exit(0);
		default:
			msg_bad_option(option, arg.letter);
			msg_usage(SYNOPSIS);
		}
	}
	if (terms->follow && terms->has_until)
		msg_usage(SYNOPSIS); /* what comes is never before that */
	return arg.rest;
}

/* How many lines there are if nobody has said what is wanted. */
static void
choose_lines(void)
{
	const struct source_terms *terms = &options.terms;

	if (!options.all || terms->has_since || terms->has_until)
		return;
	if (!terms->follow && (pattern_is_set() || !show.terminal))
		return;
	options.all = false;
	options.lines = terms->follow ? CONTEXT : GLANCE;
}

/* A few descriptors for each directory. If it fails, some cannot be opened, and are named. */
static void
raise_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		(void)prlimit(0, RLIMIT_NOFILE, &limit, NULL); /* smaller than setrlimit(3) */
	}
}

int
main(int argc, char **argv)
{
	fd_reserve_standard();
	msg_program("svlog");
	/* Who has read enough closes the pipe: no reason for a message, whatever we inherited. */
	(void)signal(SIGPIPE, SIG_DFL);
	tzset();
	options.now = tai64n_now();
	char *const *names = read_options(argc, argv);
	show_begin(&show, options.json);
	choose_lines();
	raise_limit();
	if (options.terms.follow)
		change_begin();
	const size_t names_count = (size_t)(argv + argc - names);
	find_logs(names, names_count, options.terms.follow, add_source);
	uint64_t skip = start_sources(0);
	show_lines(&skip);
	show_end(&show);
	output_flush();
	if (options.terms.follow)
		follow(names, names_count);
	return complaint_any() ? EXIT_TROUBLE : 0;
}
