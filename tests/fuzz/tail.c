/* tail: any bytes as a log, as the names of its files and as the script of its logger: what svscan
 * tells of a culprit is the end of that log, at most ten lines, and can neither forge a line nor
 * fill more than its room. SPDX-License-Identifier: ISC
 *
 * The input: how often the log repeats its bytes, which file has them, two names of archived files
 * and the script, each up to a byte FF; then the log. */
#define msg_say fuzz_say
#include "../../svscan/report.c"

#include "../../lib/logtail.c"

#include "fuzz.h"

enum { ARCHIVES = 2, LOG_MAX = 3 * LOGTAIL_BYTES };

static char root[64];
static int service, main_directory;
static char archives[ARCHIVES][NAME_MAX + 1];

/* What is said on stderr is one line, too. */
void
fuzz_say(const char *format, ...)
{
	PROMISE(strchr(format, '\n') == NULL);
}

/* ---- The files ------------------------------------------------------------------------------- */

static void
make_directories(void)
{
	const char *base = getenv("TMPDIR");

	snprintf(root, sizeof root, "%s/tail.XXXXXX", base != NULL ? base : "/tmp");
	if (mkdtemp(root) == NULL || (service = open(root, O_PATH | O_DIRECTORY)) == -1 ||
	    mkdirat(service, "log", 0700) == -1 || mkdirat(service, "log/main", 0700) == -1 ||
	    (main_directory = openat(service, "log/main", O_PATH | O_DIRECTORY)) == -1)
		abort();
}

static void
remove_directories(void)
{
	(void)unlinkat(service, "log/main", AT_REMOVEDIR);
	(void)unlinkat(service, "log/run", 0);
	(void)unlinkat(service, "log", AT_REMOVEDIR);
	(void)rmdir(root);
}

static void
write_file(int dir, const char *name, const void *bytes, size_t length)
{
	const int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd == -1 || !fd_write_all(fd, bytes, length))
		abort();
	close(fd);
}

/* The bytes up to the next FF. */
static struct fuzz
part(struct fuzz *input)
{
	struct fuzz taken = *input;
	const uint8_t *end = input->size == 0 ? NULL : memchr(input->data, 0xff, input->size);

	if (end != NULL)
		taken.size = (size_t)(end - input->data);
	input->data += taken.size + (end != NULL);
	input->size -= taken.size + (end != NULL);
	return taken;
}

/* An archived file, if these bytes can be the name of one that nobody else has. */
static void
take_archive(char name[NAME_MAX + 1], struct fuzz bytes)
{
	const size_t length = bytes.size < NAME_MAX ? bytes.size : NAME_MAX;

	if (length > 0)
		memcpy(name, bytes.data, length);
	name[length] = '\0';
	if (strchr(name, '/') != NULL || !logdir_is_archive(name))
		name[0] = '\0';
}

/* ---- What is to be told ---------------------------------------------------------------------- */

/* The last ten lines of the last bytes, found forwards. */
static size_t
expect(const char *log, size_t length, const char **begin)
{
	const size_t skipped = length > LOGTAIL_BYTES ? length - LOGTAIL_BYTES : 0;
	size_t lines = 0;

	log += skipped;
	length -= skipped;
	for (size_t i = 0; i < length; i++)
		lines += log[i] == '\n' || i == length - 1;
	for (; lines > LINES; lines--) {
		const char *next = (const char *)memchr(log, '\n', length) + 1;
		length -= (size_t)(next - log);
		log = next;
	}
	*begin = log;
	return length;
}

static void
check_tail(const char *log, size_t length, const char *name, bool usual)
{
	static struct logtail tail;
	const char *expected;
	char path[NAME_MAX + 16];
	const enum logtail_kind kind = logtail_read(&tail, service);

	PROMISE(kind == LOGTAIL_LINES || kind == LOGTAIL_EMPTY);
	PROMISE(tail.length <= LOGTAIL_BYTES && (kind == LOGTAIL_LINES) == (tail.length > 0));
	PROMISE(kind == LOGTAIL_EMPTY || tail.bytes[tail.length] == '\0');
	if (!usual)
		return; /* the script may have any directory of this machine */
	PROMISE((kind == LOGTAIL_LINES) == (length > 0));
	if (length == 0)
		return;
	snprintf(path, sizeof path, "log/main/%s", name);
	PROMISE(strcmp(tail.path, path) == 0);
	const size_t count = expect(log, length, &expected);
	const char *lines = logtail_lines(&tail);
	PROMISE((size_t)(tail.bytes + tail.length - lines) == count);
	PROMISE(memcmp(lines, expected, count) == 0);
}

static void
check_report(const char *log, size_t length)
{
	static struct verdict verdict;
	static struct report report;
	size_t lines = 0;

	verdict.directory_fd = service;
	strcpy(verdict.name, "web");
	/* The reason is what the log ends with, or says somewhere. */
	snprintf(
	    verdict.reason, sizeof verdict.reason, "%.*s", (int)(length < 20 ? length : 20), log);
	if (verdict.reason[0] == '\0')
		strcpy(verdict.reason, "web has failed");
	report.used = 0;
	add(&report, "", verdict.reason, strlen(verdict.reason));
	add_lines(&report, &verdict);
	PROMISE(report.used <= TEXT_MAX && report.text[report.used] == '\0');
	PROMISE(report.used == 0 || report.text[report.used - 1] == '\n');
	for (size_t i = 0; i < report.used; i++) {
		lines += report.text[i] == '\n';
		PROMISE(report.text[i] == '\n' ||
			((unsigned char)report.text[i] >= 0x20 && report.text[i] != 0x7f));
	}
	PROMISE(lines <= 2 + LINES);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char log[LOG_MAX];
	struct fuzz input = {data, size};
	size_t length = 0, repeat = fuzz_byte(&input);
	const uint8_t choice = fuzz_byte(&input);
	const char *name = LOGDIR_CURRENT;

	if (main_directory == 0) {
		make_directories();
		atexit(remove_directories);
	}
	for (size_t i = 0; i < ARCHIVES; i++)
		take_archive(archives[i], part(&input));
	const struct fuzz script = part(&input);
	for (; repeat > 0 && length + input.size < sizeof log && input.size > 0; repeat--) {
		memcpy(log + length, input.data, input.size);
		length += input.size;
	}
	write_file(service, "log/run", script.data, script.size);
	for (size_t i = 0; i < ARCHIVES; i++)
		if (archives[i][0] != '\0')
			write_file(main_directory, archives[i], "older\n", 6);
	/* Without a current one the newest of the archived ones is it. */
	if ((choice & 1) != 0 && (archives[0][0] != '\0' || archives[1][0] != '\0'))
		name = strcmp(archives[0], archives[1]) > 0 ? archives[0] : archives[1];
	write_file(main_directory, name, log, length);
	const bool usual =
	    script.size == 0 || memmem(script.data, script.size, "multilog", 8) == NULL;
	/* An empty current file means the archived ones. */
	if (length > 0 || (archives[0][0] == '\0' && archives[1][0] == '\0'))
		check_tail(log, length, name, usual);
	check_report(log, length);
	(void)unlinkat(main_directory, LOGDIR_CURRENT, 0);
	for (size_t i = 0; i < ARCHIVES; i++)
		if (archives[i][0] != '\0')
			(void)unlinkat(main_directory, archives[i], 0);
	return 0;
}
