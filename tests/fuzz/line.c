/* line: any bytes as a state text, beside any status record: what svstat says of the service is one
 * line without anything that a terminal obeys; it begins with what 0.76 says, and ends there if the
 * text is not that supervise's. As JSON it is one object on one line.
 * SPDX-License-Identifier: ISC
 *
 * The input: its last bytes are decisions about the record, the others are the text. */
#define clock_ms fuzz_clock_ms
#define fd_write_all fuzz_write_all
#define main svstat_main
#define pause_until fuzz_pause_until
#define servicedir_normally_down fuzz_normally_down
#define sv_read_record fuzz_read_record
#define sv_read_status fuzz_read_status
#define sv_read_text fuzz_read_text
#define sv_running fuzz_running
#define tai64n_now fuzz_now

int svstat_main(int argc, char **argv);

#include "../../lib/output.c"
#include "../../svc/line.c"
#include "../../svc/svstat.c"
#include "../../svc/view.c"

#include "fuzz.h"
#include "utf8.h"

/* ---- One service ------------------------------------------------------------------------------- */

enum { OUT_MAX = 64 * 1024, SERVICE = 9 /* a descriptor that nobody uses */ };

static const char *text;
static struct sv_status status;
static bool normally_down;
static const struct tai64n now = {TAI64N_UNIX + 1700000000, 500};

static char out[OUT_MAX];
static size_t out_length;

bool
fuzz_write_all(int fd, const void *data, size_t length)
{
	PROMISE(fd == STDOUT_FILENO && length < sizeof out - out_length);
	if (length > 0)
		memcpy(out + out_length, data, length);
	out_length += length;
	out[out_length] = '\0';
	return true;
}

struct tai64n
fuzz_now(void)
{
	return now;
}

/* Nobody waits here: each look at the clock costs some of the limit. */
int64_t
fuzz_clock_ms(void)
{
	static int64_t clock;
	return clock += MATCH_LIMIT_MS / 2;
}

void
fuzz_pause_until(struct pollfd *slots, size_t count, int64_t deadline_ms)
{
	(void)slots;
	(void)count;
	(void)deadline_ms;
}

int
fuzz_normally_down(int service)
{
	return service == SERVICE && normally_down;
}

int
fuzz_running(int service)
{
	return service == SERVICE;
}

bool
fuzz_read_status(int service, struct sv_status *read)
{
	*read = status;
	return service == SERVICE;
}

bool
fuzz_read_text(int service, char read[SV_TEXT_MAX])
{
	strcpy(read, text);
	return service == SERVICE;
}

/* Only asked for if no supervise runs. */
bool
fuzz_read_record(int service, const char *boot, struct sv_record *record)
{
	(void)service;
	(void)boot;
	(void)record;
	abort();
}

/* The record that the input decides on; half of them belong to the text. */
static void
choose_status(struct fuzz *input)
{
	const uint8_t choice = fuzz_last(input);
	char label[TAI64N_LABEL + 1];

	status.pid = choice & 1 ? fuzz_last(input) * 257U : 0;
	status.paused = (choice & 2) != 0;
	status.want = (enum sv_want)((choice >> 2 & 3) % 3);
	normally_down = (choice & 16) != 0;
	status.since.seconds = TAI64N_UNIX + 1700000000 - 100 + fuzz_last(input);
	status.since.nanoseconds = 0;
	text = fuzz_text(input->data, input->size);
	if ((choice & 32) != 0 && sv_text_get(text, SV_KEY_SINCE, label, sizeof label))
		(void)tai64n_parse(label, strlen(label), &status.since);
}

/* ---- What it has to be ------------------------------------------------------------------------- */

/* As 0.76's page has it. */
static size_t
expect_line(char line[256])
{
	const uint64_t since = status.since.seconds;
	const bool up = status.pid != 0;
	char pid[32] = "";

	if (up)
		snprintf(pid, sizeof pid, "(pid %u) ", (unsigned)status.pid);
	return (size_t)snprintf(line, 256, "web: %s %s%llu seconds%s%s%s%s", up ? "up" : "down",
	    pid, now.seconds > since ? (unsigned long long)(double)(now.seconds - since) : 0,
	    up && normally_down     ? ", normally down"
	    : !up && !normally_down ? ", normally up"
				    : "",
	    up && status.paused ? ", paused" : "",
	    !up && status.want == SV_WANT_UP ? ", want up" : "",
	    up && status.want == SV_WANT_DOWN ? ", want down" : "");
}

/* Whether out is one line of characters that can be shown. */
static bool
is_one_line(void)
{
	size_t shown;

	for (size_t at = 0; at + 1 < out_length; at += shown)
		if ((shown = utf8_shown(out + at, out_length - 1 - at)) == 0)
			return false;
	return out_length > 0 && out[out_length - 1] == '\n';
}

static void
check_lines(void)
{
	char expected[256];
	const size_t length = expect_line(expected);

	out_length = 0;
	line_say("web", SERVICE, false);
	output_flush();
	PROMISE(out_length == length + 1 && memcmp(out, expected, length) == 0);
	PROMISE(is_one_line());
	out_length = 0;
	line_say("web", SERVICE, true);
	output_flush();
	PROMISE(out_length > length + 1 && memcmp(out, expected, length) == 0);
	PROMISE(is_one_line());
	if (!sv_text_belongs(text, &status))
		PROMISE(strcmp(out + length, ", no supervise/state\n") == 0);
}

/* Behind the JSON string at NEXT. */
static const char *
skip_string(const char *next)
{
	PROMISE(*next == '"');
	for (next++; *next != '"'; next++) {
		PROMISE((unsigned char)*next >= 0x20);
		if (*next == '\\') {
			next++;
			PROMISE(*next != '\0' && strchr("\"\\u", *next) != NULL);
			PROMISE(*next != 'u' || strspn(next + 1, "0123456789abcdef") >= 4);
		}
	}
	return next + 1;
}

/* Behind the value at NEXT: a string, a number, or one of three words. */
static const char *
skip_value(const char *next)
{
	static const char *const words[] = {"null", "true", "false"};

	if (*next == '"')
		return skip_string(next);
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strncmp(next, words[i], strlen(words[i])) == 0)
			return next + strlen(words[i]);
	const size_t digits = strspn(next, "0123456789");
	PROMISE(digits > 0 && (next[0] != '0' || digits == 1));
	return next + digits;
}

static void
check_json(void)
{
	out_length = 0;
	show_json("web", SERVICE);
	output_flush();
	const char *next = out;
	PROMISE(*next == '{');
	do {
		next = skip_string(next + 1);
		PROMISE(*next == ':');
		next = skip_value(next + 1);
	} while (*next == ',');
	PROMISE(strcmp(next, "}\n") == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz input = {data, size};

	if (size >= SV_TEXT_MAX) /* nobody reads more */
		return 0;
	choose_status(&input);
	check_lines();
	check_json();
	free((char *)(uintptr_t)text);
	return 0;
}
