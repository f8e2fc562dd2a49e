/* svproto_test: the formats of supervise/, byte by byte and there and back.
 * SPDX-License-Identifier: ISC */
#include "svproto.h"

#include "check.h"

#include <ctype.h>
#include <stdlib.h>

/* An up service, as daemontools 0.76 wrote it. */
static const unsigned char example[SV_STATUS_SIZE] = {
    0x40, 0, 0, 0, 0x6b, 0x02, 0x29, 0x64, 0x31, 0xc0, 0x55, 0xf4, 0x76, 0x21, 0, 0, 0, 'u'};

static void
test_alphabet(void)
{
	static const char daemontools[] = "udoxpchaitk";

	for (size_t i = 0; i < sv_command_count; i++) {
		const struct sv_command *command = &sv_commands[i];
		CHECK(sv_command(command->letter) == command); /* no letter twice */
		CHECK(isprint((unsigned char)command->letter) && command->word[0] != '\0');
		if (command->verb == SV_SIGNAL || command->verb == SV_PAUSE ||
		    command->verb == SV_CONTINUE)
			CHECK(command->signal != 0);
		if (i < strlen(daemontools))
			CHECK(command->letter == daemontools[i]);
	}
	CHECK(sv_command('z') == NULL);
	CHECK(sv_command('\0') == NULL);
}

static void
test_status_example(void)
{
	struct sv_status status;
	unsigned char bytes[SV_STATUS_SIZE];

	CHECK(SV_STATUS_SIZE == 18);
	CHECK(sv_status_unpack(example, sizeof example, &status));
	CHECK(status.pid == 8566 && status.want == SV_WANT_UP && !status.paused);
	CHECK(status.since.seconds == UINT64_C(0x400000006b022964));
	CHECK(status.since.nanoseconds == 0x31c055f4);
	sv_status_pack(bytes, &status);
	CHECK(memcmp(bytes, example, sizeof bytes) == 0);
	CHECK(!sv_status_unpack(example, sizeof example - 1, &status));
}

static void
test_status_wants(void)
{
	static const unsigned char letters[] = {'u', 'd', 0};
	struct sv_status status = {.pid = UINT32_MAX, .paused = true};
	struct sv_status again;
	unsigned char bytes[64] = {0}; /* other suites have longer records */

	for (unsigned want = SV_WANT_UP; want <= SV_WANT_ONCE; want++) {
		status.want = (enum sv_want)want;
		sv_status_pack(bytes, &status);
		CHECK(bytes[16] == 1 && bytes[17] == letters[want]);
		CHECK(sv_status_unpack(bytes, sizeof bytes, &again));
		CHECK(again.want == status.want && again.pid == UINT32_MAX && again.paused);
	}
	status.pid = 0;
	sv_status_pack(bytes, &status);
	CHECK(bytes[16] == 0); /* nothing to be paused */
	bytes[17] = '?';
	CHECK(sv_status_unpack(bytes, sizeof bytes, &again) && again.want == SV_WANT_ONCE);
}

static void
test_record(void)
{
	struct sv_record record = {SV_CHILD_RUN, INT32_MAX, UINT64_MAX - 1, "", ""};
	struct sv_record again;
	char text[SV_RECORD_SIZE], broken[SV_RECORD_SIZE];

	strcpy(record.boot, "5d3c6a44-21de-4f5a-9f2d-7a0c1b1c2d3e");
	strcpy(record.at, "ffffffffffffffff-ffffffffffffffff");
	sv_record_format(text, &record);
	CHECK(memchr(text, '\0', sizeof text) == NULL && text[sizeof text - 1] == '\n');
	CHECK(sv_record_parse(text, sizeof text, &again));
	CHECK(again.kind == SV_CHILD_RUN && again.pid == record.pid);
	CHECK(again.ticks == record.ticks);
	CHECK_TEXT(again.boot, record.boot);
	CHECK_TEXT(again.at, record.at);
	CHECK(!sv_record_parse(text, sizeof text - 1, &again));
	/* A newline stands at the end and nowhere else. */
	for (size_t i = 0; i < sizeof text; i++) {
		memcpy(broken, text, sizeof text);
		broken[i] = '\n';
		if (sv_record_parse(broken, sizeof broken, &again))
			CHECK(i == sizeof text - 1);
	}
	record = (struct sv_record){.kind = SV_CHILD_NONE};
	sv_record_format(text, &record);
	CHECK(sv_record_parse(text, sizeof text, &again));
	CHECK(again.kind == SV_CHILD_NONE && again.pid == 0 && again.boot[0] == '\0');
}

/* Garbage of any kind is refused or read, but never read beyond. */
static void
test_record_garbage(void)
{
	static const char characters[] = "runone pid=ticks boot=at=0123456789 \n";
	char text[SV_RECORD_SIZE];
	struct sv_record record;

	srand(1);
	for (int round = 0; round < 20000; round++) {
		for (size_t i = 0; i < sizeof text; i++)
			text[i] = characters[(size_t)rand() % (sizeof characters - 1)];
		if (round % 2 == 0)
			memcpy(text, "run pid=1 ticks=2 boot=3 at=", 28);
		if (sv_record_parse(text, sizeof text, &record))
			CHECK(strlen(record.boot) < sizeof record.boot &&
			      strlen(record.at) < sizeof record.at);
	}
}

int
main(void)
{
	test_alphabet();
	test_status_example();
	test_status_wants();
	test_record();
	test_record_garbage();
	return check_end("svproto_test");
}
