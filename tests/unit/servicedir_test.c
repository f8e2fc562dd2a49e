/* servicedir_test: every form of every value, well-formed or not, and how a file becomes one.
 * SPDX-License-Identifier: ISC */
#include "../../lib/servicedir.c"

#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>

static char directory[] = "/tmp/servicedir_test.XXXXXX";
static int dir;

/* What servicedir_read said. */
static unsigned warnings, wells;
static struct servicedir_fault last;
static char last_value[VALUE_MAX];

static void
warned(void *argument, const struct servicedir_fault *fault)
{
	(void)argument;
	warnings++;
	last = *fault;
	if (fault->error == MSG_EFORMAT)
		snprintf(last_value, sizeof last_value, "%s", fault->value);
}

static void
was_well(void *argument, enum servicedir_setting setting)
{
	(void)argument;
	(void)setting;
	wells++;
}

static struct servicedir
reread(void)
{
	struct servicedir settings;

	warnings = wells = 0;
	servicedir_read(dir, INVENTORY_ALL, &settings, warned, was_well, NULL);
	CHECK(warnings + wells == SERVICEDIR_SETTINGS);
	return settings;
}

/* Puts LENGTH bytes into the file of SETTING and reads it all. */
static struct servicedir
with(enum servicedir_setting setting, const char *bytes, size_t length)
{
	const char *name = servicedir_names[setting];
	const int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	CHECK(fd != -1 && write(fd, bytes, length) == (ssize_t)length);
	close(fd);
	const struct servicedir settings = reread();
	CHECK(unlinkat(dir, name, 0) == 0);
	return settings;
}

static bool
same(const struct servicedir *a, const struct servicedir *b)
{
	return a->timeout_start_ms == b->timeout_start_ms &&
	       a->timeout_finish_ms == b->timeout_finish_ms &&
	       a->timeout_kill_ms == b->timeout_kill_ms &&
	       a->timeout_check_ms == b->timeout_check_ms &&
	       a->check_interval_ms == b->check_interval_ms &&
	       a->backoff_min_ms == b->backoff_min_ms && a->backoff_max_ms == b->backoff_max_ms &&
	       a->max_deaths == b->max_deaths && a->max_deaths_ms == b->max_deaths_ms &&
	       a->deaths_are_limited == b->deaths_are_limited && a->down_signal == b->down_signal &&
	       a->notification_fd == b->notification_fd && a->leftovers == b->leftovers &&
	       a->essential == b->essential && a->no_setsid == b->no_setsid &&
	       a->log_stderr == b->log_stderr;
}

/* TEXT is refused: one warning that shows it, and all is as without the file. */
static void
refused(enum servicedir_setting setting, const char *text)
{
	const struct servicedir settings = with(setting, text, strlen(text));

	CHECK(warnings == 1 && last.setting == setting && last.error == MSG_EFORMAT);
	CHECK_TEXT(last_value, text);
	CHECK(last.expected != NULL && same(&settings, &defaults));
}

static struct servicedir
accepted(enum servicedir_setting setting, const char *text)
{
	const struct servicedir settings = with(setting, text, strlen(text));

	CHECK(warnings == 0);
	return settings;
}

static void
test_defaults(void)
{
	const struct servicedir settings = reread();

	CHECK(warnings == 0 && same(&settings, &defaults));
	CHECK(settings.timeout_start_ms == 0 && settings.timeout_kill_ms == 0);
	CHECK(settings.timeout_finish_ms == 5000 && settings.timeout_check_ms == 5000);
	CHECK(settings.check_interval_ms == 0 && !settings.deaths_are_limited);
	CHECK(settings.backoff_min_ms == 1000 && settings.backoff_max_ms == 1000);
	CHECK(settings.down_signal == SIGTERM && settings.notification_fd == -1);
	CHECK(settings.leftovers == SERVICEDIR_GROUP);
	CHECK(!settings.essential && !settings.no_setsid && !settings.log_stderr);
}

/* What no value can be. */
static void
test_nonsense(void)
{
	static const char *const nonsense[] = {"", "-1", "+1", "1.5", "1e3", "0x10", "1x", "x1",
	    "abc", "1 2 3", "1,2", "1 -2", "-1 2", "TERM INT", "group tree",
	    "1000000000000000000000000000000", "18446744073709551616", "18446744073709551617",
	    "4294967299x", "3\r", "TERM\r", "group\r", "1 2\r", "\"3\"", "3;", "#3", "\303\251"};

	for (unsigned s = 0; s < SERVICEDIR_SETTINGS; s++)
		for (size_t i = 0; i < sizeof nonsense / sizeof *nonsense; i++)
			if (readings[s].parse != NULL)
				refused((enum servicedir_setting)s, nonsense[i]);
}

static void
test_durations(void)
{
	static const struct {
		enum servicedir_setting setting;
		bool positive;
	} durations[] = {
	    {SERVICEDIR_CHECK_INTERVAL, true},
	    {SERVICEDIR_TIMEOUT_CHECK, true},
	    {SERVICEDIR_TIMEOUT_FINISH, false},
	    {SERVICEDIR_TIMEOUT_KILL, false},
	    {SERVICEDIR_TIMEOUT_START, false},
	};
	static const struct {
		const char *text;
		uint64_t value;
	} values[] = {{"1", 1}, {"007", 7}, {"5000", 5000}, {"2147483647", 2147483647}};

	for (size_t i = 0; i < sizeof durations / sizeof *durations; i++) {
		const enum servicedir_setting setting = durations[i].setting;
		const size_t offset = readings[setting].offset;
		for (size_t v = 0; v < sizeof values / sizeof *values; v++) {
			const struct servicedir settings = accepted(setting, values[v].text);
			uint64_t field;
			memcpy(&field, (const char *)&settings + offset, sizeof field);
			CHECK(field == values[v].value);
		}
		refused(setting, "2147483648");
		refused(setting, "1 2");
		if (durations[i].positive)
			refused(setting, "0");
		else
			(void)accepted(setting, "0");
	}
	CHECK(accepted(SERVICEDIR_TIMEOUT_FINISH, "0").timeout_finish_ms == 0);
}

static void
test_signals(void)
{
	char text[32];

	for (int signal = 1; signal <= SIGRTMAX; signal++) {
		snprintf(text, sizeof text, "%d", signal);
		CHECK(accepted(SERVICEDIR_DOWN_SIGNAL, text).down_signal == signal);
		if (strcmp(signame_of(signal), "unknown") == 0)
			continue;
		snprintf(text, sizeof text, "SIG%s", signame_of(signal));
		CHECK(accepted(SERVICEDIR_DOWN_SIGNAL, text).down_signal == signal);
		CHECK(accepted(SERVICEDIR_DOWN_SIGNAL, text + 3).down_signal == signal);
	}
	refused(SERVICEDIR_DOWN_SIGNAL, "0");
	refused(SERVICEDIR_DOWN_SIGNAL, "65");
	refused(SERVICEDIR_DOWN_SIGNAL, "term");
	refused(SERVICEDIR_DOWN_SIGNAL, "SIG");
	refused(SERVICEDIR_DOWN_SIGNAL, "SIGSIGTERM");
	refused(SERVICEDIR_DOWN_SIGNAL, "RTMIN+99");
}

/* A descriptor that the service cannot have would keep it from starting at all. */
static void
test_descriptors(void)
{
	struct rlimit limit;
	char text[32];

	CHECK(getrlimit(RLIMIT_NOFILE, &limit) == 0);
	limit.rlim_cur = 100;
	CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
	for (int number = 0; number < 110; number++) {
		snprintf(text, sizeof text, "%d", number);
		if (number < 3 || number >= 100)
			refused(SERVICEDIR_NOTIFICATION_FD, text);
		else
			CHECK(accepted(SERVICEDIR_NOTIFICATION_FD, text).notification_fd == number);
	}
	refused(SERVICEDIR_NOTIFICATION_FD, "2147483647");
	refused(SERVICEDIR_NOTIFICATION_FD, "2147483648");
}

static void
test_leftovers(void)
{
	CHECK(accepted(SERVICEDIR_LEFTOVERS, "group").leftovers == SERVICEDIR_GROUP);
	CHECK(accepted(SERVICEDIR_LEFTOVERS, "tree").leftovers == SERVICEDIR_TREE);
	CHECK(accepted(SERVICEDIR_LEFTOVERS, "keep").leftovers == SERVICEDIR_KEEP);
	refused(SERVICEDIR_LEFTOVERS, "Tree");
	refused(SERVICEDIR_LEFTOVERS, "tre");
	refused(SERVICEDIR_LEFTOVERS, "trees");
	refused(SERVICEDIR_LEFTOVERS, "0");
}

static void
check_backoff(const char *text, uint64_t least, uint64_t most)
{
	const struct servicedir settings = accepted(SERVICEDIR_BACKOFF, text);
	CHECK(settings.backoff_min_ms == least && settings.backoff_max_ms == most);
}

static void
check_deaths(const char *text, uint64_t count, uint64_t within_ms)
{
	const struct servicedir settings = accepted(SERVICEDIR_MAX_DEATHS, text);
	CHECK(settings.deaths_are_limited && settings.max_deaths == count &&
	      settings.max_deaths_ms == within_ms);
}

static void
test_pairs(void)
{
	check_backoff("100 60000", 100, 60000);
	check_backoff("100\t \t60000", 100, 60000);
	check_backoff("0 1", 0, 1);
	check_backoff("7 7", 7, 7);
	check_backoff("1 2147483647", 1, 2147483647);
	refused(SERVICEDIR_BACKOFF, "0 0"); /* would spin */
	refused(SERVICEDIR_BACKOFF, "2 1");
	refused(SERVICEDIR_BACKOFF, "1");
	refused(SERVICEDIR_BACKOFF, "1 2147483648");
	check_deaths("0", 0, 0);
	check_deaths("0 5000", 0, 5000);
	check_deaths("3 60000", 3, 60000);
	check_deaths("100 1", 100, 1);
	refused(SERVICEDIR_MAX_DEATHS, "101 1");
	refused(SERVICEDIR_MAX_DEATHS, "3");
	refused(SERVICEDIR_MAX_DEATHS, "3 0");
	refused(SERVICEDIR_MAX_DEATHS, "00 x");
	refused(SERVICEDIR_MAX_DEATHS, "3 2147483648");
}

/* How the bytes of a file become a value. */
static void
test_lines(void)
{
	static const char *const sixes[] = {
	    "6", "6\n", "6\nx", "  6\n", "6 \t\n", "\t6", "6\n\n7\n", "6\n\0"};
	char text[400];

	for (size_t i = 0; i < sizeof sixes / sizeof *sixes; i++)
		CHECK(accepted(SERVICEDIR_TIMEOUT_KILL, sixes[i]).timeout_kill_ms == 6);
	/* Behind the first line anything may stand, of any length. */
	memset(text, '\0', sizeof text);
	memcpy(text, "6\n", 2);
	CHECK(with(SERVICEDIR_TIMEOUT_KILL, text, sizeof text).timeout_kill_ms == 6);
	/* The longest line, and one byte more, with its end and without. */
	memset(text, '0', sizeof text);
	text[VALUE_MAX - 3] = '6';
	CHECK(with(SERVICEDIR_TIMEOUT_KILL, text, VALUE_MAX - 2).timeout_kill_ms == 6);
	text[VALUE_MAX - 2] = '\n';
	CHECK(with(SERVICEDIR_TIMEOUT_KILL, text, sizeof text).timeout_kill_ms == 6);
	text[VALUE_MAX - 2] = '6';
	(void)with(SERVICEDIR_TIMEOUT_KILL, text, VALUE_MAX - 1);
	CHECK(warnings == 1 && last.error == MSG_EFORMAT);
	CHECK_TEXT(last_value, "...");
	(void)with(SERVICEDIR_TIMEOUT_KILL, text, sizeof text);
	CHECK(warnings == 1);
	(void)with(SERVICEDIR_TIMEOUT_KILL, "6\0", 2);
	CHECK(warnings == 1);
	CHECK_TEXT(last_value, "...");
	(void)with(SERVICEDIR_TIMEOUT_KILL, "\0006", 2);
	CHECK(warnings == 1);
	CHECK(with(SERVICEDIR_TIMEOUT_KILL, "\n6\n", 3).timeout_kill_ms == 0);
	CHECK(warnings == 1);
	CHECK_TEXT(last_value, "");
}

static void
test_markers(void)
{
	CHECK(with(SERVICEDIR_ESSENTIAL, "", 0).essential);
	CHECK(with(SERVICEDIR_NO_SETSID, "no", 2).no_setsid);
	CHECK(with(SERVICEDIR_LOG_STDERR, "\0", 1).log_stderr);
	CHECK(warnings == 0);
}

/* What is no regular file is no setting. */
static void
test_others(void)
{
	for (unsigned s = 0; s < SERVICEDIR_SETTINGS; s++) {
		const char *name = servicedir_names[s];
		CHECK(mkdirat(dir, name, 0700) == 0);
		struct servicedir settings = reread();
		CHECK(warnings == 1 && last.setting == s && last.error == EISDIR);
		CHECK(same(&settings, &defaults));
		CHECK(unlinkat(dir, name, AT_REMOVEDIR) == 0 && mkfifoat(dir, name, 0600) == 0);
		settings = reread();
		CHECK(warnings == 1 && last.setting == s && last.error == MSG_ENOTREG);
		CHECK(same(&settings, &defaults));
		CHECK(unlinkat(dir, name, 0) == 0 && symlinkat("nowhere", dir, name) == 0);
		(void)reread();
		CHECK(warnings == 0);
		CHECK(unlinkat(dir, name, 0) == 0 && symlinkat(name, dir, name) == 0);
		(void)reread();
		CHECK(warnings == 1 && last.error == ELOOP);
		CHECK(unlinkat(dir, name, 0) == 0);
	}
}

/* ---- Needs ----------------------------------------------------------------------------------- */

/* The list that LENGTH bytes of the file become. */
static const char *
needs_of(const char *bytes, size_t length)
{
	static char needs[SERVICEDIR_NEEDS_SIZE];
	const int fd = openat(dir, "needs", O_WRONLY | O_CREAT | O_TRUNC, 0600);

	CHECK(fd != -1 && write(fd, bytes, length) == (ssize_t)length);
	close(fd);
	warnings = wells = 0;
	memset(needs, 'x', sizeof needs);
	servicedir_read_needs(dir, needs, warned, was_well, NULL);
	CHECK(warnings + wells == 1 && (warnings == 0 || last.setting == SERVICEDIR_NEEDS));
	CHECK(unlinkat(dir, "needs", 0) == 0);
	return needs;
}

static void
needs_are(const char *text, const char *expected)
{
	CHECK_TEXT(needs_of(text, strlen(text)), expected);
	CHECK(warnings == 0);
}

static void
needs_refused(const char *bytes, size_t length, const char *culprit)
{
	CHECK_TEXT(needs_of(bytes, length), "");
	CHECK(warnings == 1 && last.error == MSG_EFORMAT);
	CHECK_TEXT(last_value, culprit);
}

static void
test_needs(void)
{
	static const char *const nonsense[] = {
	    ".", "..", ".svscan", "a/b", "/", "db\r", "a\tb", "a\033b", "a\177"};

	needs_are("", "");
	needs_are("\n \n\t\n", "");
	needs_are("db", "db");
	needs_are("db\n", "db");
	needs_are("  db \t\n\n cache\nmail", "db/cache/mail");
	needs_are("my db\n#1\n\303\244\n", "my db/#1/\303\244");
	needs_are("db\na\ndb\nd\nb\na\n", "db/a/d/b");
	for (size_t i = 0; i < sizeof nonsense / sizeof *nonsense; i++) {
		char text[40];
		needs_refused(nonsense[i], strlen(nonsense[i]), nonsense[i]);
		snprintf(text, sizeof text, "db\n%s\ncache\n", nonsense[i]);
		needs_refused(text, strlen(text), nonsense[i]);
	}
	needs_refused("db\0cache", 8, "...");
	needs_refused("db\n\0", 4, "...");
}

/* The longest name, the most names, the longest file, and one more of each. */
static void
test_needs_limits(void)
{
	char text[2000], name[NAME_MAX + 2];
	size_t length = 0;

	memset(name, 'n', sizeof name);
	name[NAME_MAX] = '\0';
	needs_are(name, name);
	CHECK_TEXT(needs_of(memset(text, 'n', sizeof text), NAME_MAX + 1), "");
	CHECK(warnings == 1);
	for (unsigned i = 0; i < SERVICEDIR_NEEDS_MAX; i++)
		length += (size_t)snprintf(text + length, sizeof text - length, "s%u\n", i);
	CHECK(strstr(needs_of(text, length), "/s63") != NULL && warnings == 0);
	memcpy(text + length, "s0\n", 3); /* is there already */
	(void)needs_of(text, length + 3);
	CHECK(warnings == 0);
	memcpy(text + length, "one more", 8);
	needs_refused(text, length + 8, "one more");
	memset(text, '\n', sizeof text);
	memcpy(text + 1000, "db", 2);
	CHECK_TEXT(needs_of(text, 1022), "db");
	needs_refused(text, 1023, "...");
	needs_refused(text, sizeof text, "...");
}

static void
test_needs_others(void)
{
	char needs[SERVICEDIR_NEEDS_SIZE];

	warnings = wells = 0;
	servicedir_read_needs(dir, needs, warned, was_well, NULL);
	CHECK(wells == 1 && warnings == 0 && needs[0] == '\0');
	CHECK(mkdirat(dir, "needs", 0700) == 0);
	needs[0] = 'x';
	servicedir_read_needs(dir, needs, warned, was_well, NULL);
	CHECK(warnings == 1 && last.error == EISDIR && needs[0] == '\0');
	CHECK(unlinkat(dir, "needs", AT_REMOVEDIR) == 0 && mkfifoat(dir, "needs", 0600) == 0);
	servicedir_read_needs(dir, needs, warned, was_well, NULL);
	CHECK(warnings == 2 && last.error == MSG_ENOTREG);
	CHECK(unlinkat(dir, "needs", 0) == 0);
}

int
main(void)
{
	if (mkdtemp(directory) == NULL || (dir = open(directory, O_RDONLY | O_DIRECTORY)) == -1)
		return 1;
	test_defaults();
	test_nonsense();
	test_durations();
	test_signals();
	test_descriptors();
	test_leftovers();
	test_pairs();
	test_lines();
	test_markers();
	test_others();
	test_needs();
	test_needs_limits();
	test_needs_others();
	close(dir);
	CHECK(rmdir(directory) == 0);
	return check_end("servicedir_test");
}
