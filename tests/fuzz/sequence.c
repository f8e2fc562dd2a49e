/* sequence: any bytes as the needs in the state texts of services that are stopped: each of them is
 * let go once, as soon as nobody outside of its loop needs it any more, and in the end all are.
 * SPDX-License-Identifier: ISC
 *
 * The input: lines, each the name of a service and, behind a blank, its state text up to a byte FF. */
#define stat(name, st) fuzz_stat(name, st)
#define sv_read_text fuzz_read_text
#include "../../svscan/sequence.c"
#undef stat

#include "fuzz.h"

#include <errno.h>

int fuzz_stat(const char *name, struct stat *st);

enum { SERVICES = 8, DEVICE = 7 };

struct world {
	unsigned count;
	bool needs[SERVICES][SERVICES];   /* as they are written */
	bool reaches[SERVICES][SERVICES]; /* ... directly or not */
	bool gone[SERVICES], early[SERVICES], told[SERVICES];
	char *text[SERVICES];
};

static struct world world;
static struct scan scan;

/* ---- What there is --------------------------------------------------------------------------- */

bool
fuzz_read_text(int service, char text[SV_TEXT_MAX])
{
	if (strlen(world.text[service]) >= SV_TEXT_MAX)
		return false;
	strcpy(text, world.text[service]);
	return true;
}

/* Service N is also called "~N". */
int
fuzz_stat(const char *name, struct stat *st)
{
	errno = ENOENT;
	if (name[0] != '~' || name[1] < '0' || name[1] >= '0' + SERVICES || name[2] != '\0')
		return -1;
	st->st_dev = DEVICE;
	st->st_ino = (ino_t)(name[1] - '0');
	return 0;
}

/* A name that a directory entry can have; two may be the same, as after a removal. */
static char *
take_name(struct fuzz *input)
{
	char name[SV_NAME_SIZE] = "s";
	size_t length = 0;

	while (input->size > 0) {
		const char byte = (char)fuzz_byte(input);
		if (byte == ' ')
			break;
		if (byte != '/' && byte != '\0' && length < sizeof name - 1)
			name[length++] = byte;
	}
	name[length > 0 ? length : 1] = '\0';
	return fuzz_text((const uint8_t *)name, strlen(name));
}

static char *
take_text(struct fuzz *input)
{
	const uint8_t *end = input->size == 0 ? NULL : memchr(input->data, 0xff, input->size);
	const size_t length = end == NULL ? input->size : (size_t)(end - input->data);
	char *text = fuzz_text(input->data, length);

	input->data += length + (end != NULL);
	input->size -= length + (end != NULL);
	return text;
}

static void
make_services(struct fuzz *input)
{
	memset(&world, 0, sizeof world);
	memset(&scan, 0, sizeof scan);
	if (!scan_open(&scan, false))
		abort();
	scan_begin(&scan);
	while (world.count < SERVICES && input->size > 0) {
		const unsigned number = world.count++;
		char *name = take_name(input);
		struct scan_service *service =
		    scan_see(&scan, name, DEVICE, number, SCAN_LINK, 1000);
		if (service == NULL)
			abort();
		free(name);
		world.text[number] = take_text(input);
		service->directory_fd = (int)number;
		/* One that has ended before the stop begins holds nobody. */
		world.early[number] = world.gone[number] =
		    strstr(world.text[number], "early") != NULL;
		service->child[SCAN_SERVICE].pid = world.gone[number] ? 0 : 100 + (pid_t)number;
	}
	scan_end(&scan, 1000);
}

static void
forget_services(void)
{
	while (scan.count > 0) {
		struct scan_service *service = scan.services[0];
		service->directory_fd = -1;
		service->child[SCAN_SERVICE].pid = 0;
		scan_forget(&scan, service);
	}
	free(scan.services);
	map_close(&scan.by_identity);
	map_close(&scan.by_pid);
	map_close(&scan.by_watch);
	map_close(&scan.junk_by_name);
	for (unsigned i = 0; i < world.count; i++)
		free(world.text[i]);
}

/* ---- What has to come of it ------------------------------------------------------------------ */

static bool
is_called(unsigned what, const char *name, bool *by_name)
{
	struct stat st;
	const bool same = strcmp(scan.services[what]->name, name) == 0;

	*by_name |= same;
	return same || (fuzz_stat(name, &st) == 0 && st.st_ino == what);
}

/* WHO needs what NAME means: by the names that svscan knows, else by what stat(2) finds. */
static void
note_need(unsigned who, const char *name)
{
	bool found[SERVICES] = {false}, by_name = false;

	for (unsigned what = 0; what < world.count; what++)
		found[what] = is_called(what, name, &by_name);
	for (unsigned what = 0; what < world.count; what++)
		if (found[what] && (!by_name || strcmp(scan.services[what]->name, name) == 0))
			world.needs[who][what] = true;
}

/* The first line that says what is needed, taken apart by other means. */
static void
read_needs(unsigned who)
{
	const char *line = world.text[who];

	if (strlen(line) >= SV_TEXT_MAX || world.early[who])
		return;
	while (strncmp(line, "needs=", 6) != 0) {
		line = strchr(line, '\n');
		if (line == NULL)
			return;
		line++;
	}
	const char *end = line + strcspn(line, "\n");
	for (line += 6; line < end; line++) {
		char name[SV_NAME_SIZE];
		const size_t length = strcspn(line, "/\n");
		if (length == 0)
			return; /* no list of a supervise goes on behind that */
		snprintf(name, sizeof name, "%.*s", (int)length, line);
		note_need(who, name);
		line += length;
	}
}

static void
close_needs(void)
{
	memcpy(world.reaches, world.needs, sizeof world.reaches);
	for (unsigned via = 0; via < world.count; via++)
		for (unsigned a = 0; a < world.count; a++)
			for (unsigned b = 0; b < world.count; b++)
				if (world.reaches[a][via] && world.reaches[via][b])
					world.reaches[a][b] = true;
}

static bool
in_one_loop(unsigned a, unsigned b)
{
	return a == b || (world.reaches[a][b] && world.reaches[b][a]);
}

static bool
loop_lives(unsigned node)
{
	for (unsigned i = 0; i < world.count; i++)
		if (!world.gone[i] && in_one_loop(i, node))
			return true;
	return false;
}

/* Somebody outside of the loop of NODE needs one in it, and his own loop is not gone. */
static bool
is_held(unsigned node)
{
	for (unsigned who = 0; who < world.count; who++)
		for (unsigned what = 0; what < world.count; what++)
			if (world.needs[who][what] && in_one_loop(node, what) &&
			    !in_one_loop(node, who) && loop_lives(who))
				return true;
	return false;
}

static void
check_told(struct sequence *sequence)
{
	const struct scan_service *service;

	while ((service = sequence_next(sequence)) != NULL) {
		const unsigned i = (unsigned)service->turn;
		PROMISE(!world.told[i] && !service->held);
		world.told[i] = true;
	}
	for (unsigned i = 0; i < world.count; i++)
		PROMISE(world.gone[i] || world.told[i] == !is_held(i));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz input = {data, size};
	struct sequence sequence = {.places = NULL};
	unsigned next = 0;

	make_services(&input);
	for (unsigned who = 0; who < world.count; who++)
		read_needs(who);
	close_needs();
	if (!sequence_begin(&sequence, &scan))
		abort();
	check_told(&sequence);
	/* Each ends when it is told to, one after the other. */
	do {
		for (next = 0; next < world.count; next++)
			if (world.told[next] && !world.gone[next])
				break;
		if (next < world.count) {
			world.gone[next] = true;
			scan.services[next]->child[SCAN_SERVICE].pid = 0;
			sequence_look(&sequence, scan.services[next]);
			check_told(&sequence);
		}
	} while (next < world.count);
	for (unsigned i = 0; i < world.count; i++)
		PROMISE(world.gone[i]);
	PROMISE(sequence_give_up(&sequence, &scan) == 0);
	forget_services();
	return 0;
}
