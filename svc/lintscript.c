/* lintscript: see lintscript.h.
 * SPDX-License-Identifier: ISC */
#include "lintscript.h"

#include "file.h"
#include "num.h"
#include "script.h"
#include "servicedir.h"

#include <pwd.h>
#include <stdint.h>
#include <string.h>

/* ---- Programs that put themselves into the background ---------------------------------------- */

struct daemon {
	const char *program; /* with "*" at its end: any that begins so */
	const char *letters; /* short options that keep it in the foreground, */
	const char *word;    /* or a part of a word that does */
	const char *asked; /* not NULL: it goes there only with this word, without "no" behind it */
	const char *unless; /* the configuration that may keep it, too */
	const char *cure;
};

static const struct daemon daemons[] = {
    {"nginx", "tT", "daemon off", NULL, " (unless nginx.conf has: daemon off;)",
	"exec nginx -g 'daemon off;'"},
    {"sshd", "Dd", NULL, NULL, "", "exec sshd -D -e, with its whole path"},
    {"cron", "f", NULL, NULL, "", "exec cron -f"},
    {"crond", "fnd", NULL, NULL, "", "exec crond -f (busybox) or crond -n (cronie)"},
    {"rsyslogd", "n", NULL, NULL, "", "exec rsyslogd -n"},
    {"syslog-ng", "F", "--foreground", NULL, "", "exec syslog-ng -F"},
    {"apache2", "X", "FOREGROUND", NULL, "", "exec apache2 -DFOREGROUND"},
    {"apachectl", "X", "FOREGROUND", NULL, "", "exec apachectl -DFOREGROUND"},
    {"apache2ctl", "X", "FOREGROUND", NULL, "", "exec apache2ctl -DFOREGROUND"},
    {"dnsmasq", "kd", "no-daemon", NULL, " (unless its configuration has: keep-in-foreground)",
	"exec dnsmasq -k"},
    {"php-fpm*", "Fti", "daemonize", NULL, " (unless its configuration has: daemonize = no)",
	"exec php-fpm -F"},
    {"named", "fgvV", NULL, NULL, "", "exec named -f"},
    {"smbd", "F", "--foreground", NULL, "", "exec smbd -F"},
    {"nmbd", "F", "--foreground", NULL, "", "exec nmbd -F"},
    {"chronyd", "dnQ", NULL, NULL, "", "exec chronyd -n"},
    {"lighttpd", "Dt", NULL, NULL, "", "exec lighttpd -D -f lighttpd.conf"},
    {"squid", "N", "--foreground", NULL, "", "exec squid --foreground"},
    {"postfix", "", NULL, "start", "", "exec postfix start-fg"},
    {"redis-server", "", NULL, "--daemonize", "", "exec redis-server --daemonize no"},
    {"memcached", "", NULL, "-d", "", "take -d away"},
    {"gunicorn", "", NULL, "--daemon", "", "take --daemon away"},
    {"uwsgi", "", NULL, "--daemonize", "", "take --daemonize away"},
    {"mongod", "", NULL, "--fork", "", "take --fork away"},
    {"openvpn", "", NULL, "--daemon", "", "take --daemon away"},
    {"start-stop-daemon", "", NULL, "--background", "", "exec the program itself"},
    {"daemonize", "", NULL, NULL, "", "exec the program itself"},
};

static bool
is_program(const struct daemon *daemon, const char *word)
{
	const size_t length = strlen(daemon->program);
	const char *base = script_base(word);

	if (daemon->program[length - 1] == '*')
		return strncmp(base, daemon->program, length - 1) == 0;
	return strcmp(base, daemon->program) == 0;
}

/* Whether the words behind FROM keep it in the foreground. */
static bool
stays(const struct daemon *daemon, const struct script_line *line, size_t from)
{
	for (size_t i = from; i < line->count; i++) {
		const char *word = line->words[i];
		if (word[0] == '-' && word[1] != '-' && strpbrk(word, daemon->letters) != NULL)
			return true;
		if (daemon->word != NULL && strstr(word, daemon->word) != NULL)
			return true;
	}
	return false;
}

static bool
asks(const struct daemon *daemon, const struct script_line *line, size_t from)
{
	for (size_t i = from; i < line->count; i++)
		if (strcmp(line->words[i], daemon->asked) == 0)
			return i + 1 == line->count || strcmp(line->words[i + 1], "no") != 0;
	return false;
}

static bool
detaches(const struct daemon *daemon, const struct script_line *line, size_t from)
{
	return daemon->asked != NULL ? asks(daemon, line, from) : !stays(daemon, line, from);
}

/* ---- Single lines ---------------------------------------------------------------------------- */

static bool
begins_with_exec(const struct script_line *line)
{
	return line->count > 0 && strcmp(line->words[0], "exec") == 0;
}

static void
look_for_setsid(struct lint *lint, const char *name, const struct script_line *line)
{
	const size_t at = begins_with_exec(line) ? 1 : 0;

	if (line->plain && at == 1 && line->count > 2 &&
	    strcmp(script_base(line->words[at]), "setsid") == 0)
		complain(lint, name, CAUSE_SETSID);
}

static void
look_for_daemon(struct lint *lint, const char *name, const struct script_line *line)
{
	const size_t at = script_program(line);

	for (size_t k = 0; line->plain && at < line->count && k < sizeof daemons / sizeof *daemons;
	     k++) {
		if (!is_program(&daemons[k], line->words[at]) ||
		    !detaches(&daemons[k], line, at + 1))
			continue;
		facts_set(&lint->facts, FACT_VALUE, "%s", script_base(line->words[at]));
		facts_set(&lint->facts, FACT_OTHER, "%s", daemons[k].cure);
		facts_set(&lint->facts, FACT_THEN, "%s", daemons[k].unless);
		complain(lint, name, CAUSE_DAEMON);
		return;
	}
}

static void
look_for_account(struct lint *lint, const char *name, const struct script_line *line)
{
	const char *operand = script_operand(line, "setuidgid");
	char account[256];
	uint64_t number;

	if (operand == NULL || strcspn(operand, ":") >= sizeof account)
		return;
	const size_t length = strcspn(operand, ":");
	memcpy(account, operand, length);
	account[length] = '\0';
	if (getpwnam(account) != NULL || num_parse(account, UINT32_MAX, &number))
		return;
	facts_quote(&lint->facts, FACT_VALUE, account);
	complain(lint, name, CAUSE_NO_ACCOUNT);
}

/* ---- The last line --------------------------------------------------------------------------- */

/* Words that are not programs, or that do not last. */
static bool
is_builtin(const char *word)
{
	static const char *const builtins[] = {"exec", "exit", "wait", "return", "true", "false",
	    ":", ".", "source", "cd", "echo", "printf", "read", "set", "unset", "export", "trap",
	    "kill", "test", "ulimit", "umask", "eval", "if", "then", "else", "elif", "fi", "for",
	    "while", "until", "do", "done", "case", "esac", "}", "sleep"};

	for (size_t i = 0; i < sizeof builtins / sizeof *builtins; i++)
		if (strcmp(word, builtins[i]) == 0)
			return true;
	return false;
}

/* What makes the end of a script hard to judge: functions, signals that are handled, children that
 * are waited for. */
struct habits {
	bool any;
};

static void
note_habits(struct habits *habits, const struct script_line *line)
{
	static const char *const words[] = {"trap", "wait", ".", "source", "eval", "alias"};

	for (size_t i = 0; i < line->count; i++)
		for (size_t k = 0; k < sizeof words / sizeof *words; k++)
			habits->any = habits->any || strcmp(line->words[i], words[k]) == 0;
}

static void
look_at_end(struct lint *lint, const char *name, const struct script_line *line)
{
	const char *word = line->words[0];

	if (line->plain && line->background &&
	    (!is_builtin(word) || (begins_with_exec(line) && line->count > 1))) {
		complain(lint, name, CAUSE_BACKGROUND);
	} else if (line->plain && !is_builtin(word) && strchr(word, '=') == NULL) {
		facts_set(&lint->facts, FACT_VALUE, "%s", script_base(word));
		complain(lint, name, CAUSE_NO_EXEC);
	}
}

/* ---- All together ---------------------------------------------------------------------------- */

/* Whether TEXT defines a function, whose name could be that of a program. */
static bool
has_functions(const char *text)
{
	return strstr(text, "()") != NULL || strstr(text, "function ") != NULL;
}

void
lintscript(struct lint *lint, const char *name)
{
	static struct script script;
	static char bytes[SCRIPT_SIZE + 1];
	const bool is_run = strcmp(name, SERVICEDIR_RUN) == 0;
	struct script_line line = {.count = 0}, next;
	struct habits habits = {.any = false};
	const ssize_t length = file_read(lint->dir, name, bytes, sizeof bytes);

	if (length == -1)
		return; /* that it cannot be executed has been said */
	script_begin(&script, bytes, (size_t)length);
	if (!script.shell || script.doubtful)
		return;
	habits.any = has_functions(script.text);
	while (script_next(&script, &next)) {
		line = next;
		look_for_account(lint, name, &line);
		note_habits(&habits, &line);
		if (!is_run)
			continue;
		look_for_setsid(lint, name, &line);
		look_for_daemon(lint, name, &line);
	}
	if (is_run && line.count > 0 && !habits.any)
		look_at_end(lint, name, &line);
}
